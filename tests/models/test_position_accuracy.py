"""Squares: each place lies in one, by its decimals, and a box around squares has all of a square or nothing of it."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.values.position_accuracy import (
    ComplaintPositions,
    MiddleOfSquare,
    PositionAccuracy,
    accuracies_of,
    middle_of_square,
    squares_around,
)
from models.values.types import Box, Position

SQUARE = Decimal("0.001")
PLACES = st.decimals(-89, 89, places=6)
ON_BORDERS = st.integers(-89_000, 89_000).map(lambda cell: Decimal(cell) * SQUARE)
DEGREES = st.one_of(PLACES, ON_BORDERS, ON_BORDERS.map(lambda border: border + SQUARE - Decimal("0.000001")))


def begins(degrees: Decimal) -> Decimal:
    return degrees.quantize(SQUARE, ROUND_FLOOR)


@given(DEGREES, DEGREES)
def test_a_place_is_told_as_the_middle_of_its_square_by_its_decimals(latitude: Decimal, longitude: Decimal) -> None:
    told = middle_of_square(Position(float(latitude), float(longitude)))
    assert told == (float(begins(latitude) + SQUARE / 2), float(begins(longitude) + SQUARE / 2))
    accuracies = [PositionAccuracy.ABOUT_100_M, PositionAccuracy.EXACT, None]
    assert accuracies_of([told, Position(*told), None]) == accuracies
    # It is its own: told twice, it is told the same.
    assert middle_of_square(told) == told


@given(DEGREES, DEGREES, st.floats(1e-9, 0.01), DEGREES)
def test_a_box_around_squares_has_all_of_a_square_or_nothing(
    south: Decimal, west: Decimal, size: float, degrees: Decimal
) -> None:
    box = Box(float(south), float(west), float(south) + size, float(west) + size)
    around = squares_around(box)
    middle = middle_of_square(Position(float(south), float(west)))
    assert around.contains(Position(box.south, box.west))
    assert around.contains(Position(box.north, box.east))
    assert around.contains(middle)
    first = begins(degrees)
    in_square = [first, first + Decimal("0.000001"), first + SQUARE / 2, first + SQUARE - Decimal("0.000000000001")]
    assert len({around.contains(Position(float(one), middle.longitude)) for one in in_square}) == 1
    assert len({around.contains(Position(middle.latitude, float(one))) for one in in_square}) == 1


def test_the_ends_of_the_earth_have_a_box() -> None:
    assert squares_around(Box(-90.0, -180.0, 90.0, 180.0)) == Box(-90.0, -180.0, 90.0, 180.0)


def test_a_city_says_how_exactly_and_not_that_nobody_knows() -> None:
    with pytest.raises(ValueError, match="a position is told exactly"):
        ComplaintPositions(anonymous=PositionAccuracy.UNKNOWN)
    assert isinstance(middle_of_square(Position(-6.178, 106.63)), MiddleOfSquare)
