"""Area lists: the areas of a new city, from a CSV or a GeoJSON file."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import orjson
import shapely

from models.values.types import AreaCode, Position

AREAS_MAX = 10_000
FILE_BYTES_MAX = 50_000_000


class AreaListError(Exception):
    """The file cannot be used; the message says what it must look like."""


@dataclass(frozen=True, slots=True)
class ListedArea:
    """An area. `parent` is the code of the area around it, `depth` the number of areas around it."""

    code: AreaCode
    name: str
    parent: str = ""
    position: Position | None = None
    depth: int = 0


def read_areas(file: Path, city: ListedArea) -> list[ListedArea]:
    """The areas, from the city downwards: the one that lies in none, or `city` around several. Raises AreaListError."""
    try:
        if file.stat().st_size > FILE_BYTES_MAX:
            raise AreaListError(f"{file.name} is larger than {FILE_BYTES_MAX} bytes.")
        content = file.read_bytes()
    except OSError as error:
        raise AreaListError(f"{file} cannot be read: {error.strerror}.") from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise AreaListError(f"{file.name} is not written in UTF-8.") from None
    lines = _of_geojson(file.name, text) if text.lstrip().startswith("{") else _of_csv(file.name, text)
    found: dict[str, ListedArea] = {}
    for line in lines:
        if line.code in found:
            raise AreaListError(f"{file.name} has the area {line.code} twice.")
        found[line.code] = line
    if not 0 < len(found) <= AREAS_MAX:
        raise AreaListError(f"{file.name} must list between 1 and {AREAS_MAX} areas.")
    return _in_depth(file.name, found, city)


def _of_csv(name: str, text: str) -> Iterator[ListedArea]:
    rows = csv.DictReader(text.splitlines())
    rows.fieldnames = [heading.strip().lower() for heading in rows.fieldnames or ()]
    if not {"code", "name"} <= set(rows.fieldnames):
        raise AreaListError(f"{name} needs the headings code and name; parent, latitude and longitude may follow.")
    for row in rows:
        latitude, longitude = (row.get("latitude") or "").strip(), (row.get("longitude") or "").strip()
        yield ListedArea(
            _code(name, row["code"]),
            " ".join((row["name"] or "").split()),
            (row.get("parent") or "").strip(),
            _position(name, latitude, longitude) if latitude and longitude else None,
        )


def _of_geojson(name: str, text: str) -> Iterator[ListedArea]:
    try:
        for feature in orjson.loads(text)["features"]:
            said = feature.get("properties") or {}
            middle = shapely.from_geojson(orjson.dumps(feature["geometry"])).representative_point()
            yield ListedArea(
                _code(name, feature.get("id", said.get("code"))),
                " ".join(str(said["name"]).split()),
                str(said.get("parent") or ""),
                Position(round(middle.y, 6), round(middle.x, 6)),
            )
    except (ValueError, KeyError, TypeError, AttributeError, shapely.errors.ShapelyError) as error:
        raise AreaListError(
            f"{name} is no GeoJSON FeatureCollection whose features have a code as id, a geometry and the properties "
            "name and, where an area lies in another one, parent."
        ) from error


def _code(name: str, text: object) -> AreaCode:
    try:
        return AreaCode(str(text or "").strip())
    except ValueError as error:
        raise AreaListError(f"{name}: {str(text)[:40]!r} is {error}.") from None


def _position(name: str, latitude: str, longitude: str) -> Position:
    try:
        found = Position(float(latitude), float(longitude))
    except ValueError:
        found = Position(91, 181)
    if not (abs(found.latitude) <= 90 and abs(found.longitude) <= 180):
        raise AreaListError(
            f"{name}: {latitude[:20]!r}, {longitude[:20]!r} is no place in degrees, like 41.88, -87.63."
        )
    return found


def _in_depth(name: str, found: dict[str, ListedArea], city: ListedArea) -> list[ListedArea]:
    for area in found.values():
        if area.parent and area.parent not in found:
            raise AreaListError(f"{name}: the area {area.code} lies in {area.parent}, which is not listed.")
    roots = [area for area in found.values() if not area.parent]
    if len(roots) != 1:
        if city.code in found:
            raise AreaListError(f"{name}: several areas lie in none, and {city.code} is one of them: choose a --code.")
        found = {city.code: city} | {
            code: area if area.parent else replace(area, parent=city.code) for code, area in found.items()
        }
    depths = {area.code: _depth(name, area, found) for area in found.values()}
    placed = [replace(area, depth=depths[area.code]) for area in found.values()]
    return sorted(placed, key=lambda area: area.depth)


def _depth(name: str, area: ListedArea, found: dict[str, ListedArea]) -> int:
    depth, parent = 0, area.parent
    while parent:
        depth, parent = depth + 1, found[parent].parent
        if depth > len(found):
            raise AreaListError(f"{name}: the area {area.code} lies in itself.")
    return depth
