"""Six departments of the default city as they are: what was read is kept as long as their owners let it count."""

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
