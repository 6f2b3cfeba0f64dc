"""Placing: in which village something lies whose source names a larger area, reckoned over the register's truth."""

from __future__ import annotations

import math
from functools import cache

from sample import areas
from sample.complaints.source import ComplaintTruth
from tests.graph.told import told

VILLAGES = {one.code: one for one in areas.truth() if one.level == "VILLAGE"}
PARENTS = {one.code: one.parent_code for one in areas.truth()}


@cache
def lies_in(code: str | None, latitude: float | None, longitude: float | None) -> str | None:
    """The village whose middle is nearest among those of the area that is named; that area without a position."""
    if code is None or code in VILLAGES or latitude is None or longitude is None:
        return code
    among = [
        (meters(one.latitude, one.longitude, latitude, longitude), one.code)
        for one in VILLAGES.values()
        if one.latitude is not None
        and one.longitude is not None
        and code in (one.parent_code, PARENTS[str(one.parent_code)])
    ]
    return min(among)[1] if among else code


def meters(south: float, west: float, north: float, east: float) -> float:
    """The spherical law of cosines, with the mean radius of the earth."""
    one, other, along = math.radians(south), math.radians(north), math.radians(east - west)
    cosine = math.sin(one) * math.sin(other) + math.cos(one) * math.cos(other) * math.cos(along)
    return 6_371_008.8 * math.acos(max(-1.0, min(1.0, cosine)))


def complaint_lies_in(truth: ComplaintTruth) -> str | None:
    """The area of a complaint, by the position that everybody is told."""
    return lies_in(truth.area_code, *told(truth))


def hospitals_unknown(rows: list[dict[str, object]]) -> frozenset[str]:
    """The villages of which nobody knows whether they have a hospital: one of their district has no position."""
    lost = {row["areaCode"] for row in rows if row["latitude"] is None and row["areaCode"] is not None}
    with_one = {row["liesIn"] for row in rows}
    return frozenset(code for code, one in VILLAGES.items() if one.parent_code in lost and code not in with_one)
