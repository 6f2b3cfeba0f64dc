"""The events of the sample city: the truth, and the dirty iCalendar file (RFC 5545)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import NamedTuple

from sample import areas, dirt
from sample.city import DAY, SEED, WIB, Size
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


class Kind(NamedTuple):
    """A kind of event: how its category is written, whether it is for whole days, its names, halls and host."""

    category: str
    written: str
    days: int
    """For how many days it is; none where it takes hours."""
    names: tuple[str, ...]
    halls: tuple[str, ...]
    host: str


KINDS = (
    Kind(
        "EXHIBITION", "Pameran", 3,
        ("Pameran Produk UMKM", "Pameran Batik dan Kriya", "Pameran Foto Tangerang Tempo Dulu", "Bazar Buku Murah"),
        ("Gedung MUI, Jl. Satria Sudirman", "Taman Elektrik", "Tangcity Mall, Lantai Dasar"),
        "Dinas Perindustrian, Perdagangan, Koperasi dan UKM",
    ),
    Kind(
        "FORUM", "Forum Warga", 0,
        ("Musyawarah Rencana Pembangunan", "Forum Anak", "Rembuk Warga Tanggap Banjir", "Forum Kota Sehat"),
        ("Aula Kecamatan", "Aula Kelurahan", "Balai Warga"),
        "Bagian Pemerintahan",
    ),
    Kind(
        "JOB_FAIR", "Bursa Kerja", 2,
        ("Job Fair Tangerang Cakap Kerja", "Bursa Kerja SMK", "Walk-in Interview Bersama"),
        ("Gedung Serba Guna", "SMK Negeri 4; Aula Utama"),
        "Dinas Ketenagakerjaan",
    ),
    Kind(
        "TRAINING", "Pelatihan", 0,
        ("Pelatihan Barista", "Pelatihan Menjahit Dasar", "Pelatihan Pemasaran Digital", "Pelatihan Hidroponik"),
        ("Balai Latihan Kerja", "Rumah Kreatif, Lantai 2"),
        "Dinas Ketenagakerjaan",
    ),
    Kind(
        "FESTIVAL", "Festival", 1,
        ("Festival Cisadane", "Festival Kuliner Pasar Lama", "Festival Budaya Benteng"),
        ("Tepi Sungai Cisadane", "Kawasan Pasar Lama"),
        "Dinas Kebudayaan dan Pariwisata",
    ),
    Kind(
        "HEALTH", "Kesehatan", 0,
        ("Donor Darah", "Pemeriksaan Gratis Lansia", "Imunisasi Kejar"),
        ("Puskesmas", "Balai Warga"),
        "Dinas Kesehatan",
    ),
)  # fmt: skip

DESCRIPTIONS = (
    "Terbuka untuk umum; tidak dipungut biaya.",
    "Peserta diharap membawa KTP-el, alat tulis, dan botol minum sendiri.",
    "Tempat terbatas. Pendaftaran dibuka di aplikasi Tangerang LIVE\\menu Kegiatan.",
    "Informasi lebih lanjut ada di laman kegiatan, atau di kantor kecamatan pada jam kerja: pukul 08.00 s.d. 16.00.",
)
"""With signs that a calendar has to escape, and long enough that it has to fold a line."""


class EventTruth(NamedTuple):
    """The true event; position in degrees."""

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
    """An event of the calendar before it is written, with unescaped texts."""

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
    """The entry of the calendar, and its truth."""

    truth: EventTruth
    legacy: Entry


def generate(size: Size, seed: int = SEED) -> Iterator[EventCase]:
    """All events, each occurrence once; the same for the same size and seed."""
    yield from _singles(size, seed)
    for series in series_on(size.day):
        for start in series.starts:
            yield series.case(start)


def _singles(size: Size, seed: int) -> Iterator[EventCase]:
    draw = Random(f"{seed}:events").random
    for number in range(1, size.events + 1):
        kind = KINDS[int(draw() * len(KINDS))]
        day = size.day + timedelta(days=int(draw() * (_BEFORE_DAYS + _AFTER_DAYS)) - _BEFORE_DAYS)
        yield single(number, kind, day, size.clock, draw)


def single(number: int, kind: Kind, day: date, told_at: datetime, draw: Callable[[], float]) -> EventCase:
    """One event that happens once, value by value what is written and what survives; nobody told of it later."""
    hour, place = _HOURS[int(draw() * len(_HOURS))], _places()[int(draw() * len(_places()))]
    start, end = _span(kind, day, hour, _clock(draw()))
    name = f"{kind.names[int(draw() * len(kind.names))]} {place.name}"
    location = f"{kind.halls[int(draw() * len(kind.halls))]}, {place.name}"
    description = "\n".join(DESCRIPTIONS[: 1 + int(draw() * len(DESCRIPTIONS))])
    modified = min(datetime.combine(day, time(hour), tzinfo=UTC), told_at.astimezone(UTC)) - timedelta(days=number % 29)

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


# The series as they lie around the usual day; around another one they lie as many whole weeks earlier or later.
_FIRST_TUESDAY = datetime(2026, 10, 6, 8, tzinfo=WIB)
_TUESDAYS, _SKIPPED, _MOVED = 13, 5, 8
_MODIFIED = datetime(2026, 9, 28, 2, 30, tzinfo=UTC)
_FIRST_SUNDAY = date(2026, 11, 1)
_SUNDAYS = 4


@lru_cache(maxsize=8)
def series_on(day: date) -> tuple[Series, ...]:
    """What happens again and again around a day."""
    later = timedelta(weeks=(day - DAY).days // 7)
    tuesdays = [_FIRST_TUESDAY + later + timedelta(weeks=week) for week in range(_TUESDAYS)]
    sanjung = Entry(
        "sanjung@example.com", "SANJUNG", "Setiap Selasa, terbuka untuk semua warga.", "Plaza Puspem", "SANJUNG",
        "Dinas Komunikasi dan Informatika", f"{_URL}/sanjung", "CONFIRMED", tuesdays[0],
        tuesdays[0] + timedelta(hours=3), None, _MODIFIED + later, None,
    )  # fmt: skip
    moved = tuesdays[_MOVED]
    afternoon = sanjung._replace(
        location="Aula Kecamatan Cipondoh",
        start=moved.replace(hour=13),
        end=moved.replace(hour=16),
        modified=sanjung.modified + timedelta(days=40),
        area="36.71.05",
    )
    sunday = _FIRST_SUNDAY + later
    car_free = Entry(
        "car-free-day@example.com", "Car Free Day", "Olahraga bersama, musik, dan jajanan.", "Jl. Jenderal Sudirman",
        "Festival", "Dinas Perhubungan", f"{_URL}/cfd", "CONFIRMED", sunday, sunday + timedelta(days=1), None,
        sanjung.modified, "36.71.01",
    )  # fmt: skip
    skipped = tuesdays.pop(_SKIPPED)
    until = tuesdays[-1].astimezone(UTC)
    return (
        Series(
            sanjung, "SANJUNG", f"FREQ=WEEKLY;BYDAY=TU;UNTIL={until:%Y%m%dT%H%M%SZ}", tuple(tuesdays), skipped,
            (moved, afternoon),
        ),
        Series(
            car_free, "FESTIVAL", f"FREQ=WEEKLY;COUNT={_SUNDAYS}",
            tuple(sunday + timedelta(weeks=week) for week in range(_SUNDAYS)),
        ),
    )  # fmt: skip


# --- The file ---------------------------------------------------------------------------------------------------------


def file(size: Size, seed: int = SEED, more: Iterable[EventCase] = ()) -> bytes:
    """The calendar, with one entry for each series and one more where one of its times was moved."""
    entries = [_properties(case.legacy) for case in (*_singles(size, seed), *more)]
    for series in series_on(size.day):
        again = {"RRULE": series.rule}
        if series.skipped is not None:
            again |= dict([_time("EXDATE", series.skipped)])
        entries.append(_properties(series.entry) | again)
        if series.moved is not None:
            at, entry = series.moved
            entries.append(_properties(entry) | dict([_time("RECURRENCE-ID", at)]))
    return calendar(entries)


def _write(folder: Path, size: Size, seed: int) -> None:
    (folder / FILE).write_bytes(file(size, seed))


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


_OCTETS_MAX = 75
_HEAD = (
    "BEGIN:VCALENDAR",
    "VERSION:2.0",
    "PRODID:-//Diskominfo//Kalender Kegiatan//ID",
    "X-WR-CALNAME:Kegiatan Kota Tangerang",
    "BEGIN:VTIMEZONE",
    "TZID:Asia/Jakarta",
    "BEGIN:STANDARD",
    "DTSTART:19700101T000000",
    "TZOFFSETFROM:+0700",
    "TZOFFSETTO:+0700",
    "TZNAME:WIB",
    "END:STANDARD",
    "END:VTIMEZONE",
)


def calendar(events: Iterable[Mapping[str, str]]) -> bytes:
    """A calendar of events, each as its properties: name with parameters -> value as it stands in the file."""
    lines = [*_HEAD, *(line for event in events for line in _event(event)), "END:VCALENDAR"]
    return "".join(f"{folded}\r\n" for line in lines for folded in _folded(line)).encode()


def escaped(text: str) -> str:
    """A text as the value of a property."""
    return text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,").replace("\n", "\\n")


def _event(properties: Mapping[str, str]) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    for name, value in properties.items():
        yield f"{name}:{value}"
    yield "END:VEVENT"


def _folded(line: str) -> Iterator[str]:
    """A line in parts of at most 75 octets, each but the first behind a blank, never inside of a character."""
    part = ""
    for sign in line:
        if len((part + sign).encode()) > _OCTETS_MAX:
            yield part
            part = " "
        part += sign
    yield part
