"""Durations in the graph: so many of one unit, as an office promises them."""

from __future__ import annotations

from typing import Any

import strawberry
from strawberry import Info

from models.durations import DurationUnit
from schema.context import context_of


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
