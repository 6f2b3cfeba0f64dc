"""The default city, Kota Tangerang: one mapping file per subject, and one line for each."""

from __future__ import annotations

from connectors.departments import (
    admissions,
    alerts,
    areas,
    beds,
    citizens,
    complaints,
    emergencies,
    events,
    hospitals,
    jobs,
    licenses,
    news,
    prices,
    schools,
    services,
)
from connectors.departments.city import TANGERANG
from connectors.sources import CityPackage

PACKAGE = CityPackage.of(
    TANGERANG,
    admissions.SUBJECT,
    alerts.SUBJECT,
    areas.SUBJECT,
    beds.SUBJECT,
    citizens.SUBJECT,
    complaints.SUBJECT,
    emergencies.SUBJECT,
    events.SUBJECT,
    hospitals.SUBJECT,
    jobs.SUBJECT,
    licenses.SUBJECT,
    news.SUBJECT,
    news.FEED_SUBJECT,
    prices.SUBJECT,
    schools.SUBJECT,
    services.SUBJECT,
)
