"""The default city, Kota Tangerang: one mapping file per subject, and the list of sources and mappings."""

from __future__ import annotations

from connectors.departments import areas, citizens, complaints, hospitals, jobs, licenses, news
from connectors.departments.city import TANGERANG
from connectors.sources import CityPackage

PACKAGE = CityPackage(
    city=TANGERANG,
    sources=(
        areas.SOURCE,
        citizens.SOURCE,
        complaints.SOURCE,
        hospitals.SOURCE,
        jobs.SOURCE,
        licenses.SOURCE,
        news.SOURCE,
    ),
    mappings=(
        areas.AREAS,
        citizens.CITIZENS,
        complaints.CATEGORIES,
        complaints.COMPLAINTS,
        complaints.STATUS_CHANGES,
        hospitals.BEDS,
        hospitals.HOSPITALS,
        hospitals.SCHEDULES,
        jobs.JOB_APPLICATIONS,
        jobs.JOB_POSTINGS,
        licenses.LICENSES,
        licenses.LICENSE_APPLICATIONS,
        licenses.LICENSE_TYPES,
        news.ARTICLES,
    ),
)
