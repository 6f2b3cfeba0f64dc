"""The areas of the sample city: official codes and names, approximate positions, and the dirty register."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache
from random import Random
from typing import NamedTuple

from sample.city import SEED, Size
from sample.rates import AREA_COUNTS
from sample.shapes import Row, Source, Table

PROVINCE_CODE, CITY_CODE, CITY_NAME = "36", "36.71", "Kota Tangerang"

# Codes, names and postal codes are official (Kepmendagri 300.2.2-2430/2025); a village's serial is its place in the
# list, from 1001. Centres of districts are rough: degrees to two decimals, by general knowledge, not surveyed.
_REGISTER = """
01|Tangerang|-6.18|106.64
  Sukarasa 15111, Sukaasih 15111, Tanah Tinggi 15119, Buaran Indah 15119, Cikokol 15117, Kelapa Indah 15117,
  Sukasari 15118, Babakan 15118
02|Jatiuwung|-6.2|106.57
  Keroncong 15134, Jatake 15136, Pasir Jaya 15135, Gandasari 15137, Manis Jaya 15136, Alam Jaya 15133
03|Batuceper|-6.16|106.67
  Batuceper 15122, Batu Jaya 15121, Poris Gaga 15122, Poris Gaga Baru 15122, Kebon Besar 15122, Batu Sari 15121,
  Poris Jaya 15122
04|Benda|-6.12|106.68
  Belendung 15123, Jurumudi 15124, Benda 15125, Pajang 15126, Jurumudi Baru 15124
05|Cipondoh|-6.19|106.68
  Cipondoh 15148, Cipondoh Makmur 15148, Cipondoh Indah 15148, Gondrong 15146, Kenanga 15146, Petir 15147,
  Ketapang 15147, Poris Plawad 15141, Poris Plawad Utara 15141, Poris Plawad Indah 15141
06|Ciledug|-6.23|106.71
  Paninggilan 15153, Sudimara Barat 15151, Sudimara Timur 15151, Tajur 15152, Parung Serab 15153,
  Sudimara Jaya 15151, Sudimara Selatan 15151, Paninggilan Utara 15153
07|Karawaci|-6.18|106.61
  Karawaci 15115, Bojong Jaya 15115, Karawaci Baru 15116, Nusa Jaya 15116, Cimone 15114, Cimone Jaya 15116,
  Pabuaran 15114, Sumur Pacing 15114, Bugel 15113, Marga Sari 15113, Pabuaran Tumpeng 15112, Nambo Jaya 15112,
  Gerendeng 15113, Sukajadi 15113, Pasar Baru 15112, Koang Jaya 15112
08|Periuk|-6.16|106.6
  Periuk 15131, Gembor 15133, Gebang Raya 15132, Sangiang Jaya 15132, Periuk Jaya 15131
09|Cibodas|-6.2|106.6
  Cibodas 15138, Cibodas Sari 15138, Cibodas Baru 15138, Panunggangan Barat 15139, Uwung Jaya 15138,
  Jatiuwung 15134
10|Neglasari|-6.14|106.64
  Neglasari 15129, Karang Sari 15121, Selapajang Jaya 15127, Kedaung Wetan 15128, Mekar Sari 15129,
  Karang Anyar 15121, Kedaung Baru 15128
11|Pinang|-6.22|106.67
  Pinang 15145, Sudimara Pinang 15145, Neroktog 15145, Kunciran 15144, Kunciran Indah 15144, Kunciran Jaya 15144,
  Cipete 15142, Pakojan 15142, Panunggangan 15143, Panunggangan Utara 15143, Panunggangan Timur 15143
12|Karang Tengah|-6.21|106.71
  Karang Tengah 15157, Karang Mulya 15157, Pondok Bahar 15159, Pondok Pucung 15158, Karang Timur 15157,
  Padurenan 15159, Parung Jaya 15159
13|Larangan|-6.23|106.73
  Larangan Utara 15154, Larangan Selatan 15154, Cipadu 15155, Kreo 15156, Larangan Indah 15154, Gaga 15154,
  Cipadu Jaya 15155, Kreo Selatan 15156
"""
_CITY_CENTRE = (-6.18, 106.63)
# Villages lie on a spiral around their district's centre, about 600 m from one another: where they really are is
# for a city's own polygons to say.
_SPIRAL_DEGREES = 0.0032
_GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))
WITHOUT_BPS_CODE = ("36.71.04.1005", "36.71.08.1003", "36.71.12.1007")
_NO_POSTAL_CODE = ("-", "", "0")
_UNPLACED = ("0", "", "-")

M_WILAYAH = Table(
    name="m_wilayah",
    columns=(
        ("id_wilayah", "integer PRIMARY KEY"),
        ("kd_wilayah", "varchar(20)"),
        ("nm_wilayah", "varchar(60)"),
        ("jns_wilayah", "varchar(10)"),
        ("kd_induk", "varchar(20)"),
        ("kd_pos", "varchar(10)"),
        ("lat", "varchar(20)"),
        ("lng", "varchar(20)"),
        ("kd_bps", "varchar(12)"),
        ("hapus", "char(1)"),
    ),
    indexes=(("kd_wilayah",),),
    charset="utf8mb4",
)


class AreaTruth(NamedTuple):
    """The true area; positions in degrees, None where the register lost them."""

    code: str
    name: str
    level: str
    parent_code: str | None
    postal_code: str | None
    latitude: float | None
    longitude: float | None
    bps_code: str | None


class AreaCase(NamedTuple):
    """The row of an area in the register, and its truth; a deleted one must not be seen."""

    truth: AreaTruth
    legacy: Row
    alive: bool


@lru_cache(maxsize=1)
def places() -> tuple[AreaTruth, ...]:
    """All areas by code, with approximate positions, before any dirt."""
    areas = [AreaTruth(CITY_CODE, CITY_NAME, "CITY", None, None, *_CITY_CENTRE, "3671")]
    villages: list[AreaTruth] = []
    code, centre, serial = CITY_CODE, _CITY_CENTRE, 0
    for line in _REGISTER.strip().splitlines():
        if "|" in line:
            number, name, latitude, longitude = line.split("|")
            code, centre, serial = f"{CITY_CODE}.{number}", (float(latitude), float(longitude)), 0
            areas.append(AreaTruth(code, name, "DISTRICT", CITY_CODE, None, *centre, _bps_code(code)))
            continue
        for entry in line.strip().rstrip(",").split(", "):
            name, postal_code = entry.rsplit(" ", 1)
            position = _on_spiral(centre, serial)
            serial += 1
            village = f"{code}.{1000 + serial}"
            villages.append(AreaTruth(village, name, "VILLAGE", code, postal_code, *position, _bps_code(village)))
    return tuple(areas + villages)


def _bps_code(code: str) -> str | None:
    """The statistics office's code of a district or village: invented, and the real ones are elsewhere.

    It is made to mislead like the real ones: the code of a village is the official code of one in another district,
    without its dots, and three villages have none.
    """
    if code in WITHOUT_BPS_CODE:
        return None
    _, _, district, *village = code.split(".")
    return f"3671{(int(district) + 5) % 13 + 1:02}1{village[0][1:] if village else ''}"


def _on_spiral(centre: tuple[float, float], step: int) -> tuple[float, float]:
    """Degrees of the step-th point, from 0, of a sunflower spiral."""
    radius, angle = _SPIRAL_DEGREES * math.sqrt(step + 0.5), step * _GOLDEN_ANGLE
    return round(centre[0] + radius * math.sin(angle), 6), round(centre[1] + radius * math.cos(angle), 6)


@lru_cache(maxsize=1)
def cases() -> tuple[AreaCase, ...]:
    """The register in the order of its ids: every area once, and a few dead duplicates."""
    draw = Random(f"{SEED}:areas").random

    def some(kind: str, codes: list[str]) -> list[str]:
        return sorted(codes, key=lambda _: draw())[: AREA_COUNTS[kind]]

    villages = [area.code for area in places() if area.level == "VILLAGE"]
    all_codes = [area.code for area in places()]
    plain_codes = frozenset(some("plain code", all_codes))
    plain_parents = frozenset(some("plain parent", all_codes[1:]))
    lost = some("unplaced", villages)
    swapped = frozenset(some("swapped", [code for code in villages if code not in lost]))
    dead = frozenset(some("dead", villages))

    register: list[tuple[AreaTruth, list[object], bool]] = []
    for number, area in enumerate(places()):
        truth, latitude, longitude = area, f"{area.latitude:.6f}", f"{area.longitude:.6f}"
        if area.code in lost:
            latitude = longitude = _UNPLACED[lost.index(area.code) % len(_UNPLACED)]
            truth = area._replace(latitude=None, longitude=None)
        elif area.code in swapped:
            latitude, longitude = longitude, latitude
        row: list[object] = [
            area.code.replace(".", "") if area.code in plain_codes else area.code,
            area.name.upper(),
            {"CITY": "KOTA", "DISTRICT": "KEC", "VILLAGE": "KEL"}[area.level],
            _parent(area, area.code in plain_parents),
            area.postal_code or _NO_POSTAL_CODE[number % len(_NO_POSTAL_CODE)],
            latitude,
            longitude,
            area.bps_code,
        ]
        register.append((truth, row, True))
        if area.code in dead:
            register.append((truth, [row[0], f"{area.name.upper()} (LAMA)", *row[2:]], False))
    register.sort(key=lambda _: draw())
    return tuple(
        AreaCase(truth, (number, *row, "T" if alive else "Y"), alive)
        for number, (truth, row, alive) in enumerate(register, start=1)
    )


def _parent(area: AreaTruth, plain: bool) -> str:
    """The parent as stored; that of the city is the province, which is no area of the graph."""
    code = area.parent_code or PROVINCE_CODE
    return code.replace(".", "") if plain else code


def truth() -> list[AreaTruth]:
    """The 118 true areas, by code."""
    return sorted((case.truth for case in cases() if case.alive), key=lambda area: (len(area.code), area.code))


def _rows(_size: Size, _seed: int) -> Iterator[tuple[str, Row]]:
    for case in cases():
        yield M_WILAYAH.name, case.legacy


SOURCE = Source("areas", (M_WILAYAH,), main=M_WILAYAH.name, total=lambda _size: len(cases()), rows=_rows)
