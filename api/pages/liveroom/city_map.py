"""Draws the map of the districts: from their polygons if the city has them, else as a schematic tile map."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely

from models.values.types import AreaCode
from resolvers.areas.geography import Polygons

WIDTH = 500.0
TILE = 100.0
SHADES = 5
_DETAIL = 0.5
"""The tolerance of simplified borders, in units of the picture."""


@dataclass(frozen=True, slots=True)
class DistrictShape:
    """A district on the map: its shape as an SVG path, and the position of its label."""

    code: str
    name: str
    count: int | None
    shade: int
    path: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class CityMap:
    """The map. `steps` are the counts at which shades begin; a schematic map has tiles."""

    places: tuple[DistrictShape, ...]
    width: float
    height: float
    steps: tuple[int, ...]
    is_schematic: bool


def city_map(
    areas: Sequence[Mapping[str, Any]], counts: Mapping[str, int] | None, polygons: Polygons | None
) -> CityMap:
    """The map of the districts, shaded by their counts; unshaded without counts."""
    shapes = shapes_of(areas, polygons)
    most = max((counts or {}).values(), default=0)
    step = max(1, math.ceil((most + 1) / SHADES))

    def place(area: Mapping[str, Any], path: str, x: float, y: float) -> DistrictShape:
        count = counts.get(area["code"], 0) if counts is not None else None
        shade = -1 if count is None else min(count // step, SHADES - 1)
        return DistrictShape(area["code"], area["name"] or area["code"], count, shade, path, round(x, 1), round(y, 1))

    steps = tuple(step * shade for shade in range(SHADES))
    if shapes is None:
        cells, columns, rows = _tiles(areas)
        places = [
            place(area, _square(column, row), (column + 0.5) * TILE, (row + 0.5) * TILE)
            for area, (column, row) in zip(areas, cells, strict=True)
        ]
        return CityMap(tuple(places), columns * TILE, rows * TILE, steps, is_schematic=True)
    west, south, east, north = shapely.total_bounds(shapes)
    # A degree of longitude is shorter than one of latitude.
    narrow = math.cos(math.radians((south + north) / 2))
    scale = WIDTH / ((east - west) * narrow)
    places = []
    for area, shape in zip(areas, shapes, strict=True):
        drawn = shapely.transform(
            shape, lambda at: (at - (west, north)) * (scale * narrow, -scale), include_z=False
        ).simplify(_DETAIL)
        middle = drawn.representative_point()
        places.append(place(area, path_of(drawn), middle.x, middle.y))
    return CityMap(tuple(places), WIDTH, (north - south) * scale, steps, is_schematic=False)


def shapes_of(areas: Sequence[Mapping[str, Any]], polygons: Polygons | None) -> list[shapely.Geometry] | None:
    """The shapes of all areas; None if one is missing, since half a map would look like a smaller city."""
    if polygons is None:
        return None
    shapes = [polygons.shape(AreaCode(area["code"])) for area in areas]
    found = [shape for shape in shapes if shape is not None and not shape.is_empty]
    return found if found and len(found) == len(shapes) else None


def path_of(shape: shapely.Geometry) -> str:
    rings = [
        ring
        for polygon in shapely.get_parts(shape)
        if isinstance(polygon, shapely.Polygon)
        for ring in (polygon.exterior, *polygon.interiors)
    ]
    return " ".join("M" + " L".join(f"{x:.1f},{y:.1f}" for x, y, *_ in ring.coords) + " Z" for ring in rings)


def _square(column: int, row: int) -> str:
    left, top, side = column * TILE + 2, row * TILE + 2, TILE - 4
    return f"M{left:g},{top:g} h{side:g} v{side:g} h{-side:g} Z"


def _tiles(areas: Sequence[Mapping[str, Any]]) -> tuple[list[tuple[int, int]], int, int]:
    """The nearest free grid cell for each area; areas without a position take the remaining cells."""
    columns = max(1, math.ceil(math.sqrt(len(areas) * 1.5)))
    rows = math.ceil(len(areas) / columns) + 1
    free = {(column, row) for column in range(columns) for row in range(rows)}
    wanted = _wanted(areas, columns, rows)
    taken: dict[int, tuple[int, int]] = {}
    pairs = sorted((math.dist(at, cell), index, cell) for index, at in wanted.items() for cell in free)
    for _, index, cell in pairs:
        if index not in taken and cell in free:
            taken[index] = cell
            free.remove(cell)
    left = iter(sorted(free, key=lambda cell: (cell[1], cell[0])))
    cells = [taken[index] if index in taken else next(left) for index in range(len(areas))]
    # Empty rows at the top and bottom are not drawn.
    top = min((row for _, row in cells), default=0)
    return [(column, row - top) for column, row in cells], columns, max((row for _, row in cells), default=0) - top + 1


def _wanted(areas: Sequence[Mapping[str, Any]], columns: int, rows: int) -> dict[int, tuple[float, float]]:
    known = {index: area["position"] for index, area in enumerate(areas) if area["position"] is not None}
    if not known:
        return {}
    west, east = _span([at["longitude"] for at in known.values()])
    south, north = _span([at["latitude"] for at in known.values()])
    return {
        index: (
            (at["longitude"] - west) / (east - west) * (columns - 1),
            (north - at["latitude"]) / (north - south) * (rows - 1),
        )
        for index, at in known.items()
    }


def _span(values: Sequence[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    return (low, high) if high > low else (low - 1, high + 1)
