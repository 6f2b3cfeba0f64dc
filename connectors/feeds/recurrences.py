"""Recurrences: when a repeated event of a calendar happens within a span of time (RFC 5545, 3.3.10). Pure and bounded.

Rules are worked out on the event's own wall clock, so that what is weekly at eight stays at eight.
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
"""How many times of a rule are looked at, those before the span too: every day of 136 years."""
TIMES_A_DAY_MAX = 24

_BEFORE_ALL, _AFTER_ALL = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
_FREQUENCIES = (["DAILY"], ["WEEKLY"], ["MONTHLY"], ["YEARLY"])


class Unrepeatable(Exception):
    """A rule that the hub does not work out: not a rule, or one that happens all the time."""


@dataclass(frozen=True, slots=True)
class Span:
    """A span of time; `zone` is that of times without one, and of days."""

    begins: datetime
    ends: datetime
    zone: ZoneInfo

    def holds(self, moment: date) -> bool:
        return self.begins <= instant(moment, self.zone) < self.ends


@dataclass(frozen=True, slots=True)
class Repeats:
    """What an event says of its repetitions: its start, a rule, times besides, and times when it does not happen."""

    start: date
    rule: Any
    besides: Sequence[Any] = ()
    skipped: Sequence[Any] = ()


def instant(moment: date, zone: ZoneInfo) -> datetime:
    """A day or a time as an instant (UTC): days begin at midnight in the zone, times without a zone are of it."""
    if not isinstance(moment, datetime):
        moment = datetime.combine(moment, datetime.min.time())
    try:
        return (moment if moment.tzinfo is not None else moment.replace(tzinfo=zone)).astimezone(UTC)
    except OverflowError:
        return _BEFORE_ALL if moment.year == MINYEAR else _AFTER_ALL


def times_of(repeats: Repeats, span: Span, times_max: int) -> list[date]:
    """The times within the span, in their order, at most `times_max` and one. Raises Unrepeatable."""
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
    """The times of the rule, each of the kind that the start is, up to the end of the span."""
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
    for number, at in enumerate(islice(_rule(repeats.rule, wall), STEPS_MAX + 1)):
        if number >= STEPS_MAX:
            raise Unrepeatable("a rule from long ago")
        local = at.replace(tzinfo=zone) if is_moment else at.date()
        if number >= count or instant(local, span.zone) >= span.ends or (until is not None and at > until):
            return
        yield local


def _rule(rule: vRecur, start: datetime) -> Iterator[datetime]:
    """All times of a rule, without its own end: the caller counts and stops."""
    parts = {str(name).upper(): values for name, values in rule.items()}
    times_a_day = 1
    for name in ("BYHOUR", "BYMINUTE", "BYSECOND"):
        times_a_day *= max(1, len(parts.get(name, ())))
    if [*map(str, parts.get("FREQ", ()))][:1] not in _FREQUENCIES or times_a_day > TIMES_A_DAY_MAX:
        raise Unrepeatable("a rule that happens all the time")
    kept = vRecur({name: values for name, values in parts.items() if name not in {"COUNT", "UNTIL"}})
    try:
        yield from rrulestr(kept.to_ical().decode(), dtstart=start)  # type: ignore[no-untyped-call]  # icalendar's own
    except Exception as error:  # whatever the library trips over, it is the rule that is broken
        raise Unrepeatable("no rule") from error


def _bounds(rule: vRecur, zone: tzinfo) -> tuple[int, datetime | None]:
    """How many times a rule has at most, and its last moment on the event's wall clock, if it has one."""
    counts, untils = rule.get("COUNT") or [STEPS_MAX], rule.get("UNTIL") or [None]
    count, until = counts[0], untils[0]
    if not isinstance(count, int) or not isinstance(until, date | None):
        raise Unrepeatable("no rule")
    if until is None:
        return count, None
    if not isinstance(until, datetime):
        return count, datetime.combine(until, datetime.max.time())
    return count, until.astimezone(zone).replace(tzinfo=None) if until.tzinfo is not None else until
