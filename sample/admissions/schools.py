"""The schools of the sample city: the truth, and the dirty spreadsheet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import NamedTuple

from xlsxwriter import Workbook  # type: ignore[import-untyped]  # it ships no types

from sample import areas, dirt
from sample.areas import AreaTruth
from sample.citizens.people import streets
from sample.city import SEED, Size
from sample.dice import weighted
from sample.shapes import Drop

HEADER = (
    "NPSN", "Nama Sekolah", "Bentuk", "Status", "Alamat", "Kode Desa", "Lintang", "Bujur", "Daya Tampung",
)  # fmt: skip
TITLE = "DAFTAR SEKOLAH KOTA TANGERANG"
WINDOW_FIRST, WINDOW_DAYS = (6, 10), 26
"""The weeks in which pupils apply: month and day of the first, and how many days."""
FILE = "Daftar Sekolah 2026.xlsx"

# Share of cells per kind of dirt, as in rates.py. A number is a number in some rows of the sheet and a text in others.
RATES: Mapping[str, Mapping[str, float]] = {
    "school number": {"text": 0.850, "number": 0.150},
    "school form": {"usual": 0.960, "PKBM": 0.020, "": 0.020},
    "school status": {"usual": 0.780, "small": 0.120, "letter": 0.080, "": 0.020},
    "school area": {"dotted": 0.800, "plain": 0.160, "-": 0.020, "32.73.01.1001": 0.020},
    "school quota": {"number": 0.820, "text": 0.120, "-": 0.040, "320 siswa": 0.020},
}

LEVELS = {
    "SD": "PRIMARY", "MI": "PRIMARY", "SMP": "LOWER_SECONDARY", "MTs": "LOWER_SECONDARY", "SMA": "UPPER_SECONDARY",
    "MA": "UPPER_SECONDARY", "SMK": "VOCATIONAL", "SLB": "SPECIAL",
}  # fmt: skip
_ISLAMIC = ("MI", "MTs", "MA")
_STATUSES = {"PUBLIC": ("NEGERI", "Negeri", "N"), "PRIVATE": ("SWASTA", "Swasta", "S")}
_NAMES = (
    "Melati",
    "Cempaka",
    "Kenanga",
    "Flamboyan",
    "Angsana",
    "Beringin",
    "Cendana",
    "Mahoni",
    "Bougenvil",
    "Teratai",
)
_NUMBER_FIRST = 99_000_000

Draw = Callable[[], float]

_form = weighted((
    ("SD", 0.46), ("SMP", 0.21), ("SMK", 0.10), ("SMA", 0.09), ("MI", 0.05), ("MTs", 0.05), ("MA", 0.02), ("SLB", 0.02),
))  # fmt: skip
_number = weighted(RATES["school number"].items())
_dirty_form = weighted(RATES["school form"].items())
_status = weighted(RATES["school status"].items())
_area = weighted(RATES["school area"].items())
_quota = weighted(RATES["school quota"].items())
_position = dirt.die("position")


class SchoolTruth(NamedTuple):
    """The true school; None or UNKNOWN where the sheet lost the value. Positions in degrees."""

    id: str
    npsn: str
    name: str
    level: str
    ownership: str
    address: str
    area_code: str | None
    position: tuple[float, float] | None
    quota: int | None


class SchoolCase(NamedTuple):
    """The truth, the cells of the sheet, and the form of the school before any dirt."""

    truth: SchoolTruth
    cells: tuple[str | int | float, ...]
    form: str

    @property
    def texts(self) -> tuple[str, ...]:
        """The cells as texts, as a reader of spreadsheets returns them."""
        return tuple(map(str, self.cells))


@lru_cache(maxsize=4)
def cases(size: Size, seed: int = SEED) -> tuple[SchoolCase, ...]:
    """All schools in the order of their numbers, which begin with 99 as no real one does; kept, since pupils ask."""
    return tuple(_cases(size, Random(f"{seed}:schools").random))


def _cases(size: Size, draw: Draw) -> Iterator[SchoolCase]:
    villages = [area for area in areas.places() if area.level == "VILLAGE"]
    for number in range(1, size.schools + 1):
        yield _case(number, villages[int(draw() * len(villages))], _form(draw()), draw)


def _case(number: int, village: AreaTruth, form: str, draw: Draw) -> SchoolCase:
    npsn = str(_NUMBER_FIRST + number)
    is_public = form not in _ISLAMIC and draw() < 0.55
    kind = "Negeri" if is_public else "Islam" if form in _ISLAMIC else "Swasta"
    name = f"{form} {kind} {_NAMES[number % len(_NAMES)]} {number // len(_NAMES) + 1}"
    address = f"{streets()[int(draw() * len(streets()))]} No. {number} (alamat contoh)"
    bentuk = form if (spoiled := _dirty_form(draw())) == "usual" else spoiled
    ownership = "PUBLIC" if is_public else "PRIVATE"
    status_kind = _status(draw())
    status = dict(zip(("usual", "small", "letter"), _STATUSES[ownership], strict=True)).get(status_kind, status_kind)
    kode_desa, area_code = _dirty_area(village.code, _area(draw()))
    latitude, longitude = (
        f"{(degrees or 0) + (draw() - 0.5) * 0.004:.6f}" for degrees in (village.latitude, village.longitude)
    )
    lintang, bujur, *degrees_known = dirt.dirty_position(latitude, longitude, _position(draw()))
    quota = 28 * (1 + int(draw() * 12))
    quota_kind = _quota(draw())
    daya_tampung = quota if quota_kind == "number" else str(quota) if quota_kind == "text" else quota_kind
    truth = SchoolTruth(
        npsn, npsn, name, LEVELS[form] if spoiled == "usual" else "UNKNOWN",
        ownership if status else "UNKNOWN", address, area_code,
        (degrees_known[0], degrees_known[1]) if degrees_known[0] is not None and degrees_known[1] is not None else None,
        quota if quota_kind in ("number", "text") else None,
    )  # fmt: skip
    npsn_cell = int(npsn) if _number(draw()) == "number" else npsn
    cells = (npsn_cell, name, bentuk, status, address, kode_desa, lintang or "", bujur or "", daya_tampung)
    return SchoolCase(truth, cells, form)


def year_last(day: date) -> int:
    """The last year whose weeks of applying are over on a day."""
    return day.year - (day < date(day.year, *WINDOW_FIRST) + timedelta(days=WINDOW_DAYS))


def _dirty_area(code: str, kind: str) -> tuple[str, str | None]:
    if kind in ("dotted", "plain"):
        return (code if kind == "dotted" else code.replace(".", "")), code
    return kind, None


def _write(folder: Path, size: Size, seed: int) -> None:
    """The sheet: two rows of titles and an empty row above its header."""
    with Workbook(folder / FILE, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("Sekolah")
        year = year_last(size.day)
        titles = (TITLE, f"Tahun ajaran {year}/{year + 1} - data contoh")
        for row, title in enumerate(titles):
            sheet.write_string(row, 0, title)
        header = len(titles) + 1
        sheet.write_row(header, 0, HEADER)
        for row, case in enumerate(cases(size, seed), start=header + 1):
            for at, cell in enumerate(case.cells):
                if isinstance(cell, str):
                    sheet.write_string(row, at, cell)
                else:
                    sheet.write_number(row, at, cell)


DROP = Drop("schools", _write)
