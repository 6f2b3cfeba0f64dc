"""The complaints of the sample city: the truth, and the dirty legacy tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from sample import dirt
from sample.citizens.people import Person, person, streets
from sample.city import SEED, Size
from sample.complaints.places import category_die, is_evening, village_die
from sample.complaints.texts import CATEGORIES, LISTED_TWICE, SECOND_NAMES, Category, answer_text, complaint_text
from sample.complaints.times import Arrival, arrivals
from sample.shapes import Row, Source, Table

TBL_PENGADUAN = Table(
    name="tbl_pengaduan",
    columns=(
        ("id_pengaduan", "integer PRIMARY KEY"),
        ("no_tiket", "varchar(20)"),
        ("tgl_pengaduan", "varchar(20)"),
        ("nik", "varchar(40)"),
        ("nm_pelapor", "varchar(100)"),
        ("telp", "varchar(30)"),
        ("kd_kategori", "varchar(10)"),
        ("isi_laporan", "text"),
        ("lokasi", "varchar(200)"),
        ("kd_desa", "varchar(20)"),
        ("lat", "varchar(20)"),
        ("lng", "varchar(20)"),
        ("foto", "varchar(200)"),
        ("stts", "varchar(20)"),
        ("kd_opd", "varchar(20)"),
        ("sumber", "varchar(20)"),
        ("publikasi", "varchar(12)"),
        ("hapus", "char(1)"),
    ),
    indexes=(("kd_desa", "id_pengaduan"), ("no_tiket",), ("kd_kategori",), ("nik",)),
)
TBL_TANGGAPAN = Table(
    name="tbl_tanggapan",
    columns=(
        ("id_tanggapan", "integer PRIMARY KEY"),
        ("id_pengaduan", "integer"),
        ("tgl_tanggapan", "varchar(20)"),
        ("stts", "varchar(20)"),
        ("tanggapan", "text"),
        ("foto_sesudah", "varchar(200)"),
        ("id_petugas", "integer"),
    ),
    indexes=(("id_pengaduan", "id_tanggapan"),),
)
M_KATEGORI = Table(
    name="m_kategori",
    columns=(("kd_kategori", "varchar(10)"), ("nm_kategori", "varchar(40)"), ("kelompok", "varchar(40)")),
)


class StatusChangeTruth(NamedTuple):
    """The true answer to a complaint."""

    id: str
    complaint_id: str
    at: datetime | None
    status_detail: str
    note: str | None


class ComplaintTruth(NamedTuple):
    """The true complaint; None or UNKNOWN where the dirt destroyed the value."""

    id: str
    ticket_number: str
    category_code: str | None
    status: str
    status_detail: str
    publication: str
    requested_at: datetime | None
    area_code: str | None
    department_code: str | None
    description: str | None
    address: str | None
    latitude: float | None
    longitude: float | None
    channel: str
    reporter_nik: str | None
    reporter_name: str | None
    reporter_phone: str | None
    history: tuple[StatusChangeTruth, ...]


class CategoryTruth(NamedTuple):
    """The true category, once, although two are listed twice."""

    code: str
    name: str
    group: str


class LegacyComplaint(NamedTuple):
    """A row of tbl_pengaduan and its rows of tbl_tanggapan; a free text may be raw cp1252 bytes."""

    pengaduan: Row
    tanggapan: list[Row]


class ComplaintCase(NamedTuple):
    """The stored rows and the truth; a deleted case must not be seen."""

    truth: ComplaintTruth
    legacy: LegacyComplaint
    alive: bool
    details: tuple[str, ...]
    """The status after each answer, before any dirt."""


_STATUS = {"WAITING": "OPEN", "IN_PROGRESS": "OPEN", "DONE": "CLOSED", "UNKNOWN": "UNKNOWN"}
_JITTER_DEGREES = 0.003
OFFICERS = 40
_PHOTO_SHARE = 0.6
# What is not forwarded yet, or is nobody's, stays where it came in.
_FORWARDED_SHARE = 0.9
_FIRST_DEPARTMENT = "diskominfo"

Draw = Callable[[], float]

_time = dirt.die("time")
_nik = dirt.die("nik")
_short_text = dirt.die("short text")
_free_text = dirt.die("free text")
_category = dirt.die("category")
_listed_twice = dirt.die("category listed twice")
_area = dirt.die("area")
_position = dirt.die("position")
_status = dirt.die("status")
_department = dirt.die("department")
_channel = dirt.die("channel")
_publication = dirt.die("publication")
_alive = dirt.die("alive")
_canary = dirt.die("canary")


def categories() -> list[CategoryTruth]:
    """The true categories, by code."""
    return [CategoryTruth(kind.code, kind.name, kind.group) for kind in CATEGORIES]


def generate(size: Size, seed: int = SEED) -> Iterator[ComplaintCase]:
    """All complaints, also deleted ones, by id; the same for the same size and seed."""
    draw = Random(f"{seed}:complaints").random
    for arrival in arrivals(size, seed):
        yield case_of(arrival, size, draw)


def case_of(arrival: Arrival, size: Size, draw: Draw, only: str | None = None) -> ComplaintCase:
    """One complaint, perhaps of a given category: what happened, then cell by cell what is stored and what survives."""
    number, at = arrival.id, size.start + timedelta(minutes=arrival.minute)
    kind = category_die(arrival.season, is_evening(at.hour))(draw())
    kind = next((one for one in CATEGORIES if one.code == only), kind)
    village = village_die(kind.code)(draw())
    reporter_number = int(size.reporters * draw() ** 2)  # Few people report often.
    reporter = person(reporter_number)
    street = streets()[int(draw() * len(streets()))]
    ticket_number = f"LAKSA-{at.year}-{number:06}"

    stored_at, requested_at = dirt.dirty_time(written(at), at, _time(draw()))
    stored_nik, nik = dirt.dirty_nik(reporter.nik, _nik(draw()))
    stored_name, name = dirt.dirty_short_text(reporter.name, _short_text(draw()))
    stored_phone, phone = dirt.dirty_short_text(reporter.phone, _short_text(draw()))
    stored_category, category_code = _dirty_category(kind, draw)
    style = _free_text(draw())
    text = complaint_text(kind, f"{street}, {village.name}", style, draw) + _canary_text(reporter, draw)
    stored_text, description = dirt.dirty_free_text(text, style)
    house = f"{street} No. {int(draw() * 180) + 1} RT {int(draw() * 9) + 1:03}/{int(draw() * 12) + 1:03}"
    stored_address, address = dirt.dirty_short_text(house, _short_text(draw()))
    stored_area, area_code = dirt.dirty_area(village.code, _area(draw()))
    latitude_text, longitude_text = _near(village.latitude, draw()), _near(village.longitude, draw())
    stored_latitude, stored_longitude, latitude, longitude = dirt.dirty_position(
        latitude_text, longitude_text, _position(draw())
    )
    tanggapan, history, details = _answers(arrival, size.start, draw)
    stored_status, status_detail = dirt.dirty_status(("WAITING", *details)[-1], _status(draw()))
    handled_by = kind.department if draw() < _FORWARDED_SHARE else _FIRST_DEPARTMENT
    stored_department, department_code = dirt.dirty_department(handled_by, _department(draw()))
    channel, publication, alive = _channel(draw()), _publication(draw()), _alive(draw())
    photo = f"pengaduan/{at.year}/{number:06}.jpg" if draw() < _PHOTO_SHARE else ""

    truth = ComplaintTruth(
        str(number), ticket_number, category_code, _STATUS[status_detail], status_detail,
        dirt.PUBLICATIONS.get(publication, "UNKNOWN"), requested_at, area_code, department_code, description, address,
        latitude, longitude, dirt.CHANNELS.get(channel, "UNKNOWN"), nik, name, phone, history,
    )  # fmt: skip
    pengaduan = (
        number, ticket_number, stored_at, stored_nik, stored_name, stored_phone, stored_category, stored_text,
        stored_address, stored_area, stored_latitude, stored_longitude, photo, stored_status, stored_department,
        dirt.stored(channel), dirt.stored(publication), alive,
    )  # fmt: skip
    return ComplaintCase(truth, LegacyComplaint(pengaduan, tanggapan), alive == "T", details)


def written(at: datetime) -> str:
    """A local time as LAKSA writes it."""
    return f"{at:%d-%m-%Y %H:%M}"


def _near(degrees: float, number: float) -> str:
    return f"{degrees + (number - 0.5) * 2 * _JITTER_DEGREES:.6f}"


def _dirty_category(kind: Category, draw: Draw) -> tuple[str | None, str | None]:
    """The code of a category; one that is listed twice may be stored by its second code."""
    dirty = _category(draw())
    if dirty != "clean":
        return dirt.stored(dirty), None
    if kind.code in LISTED_TWICE and _listed_twice(draw()) == "second":
        return LISTED_TWICE[kind.code], kind.code
    return kind.code, kind.code


def _canary_text(reporter: Person, draw: Draw) -> str:
    """Personal data in the text of a resident, synthetic like the resident."""
    kind = _canary(draw())
    if kind == "none":
        return ""
    if kind == "nik":
        return f" NIK saya {reporter.nik}."
    if kind == "phone":
        return f" Hubungi saya di {reporter.phone}."
    if kind == "email":
        return f" Balas ke {reporter.name.lower().replace(' ', '.')}@example.com ya."
    return f" Pelakunya memakai mobil B {1000 + int(draw() * 9000)} XYZ."


def _answers(
    arrival: Arrival, start: datetime, draw: Draw
) -> tuple[list[Row], tuple[StatusChangeTruth, ...], tuple[str, ...]]:
    """The stored answers, their truth, and the status of the complaint after each."""
    rows: list[Row] = []
    history: list[StatusChangeTruth] = []
    last, complaint_id, details = len(arrival.answers) - 1, str(arrival.id), list[str]()
    for place, answer in enumerate(arrival.answers):
        detail = _next_detail(place, last, draw())
        answered = start + timedelta(minutes=answer.minute)
        stored_at, at = dirt.dirty_time(written(answered), answered, _time(draw()))
        stored_status, status_detail = dirt.dirty_status(detail, _status(draw()))
        style = _free_text(draw())
        stored_text, note = dirt.dirty_free_text(answer_text(detail, style, draw), style)
        photo = f"tanggapan/{answer.id:07}.jpg" if detail == "DONE" else ""
        officer = int(draw() * OFFICERS) + 1
        rows.append((answer.id, arrival.id, stored_at, stored_status, stored_text, photo, officer))
        history.append(StatusChangeTruth(str(answer.id), complaint_id, at, status_detail, note))
        details.append(detail)
    return rows, tuple(history), tuple(details)


def _next_detail(place: int, last: int, number: float) -> str:
    """The status that an answer sets: the last mostly closes, the first sometimes only forwards."""
    if place == last:
        return "DONE" if number < (0.4 if last == 0 else 0.85) else "IN_PROGRESS"
    return "WAITING" if place == 0 and number < 0.3 else "IN_PROGRESS"


def _rows(size: Size, seed: int) -> Iterator[tuple[str, Row]]:
    names = {kind.code: (kind.name, kind.group) for kind in CATEGORIES}
    for code, (name, group) in names.items():
        yield M_KATEGORI.name, (code, name, group)
    for first, second in LISTED_TWICE.items():
        yield M_KATEGORI.name, (second, SECOND_NAMES[second], names[first][1])
    for case in generate(size, seed):
        yield TBL_PENGADUAN.name, case.legacy.pengaduan
        for row in case.legacy.tanggapan:
            yield TBL_TANGGAPAN.name, row


SOURCE = Source(
    "complaints",
    (M_KATEGORI, TBL_PENGADUAN, TBL_TANGGAPAN),
    main=TBL_PENGADUAN.name,
    total=lambda size: size.complaints,
    rows=_rows,
)
