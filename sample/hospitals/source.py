"""The hospitals of the sample city: real names and codes, synthetic places, and all their tables."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from random import Random
from typing import NamedTuple

from sample import areas
from sample.citizens.people import streets
from sample.city import SEED, Size
from sample.hospitals import beds as hospital_beds
from sample.hospitals import schedules as hospital_schedules
from sample.rates import HOSPITAL_COUNTS
from sample.shapes import Row, Source, Table

# Codes, names, types and classes are official (Kemenkes, SIRS). Where they are is not in that list: districts follow
# from a few of the names, the other places are made up, and so is every phone number and address.
_REGISTER = """
3671021|RS Daan Mogot|RSU|C|
3671032|RSUP Dr. Sitanala Tangerang|RSU|C|Kemkes
3671043|RS Sari Asih Karawaci|RSU|B|
3671054|RS Siloam Hospitals Lippo Village|RSU|B|
3671065|RS EMC Tangerang|RSU|B|
3671076|RS An-Nisa|RSU|C|
3671080|RS Mayapada|RSU|B|
3671082|RS Islam Sari Asih Ar-rahmah|RSU|C|Organisasi Islam
3671091|RS Ibu dan Anak Keluarga Ibu|RSIA|C|
3671124|RS Melati|RSU|C|
3671126|RS Umum Aminah|RSU|C|
3671135|RS Mulya|RSU|C|
3671136|RS Umum Hermina Tangerang|RSU|C|
3671146|RS Umum Bhakti Asih|RSU|C|
3671179|RS Mitra Husada|RSU|D|
3671201|RS Khusus THT-Bedah KL Proklamasi BSD|RSK THT-KL|C|
3671202|RS Ibu dan Anak Mutiara Bunda|RSIA|C|
3671203|RS Primaya|RSU|B|
3671204|RS Ariya Medika|RSU|C|
3671205|RS Sari Asih Ciledug|RSU|B|
3671207|RS Dinda|RSU|C|
3671208|RS Umum Daerah Kota Tangerang|RSU|C|Pemkot
3671209|RS Sari Asih Sangiang|RSU|C|
3671210|RS Permata Ibu|RSU|C|
3671211|RS Aqidah|RSU|C|
3671214|RS Tiara|RSU|D|
3671216|RS Rumah Indonesia Sehat|RSU|C|
3671217|RS Ibu dan Anak Karunia Bunda|RSIA|C|
3671218|RS Ibu dan Anak PKU Muhammadiyah Cipondoh|RSIA|C|Organisasi Islam
3671219|RS Ibu dan Anak Gebang Medika|RSIA|C|
3671221|RS Ibu dan Anak Pratiwi|RSIA|C|
3671222|RS Ibu dan Anak Makiyah|RSIA|C|
3671223|RS Karang Tengah Medika|RSU|C|
3671224|RS Sari Asih Cipondoh|RSU|C|
"""
_DISTRICT_OF_WORD = {
    "Karawaci": "36.71.07",
    "Ciledug": "36.71.06",
    "Sangiang": "36.71.08",
    "Gebang": "36.71.08",
    "Karang Tengah": "36.71.12",
    "Cipondoh": "36.71.05",
}
_TYPES = {"RSU": "GENERAL", "RSIA": "MOTHER_AND_CHILD", "RSK THT-KL": "SPECIAL"}
_NOWHERE = ("", "-")
_UNPLACED = ("0", "-")
_NO_PHONE = ("-", "", "0")
_JITTER_DEGREES = 0.002

M_RUMAHSAKIT = Table(
    name="m_rumahsakit",
    columns=(
        ("kd_rs", "varchar(7) PRIMARY KEY"),
        ("nm_rs", "varchar(100)"),
        ("jns_rs", "varchar(20)"),
        ("kelas", "varchar(20)"),
        ("pemilik", "varchar(40)"),
        ("telp", "varchar(30)"),
        ("alamat", "varchar(200)"),
        ("kd_kec", "varchar(20)"),
        ("lat", "varchar(20)"),
        ("lng", "varchar(20)"),
    ),
)


class HospitalTruth(NamedTuple):
    """The true hospital; None or UNKNOWN where the register lost the value. Positions in degrees."""

    code: str
    name: str
    kind: str
    hospital_class: str
    owner: str | None
    phone: str | None
    address: str
    area_code: str | None
    latitude: float | None
    longitude: float | None


class HospitalCase(NamedTuple):
    """The row of a hospital in the register, its truth, and whether it reports rooms at all."""

    truth: HospitalTruth
    legacy: Row
    has_rooms: bool


@lru_cache(maxsize=1)
def cases() -> tuple[HospitalCase, ...]:
    """The register, in the order of its codes."""
    draw = Random(f"{SEED}:hospitals").random
    entries = [line.split("|") for line in _REGISTER.strip().splitlines()]
    codes = [entry[0] for entry in entries]
    hit = {kind: frozenset(sorted(codes, key=lambda _: draw())[:count]) for kind, count in HOSPITAL_COUNTS.items()}
    found = []
    for number, (code, name, *kinds, owner) in enumerate(entries):
        kind, hospital_class = kinds
        truth = _clean(number, (code, name, kind, hospital_class, owner), draw())
        district = truth.area_code or ""
        latitude, longitude = f"{truth.latitude:.6f}", f"{truth.longitude:.6f}"
        phone = truth.phone or ""
        if code in hit["plain district"]:
            district = district.replace(".", "")
        if code in hit["no district"]:
            district, truth = _NOWHERE[number % 2], truth._replace(area_code=None)
        if code in hit["unplaced"]:
            latitude = longitude = _UNPLACED[number % 2]
            truth = truth._replace(latitude=None, longitude=None)
        elif code in hit["swapped"]:
            latitude, longitude = longitude, latitude
        if code in hit["no phone"]:
            phone, truth = _NO_PHONE[number % 3], truth._replace(phone=None)
        if code in hit["class X"]:
            hospital_class, truth = "X", truth._replace(hospital_class="UNKNOWN")
        if code in hit["type X"]:
            kind, truth = "X", truth._replace(kind="UNKNOWN")
        row = (
            code, name, kind, hospital_class, owner or "-", phone, truth.address, district, latitude, longitude
        )  # fmt: skip
        found.append(HospitalCase(truth, row, code not in hit["without rooms"]))
    return tuple(found)


def _clean(number: int, entry: tuple[str, str, str, str, str], luck: float) -> HospitalTruth:
    """A hospital before any dirt, in its district or in one that luck, in 0..1, chooses."""
    code, name, kind, hospital_class, owner = entry
    villages = [area for area in areas.places() if area.level == "VILLAGE"]
    district = next((of_word for word, of_word in _DISTRICT_OF_WORD.items() if word in name), None)
    if district is not None:
        villages = [area for area in villages if area.parent_code == district]
    village = villages[int(luck * len(villages))]
    names = {area.code: area.name for area in areas.places()}
    street = streets()[(number * 37) % len(streets())]
    shift = ((number * 7919) % 100 / 100 - 0.5) * 2 * _JITTER_DEGREES
    return HospitalTruth(
        code,
        name,
        _TYPES[kind],
        hospital_class,
        owner or None,
        f"(021) 0000-{code[-4:]}",
        f"{street} No. {number + 1}, {names[str(village.parent_code)]} (alamat contoh)",
        village.parent_code,
        round((village.latitude or 0) + shift, 6),
        round((village.longitude or 0) - shift, 6),
    )


def truth() -> list[HospitalTruth]:
    """The 34 true hospitals, by code."""
    return [case.truth for case in cases()]


def beds(seed: int = SEED) -> list[hospital_beds.BedTruth]:
    """The true bed counts, by hospital and class of care."""
    return hospital_beds.truth(hospital_beds.generate(with_rooms(), seed).rooms)


def schedules(seed: int = SEED) -> list[hospital_schedules.ScheduleTruth]:
    """The true schedules, by id."""
    return [case.truth for case in hospital_schedules.generate(_codes(), seed).schedules]


def _codes() -> list[str]:
    return [case.truth.code for case in cases()]


def with_rooms() -> list[str]:
    """The codes of the hospitals that report rooms."""
    return [case.truth.code for case in cases() if case.has_rooms]


def _rows(size: Size, seed: int) -> Iterator[tuple[str, Row]]:
    for case in cases():
        yield M_RUMAHSAKIT.name, case.legacy
    yield from hospital_beds.rows(with_rooms(), seed, size.clock)
    yield from hospital_schedules.rows(_codes(), seed)


SOURCE = Source(
    "hospitals",
    (M_RUMAHSAKIT, *hospital_beds.TABLES, *hospital_schedules.TABLES),
    main=M_RUMAHSAKIT.name,
    total=lambda _size: len(cases()),
    rows=_rows,
)
