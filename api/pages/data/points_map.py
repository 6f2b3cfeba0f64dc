"""Draws where the rows of a page lie: over the outlines of the city's areas, or beside the names of their middles."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import shapely

from api.pages.liveroom.city_map import path_of, shapes_of
from resolvers.areas.geography import Polygons

WIDTH: Final = 600.0
HEIGHT_MAX: Final = 700.0
MARGIN_SHARE: Final = 0.05
_SPAN_MIN: Final = 0.01
"""The least width of a map in degrees, about a kilometer."""
_DETAIL: Final = 0.5


@dataclass(frozen=True, slots=True)
class Mark:
    """A place on the map: a row with its number, or the middle of an area."""

    name: str
    x: float
    y: float
    row: int = 0


@dataclass(frozen=True, slots=True)
class PointsMap:
    """The map. `outlines` are SVG paths; without them `middles` say where the areas are."""

    width: float
    height: float
    points: tuple[Mark, ...]
    outlines: tuple[str, ...]
    middles: tuple[Mark, ...]


@dataclass(frozen=True, slots=True)
class _Frame:
    """The part of the earth that is shown."""

    west: float
    north: float
    scale: float
    narrow: float

    def at(self, position: Mapping[str, float]) -> tuple[float, float]:
        return (
            round((position["longitude"] - self.west) * self.scale * self.narrow, 1),
            round((self.north - position["latitude"]) * self.scale, 1),
        )

    def outline(self, shape: shapely.Geometry) -> str:
        factors = (self.scale * self.narrow, -self.scale)
        drawn = shapely.transform(shape, lambda at: (at - (self.west, self.north)) * factors, include_z=False)
        return path_of(drawn.simplify(_DETAIL))


def points_map(
    positions: Sequence[tuple[int, str, Mapping[str, float]]],
    areas: Sequence[Mapping[str, Any]],
    polygons: Polygons | None,
) -> PointsMap | None:
    """The map of some rows, each with its number, name and position; None without a row that has one."""
    if not positions:
        return None
    shapes = shapes_of(areas, polygons)
    middles = [area for area in areas if area["position"] is not None]
    ground = [(at["longitude"], at["latitude"]) for area in middles if (at := area["position"])]
    if shapes is not None:
        west, south, east, north = shapely.total_bounds(shapes)
        ground = [(west, south), (east, north)]
    frame, height = _frame([*ground, *((at["longitude"], at["latitude"]) for _, _, at in positions)])
    return PointsMap(
        WIDTH,
        height,
        tuple(Mark(name, *frame.at(at), row) for row, name, at in positions),
        tuple(map(frame.outline, shapes or ())),
        tuple(Mark(area["name"] or area["code"], *frame.at(area["position"])) for area in middles),
    )


def _frame(places: Sequence[tuple[float, float]]) -> tuple[_Frame, float]:
    """The frame around some places, with a margin, and its height."""
    (west, east), (south, north) = (_span(list(values)) for values in zip(*places, strict=True))
    # A degree of longitude is shorter than one of latitude.
    narrow = math.cos(math.radians((south + north) / 2))
    scale = min(WIDTH / ((east - west) * narrow), HEIGHT_MAX / (north - south))
    left = (WIDTH / (scale * narrow) - (east - west)) / 2
    return _Frame(west - left, north, scale, narrow), round((north - south) * scale, 1)


def _span(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    margin = max((high - low) * MARGIN_SHARE, _SPAN_MIN)
    return low - margin, high + margin
