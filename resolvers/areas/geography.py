"""Geography: distances, the polygons of a city's areas, and which area a point lies in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import orjson
import shapely

from models.values.distances import EARTH_METERS
from models.values.types import AreaCode, Box, GeoJson, Position

FILE_BYTES_MAX = 50_000_000
FEATURES_MAX = 10_000
BOUNDARY_POINTS_MAX = 500
"""How many points the boundary of an area has in the graph: about 20 kB."""
FINEST_DEGREES = 0.000_01
"""The first detail that is left out: a meter."""


Degrees = npt.NDArray[np.float64]


class GeographyError(Exception):
    """The file of polygons cannot be used; the message says what it must look like."""


@dataclass(frozen=True, slots=True)
class Polygons:
    """The shapes of areas with a spatial index. `codes[i]` is the code of the i-th shape."""

    codes: Sequence[AreaCode]
    index: shapely.STRtree

    def at(self, position: Position) -> AreaCode | None:
        """The code of the smallest area that contains a point, borders included."""
        point = shapely.Point(position.longitude, position.latitude)
        hits = [int(hit) for hit in self.index.query(point, predicate="intersects")]
        smallest = min(hits, key=lambda hit: (self.index.geometries[hit].area, self.codes[hit]), default=None)
        return self.codes[smallest] if smallest is not None else None

    def shape(self, area: AreaCode) -> shapely.Geometry | None:
        """The shape of an area; None if the city gives none."""
        shapes = [shape for code, shape in zip(self.codes, self.index.geometries, strict=True) if code == area]
        return shapely.union_all(shapes) if shapes else None

    def boundary(self, area: AreaCode) -> GeoJson | None:
        """The shape of an area with at most BOUNDARY_POINTS_MAX points; None if the city gives none.

        Finer detail is left out step by step until so few are left.
        """
        shape, tolerance = self.shape(area), 0.0
        while shape is not None and shapely.get_num_coordinates(shape) > BOUNDARY_POINTS_MAX:
            tolerance = max(tolerance * 2, FINEST_DEGREES)
            shape = shapely.simplify(shape, tolerance)
        if shape is None or shape.is_empty:
            return None
        return GeoJson(orjson.loads(shapely.to_geojson(shape)))


def read_polygons(path: Path) -> Polygons:
    """Read a GeoJSON FeatureCollection (RFC 7946); each feature's `id` is its area code. Raises GeographyError."""
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
            f"{path.name} is no GeoJSON FeatureCollection whose features have the code of an area as id."
        ) from error
    return Polygons(codes, shapely.STRtree(shapes))


def meters_to_all(place: Position, latitudes: Degrees, longitudes: Degrees) -> Degrees:
    """The distances from one point to many (haversine)."""
    return meters_between_all(np.float64(place.latitude), np.float64(place.longitude), latitudes, longitudes)


def meters_between_all(
    latitude: Degrees | np.float64, longitude: Degrees | np.float64, latitudes: Degrees, longitudes: Degrees
) -> Degrees:
    """The distances between the points of two columns, or from one point to those of a column (haversine)."""
    south, north = np.radians(latitudes), np.radians(latitude)
    up, along = north - south, np.radians(longitudes - longitude)
    chord = np.sin(up / 2) ** 2 + np.cos(north) * np.cos(south) * np.sin(along / 2) ** 2
    ways: Degrees = 2 * EARTH_METERS * np.arcsin(np.minimum(1.0, np.sqrt(chord)))
    return ways


def box_around(place: Position, meters: float) -> Box:
    """The smallest box, with a small margin, that contains every point within a distance.

    A circle around a pole or across the date line gets a box around the whole earth.
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
"""A margin in radians above every rounding error: six millimeters."""


def box_of(shape: shapely.Geometry) -> Box:
    """The bounding box of a shape."""
    west, south, east, north = shape.bounds
    return Box(south, west, north, east)
