"""The emergencies of the sample city: the truth, and the dirty calls to 112."""

from __future__ import annotations

# ruff: noqa: RUF001  # The dashes and quotes beyond ASCII are what people type, and what encodings ruin.
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from functools import lru_cache
from random import Random
from typing import NamedTuple

from sample import areas, dirt
from sample.areas import AreaTruth
from sample.citizens.people import person, streets
from sample.city import SEED, SPAN_DAYS, Size
from sample.dice import weighted
from sample.dirt import TYPOGRAPHIC
from sample.emergencies.dirt import (
    DISPOSITIONS,
    area_rows,
    die,
    dirty_area,
    dirty_count,
    dirty_hazard,
    dirty_instant,
    hazard_rows,
)
from sample.shapes import Row, Source, Table

PELAPORAN = Table(
    name="pelaporan",
    columns=(
        ("id_pelaporan", "integer PRIMARY KEY"),
        ("no_laporan", "varchar(20)"),
        ("waktu_lapor", "integer"),
        ("waktu_selesai", "integer"),
        ("nm_pelapor", "varchar(100)"),
        ("telp", "varchar(30)"),
        ("isi", "text"),
        ("jns_panggilan", "varchar(20)"),
        ("id_bencana", "integer"),
        ("id_wilayah", "integer"),
        ("lokasi", "varchar(200)"),
        ("lat", "varchar(20)"),
        ("lng", "varchar(20)"),
        ("kd_opd", "varchar(20)"),
        ("sdata", "integer"),
    ),
    indexes=(("jns_panggilan", "id_pelaporan"), ("id_wilayah",), ("no_laporan",)),
)
PENINJAUAN = Table(
    name="peninjauan",
    columns=(
        ("id_peninjauan", "integer PRIMARY KEY"),
        ("id_pelaporan", "integer"),
        ("urutan", "integer"),
        ("tgl_berangkat", "varchar(20)"),
        ("tgl_tiba", "varchar(20)"),
        ("korban_meninggal", "integer"),
        ("korban_luka", "integer"),
        ("petugas", "varchar(60)"),
    ),
    indexes=(("id_pelaporan", "urutan"),),
)
BENCANA = Table(name="bencana", columns=(("id_bencana", "integer PRIMARY KEY"), ("nm_bencana", "varchar(20)")))
WILAYAH = Table(
    name="wilayah",
    columns=(("id_wilayah", "integer PRIMARY KEY"), ("kd_wilayah", "varchar(20)")),
    indexes=(("kd_wilayah",),),
)


class IncidentTruth(NamedTuple):
    """The true call; None or UNKNOWN where the dirt destroyed the value. Positions in degrees."""

    id: str
    number: str | None
    disposition: str
    kind: str
    reported_at: datetime | None
    dispatched_at: datetime | None
    arrived_at: datetime | None
    closed_at: datetime | None
    area_code: str | None
    department_code: str | None
    deaths: int | None
    injured: int | None
    position: tuple[float, float] | None
    address: str | None
    description: str | None
    caller_name: str | None
    caller_phone: str | None


class IncidentCase(NamedTuple):
    """The truth, the stored call and its teams; a deleted one must not be seen."""

    truth: IncidentTruth
    pelaporan: Row
    peninjauan: list[Row]
    alive: bool
    is_emergency: bool


class _Call(NamedTuple):
    """A call before it is written down; `about` is the hazard, or the kind of call."""

    number: int
    at: datetime
    about: str


class _Team(NamedTuple):
    """The true report of the first team, and the rows of all teams."""

    dispatched_at: datetime | None
    arrived_at: datetime | None
    deaths: int | None
    injured: int | None
    rows: list[Row]


_NO_TEAM = _Team(None, None, None, None, [])
_TEAM_IDS = 4
_SPAN_MINUTES = SPAN_DAYS * 24 * 60
_OPEN_FOR_MAX = timedelta(hours=6)

Draw = Callable[[], float]

# In one month 165 of 3,460 calls were emergencies.
_call = weighted(
    (("EMERGENCY", 0.048), ("NON_EMERGENCY", 0.392), ("PRANK", 0.31), ("GHOST", 0.14), ("ABANDONED", 0.11))
)
_kind = weighted((
    ("MEDICAL", 0.30), ("FIRE", 0.20), ("FLOOD", 0.15), ("ANIMAL", 0.12), ("FALLEN_TREE", 0.09),
    ("TRAFFIC_ACCIDENT", 0.06), ("WILDFIRE", 0.04), ("STORM", 0.02), ("LANDSLIDE", 0.02),
))  # fmt: skip
_DEPARTMENTS = {"MEDICAL": "dinkes", "TRAFFIC_ACCIDENT": "dishub"}
_deaths = weighted(((0, 0.95), (1, 0.04), (2, 0.01)))
_injured = weighted(((0, 0.70), (1, 0.20), (2, 0.07), (5, 0.03)))

_time, _number, _disposition, _hazard = die("call time"), die("call number"), die("disposition"), die("hazard")
_area, _team_time, _casualties, _alive = die("call area"), die("team time"), die("casualties"), die("call alive")
_short_text = dirt.die("short text")
_free_text = dirt.die("free text")
_position = dirt.die("position")
_department = dirt.die("department")


@lru_cache(maxsize=1)
def _villages() -> tuple[AreaTruth, ...]:
    return tuple(area for area in areas.places() if area.level == "VILLAGE")


def generate(size: Size, seed: int = SEED) -> Iterator[IncidentCase]:
    """All calls, also deleted ones, by id and so by time; the same for the same seed."""
    draw = Random(f"{seed}:emergencies").random
    for number in range(1, size.calls + 1):
        at = size.start + timedelta(minutes=int((number - 1 + draw()) * _SPAN_MINUTES / size.calls))
        yield call_of(number, at, size, draw)


def call_of(number: int, at: datetime, size: Size, draw: Draw, only: str | None = None) -> IncidentCase:
    """A call at a moment, perhaps of a given kind; an emergency from after the city's clock is not over yet."""
    drawn = _call(draw())
    call = only or drawn
    return _emergency(number, at, size, draw) if call == "EMERGENCY" else _other_call(number, at, call, size, draw)


def _emergency(number: int, at: datetime, size: Size, draw: Draw) -> IncidentCase:
    hazard = _kind(draw())
    village = _villages()[int(draw() * len(_villages()))]
    id_bencana, kind = dirty_hazard(hazard, _hazard(draw()))
    id_wilayah, area_code = dirty_area(village.code, _area(draw()))
    team = _teams(number, at, draw)
    ends = at + timedelta(minutes=20 + int(draw() * 240))
    waktu_selesai, closed_at = dirty_instant(ends, _time(draw())) if ends < size.clock - _OPEN_FOR_MAX else (0, None)
    latitude, longitude = (
        f"{(degrees or 0) + (draw() - 0.5) * 0.004:.6f}" for degrees in (village.latitude, village.longitude)
    )
    lat, lng, *clean = dirt.dirty_position(latitude, longitude, _position(draw()))
    street = f"{streets()[int(draw() * len(streets()))]} No. {1 + int(draw() * 90)}"
    lokasi, address = dirt.dirty_short_text(street, _short_text(draw()))
    kd_opd, department = dirt.dirty_department(_DEPARTMENTS.get(hazard, "bpbd"), _department(draw()))
    place = (waktu_selesai, id_bencana, id_wilayah, lokasi, lat, lng, kd_opd)
    position = (clean[0], clean[1]) if clean[0] is not None and clean[1] is not None else None
    known = IncidentTruth(
        str(number), None, "EMERGENCY", kind, None, team.dispatched_at, team.arrived_at, closed_at, area_code,
        department, team.deaths, team.injured, position, address, None, None, None,
    )  # fmt: skip
    return _case(_Call(number, at, hazard), known, place, team.rows, size, draw)


def _other_call(number: int, at: datetime, call: str, size: Size, draw: Draw) -> IncidentCase:
    """A call without a team and without a place."""
    waktu_selesai, closed_at = dirty_instant(at + timedelta(minutes=1 + int(draw() * 9)), _time(draw()))
    kd_opd, department = dirt.dirty_department("bpbd", _department(draw()))
    known = IncidentTruth(
        str(number), None, call, "UNKNOWN", None, None, None, closed_at, None, department, None, None, None, None,
        None, None, None,
    )  # fmt: skip
    place = (waktu_selesai, None, None, "-", "0", "0", kd_opd)
    return _case(_Call(number, at, call), known, place, [], size, draw)


def _case(
    call: _Call, known: IncidentTruth, place: tuple[object, ...], teams: list[Row], size: Size, draw: Draw
) -> IncidentCase:
    """A call with what every call has: number, time, caller and words."""
    caller = person(int(draw() * size.citizens))
    written = f"112-{call.at.year}-{call.number:06}"
    kind_of_number = _number(draw())
    no_laporan = written if kind_of_number == "clean" else dirt.stored(kind_of_number)
    waktu_lapor, reported_at = dirty_instant(call.at, _time(draw()))
    jns_panggilan, disposition = dirt.dirty_code(DISPOSITIONS, known.disposition, _disposition(draw()))
    nm_pelapor, caller_name = dirt.dirty_short_text(caller.name, _short_text(draw()))
    telp, caller_phone = dirt.dirty_short_text(caller.phone, _short_text(draw()))
    style = _free_text(draw())
    isi, description = dirt.dirty_free_text(saying(call.about, caller.name, style, draw), style)
    alive = _alive(draw())
    waktu_selesai, id_bencana, id_wilayah, lokasi, lat, lng, kd_opd = place
    truth = known._replace(
        number=written if kind_of_number == "clean" else None,
        disposition=disposition,
        reported_at=reported_at,
        description=description,
        caller_name=caller_name,
        caller_phone=caller_phone,
    )
    row = (
        call.number, no_laporan, waktu_lapor, waktu_selesai, nm_pelapor, telp, isi, jns_panggilan, id_bencana,
        id_wilayah, lokasi, lat, lng, kd_opd, int(alive),
    )  # fmt: skip
    return IncidentCase(truth, row, teams, alive == "1", known.disposition == "EMERGENCY")


def _teams(number: int, at: datetime, draw: Draw) -> _Team:
    """None, one or two teams; the second is written down before the first now and then, and its counts are nobody's."""
    if draw() < 0.03:
        return _NO_TEAM
    left = at + timedelta(minutes=1 + int(draw() * 8))
    there = left + timedelta(minutes=4 + int(draw() * 25))
    tgl_berangkat, dispatched_at = dirt.dirty_time(f"{left:%Y-%m-%d %H:%M:%S}", left, _team_time(draw()))
    tgl_tiba, arrived_at = dirt.dirty_time(f"{there:%Y-%m-%d %H:%M:%S}", there, _team_time(draw()))
    korban_meninggal, deaths = dirty_count(_deaths(draw()), _casualties(draw()))
    korban_luka, injured = dirty_count(_injured(draw()), _casualties(draw()))
    first = number * _TEAM_IDS + 1
    rows: list[Row] = [(first, number, 1, tgl_berangkat, tgl_tiba, korban_meninggal, korban_luka, "Regu 1")]
    if draw() < 0.15:
        later = f"{there + timedelta(minutes=5):%Y-%m-%d %H:%M:%S}"
        rows.insert(0, (first - 1 if draw() < 0.5 else first + 1, number, 2, later, later, 9, 9, "Regu 2"))
    return _Team(dispatched_at, arrived_at, deaths, injured, rows)


def _rows(size: Size, seed: int) -> Iterator[tuple[str, Row]]:
    for row in hazard_rows():
        yield BENCANA.name, row
    for row in area_rows():
        yield WILAYAH.name, row
    for case in generate(size, seed):
        yield PELAPORAN.name, case.pelaporan
        for row in case.peninjauan:
            yield PENINJAUAN.name, row


SOURCE = Source(
    "emergencies",
    (BENCANA, WILAYAH, PELAPORAN, PENINJAUAN),
    main=PELAPORAN.name,
    total=lambda size: size.calls,
    rows=_rows,
)


_SAYINGS: Mapping[str, tuple[str, ...]] = {
    "FIRE": ("Rumah tetangga terbakar, api sudah besar", "Ada asap tebal dari ruko", "Mobil terbakar di pinggir jalan"),
    "WILDFIRE": ("Lahan kosong terbakar", "Alang-alang terbakar dekat permukiman"),
    "FLOOD": ("Air masuk rumah setinggi lutut", "Jalan tergenang, mobil mogok", "Tanggul mulai rembes"),
    "STORM": ("Atap rumah terbang diterjang angin", "Papan reklame roboh kena angin"),
    "FALLEN_TREE": ("Pohon tumbang menutup jalan", "Dahan besar menimpa kabel listrik"),
    "LANDSLIDE": ("Tebing sungai longsor", "Tanah di belakang rumah ambles"),
    "TRAFFIC_ACCIDENT": ("Motor tabrakan dengan truk", "Ada kecelakaan di perempatan"),
    "MEDICAL": ("Bapak saya sesak napas", "Ada orang pingsan di pasar", "Ibu mau melahirkan, butuh ambulans"),
    "ANIMAL": ("Ada ular masuk dapur", "Sarang tawon di atap sekolah", "Biawak masuk kamar mandi"),
    "NON_EMERGENCY": ("Mau tanya syarat buat kartu keluarga", "Lampu jalan mati", "Nomor PLN berapa ya"),
    "PRANK": ("Halo, pesan martabak dua", "Cuma coba-coba, Pak"),
    "GHOST": ("(tidak ada suara)",),
    "ABANDONED": ("(terputus)",),
}


def saying(what: str, name: str, style: str, draw: Callable[[], float]) -> str:
    """What a caller says about a hazard, or in another kind of call, often with the name."""
    sayings = _SAYINGS[what]
    said = sayings[int(draw() * len(sayings))]
    quoted = f"‘{said}’ – segera" if style in TYPOGRAPHIC else said
    return f"{quoted}. Saya {name}." if draw() < 0.5 else f"{quoted}."
