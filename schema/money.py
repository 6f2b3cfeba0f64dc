"""Money in the graph: exact amounts with their currency, and ranges of them."""

from __future__ import annotations

from decimal import Decimal

import strawberry


@strawberry.type(name="Money", description="An exact amount in a currency.")
class MoneyAmount:
    amount: Decimal = strawberry.field(description="The amount, exact.")
    currency: str = strawberry.field(description="The currency, a three-letter code (ISO 4217).")


@strawberry.type(name="MoneyRange", description="An amount between two bounds, both included.")
class MoneyBounds:
    min: MoneyAmount | None = strawberry.field(description="The lower bound; null where the range is open.")
    max: MoneyAmount | None = strawberry.field(description="The upper bound; null where the range is open.")
