"""A city that connects six of its departments, each a database of its own: what can fail is one of them."""

from __future__ import annotations

from connectors.departments import areas, complaints, hospitals, jobs, licenses, news
from connectors.departments.city import TANGERANG
from connectors.sources import CityPackage, Subject

PACKAGE = CityPackage.of(
    TANGERANG,
    areas.SUBJECT,
    complaints.SUBJECT,
    # Without the beds: their first source is a service of its own.
    Subject(hospitals.SOURCE, hospitals.SUBJECT.mappings),
    jobs.SUBJECT,
    licenses.SUBJECT,
    news.SUBJECT,
)
