"""The map of the districts: their shapes where the city has them, else tiles that stand about where they lie."""

from __future__ import annotations

import re
from typing import Any

import shapely

from api.pages.liveroom.city_map import TILE, WIDTH, city_map
from models.values.types import AreaCode
from resolvers.areas.geography import Polygons


def area(code: str, latitude: float | None = None, longitude: float | None = None) -> dict[str, Any]:
    position = {"latitude": latitude, "longitude": longitude} if latitude is not None else None
    return {"code": code, "name": f"District {code}", "position": position}


def test_tiles_stand_as_the_districts_lie_and_never_one_on_another() -> None:
    areas = [area(f"36.71.{n:02}", -6.2 + (n // 4) * 0.03, 106.5 + (n % 4) * 0.05) for n in range(1, 14)]
    drawn = city_map(areas, {}, None)
    at = {place.code: (place.x, place.y) for place in drawn.places}
    assert drawn.is_schematic
    assert len(set(at.values())) == 13
    assert all(0 < x < drawn.width and 0 < y < drawn.height for x, y in at.values())
    assert at["36.71.13"][1] < at["36.71.01"][1], "the north is at the top"
    assert at["36.71.04"][0] < at["36.71.07"][0], "the east is at the right"


def test_districts_without_a_position_have_a_tile_all_the_same() -> None:
    drawn = city_map([area("36.71.01", -6.1, 106.6), area("36.71.02"), area("36.71.03")], None, None)
    assert len({(place.x, place.y) for place in drawn.places}) == 3
    assert {place.shade for place in drawn.places} == {-1}
    assert min(place.y for place in drawn.places) == TILE / 2


def test_a_city_without_districts_has_an_empty_map() -> None:
    assert city_map([], {}, None).places == ()


def test_shades_are_by_count() -> None:
    areas = [area(f"36.71.{n:02}", -6.1, 106.6 + n / 100) for n in range(1, 5)]
    drawn = city_map(areas, {"36.71.01": 0, "36.71.02": 49, "36.71.03": 99}, None)
    assert drawn.steps == (0, 20, 40, 60, 80)
    assert [(place.count, place.shade) for place in drawn.places] == [(0, 0), (49, 2), (99, 4), (0, 0)]


SQUARES = {
    "36.71.01": shapely.box(106.60, -6.20, 106.70, -6.10),
    "36.71.02": shapely.MultiPolygon(
        [shapely.box(106.70, -6.20, 106.80, -6.10), shapely.box(106.81, -6.2, 106.82, -6.19)]
    ),
}


def polygons(*codes: str) -> Polygons:
    return Polygons([AreaCode(code) for code in codes], shapely.STRtree([SQUARES[code] for code in codes]))


def test_shapes_of_the_city_are_drawn_with_the_north_at_the_top() -> None:
    drawn = city_map([area("36.71.01"), area("36.71.02")], {"36.71.01": 3}, polygons("36.71.01", "36.71.02"))
    west, east = drawn.places
    assert not drawn.is_schematic
    assert west.x < east.x
    assert west.path.count("Z") == 1
    assert east.path.count("Z") == 2, "all parts of a district"
    numbers = [float(number) for place in drawn.places for number in re.findall(r"[\d.]+", place.path)]
    assert max(numbers[::2]) == WIDTH
    assert min(numbers) == 0
    # A degree to the north is a little longer there than a degree to the east: 0.1 of one against 0.22 of the other.
    assert 0.45 < drawn.height / drawn.width < 0.46


def test_a_map_with_a_hole_is_no_map() -> None:
    areas = [area("36.71.01", -6.1, 106.6), area("36.71.02", -6.1, 106.7)]
    assert city_map(areas, {}, polygons("36.71.01")).is_schematic
