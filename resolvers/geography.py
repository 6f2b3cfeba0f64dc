"""Geography: distances, the polygons of a city's areas, when the city gives them, and which area a point lies in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson
import shapely

from models.values import AreaCode, Box, Position

EARTH_METERS = 6_371_008.8
"""The mean radius of the earth (IUGG): a distance by it is at most half a percent off."""
FILE_BYTES_MAX = 50_000_000
FEATURES_MAX = 10_000


class GeographyError(Exception):
    """The file of polygons cannot be used; the sentence says what it must look like."""


@dataclass(frozen=True, slots=True)
class Polygons:
    """Areas as shapes with a spatial index. `codes[i]` is the code of the i-th shape."""

    codes: Sequence[AreaCode]
    index: shapely.STRtree

    def at(self, position: Position) -> AreaCode | None:
        """The code of the smallest area (the longest code) that a point lies in, borders included."""
        point = shapely.Point(position.longitude, position.latitude)
        hits = [self.codes[int(hit)] for hit in self.index.query(point, predicate="intersects")]
        return max(hits, key=lambda code: (len(code), code), default=None)

    def shape(self, area: AreaCode) -> shapely.Geometry | None:
        """The shape of an area; None where the city gives none."""
        shapes = [shape for code, shape in zip(self.codes, self.index.geometries, strict=True) if code == area]
        return shapely.union_all(shapes) if shapes else None


def read_polygons(path: Path) -> Polygons:
    """Polygons from a GeoJSON FeatureCollection (RFC 7946) whose features have their area code as `id`.

    Raises GeographyError.
    """
    try:
        size = path.stat().st_size
        if size > FILE_BYTES_MAX:
            raise GeographyError(f"{path.name} is larger than {FILE_BYTES_MAX} bytes.")
        features = orjson.loads(path.read_bytes())["features"]
        if not 0 < len(features) <= FEATURES_MAX:
            raise GeographyError(f"{path.name} must hold between 1 and {FEATURES_MAX} features.")
        codes = [AreaCode(feature["id"]) for feature in features]
        shapes = [shapely.from_geojson(orjson.dumps(feature["geometry"])) for feature in features]
    except OSError as error:
        raise GeographyError(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, KeyError, TypeError, shapely.errors.ShapelyError) as error:
        raise GeographyError(
            f"{path.name} is no GeoJSON FeatureCollection whose features have an area code such as 36.71.05 as id."
        ) from error
    return Polygons(codes, shapely.STRtree(shapes))


def meters_between(one: Position, other: Position) -> float:
    """The way over the ground between two points, on a sphere (haversine)."""
    south, north = math.radians(one.latitude), math.radians(other.latitude)
    up, along = north - south, math.radians(other.longitude - one.longitude)
    chord = math.sin(up / 2) ** 2 + math.cos(south) * math.cos(north) * math.sin(along / 2) ** 2
    return 2 * EARTH_METERS * math.asin(min(1.0, math.sqrt(chord)))


def box_around(place: Position, meters: float) -> Box:
    """The smallest rectangle, and a hair more, that holds every point so near to a place.

    A circle around a pole, or over the line where days begin, has the whole round of the earth as its width.
    """
    angle = meters / EARTH_METERS + _HAIR
    latitude = math.radians(place.latitude)
    south, north = math.degrees(latitude - angle), math.degrees(latitude + angle)
    if south <= -90 or north >= 90:
        return Box(max(south, -90.0), -180.0, min(north, 90.0), 180.0)
    width = math.degrees(math.asin(min(1.0, math.sin(angle) / math.cos(latitude)))) + math.degrees(_HAIR)
    west, east = place.longitude - width, place.longitude + width
    if west < -180 or east > 180:
        west, east = -180.0, 180.0
    return Box(south, west, north, east)


_HAIR = 1e-9
"""Radians that no rounding exceeds: six millimeters."""


def box_of(shape: shapely.Geometry) -> Box:
    """The rectangle around a shape."""
    west, south, east, north = shape.bounds
    return Box(south, west, north, east)
