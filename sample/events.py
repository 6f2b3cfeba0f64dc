"""The events of the sample city: what the hub must give, and the calendar that it must be won back from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import NamedTuple

from sample import areas, dirt
from sample.calendars import calendar, escaped
from sample.city import CLOCK, SEED, WIB, Size
from sample.event_texts import DESCRIPTIONS, KINDS, Kind
from sample.shapes import Drop

FILE = "kegiatan.ics"
_BEFORE_DAYS, _AFTER_DAYS = 240, 60
"""How long before and after the city's clock events begin."""
_URL = "https://kegiatan.example.com"
_HOURS = (8, 9, 10, 13)

_category = dirt.die("event category")
_status = dirt.die("event status")
_area = dirt.die("event area")
_position = dirt.die("event position")
_clock = dirt.die("event clock")
_organizer = dirt.die("event organizer")

_CATEGORIES: dict[str, Callable[[str], str]] = {
    "usual": lambda written: written,
    "capitals": str.upper,
    "two": lambda written: f"{written},Kota",
}
_STATUSES = {"CONFIRMED": "SCHEDULED", "TENTATIVE": "TENTATIVE", "CANCELLED": "CANCELLED"}


class EventTruth(NamedTuple):
    """An event as the hub must give it; position in degrees."""

    id: str
    name: str
    description: str | None
    category: str
    start_date: datetime
    end_date: datetime
    all_day: bool
    location: str
    area_code: str | None
    latitude: float | None
    longitude: float | None
    organizer: str | None
    url: str | None
    status: str
    date_modified: datetime


class Entry(NamedTuple):
    """An event as the calendar knows it, before it is written: texts are those of the file, without its escapes."""

    uid: str
    summary: str
    description: str
    location: str
    categories: str | None
    organizer: str | None
    url: str
    status: str | None
    start: datetime | date
    end: datetime | date
    geo: str | None
    modified: datetime
    area: str | None


class EventCase(NamedTuple):
    """What the calendar says and what must be given back."""

    truth: EventTruth
    legacy: Entry


def generate(size: Size, seed: int = SEED) -> Iterator[EventCase]:
    """All events, those that happen again once for each time; the same for the same size and seed."""
    yield from _singles(size, seed)
    for series in SERIES:
        for start in series.starts:
            yield series.case(start)


def rows(size: Size, seed: int = SEED) -> Iterator[tuple[str | None, ...]]:
    """What a clean copy of the calendar holds, a row for each event, in the order of the fields of Entry."""
    for case in generate(size, seed):
        entry = case.legacy
        yield (
            case.truth.id, *entry[1:8], entry.start.isoformat(), entry.end.isoformat(), entry.geo,
            entry.modified.isoformat(), entry.area,
        )  # fmt: skip


def _singles(size: Size, seed: int) -> Iterator[EventCase]:
    draw = Random(f"{seed}:events").random
    for number in range(1, size.events + 1):
        yield _single(number, KINDS[int(draw() * len(KINDS))], draw)


def _single(number: int, kind: Kind, draw: Callable[[], float]) -> EventCase:
    """One event that happens once, value by value what is written and what survives."""
    day = CLOCK.date() + timedelta(days=int(draw() * (_BEFORE_DAYS + _AFTER_DAYS)) - _BEFORE_DAYS)
    hour, place = _HOURS[int(draw() * len(_HOURS))], _places()[int(draw() * len(_places()))]
    start, end = _span(kind, day, hour, _clock(draw()))
    name = f"{kind.names[int(draw() * len(kind.names))]} {place.name}"
    location = f"{kind.halls[int(draw() * len(kind.halls))]}, {place.name}"
    description = "\n".join(DESCRIPTIONS[: 1 + int(draw() * len(DESCRIPTIONS))])
    modified = min(datetime.combine(day, time(hour), tzinfo=UTC), CLOCK.astimezone(UTC)) - timedelta(days=number % 29)

    kind_of_category, kind_of_status = _category(draw()), _status(draw())
    spelled = kind_of_category in _CATEGORIES
    written = _CATEGORIES[kind_of_category](kind.written) if spelled else dirt.stored(kind_of_category)
    stored_area, area_code = _dirty_area(place.code, _area(draw()))
    geo, latitude, longitude = _dirty_geo(place, _position(draw()))
    host = _organizer(draw())
    organizer = kind.host if host == "clean" else None

    uid = f"kegiatan-{number:05}@example.com"
    truth = EventTruth(
        uid, name, description, kind.category if spelled else "UNKNOWN", _moment(start), _moment(end),
        not isinstance(start, datetime), location, area_code, latitude, longitude, organizer, f"{_URL}/{number}",
        _STATUSES.get(kind_of_status, "UNKNOWN"), modified,
    )  # fmt: skip
    entry = Entry(
        uid, name, description, location, written, organizer or dirt.stored(host), f"{_URL}/{number}",
        dirt.stored(kind_of_status), start, end, geo, modified, stored_area,
    )  # fmt: skip
    return EventCase(truth, entry)


def _places() -> list[areas.AreaTruth]:
    return [area for area in areas.places() if area.level != "CITY"]


def _span(kind: Kind, day: date, hour: int, clock: str) -> tuple[datetime | date, datetime | date]:
    """From when until when: whole days up to the one that is not part of it any more, or four hours."""
    if kind.days:
        return day, day + timedelta(days=kind.days)
    start = datetime.combine(day, time(hour), tzinfo=WIB)
    if clock == "utc":
        start = start.astimezone(UTC)
    return start, start + timedelta(hours=4)


def _moment(start: datetime | date) -> datetime:
    return start if isinstance(start, datetime) else datetime.combine(start, time(), tzinfo=WIB)


def _dirty_area(code: str, kind: str) -> tuple[str | None, str | None]:
    if kind in ("dotted", "plain"):
        return (code if kind == "dotted" else code.replace(".", "")), code
    return dirt.stored(kind), None


def _dirty_geo(place: areas.AreaTruth, kind: str) -> tuple[str | None, float | None, float | None]:
    """Latitude and longitude in degrees in one text; swapped ones survive, because only the swap fits the city."""
    if kind == "clean":
        return f"{place.latitude};{place.longitude}", place.latitude, place.longitude
    if kind == "swapped":
        return f"{place.longitude};{place.latitude}", place.latitude, place.longitude
    return dirt.stored(kind), None, None


# --- What happens again -----------------------------------------------------------------------------------------------


class Series(NamedTuple):
    """An event that happens every week: `starts` are the times that it does, one of which may have been `moved`."""

    entry: Entry
    category: str
    rule: str
    starts: tuple[datetime | date, ...]
    skipped: datetime | date | None = None
    moved: tuple[datetime, Entry] | None = None

    def case(self, start: datetime | date) -> EventCase:
        """One of its times, known by when it should have been."""
        entry = self.entry._replace(start=start, end=start + (self.entry.end - self.entry.start))
        if self.moved is not None and self.moved[0] == start:
            entry = self.moved[1]
        truth = EventTruth(
            f"{entry.uid}/{start.isoformat()}", entry.summary, entry.description, self.category, _moment(entry.start),
            _moment(entry.end), not isinstance(start, datetime), entry.location, entry.area, None, None,
            entry.organizer, entry.url, "SCHEDULED", entry.modified,
        )  # fmt: skip
        return EventCase(truth, entry)


_FIRST_TUESDAY = datetime(2026, 10, 6, 8, tzinfo=WIB)
_HEROES_DAY = datetime(2026, 11, 10, 8, tzinfo=WIB)
_MOVED_TUESDAY = datetime(2026, 12, 1, 8, tzinfo=WIB)
_MODIFIED = datetime(2026, 9, 28, 2, 30, tzinfo=UTC)
_FIRST_SUNDAY = date(2026, 11, 1)

_sanjung = Entry(
    "sanjung@example.com", "SANJUNG", "Setiap Selasa, terbuka untuk semua warga.", "Plaza Puspem", "SANJUNG",
    "Dinas Komunikasi dan Informatika", f"{_URL}/sanjung", "CONFIRMED", _FIRST_TUESDAY,
    _FIRST_TUESDAY + timedelta(hours=3), None, _MODIFIED, None,
)  # fmt: skip
_afternoon = _sanjung._replace(
    location="Aula Kecamatan Cipondoh",
    start=_MOVED_TUESDAY.replace(hour=13),
    end=_MOVED_TUESDAY.replace(hour=16),
    modified=_MODIFIED + timedelta(days=40),
    area="36.71.05",
)
_car_free = Entry(
    "car-free-day@example.com", "Car Free Day", "Olahraga bersama, musik, dan jajanan.", "Jl. Jenderal Sudirman",
    "Festival", "Dinas Perhubungan", f"{_URL}/cfd", "CONFIRMED", _FIRST_SUNDAY, _FIRST_SUNDAY + timedelta(days=1), None,
    _MODIFIED, "36.71.01",
)  # fmt: skip

_tuesdays = tuple(_FIRST_TUESDAY + timedelta(weeks=week) for week in range(13))

SERIES = (
    Series(
        _sanjung, "SANJUNG", "FREQ=WEEKLY;BYDAY=TU;UNTIL=20261229T010000Z",
        tuple(start for start in _tuesdays if start != _HEROES_DAY), _HEROES_DAY, (_MOVED_TUESDAY, _afternoon),
    ),
    Series(
        _car_free, "FESTIVAL", "FREQ=WEEKLY;COUNT=4",
        tuple(_FIRST_SUNDAY + timedelta(weeks=week) for week in range(4)),
    ),
)  # fmt: skip


# --- The file ---------------------------------------------------------------------------------------------------------


def _write(folder: Path, size: Size, seed: int) -> None:
    """The calendar, with one entry for each series and one more where one of its times was moved."""
    entries = [_properties(case.legacy) for case in _singles(size, seed)]
    for series in SERIES:
        again = {"RRULE": series.rule}
        if series.skipped is not None:
            again |= dict([_time("EXDATE", series.skipped)])
        entries.append(_properties(series.entry) | again)
        if series.moved is not None:
            at, entry = series.moved
            entries.append(_properties(entry) | dict([_time("RECURRENCE-ID", at)]))
    (folder / FILE).write_bytes(calendar(entries))


def _properties(entry: Entry) -> dict[str, str]:
    found = dict([_time("DTSTAMP", entry.modified), _time("DTSTART", entry.start), _time("DTEND", entry.end)])
    texts = {
        "UID": entry.uid,
        "SUMMARY": entry.summary,
        "DESCRIPTION": entry.description,
        "LOCATION": entry.location,
    }
    found |= {name: escaped(text) for name, text in texts.items()}
    plain = {"CATEGORIES": entry.categories, "URL": entry.url, "STATUS": entry.status, "GEO": entry.geo,
             "X-AREA-CODE": entry.area}  # fmt: skip
    found |= {name: value for name, value in plain.items() if value is not None}
    if entry.organizer is not None:
        found[f'ORGANIZER;CN="{entry.organizer}"'] = "mailto:acara@example.com"
    return found | dict([_time("LAST-MODIFIED", entry.modified), _time("CREATED", entry.modified)])


def _time(name: str, at: datetime | date) -> tuple[str, str]:
    """A property with a time: in UTC, in the zone of the city, or for a whole day."""
    if not isinstance(at, datetime):
        return f"{name};VALUE=DATE", f"{at:%Y%m%d}"
    if at.tzinfo is UTC:
        return name, f"{at:%Y%m%dT%H%M%SZ}"
    return f"{name};TZID=Asia/Jakarta", f"{at:%Y%m%dT%H%M%S}"


DROP = Drop("events", _write)
