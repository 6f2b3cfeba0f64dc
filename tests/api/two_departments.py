"""A city that connects two of its departments: enough for what the wire does, and no more to wait for."""

from __future__ import annotations

from connectors.departments import areas, complaints
from connectors.departments.city import TANGERANG
from connectors.sources import CityPackage

PACKAGE = CityPackage(
    city=TANGERANG,
    sources=(areas.SOURCE, complaints.SOURCE),
    mappings=(areas.AREAS, complaints.CATEGORIES, complaints.COMPLAINTS, complaints.STATUS_CHANGES),
    writings=complaints.SUBJECT.writings,
)
