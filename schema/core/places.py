"""Places in the graph: positions in WGS 84, and the distance of records from one."""

from __future__ import annotations

from typing import Any

import strawberry

from engine.facts import BatchCall, FieldFacts, Parents, Resolved
from models.errors import BadInput
from models.values.distances import meters_between
from models.values.position_accuracy import PositionAccuracy, accuracies_of
from models.values.types import Position
from schema.core.lanes import field_of
from schema.core.vocabularies import words

words(PositionAccuracy)


@strawberry.type(name="Position", description="A point on earth in WGS 84 degrees.")
class GeoPosition:
    latitude: float = strawberry.field(description="Degrees north of the equator.")
    longitude: float = strawberry.field(description="Degrees east of Greenwich.")


@strawberry.input(description="A point on earth in WGS 84 degrees.")
class PositionInput:
    latitude: float = strawberry.field(description="Degrees north of the equator.")
    longitude: float = strawberry.field(description="Degrees east of Greenwich.")


def position_of(given: PositionInput) -> Position:
    """A position from an input. Raises BadInput for coordinates outside of the earth."""
    if not (-90 <= given.latitude <= 90 and -180 <= given.longitude <= 180):
        raise BadInput("position_range")
    return Position(given.latitude, given.longitude)


def distance_of_position() -> Any:
    """The distance of `position` from a given one. It has the visibility of the position."""

    def batch(parents: Parents, _: BatchCall, from_: PositionInput) -> Resolved:
        start = position_of(from_)
        return [
            meters_between(start, place) if isinstance(place, Position) else None
            for place in parents.column("position")
        ]

    return field_of(
        batch,
        "How far away it is in meters, as the crow flies; null without a known position.",
        facts=FieldFacts(("position",)),
        arguments={"from_": (PositionInput, "The place that distances are measured from.")},
    )


def position_accuracy_of(field: str) -> Any:
    """How accurately the viewer is told the position in a field."""

    def batch(parents: Parents, _: BatchCall) -> Resolved:
        return accuracies_of(parents.column(field))

    return field_of(batch, f"{_HOW_EXACT} Null without a known position.", facts=FieldFacts((field,)))


def position_accuracy_label_of(field: str) -> Any:
    def batch(parents: Parents, call: BatchCall) -> Resolved:
        language = call.context.request.language
        return [one.label_in(language) if one is not None else None for one in accuracies_of(parents.column(field))]

    return field_of(batch, f"{_HOW_EXACT} In the language of the request.", facts=FieldFacts((field,)))


_HOW_EXACT = "How exactly the viewer is told the position, and all that is found, sorted and measured by it."
