"""How the admission system keeps what it knows: pathways of two laws, numbers of pupils that lost their zero."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from sample.dice import weighted
from sample.dirt import stored

# Share of values per kind of dirt, as in rates.py: a kind that destroys a value is named by what is stored instead.
RATES: Mapping[str, Mapping[str, float]] = {
    "registration": {"clean": 0.990, "-": 0.005, "": 0.005},
    "pupil number": {"clean": 0.930, "lost zero": 0.030, "-": 0.020, "": 0.010, "NULL": 0.010},
    "pupil name": {"capitals": 0.850, "mixed": 0.100, "padded": 0.040, "-": 0.005, "": 0.005},
    "birth day": {"clean": 0.980, "00-00-0000": 0.010, "31-02-2012": 0.005, "": 0.005},
    "pathway": {"usual": 0.820, "other": 0.160, "KETM": 0.010, "": 0.010},
    "admission school": {"clean": 0.960, "gone": 0.020, "-": 0.010, "9900": 0.010},
    "submitted": {"clean": 0.980, "00-00-0000 00:00:00": 0.010, "31-02-2026 08:00:00": 0.005, "-": 0.005},
    "verification": {"clean": 0.980, "9": 0.010, "NULL": 0.010},
    "admission status": {"usual": 0.860, "other": 0.120, "??": 0.010, "": 0.010},
    "application alive": {"1": 0.970, "2": 0.030},
}

_PATHWAYS: Mapping[str, tuple[str, str]] = {
    "AFFIRMATION": ("AFIRMASI", "Afirmasi"),
    "ACHIEVEMENT": ("PRESTASI", "Prestasi"),
    "TRANSFER": ("MUTASI", "Perpindahan Tugas"),
}
_DOMICILE, _ZONING = ("DOMISILI", "Domisili"), ("ZONASI", "Zonasi")
_ZONING_YEAR_LAST = 2024

STATUSES: Mapping[str, tuple[str, str]] = {
    "SUBMITTED": ("Terdaftar", "0"),
    "ACCEPTED": ("Diterima", "1"),
    "RESERVE": ("Cadangan", "Cadangan"),
    "REJECTED": ("Tidak Diterima", "2"),
    "ENROLLED": ("Daftar Ulang", "Daftar Ulang"),
    "WITHDRAWN": ("Mundur", "Mundur"),
}
VERIFICATIONS = {"0": "PENDING", "1": "VERIFIED", "2": "REFUSED"}

_NO_SCHOOL = "99999999"


def die(column: str) -> Callable[[float], str]:
    """A die that turns a number in 0..1 into a kind of dirt of `column`."""
    return weighted(RATES[column].items())


def pathways(year: int) -> Mapping[str, tuple[str, str]]:
    """The two spellings of each pathway in a year: what is domicile now was zoning until 2024."""
    return {"DOMICILE": _ZONING if year <= _ZONING_YEAR_LAST else _DOMICILE, **_PATHWAYS}


def dirty_name(name: str, kind: str) -> tuple[str | None, str | None]:
    spelled = {"capitals": name.upper(), "mixed": name, "padded": f"{name.upper()}  "}
    return (spelled[kind], name) if kind in spelled else (stored(kind), None)


def dirty_day(day: date, kind: str) -> tuple[str | None, date | None]:
    return (f"{day:%d-%m-%Y}", day) if kind == "clean" else (stored(kind), None)


def dirty_pupil_number(number: str, kind: str) -> tuple[str | None, str | None]:
    """A number that was opened in a spreadsheet has lost the zero in front, and with it its meaning."""
    if kind == "clean":
        return number, number
    return (number[1:] if kind == "lost zero" else stored(kind)), None


def dirty_school(npsn: str, kind: str) -> tuple[str | None, str | None]:
    """The number of a school; that of one which is not in the list is a number all the same."""
    if kind in ("clean", "gone"):
        return (npsn, npsn) if kind == "clean" else (_NO_SCHOOL, _NO_SCHOOL)
    return stored(kind), None
