"""The bed reports of the sample city's hospitals, in the shape of BPJS Aplicares, and the truth."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path
from random import Random
from typing import NamedTuple

from sample.city import SEED, Size
from sample.dice import weighted
from sample.hospitals import beds as hospital_beds
from sample.hospitals import source as hospitals
from sample.hospitals.beds import Room
from sample.shapes import Drop

FILE = "tempat_tidur.json"

# As the service spells the classes; what a hospital could not say is a class that nobody knows.
_CODES = {
    "VVIP": "VVP",
    "VIP": "VIP",
    "CLASS_1": "KL1",
    "CLASS_2": "KL2",
    "CLASS_3": "KL3",
    "ICU": "ICU",
    "ISOLATION": "ISO",
    "UNKNOWN": "NON",
}
_code = weighted((("usual", 90), ("small", 7), ("padded", 3)))
_count = weighted((("number", 88), ("text", 10), ("null", 1), ("word", 1)))
_moment = weighted((("usual", 94), ("", 2), ("0000-00-00 00:00:00", 2), ("null", 1), ("31-02-2026", 1)))

Draw = Callable[[], float]
Item = dict[str, str | int | None]


class Report(NamedTuple):
    """What a hospital says of one class in one ward, and what of it survives."""

    item: Item
    hospital_code: str
    care_class: str
    capacity: int | None
    available: int | None
    as_of: datetime | None


class ReportedBeds(NamedTuple):
    """How many beds of a class a hospital says that it has, how many are free, and how old that is at the most."""

    hospital_code: str
    care_class: str
    capacity: int | None
    available: int | None
    as_of: datetime | None


def ppk_of(hospital_code: str) -> str:
    """The code that BPJS gives a hospital; made up here from that of the ministry."""
    return f"0223R{hospital_code[-3:]}"


def reports(seed: int = SEED, rooms: Iterable[Room] | None = None) -> Iterator[Report]:
    """One for each ward and class of care, in the order of the wards; the same for the same seed and rooms."""
    draw = Random(f"{seed}:beds feed").random
    wards: dict[tuple[str, str, str], list[Room]] = {}
    for room in hospital_beds.generate(hospitals.with_rooms(), seed).rooms if rooms is None else rooms:
        if room.alive:
            wards.setdefault((room.hospital_code, str(room.legacy[1]), room.care_class), []).append(room)
    for (code, ward, care_class), some in wards.items():
        yield _report(code, ward, care_class, some, draw)


def _report(code: str, ward: str, care_class: str, rooms: list[Room], draw: Draw) -> Report:
    free = sum(room.is_free for room in rooms)
    told = [room.reported_at for room in rooms if room.reported_at is not None]
    stored_at, as_of = _dirty_moment(min(told) if told else None, _moment(draw()))
    stored_capacity, capacity = _dirty_count(len(rooms), _count(draw()))
    stored_free, available = _dirty_count(free, _count(draw()))
    item: Item = {
        "kodeppk": ppk_of(code),
        "koders": code,
        "kodekelas": _dirty_code(_CODES[care_class], _code(draw())),
        "koderuang": ward,
        "namaruang": f"Ruang {ward}",
        "kapasitas": stored_capacity,
        "tersedia": stored_free,
        "tersediapria": 0,
        "tersediawanita": 0,
        "tersediapriawanita": stored_free,
        "lastupdate": stored_at,
    }
    return Report(item, code, care_class, capacity, available, as_of)


def _dirty_code(code: str, kind: str) -> str:
    if kind == "small":
        return code.lower()
    return f" {code} " if kind == "padded" else code


def _dirty_count(count: int, kind: str) -> tuple[str | int | None, int | None]:
    if kind == "number":
        return count, count
    if kind == "text":
        return str(count), count
    return (None if kind == "null" else "penuh"), None


def _dirty_moment(at: datetime | None, kind: str) -> tuple[str | None, datetime | None]:
    if at is None or kind == "null":
        return None, None
    return (f"{at:%Y-%m-%d %H:%M:%S}", at) if kind == "usual" else (kind, None)


def truth(seed: int = SEED, rooms: Iterable[Room] | None = None) -> list[ReportedBeds]:
    """The counts by hospital and class, in that order; a sum of which a part is lost is lost, and so is its age."""
    groups: dict[tuple[str, str], list[Report]] = {}
    for report in reports(seed, rooms):
        groups.setdefault((report.hospital_code, report.care_class), []).append(report)
    return [
        ReportedBeds(
            code,
            care_class,
            _sum([report.capacity for report in parts]),
            _sum([report.available for report in parts]),
            _oldest([report.as_of for report in parts]),
        )
        for (code, care_class), parts in sorted(groups.items())
    ]


def _sum(parts: list[int | None]) -> int | None:
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None


def _oldest(parts: list[datetime | None]) -> datetime | None:
    known = [part for part in parts if part is not None]
    return min(known) if len(known) == len(parts) else None


def file(seed: int, rooms: Iterable[Room]) -> bytes:
    """What the service answers from."""
    return json.dumps([report.item for report in reports(seed, rooms)], ensure_ascii=False).encode()


def _write(folder: Path, size: Size, seed: int) -> None:
    rooms = hospital_beds.generate(hospitals.with_rooms(), seed, size.clock).rooms
    (folder / FILE).write_bytes(file(seed, rooms))


DROP = Drop("beds", _write)
