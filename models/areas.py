"""Areas: the city and what it is divided into, in Indonesia after Kepmendagri 300.2.2-2430/2025."""

from __future__ import annotations

from models.records import Record, field, to_many, to_one
from models.values.types import AreaCode, BpsCode, Position
from models.values.vocabulary import Vocabulary


class AreaLevel(Vocabulary):
    """How large an area is. What a city calls its own, `levelName` says."""

    CITY = "CITY", "Kota", "City", "The city as a whole"
    DISTRICT = "DISTRICT", "Kecamatan", "District", "The parts of the city: districts (kecamatan), wards"
    VILLAGE = "VILLAGE", "Kelurahan", "Village", "The parts of a district: villages (kelurahan, desa), neighbourhoods"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "A level that the hub does not know"


class AreaBasis(Vocabulary):
    """How the smallest area that something lies in was found."""

    STATED = "STATED", "Disebut sumber", "Stated", "The source names the area"
    POLYGON = "POLYGON", "Batas wilayah", "Polygon", "The position lies within the boundary of the area"
    NEAREST_MIDDLE = (
        "NEAREST_MIDDLE",
        "Titik tengah terdekat",
        "Nearest middle",
        "Of the areas within the one that the source names, its middle is nearest to the position: approximate",
    )
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "It is not known how the area was found"


class Area(Record, name="areas"):
    """A part of the city, and everything that happens in it and below it."""

    id: str = field("The key of the area in its source")
    code: AreaCode = field("The official code of the area", filter=True, sort=True, group=True)
    name: str | None = field("The name of the area", filter=True, sort=True)
    level: AreaLevel = field("How large the area is: the city, a district of it, or smaller", filter=True, group=True)
    parent_code: AreaCode | None = field("The code of the area around this one", filter=True, group=True)
    bps_code: BpsCode | None = field(
        "The code that the statistics office (BPS) has for the area: it looks like the official code of another area",
        filter=True,
    )
    postal_code: str | None = field("The postal code", filter=True)
    position: Position | None = field("A point in the middle of the area; approximate")

    parent = to_one("areas", on={"parent_code": "code"})
    children = to_many("areas", on={"code": "parent_code"})
    complaints = to_many("complaints", on={"code": "area_code"}, within=True)
    hospitals = to_many("hospitals", on={"code": "area_code"}, within=True)
    licenses = to_many("licenses", on={"bps_code": "area_bps_code"}, within=True)
    job_postings = to_many("job_postings", on={"code": "area_code"}, within=True)
    incidents = to_many("incidents", on={"code": "area_code"}, within=True)
    schools = to_many("schools", on={"code": "area_code"}, within=True)
    events = to_many("events", on={"code": "area_code"}, within=True)
    markets = to_many("markets", on={"code": "area_code"}, within=True)
