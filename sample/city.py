"""What is fixed about the sample city: its sizes, its seed, its clock and its box."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

# Raised whenever the same size and seed give another city, so that one of an older hub is made again.
VERSION = 3
SEED = 3671
WIB = timezone(timedelta(hours=7))

# The city stands still at this moment: nothing in it is later, so the same seed gives the same city on every day.
CLOCK = datetime(2026, 11, 20, tzinfo=WIB)
SPAN_DAYS = 730
START = CLOCK - timedelta(days=SPAN_DAYS)

# The box in degrees that holds every position of the city.
LONGITUDE_MIN, LONGITUDE_MAX = 106.55, 106.75
LATITUDE_MIN, LATITUDE_MAX = -6.26, -6.09


@dataclass(frozen=True)
class Size:
    """How many of everything a sample city has, in records."""

    citizens: int
    complaints: int
    reporters: int
    licenses: int
    job_postings: int
    job_applications: int
    articles: int
    calls: int
    schools: int
    admission_applications: int
    price_days: int
    events: int


SIZES = {
    "small": Size(
        citizens=5_000,
        complaints=4_000,
        reporters=1_500,
        licenses=1_500,
        job_postings=300,
        job_applications=2_000,
        articles=400,
        calls=3_460,
        schools=300,
        admission_applications=1_500,
        price_days=30,
        events=60,
    ),
    "city": Size(
        citizens=1_957_349,
        complaints=200_000,
        reporters=60_000,
        licenses=150_000,
        job_postings=20_000,
        job_applications=100_000,
        articles=10_000,
        calls=83_000,
        schools=900,
        admission_applications=60_000,
        price_days=365,
        events=600,
    ),
}
