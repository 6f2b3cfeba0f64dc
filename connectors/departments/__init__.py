"""The default city, Kota Tangerang: one mapping file per subject, and one line for each."""

from __future__ import annotations

from connectors.departments import areas, citizens, complaints, hospitals, jobs, licenses, news
from connectors.departments.city import TANGERANG
from connectors.sources import CityPackage

PACKAGE = CityPackage.of(
    TANGERANG,
    areas.SUBJECT,
    citizens.SUBJECT,
    complaints.SUBJECT,
    hospitals.SUBJECT,
    jobs.SUBJECT,
    licenses.SUBJECT,
    news.SUBJECT,
)
