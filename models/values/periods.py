"""Periods: hours, days, ISO weeks, months, quarters and years on a wall clock, and earlier periods. Pure.

Starts are naive local times of the zone in the question, because a bucket is what people read off a clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import Enum
from zoneinfo import ZoneInfo

from models.values.vocabulary import Vocabulary


class BucketUnit(Enum):
    """How long a bucket is. A week begins on Monday (ISO 8601)."""

    HOUR = "HOUR"
    DAY = "DAY"
    WEEK = "WEEK"
    MONTH = "MONTH"
    QUARTER = "QUARTER"
    YEAR = "YEAR"


class Weekday(Vocabulary):
    """A day of the week."""

    MONDAY = "MONDAY", "Senin", "Monday", "The first day of the working week"
    TUESDAY = "TUESDAY", "Selasa", "Tuesday", "The second day of the working week"
    WEDNESDAY = "WEDNESDAY", "Rabu", "Wednesday", "The third day of the working week"
    THURSDAY = "THURSDAY", "Kamis", "Thursday", "The fourth day of the working week"
    FRIDAY = "FRIDAY", "Jumat", "Friday", "The fifth day of the working week"
    SATURDAY = "SATURDAY", "Sabtu", "Saturday", "The day after Friday"
    SUNDAY = "SUNDAY", "Minggu", "Sunday", "The day before Monday"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "The source says something that the hub does not know"


_WEEKDAYS = tuple(Weekday)


class ClockPart(Enum):
    """What recurs on a wall clock; the values are names that no field has."""

    HOUR_OF_DAY = "hour of the clock"
    WEEKDAY = "weekday of the clock"

    def of(self, local: datetime) -> int | Weekday:
        """The hour from 0 to 23, or the weekday."""
        return local.hour if self is ClockPart.HOUR_OF_DAY else _WEEKDAYS[local.weekday()]

    @property
    def unit(self) -> BucketUnit:
        """The period that determines it."""
        return BucketUnit.HOUR if self is ClockPart.HOUR_OF_DAY else BucketUnit.DAY


CLOCK_PARTS = {part.value: part for part in ClockPart}


class Comparison(Enum):
    """What a period is compared with."""

    PREVIOUS_PERIOD = "PREVIOUS_PERIOD"
    PREVIOUS_YEAR = "PREVIOUS_YEAR"


FIRST_LOCAL = datetime(1, 1, 1)  # noqa: DTZ001  # a wall clock has no zone of its own
LAST_LOCAL = datetime(9999, 12, 31, 23, 59)  # noqa: DTZ001  # as above
MINUTE_CHARS = 16
_CHARS = {
    BucketUnit.HOUR: 13, BucketUnit.DAY: 10, BucketUnit.WEEK: 10, BucketUnit.MONTH: 7, BucketUnit.QUARTER: 7,
    BucketUnit.YEAR: 4,
}  # fmt: skip
"""How much of `2026-10-05 13:20` determines the bucket, by unit."""
_REST = "0001-01-01 00:00"
_MONTHS = {BucketUnit.MONTH: 1, BucketUnit.QUARTER: 3, BucketUnit.YEAR: 12}
_SPANS = {BucketUnit.HOUR: timedelta(hours=1), BucketUnit.DAY: timedelta(days=1), BucketUnit.WEEK: timedelta(weeks=1)}
_WEEKS_A_YEAR = 52


def chars_of(units: Iterable[BucketUnit], *, other_zone: bool) -> int:
    """How many characters of a time's text determine these buckets; in another zone, all except the seconds."""
    return MINUTE_CHARS if other_zone else max(_CHARS[unit] for unit in units)


def local_of(beginning: str) -> datetime:
    """The first moment of a text such as `2026-10` or `2026-10-05 13`."""
    return datetime.fromisoformat(beginning + _REST[len(beginning) :])


def in_zone(local: datetime, written_in: ZoneInfo, zone: ZoneInfo) -> datetime:
    """The local time of one zone, converted from that of another."""
    return local.replace(tzinfo=written_in).astimezone(zone).replace(tzinfo=None)


def local_value(value: date, zone: ZoneInfo) -> datetime:
    """A clean day or time on the wall clock of a zone."""
    if isinstance(value, datetime):
        return value.astimezone(zone).replace(tzinfo=None)
    return datetime.combine(value, time.min)


def start_of(local: datetime, unit: BucketUnit) -> datetime:
    """The start of the bucket of a local time."""
    if unit is BucketUnit.HOUR:
        return local.replace(minute=0, second=0, microsecond=0)
    day = datetime.combine(local.date(), time.min)
    if unit is BucketUnit.DAY:
        return day
    if unit is BucketUnit.WEEK:
        return day - timedelta(days=day.weekday())
    months = _MONTHS[unit]
    return day.replace(day=1, month=day.month - (day.month - 1) % months)


def next_start(start: datetime, unit: BucketUnit) -> datetime:
    """The start of the next bucket."""
    span = _SPANS.get(unit)
    return start + span if span is not None else _beginning_of_month(start, _MONTHS[unit])


def starts_between(first: datetime, last: datetime, unit: BucketUnit) -> Iterator[datetime]:
    """The starts of all buckets from that of `first` to that of `last`, both included."""
    start, end = start_of(first, unit), start_of(last, unit)
    while start <= end:
        yield start
        start = next_start(start, unit)


def label_of(start: datetime, unit: BucketUnit) -> str:
    """The label of a bucket, the same in every language: `2026-10`, `2026-Q4`, `2026-W41` (ISO 8601)."""
    if unit is BucketUnit.WEEK:
        year, week, _ = start.isocalendar()
        return f"{year:04}-W{week:02}"
    if unit is BucketUnit.QUARTER:
        return f"{start.year:04}-Q{(start.month + 2) // 3}"
    if unit is BucketUnit.HOUR:
        return f"{start:%Y-%m-%d %H:00}"
    return start.strftime("%Y-%m-%d")[: _CHARS[unit]]


def _beginning_of_month(local: datetime, months: int) -> datetime:
    year, month = divmod(local.year * 12 + local.month - 1 + months, 12)
    return local.replace(year=year, month=month + 1, day=1, hour=0, minute=0, second=0, microsecond=0)


@dataclass(frozen=True, slots=True)
class Shift:
    """The distance to the earlier period: whole months, or a timedelta."""

    months: int = 0
    span: timedelta = timedelta(0)

    def earlier(self, local: datetime) -> datetime | None:
        """The same place in the earlier period; None for a day that it does not have, such as 31 April."""
        if not self.months:
            return local - self.span
        first = _beginning_of_month(local, -self.months)
        moved = first + timedelta(days=local.day - 1)
        return datetime.combine(moved.date(), local.time()) if moved.month == first.month else None

    def earlier_border(self, local: datetime) -> datetime:
        """The same bound in the earlier period; for a day that it does not have, its end."""
        moved = self.earlier(local)
        return moved if moved is not None else _beginning_of_month(local, 1 - self.months)


def shift_of(comparison: Comparison, unit: BucketUnit) -> Shift:
    """The distance to the bucket that a bucket is compared with. A week is compared with the one 52 weeks before."""
    if comparison is Comparison.PREVIOUS_PERIOD:
        return Shift(_MONTHS.get(unit, 0), _SPANS.get(unit, timedelta(0)))
    return Shift(span=_WEEKS_A_YEAR * _SPANS[unit]) if unit is BucketUnit.WEEK else Shift(months=12)


def shift_of_range(comparison: Comparison, lower: datetime, upper: datetime) -> Shift:
    """The distance to the range that a range is compared with: its length, in whole months if it has whole months."""
    if comparison is Comparison.PREVIOUS_YEAR:
        return Shift(months=12)
    are_months = all(border == start_of(border, BucketUnit.MONTH) for border in (lower, upper))
    if are_months and lower < upper:
        return Shift(months=(upper.year - lower.year) * 12 + upper.month - lower.month)
    return Shift(span=upper - lower)
