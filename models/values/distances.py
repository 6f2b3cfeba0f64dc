"""Distances between places on earth."""

from __future__ import annotations

import math
from typing import Final

from models.values.types import Position

EARTH_METERS: Final = 6_371_008.8
"""The mean radius of the earth (IUGG), with which distances are exact to half a percent."""


def meters_between(one: Position, other: Position) -> float:
    """The distance between two points on a sphere (haversine)."""
    south, north = math.radians(one.latitude), math.radians(other.latitude)
    up, along = north - south, math.radians(other.longitude - one.longitude)
    chord = math.sin(up / 2) ** 2 + math.cos(south) * math.cos(north) * math.sin(along / 2) ** 2
    return 2 * EARTH_METERS * math.asin(min(1.0, math.sqrt(chord)))
