"""Geography: the polygons of a city's areas, when the city gives them, and which area a point lies in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson
import shapely

from models.values import AreaCode, Position

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
