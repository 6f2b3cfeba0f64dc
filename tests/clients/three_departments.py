"""A city that connects three departments, one for each panel of the example page."""

from __future__ import annotations

from connectors.departments import areas, complaints, hospitals
from connectors.departments.city import TANGERANG
from connectors.sources import CityPackage, Subject

PACKAGE = CityPackage.of(
    TANGERANG,
    areas.SUBJECT,
    complaints.SUBJECT,
    # Without the beds: their first source is a service of its own.
    Subject(hospitals.SOURCE, hospitals.SUBJECT.mappings),
)
