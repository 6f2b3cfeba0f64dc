"""Recurrences: the occurrences of a recurring event within a span of time (RFC 5545, 3.3.10). Pure and bounded.

Rules are expanded in the event's local time, so that a weekly event at eight stays at eight.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import MINYEAR, UTC, date, datetime, tzinfo
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr
from icalendar.prop import vRecur

STEPS_MAX = 50_000
"""How many occurrences and periods of a rule are tried, including those before the span: 136 years of days."""
TIMES_A_DAY_MAX = 24
BEYOND_DAYS = 1_500
"""How far beyond the span a rule without an occurrence is tried: enough for the next 29 February."""

_BEFORE_ALL, _AFTER_ALL = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_DAYS_MIN = {"DAILY": 1, "WEEKLY": 7, "MONTHLY": 28, "YEARLY": 365}
"""The shortest period of each frequency, in days."""


class Unrepeatable(Exception):
    """The hub does not expand this rule: it is invalid, too frequent, or never happens."""


class _NoMorePeriods(Exception):
    """The library has tried as many periods as allowed."""


class _Interval(int):
    """An interval that can be added only so often: the library would search until the year 9999."""

    periods_left: int

    def __radd__(self, period: int) -> int:
        self._counted()
        return period + int(self)

    def __mul__(self, days: int) -> int:
        self._counted()
        return int(self) * days

    def _counted(self) -> None:
        self.periods_left -= 1
        if self.periods_left < 0:
            raise _NoMorePeriods


@dataclass(frozen=True, slots=True)
class Span:
    """A span of time; `zone` applies to days and to times without a zone."""

    begins: datetime
    ends: datetime
    zone: ZoneInfo

    def holds(self, moment: date) -> bool:
        return self.begins <= instant(moment, self.zone) < self.ends


@dataclass(frozen=True, slots=True)
class Repeats:
    """The recurrence of an event: its start, its rule, extra occurrences and exceptions."""

    start: date
    rule: Any
    besides: Sequence[Any] = ()
    skipped: Sequence[Any] = ()


def instant(moment: date, zone: ZoneInfo) -> datetime:
    """A day or a time as an instant in UTC; days begin at midnight in the zone."""
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, datetime.min.time())
    try:
        return (moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        return _BEFORE_ALL if moment.year == MINYEAR else _AFTER_ALL


def times_of(repeats: Repeats, span: Span, times_max: int) -> list[date]:
    """The occurrences within the span in order, at most `times_max` + 1. Raises Unrepeatable."""
    skipped = {instant(at, span.zone) for at in repeats.skipped if isinstance(at, date)}
    found: dict[datetime, date] = {}
    for at in (*_ruled(repeats, span), *(at for at in repeats.besides if isinstance(at, date))):
        moment = instant(at, span.zone)
        if moment not in skipped and span.holds(at):
            found.setdefault(moment, at)
        if len(found) > times_max:
            break
    return [at for _, at in sorted(found.items())]


def _ruled(repeats: Repeats, span: Span) -> Iterator[date]:
    """The occurrences of the rule until the end of the span, as days or times like the start."""
    start = repeats.start
    if repeats.rule is None:
        yield start
        return
    if not isinstance(repeats.rule, vRecur):
        raise Unrepeatable("no rule")
    is_moment = isinstance(start, datetime)
    zone = start.tzinfo if isinstance(start, datetime) else None
    wall = start.replace(tzinfo=None) if isinstance(start, datetime) else datetime.combine(start, datetime.min.time())
    count, until = _bounds(repeats.rule, zone or span.zone)
    days = max(0, (span.ends - instant(start, span.zone)).days) + BEYOND_DAYS
    number = -1
    for number, at in enumerate(islice(_rule(repeats.rule, wall, days), STEPS_MAX + 1)):
        if number >= STEPS_MAX:
            raise Unrepeatable("a rule from long ago")
        local = at.replace(tzinfo=zone) if is_moment else at.date()
        if number >= count or instant(local, span.zone) >= span.ends or (until is not None and at > until):
            return
        yield local
    if number < 0:
        raise Unrepeatable("a rule that never happens")


def _rule(rule: vRecur, start: datetime, days: int) -> Iterator[datetime]:
    """The occurrences of a rule within so many days; its COUNT and UNTIL are left to the caller."""
    parts = {str(name).upper(): values for name, values in rule.items()}
    times_a_day = 1
    for name in ("BYHOUR", "BYMINUTE", "BYSECOND"):
        times_a_day *= max(1, len(parts.get(name, ())))
    frequency = next(map(str, parts.get("FREQ", ())), "")
    if frequency not in _DAYS_MIN or times_a_day > TIMES_A_DAY_MAX:
        raise Unrepeatable("a rule that happens all the time")
    kept = vRecur({name: values for name, values in parts.items() if name not in {"COUNT", "UNTIL"}})
    interval = _interval(parts)
    periods = days // (_DAYS_MIN[frequency] * int(interval)) + 2
    interval.periods_left = min(periods, STEPS_MAX)
    try:
        read = rrulestr(kept.to_ical().decode(), dtstart=start)  # type: ignore[no-untyped-call]  # icalendar's own
        yield from read.replace(interval=interval)
    except _NoMorePeriods:
        if periods > STEPS_MAX:
            raise Unrepeatable("a rule from long ago") from None
    except Exception as error:  # whatever the library raises, the rule is broken
        raise Unrepeatable("no rule") from error


def _interval(parts: dict[str, Any]) -> _Interval:
    found = next(iter(parts.get("INTERVAL", ())), 1)
    if not isinstance(found, int) or found < 1:
        raise Unrepeatable("no rule")
    return _Interval(found)


def _bounds(rule: vRecur, zone: tzinfo) -> tuple[int, datetime | None]:
    """The COUNT of a rule, and its UNTIL in the event's local time, if it has one."""
    counts, untils = rule.get("COUNT") or [STEPS_MAX], rule.get("UNTIL") or [None]
    count, until = counts[0], untils[0]
    if not isinstance(count, int) or not isinstance(until, date | None):
        raise Unrepeatable("no rule")
    if until is None:
        return count, None
    if not isinstance(until, datetime):
        return count, datetime.combine(until, datetime.max.time())
    return count, until.astimezone(zone).replace(tzinfo=None) if until.tzinfo is not None else until
