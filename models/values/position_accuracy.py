"""How exactly a position is told: as it is, as the middle of a square of about 100 m, or as the middle of its village.

A square is the same for everything in it and at every time: noise would average out over many answers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from models.values.types import Box, Position
from models.values.vocabulary import Vocabulary

CELLS_PER_DEGREE = 1_000
"""Squares of a thousandth of a degree: 111 m from south to north, and as much from west to east at the equator."""


class PositionAccuracy(Vocabulary):
    """How exactly a position is told."""

    EXACT = "EXACT", "Tepat", "Exact", "The place itself, as it was reported"
    ABOUT_100_M = (
        "ABOUT_100_M",
        "Sekitar 100 m",
        "About 100 m",
        "The middle of the square of a thousandth of a degree that the place lies in: at most 80 m from it",
    )
    VILLAGE = "VILLAGE", "Kelurahan", "Village", "The middle of the village that the place lies in"
    AREA = "AREA", "Wilayah", "Area", "The middle of the area that is named: it may be a district or a village"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "Nobody knows how exact it is"


class MiddleOfSquare(Position):
    """A position that stands for all positions in its square."""

    __slots__ = ()


class MiddleOfVillage(Position):
    """A position that stands for all positions in its village."""

    __slots__ = ()


class MiddleOfArea(Position):
    """A position that stands for an area, where nothing more is known."""

    __slots__ = ()


_ACCURACIES: dict[type, PositionAccuracy] = {
    Position: PositionAccuracy.EXACT,
    MiddleOfSquare: PositionAccuracy.ABOUT_100_M,
    MiddleOfVillage: PositionAccuracy.VILLAGE,
    MiddleOfArea: PositionAccuracy.AREA,
}


def accuracies_of(places: Sequence[object]) -> list[PositionAccuracy | None]:
    """How exact each position is; None for what is none."""
    return list(map(_ACCURACIES.get, map(type, places)))


@dataclass(frozen=True, slots=True)
class ComplaintPositions:
    """How exactly a city tells everybody where complaints are, by their publication.

    Who writes in public is told of in public, as cities publish their reports: neighbors find the hole in the road, and
    see that it was reported. Who does not want to be known would be by an own front door. Who handles a complaint, and
    who wrote it, have its exact position whatever stands here; complaints of any other publication nobody else sees.
    """

    public: PositionAccuracy = PositionAccuracy.EXACT
    anonymous: PositionAccuracy = PositionAccuracy.ABOUT_100_M

    def __post_init__(self) -> None:
        if not {self.public, self.anonymous}.isdisjoint({PositionAccuracy.AREA, PositionAccuracy.UNKNOWN}):
            raise ValueError("a position is told exactly, by a square of about 100 m, or by its village")


BY_DEFAULT: Final = ComplaintPositions()
"""The default of a city."""


def middle_of_square(place: Position) -> MiddleOfSquare:
    return MiddleOfSquare(_middle(_cell(place.latitude)), _middle(_cell(place.longitude)))


def squares_around(box: Box) -> Box:
    """The box around all squares that a box touches, so that a match depends only on the square."""
    south, west = _border(_cell(box.south)), _border(_cell(box.west))
    return Box(south, west, min(_end(_cell(box.north)), 90.0), min(_end(_cell(box.east)), 180.0))


def _border(cell: int) -> float:
    """The lower bound of a cell: the number that its decimals parse to, so that a source compares alike."""
    return cell / CELLS_PER_DEGREE


def _end(cell: int) -> float:
    """The last number before the next cell."""
    return math.nextafter(_border(cell + 1), -math.inf)


def _middle(cell: int) -> float:
    return (2 * cell + 1) / (2 * CELLS_PER_DEGREE)


def _cell(degrees: float) -> int:
    cell = math.floor(degrees * CELLS_PER_DEGREE)
    # The product is rounded, so that near a bound it may be in the next cell.
    if _border(cell) > degrees:
        return cell - 1
    return cell + 1 if _border(cell + 1) <= degrees else cell
