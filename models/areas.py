"""Areas: the city, its districts and villages (Kemendagri dotted codes, Kepmendagri 300.2.2-2430/2025)."""

from __future__ import annotations

from models.records import Record, field, to_many, to_one
from models.values import AreaCode, BpsCode, Position
from models.vocabulary import Vocabulary


class AreaLevel(Vocabulary):
    """How large an area is."""

    CITY = "CITY", "Kota", "City", "The city as a whole"
    DISTRICT = "DISTRICT", "Kecamatan", "District", "A district (kecamatan)"
    VILLAGE = "VILLAGE", "Kelurahan", "Village", "A village or urban ward (kelurahan, desa)"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "A level that the hub does not know"


class Area(Record, name="areas"):
    """A part of the city, and everything that happens in it and below it."""

    id: str = field("The key of the area in its source")
    code: AreaCode = field("The official dotted code of the area (Kemendagri)", filter=True, sort=True, group=True)
    name: str | None = field("The name of the area", filter=True, sort=True)
    level: AreaLevel = field("Whether the area is the city, a district or a village", filter=True, group=True)
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
