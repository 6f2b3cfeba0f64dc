"""The types of the figures of a field in the graph: of numbers, money, days and times."""

from __future__ import annotations

from datetime import date, datetime

import strawberry

from models.records import Field
from models.values.types import Money
from schema.core.money import MoneyAmount


@strawberry.type(description="Figures of the numbers that rows have. Rows without a number count for nothing.")
class NumberMeasure:
    known: int = strawberry.field(description="How many rows have a number.")
    min: float | None = strawberry.field(description="The smallest.")
    max: float | None = strawberry.field(description="The largest.")
    sum: float | None = strawberry.field(description="Their sum.")
    average: float | None = strawberry.field(description="Their average.")
    median: float | None = strawberry.field(
        description="The one in the middle; of an even number of rows half way between the two in the middle."
    )
    p90: float | None = strawberry.field(description="The smallest that nine tenths of the rows do not exceed.")


@strawberry.type(description="Figures of the amounts that rows have, to the cent. Rows without one count for nothing.")
class MoneyMeasure:
    known: int = strawberry.field(description="How many rows have an amount.")
    min: MoneyAmount | None = strawberry.field(description="The smallest.")
    max: MoneyAmount | None = strawberry.field(description="The largest.")
    sum: MoneyAmount | None = strawberry.field(description="Their sum.")
    average: MoneyAmount | None = strawberry.field(description="Their average.")
    median: MoneyAmount | None = strawberry.field(
        description="The one in the middle; of an even number of rows half way between the two in the middle."
    )
    p90: MoneyAmount | None = strawberry.field(description="The smallest that nine tenths of the rows do not exceed.")


@strawberry.type(description="The ends of the days that rows have. Rows without a day count for nothing.")
class DateMeasure:
    known: int = strawberry.field(description="How many rows have a day.")
    min: date | None = strawberry.field(description="The first.")
    max: date | None = strawberry.field(description="The last.")


@strawberry.type(description="The ends of the moments that rows have. Rows without a moment count for nothing.")
class DateTimeMeasure:
    known: int = strawberry.field(description="How many rows have a moment.")
    min: datetime | None = strawberry.field(description="The first.")
    max: datetime | None = strawberry.field(description="The last.")


def measure_type_of(field: Field) -> type:
    """The type of the figures of a measured field."""
    if issubclass(field.clean_type, date):
        return DateTimeMeasure if issubclass(field.clean_type, datetime) else DateMeasure
    return MoneyMeasure if field.clean_type is Money else NumberMeasure
