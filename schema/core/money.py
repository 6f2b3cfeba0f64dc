"""Money and durations in the graph: exact amounts, ranges of them, and the times that an office promises."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import strawberry
from strawberry import Info

from models.values.types import DurationUnit
from schema.core.context import context_of


@strawberry.type(name="Money", description="An exact amount in a currency.")
class MoneyAmount:
    amount: Decimal = strawberry.field(description="The amount, exact.")
    currency: str = strawberry.field(description="The currency, a three-letter code (ISO 4217).")


@strawberry.type(name="MoneyRange", description="An amount between two bounds, both included.")
class MoneyBounds:
    min: MoneyAmount | None = strawberry.field(description="The lower bound; null where the range is open.")
    max: MoneyAmount | None = strawberry.field(description="The upper bound; null where the range is open.")


def _unit_label(root: Any, info: Info) -> str:
    unit: DurationUnit = root.unit
    return unit.label_in(context_of(info).request.language)


@strawberry.type(name="Duration", description="A promised time: so many of one unit.")
class PromisedDuration:
    amount: int = strawberry.field(description="How many of the unit.")
    unit: DurationUnit = strawberry.field(description="What is counted; working days are not days.")
    unit_label: str = strawberry.field(
        resolver=_unit_label, description="What is counted, in the language of the request."
    )
