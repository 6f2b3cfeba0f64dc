"""The constants of the sample city: its sizes, seed, clock and box."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, timezone
from typing import Self

# Raised whenever the same size and seed give another city, so that one of an older hub is made again.
VERSION = 5
SEED = 3671
WIB = timezone(timedelta(hours=7))

# What is written of a city ends before a day. Unless told otherwise it is this one, so that tests know what they get.
DAY = date(2026, 11, 20)
SPAN_DAYS = 730


def midnight(day: date) -> datetime:
    """The first moment of a day in the city."""
    return datetime.combine(day, time(), WIB)


CLOCK = midnight(DAY)

# The box in degrees that holds every position of the city.
LONGITUDE_MIN, LONGITUDE_MAX = 106.55, 106.75
LATITUDE_MIN, LATITUDE_MAX = -6.26, -6.09


@dataclass(frozen=True)
class Size:
    """How many of everything a sample city has, in records, and the day before which all of it lies."""

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
    day: date = DAY

    @property
    def clock(self) -> datetime:
        """The first moment that the city has not seen."""
        return midnight(self.day)

    @property
    def start(self) -> datetime:
        """The first moment of the years that are written down."""
        return self.clock - timedelta(days=SPAN_DAYS)

    def until(self, day: date) -> Self:
        """The same city on another day."""
        return replace(self, day=day)


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
