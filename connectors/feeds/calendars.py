"""Calendars: iCalendar (RFC 5545) -> one row per event, and one per occurrence of a recurring event."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
from icalendar.prop import vBroken

from connectors.feeds.formats import Entry, Found, document
from connectors.feeds.origins import FeedOrigin
from connectors.feeds.recurrences import Repeats, Span, Unrepeatable, instant, times_of
from connectors.http.access import AnswerTooLarge, UnusableAnswer
from connectors.http.client import Validators
from connectors.http.texts import text_of
from models.sources.findings import FindingKind

CONTENT_TYPES = ("text/calendar", "text/plain", "application/octet-stream")

_PLACE = "X-SIMPUL-GEO"
_TEXTS = ("uid", "summary", "description", "location", "url", "status")
_COLUMNS = frozenset((*_TEXTS, "categories", "organizer", "dtstart", "dtend", "geo", "last_modified", "created"))


@dataclass(frozen=True, slots=True)
class Calendar:
    """Events: `uid` is the event's, or `<uid>/<start>` for an occurrence of a recurring event.

    Occurrences are given from `back` before now until `ahead` after it; single events always. A recurring event is cut
    short, with a finding, beyond `times_max`, or when all events exceed `occurrences_max` or `expansion_s_max`. Times
    without a zone are in `zone`. A column `x_area_code` is the property X-AREA-CODE.
    """

    zone: ZoneInfo
    back: timedelta = timedelta(days=90)
    ahead: timedelta = timedelta(days=365)
    events_max: int = 5_000
    occurrences_max: int = 20_000
    times_max: int = 2_000
    expansion_s_max: float = 10.0
    table: str = "events"

    def has(self, column: str) -> bool:
        return column in _COLUMNS or column.startswith("x_")

    def stays(self, before: datetime, now: datetime) -> bool:
        """The occurrences change every day."""
        return before.astimezone(self.zone).date() == now.astimezone(self.zone).date()

    async def read(self, origin: FeedOrigin, known: Validators, now: datetime) -> Found | None:
        got = await document(origin, CONTENT_TYPES, known)
        if got is None:
            return None
        flaws: Counter[FindingKind] = Counter()
        entries = await asyncio.to_thread(self.entries, got.body, now, flaws)
        return Found(entries, flaws, got.validators)

    def entries(self, body: bytes, now: datetime, flaws: Counter[FindingKind]) -> list[Entry]:
        """The rows of a calendar. Raises UnusableAnswer, AnswerTooLarge."""
        today = datetime.combine(now.astimezone(self.zone).date(), datetime.min.time(), self.zone)
        span = Span(today - self.back, today + self.ahead, self.zone)
        ends_at = time.monotonic() + self.expansion_s_max
        entries: list[Entry] = []
        by_uid = _by_uid(self._events(body), flaws)
        waiting = sum(map(len, by_uid.values()))
        # Single events first, so that recurring ones do not use up their budget.
        for events in sorted(by_uid.values(), key=_repeats):
            waiting -= len(events)
            room = self.occurrences_max - len(entries) - waiting if time.monotonic() < ends_at else 0
            entries += self._occurrences(events, span, min(room, self.times_max), flaws)
        return entries

    def _events(self, body: bytes) -> Sequence[Any]:
        text = text_of(body)
        if "BEGIN:VCALENDAR" not in text[:1_000]:
            raise UnusableAnswer("the answer is no calendar")
        if not text.rstrip().endswith("END:VCALENDAR"):
            raise UnusableAnswer("the calendar breaks off")
        if text.count("BEGIN:VEVENT") > self.events_max:
            raise AnswerTooLarge(f"more than {self.events_max} events")
        try:
            calendars = icalendar.Calendar.from_ical(_with_places_as_written(text), multiple=True)
            return [event for calendar in calendars for event in calendar.walk("VEVENT")]
        except Exception as error:  # noqa: BLE001  # whatever the library raises, the calendar is broken
            raise UnusableAnswer(f"the calendar cannot be read ({type(error).__name__})") from None

    def _occurrences(
        self, events: Sequence[Any], span: Span, times_max: int, flaws: Counter[FindingKind]
    ) -> Iterator[Entry]:
        """The rows of one UID: its rule, and its overrides of single occurrences."""
        masters = [event for event in events if "RECURRENCE-ID" not in event]
        changed = {
            instant(at, self.zone): event for event in events if (at := _time(event, "RECURRENCE-ID")) is not None
        }
        master = max(masters, key=_revision, default=None)
        start = _time(master, "DTSTART") if master is not None else None
        if master is not None and start is None:
            flaws[FindingKind.UNDECODABLE] += 1
        elif master is not None and start is not None and not _repeats([master]):
            yield self._entry(changed.pop(instant(start, self.zone), master), start, of_series=False)
        elif master is not None and start is not None:
            for at in self._times(master, start, span, times_max, flaws):
                yield self._entry(changed.pop(instant(at, self.zone), master), at, of_series=True)
        # Occurrences that were moved into the span.
        for event in changed.values():
            moved, at = _time(event, "DTSTART"), _time(event, "RECURRENCE-ID")
            if moved is not None and at is not None and span.holds(moved):
                yield self._entry(event, at, of_series=True)

    def _times(
        self, master: Any, start: date, span: Span, times_max: int, flaws: Counter[FindingKind]
    ) -> Sequence[date]:
        if times_max <= 0:
            flaws[FindingKind.TOO_MANY] += 1
            return []
        rules = _all(master, "RRULE")
        dates = tuple(moment.dt for one in _all(master, "RDATE") for moment in _of(one, "dts", ()))
        skipped = tuple(moment.dt for one in _all(master, "EXDATE") for moment in _of(one, "dts", ()))
        try:
            repeats = Repeats(start, rules[0] if rules else None, dates, skipped)
            times = times_of(repeats, span, times_max)
        except Unrepeatable:
            flaws[FindingKind.UNDECODABLE] += 1
            return [start] if span.holds(start) else []
        if len(times) > times_max:
            flaws[FindingKind.TOO_MANY] += 1
        return times[:times_max]

    def _entry(self, event: Any, at: date, *, of_series: bool) -> Entry:
        """One row; `at` is the occurrence by the event's rule. A changed occurrence has its own start."""
        start = _time(event, "DTSTART") or at
        starts = start if "RECURRENCE-ID" in event else at
        ends = _end(event, start, starts)
        uid = str(event.get("UID"))
        entry: dict[str, str | None] = {name: _text(event, name.upper()) for name in _TEXTS}
        entry |= {name.lower().replace("-", "_"): _text(event, name) for name in event if name.startswith("X-")}
        entry["uid"] = f"{uid}/{self._shown(at)}" if of_series else uid
        entry["categories"] = ",".join(str(one) for group in _all(event, "CATEGORIES") for one in _cats(group)) or None
        entry["organizer"] = _organizer(event)
        entry["geo"] = _text(event, _PLACE)
        entry["dtstart"], entry["dtend"] = self._shown(starts), self._shown(ends)
        for name in ("LAST-MODIFIED", "CREATED"):
            moment = _time(event, name)
            entry[name.lower().replace("-", "_")] = self._shown(moment) if moment is not None else None
        return entry

    def _shown(self, moment: date) -> str:
        """A day, or a time with its offset."""
        if not isinstance(moment, datetime):
            return moment.isoformat()
        return (moment if moment.tzinfo is not None else moment.replace(tzinfo=self.zone)).isoformat()


def _with_places_as_written(text: str) -> str:
    """The text with GEO renamed: the library would parse positions as numbers and hide their flaws."""
    return text.replace("\nGEO", f"\n{_PLACE}")


def _by_uid(events: Sequence[Any], flaws: Counter[FindingKind]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for event in events:
        uid = _text(event, "UID")
        if uid is None:
            flaws[FindingKind.MISSING_KEY] += 1
        else:
            found.setdefault(uid, []).append(event)
    return found


def _repeats(events: Sequence[Any]) -> bool:
    return any("RRULE" in event or "RDATE" in event for event in events)


def _revision(event: Any) -> int:
    """The revision number of an event; the greatest one counts."""
    sequence = _all(event, "SEQUENCE")
    return int(sequence[0]) if sequence and isinstance(sequence[0], int) else 0


def _time(event: Any, name: str) -> date | None:
    """A day or a time; None if it is missing or invalid."""
    found = _all(event, name)
    moment = _of(found[0], "dt") if found else None
    return moment if isinstance(moment, date) else None


def _end(event: Any, start: date, starts: date) -> date:
    """The end of the occurrence at `starts`, with the event's duration after `start`. A day lasts a day."""
    end = _time(event, "DTEND")
    if end is not None and isinstance(end, datetime) == isinstance(start, datetime):
        try:
            return starts + (end - start)
        except TypeError:
            # Only one of the two has a zone.
            return starts
    lasts = _of(event.get("DURATION"), "dt")
    if isinstance(lasts, timedelta):
        return starts + lasts
    return starts if isinstance(starts, datetime) else starts + timedelta(days=1)


def _text(event: Any, name: str) -> str | None:
    found = _all(event, name)
    return str(found[0]) if found else None


def _all(event: Any, name: str) -> list[Any]:
    """All values of a property of an event."""
    found = event.get(name)
    return found if isinstance(found, list) else [] if found is None else [found]


def _of(value: Any, name: str, otherwise: Any = None) -> Any:
    """An attribute of a value; a value that could not be parsed is a text without attributes."""
    return otherwise if isinstance(value, vBroken) else getattr(value, name, otherwise)


def _cats(group: Any) -> Sequence[Any]:
    cats = _of(group, "cats")
    return cats if isinstance(cats, list) else [group]


def _organizer(event: Any) -> str | None:
    """The name of the organizer, else the address."""
    found = _all(event, "ORGANIZER")
    if not found:
        return None
    name = _of(found[0], "params", {}).get("CN")
    return str(name) if name else str(found[0]).removeprefix("mailto:").removeprefix("MAILTO:") or None
