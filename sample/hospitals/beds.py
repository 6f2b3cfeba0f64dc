"""Wards and rooms of the sample city's hospitals, and the true counts of free beds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import NamedTuple

from sample import dirt
from sample.city import CLOCK
from sample.dice import weighted
from sample.shapes import Row, Table

BANGSAL = Table(
    name="bangsal",
    columns=(("kd_bangsal", "varchar(10) PRIMARY KEY"), ("nm_bangsal", "varchar(60)"), ("kd_rs", "varchar(7)")),
    indexes=(("kd_rs",),),
)
KAMAR = Table(
    name="kamar",
    columns=(
        ("kd_kamar", "varchar(10) PRIMARY KEY"),
        ("kd_bangsal", "varchar(10)"),
        ("kelas", "varchar(20)"),
        ("status", "varchar(15)"),
        ("statusdata", "char(1)"),
        ("tgl_update", "varchar(20)"),
    ),
    indexes=(("kd_bangsal",),),
)
TABLES = (BANGSAL, KAMAR)

# How each class is spelled: as usual, bare, in capitals, and as BPJS Aplicares has it.
SPELLINGS = {
    "VVIP": ("VVIP", "vvip", "VVIP", "VVP"),
    "VIP": ("VIP", "vip", "VIP", "VIP"),
    "CLASS_1": ("Kelas 1", "1", "KELAS 1", "KL1"),
    "CLASS_2": ("Kelas 2", "2", "KELAS 2", "KL2"),
    "CLASS_3": ("Kelas 3", "3", "KELAS 3", "KL3"),
    "ICU": ("ICU", "icu", "ICU", "ICU"),
    "ISOLATION": ("Isolasi", "isolasi", "ISOLASI", "ISO"),
}
_SPELLING_KINDS = ("usual", "bare", "upper", "bpjs")
_WARDS = ("Melati", "Mawar", "Anggrek", "Kenanga", "Dahlia", "Flamboyan", "Cempaka", "Teratai", "Bougenville", "Seruni")
_WARD_CLASSES = weighted(
    (("VVIP", 4), ("VIP", 10), ("CLASS_1", 20), ("CLASS_2", 22), ("CLASS_3", 28), ("ICU", 9), ("ISOLATION", 7))
)
_WARDS_LEAST, _WARDS_MORE = 4, 6
_ROOMS_LEAST, _ROOMS_MORE = 3, 14
# Ages of a ward's reports in minutes: from, and so many more. What is minutes old keeps the promise of 15.
_AGES = {"minutes": (0, 8), "hours": (60, 1_140), "days": (1_440, 57_600)}
_ROOM_AGE_SECONDS = 300

Draw = Callable[[], float]

_ward_age = dirt.die("ward age")
_room_time = dirt.die("room time")
_room_class = dirt.die("room class")
status_die = dirt.die("room status")
_room_alive = dirt.die("room alive")


class Room(NamedTuple):
    """A row of kamar and what it means; a room that is not alive must not be counted."""

    legacy: Row
    hospital_code: str
    care_class: str
    is_free: bool
    reported_at: datetime | None
    alive: bool


class BedTruth(NamedTuple):
    """The true number of beds of a class in a hospital, free ones, and the age of the oldest report."""

    hospital_code: str
    care_class: str
    capacity: int
    available: int
    as_of: datetime | None


class Wards(NamedTuple):
    """All rows of bangsal, and all rooms."""

    bangsal: list[Row]
    rooms: list[Room]


def generate(hospitals: Sequence[str], seed: int, clock: datetime = CLOCK) -> Wards:
    """The wards of these hospitals with their rooms at a moment; the same for the same hospitals and seed."""
    draw = Random(f"{seed}:hospital beds").random
    wards = Wards([], [])
    for code in hospitals:
        for number in range(_WARDS_LEAST + int(draw() * _WARDS_MORE)):
            ward = f"B{len(wards.bangsal) + 1:04}"
            wards.bangsal.append((ward, f"Ruang {_WARDS[number % len(_WARDS)]}", code))
            care_class = _WARD_CLASSES(draw())
            least, more = _AGES[_ward_age(draw())]
            reported_at = clock - timedelta(seconds=int((least + draw() * more) * 60))
            for _ in range(_ROOMS_LEAST + int(draw() * _ROOMS_MORE)):
                wards.rooms.append(_room(len(wards.rooms) + 1, (ward, code, care_class), reported_at, draw))
    return wards


def _room(number: int, ward: tuple[str, str, str], reported_at: datetime, draw: Draw) -> Room:
    ward_code, hospital_code, ward_class = ward
    stored_class, care_class = _dirty_class(ward_class, _room_class(draw()))
    status, alive = status_die(draw()), _room_alive(draw())
    at = reported_at - timedelta(seconds=int(draw() * _ROOM_AGE_SECONDS))
    stored_at, at_truth = dirt.dirty_time(f"{at:%Y-%m-%d %H:%M:%S}", at, _room_time(draw()))
    row = (f"K{number:05}", ward_code, stored_class, status, alive, stored_at)
    return Room(row, hospital_code, care_class, status.upper() == "KOSONG", at_truth, alive == "1")


def _dirty_class(care_class: str, kind: str) -> tuple[str | None, str]:
    """A class of care in one of its spellings, or in none."""
    spellings = SPELLINGS[care_class]
    if kind == "padded":
        return f" {spellings[0]} ", care_class
    if kind in _SPELLING_KINDS:
        return spellings[_SPELLING_KINDS.index(kind)], care_class
    return dirt.stored(kind), "UNKNOWN"


def truth(rooms: Iterable[Room]) -> list[BedTruth]:
    """The true counts by hospital and class; of unknown age if a room lost its age."""
    groups: dict[tuple[str, str], list[Room]] = {}
    for room in rooms:
        if room.alive:
            groups.setdefault((room.hospital_code, room.care_class), []).append(room)
    counts = []
    for (code, care_class), some in sorted(groups.items()):
        reported = [room.reported_at for room in some if room.reported_at is not None]
        as_of = min(reported) if len(reported) == len(some) else None
        counts.append(BedTruth(code, care_class, len(some), sum(room.is_free for room in some), as_of))
    return counts


def rows(hospitals: Sequence[str], seed: int, clock: datetime) -> Iterator[tuple[str, Row]]:
    """All rows with the names of their tables."""
    wards = generate(hospitals, seed, clock)
    for row in wards.bangsal:
        yield BANGSAL.name, row
    for room in wards.rooms:
        yield KAMAR.name, room.legacy
