"""Places in the graph: positions in WGS 84, and how far records are from one."""

from __future__ import annotations

from typing import Any

import strawberry

from engine.facts import BatchCall, FieldFacts, Parents, Resolved
from models.errors import BadInput
from models.values import Position
from resolvers.geography import meters_between
from schema.lanes import field_of


@strawberry.type(name="Position", description="A point on earth in WGS 84 degrees.")
class GeoPosition:
    latitude: float = strawberry.field(description="Degrees north of the equator.")
    longitude: float = strawberry.field(description="Degrees east of Greenwich.")


@strawberry.input(description="A point on earth in WGS 84 degrees.")
class PositionInput:
    latitude: float = strawberry.field(description="Degrees north of the equator.")
    longitude: float = strawberry.field(description="Degrees east of Greenwich.")


def position_of(given: PositionInput) -> Position:
    """A position that was given. Raises BadInput for what is none on earth."""
    if not (-90 <= given.latitude <= 90 and -180 <= given.longitude <= 180):
        raise BadInput("position_range")
    return Position(given.latitude, given.longitude)


def distance_of(field: str) -> Any:
    """How far the position in a field is from one that is given. Whoever may not see the one does not see the other."""

    def batch(parents: Parents, _: BatchCall, from_: PositionInput) -> Resolved:
        start = position_of(from_)
        return [
            meters_between(start, place) if isinstance(place, Position) else None for place in parents.column(field)
        ]

    return field_of(
        batch,
        "How far away it is in meters, as the crow flies; null without a known position.",
        facts=FieldFacts((field,)),
        arguments={"from_": (PositionInput, "The place that distances are measured from.")},
    )
