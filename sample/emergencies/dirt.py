"""The dirt of the emergency system: own ids of areas, kinds cut at 20 letters, seconds since 1970."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache

from sample import areas
from sample.dice import weighted
from sample.dirt import stored
from sample.shapes import Row

# Share of values per kind of dirt, as in rates.py: a kind that destroys a value is named by what is stored instead.
RATES: Mapping[str, Mapping[str, float]] = {
    "call time": {"clean": 0.985, "0": 0.010, "NULL": 0.005},
    "call number": {"clean": 0.985, "-": 0.010, "": 0.005},
    "disposition": {"usual": 0.800, "other": 0.180, "?": 0.010, "NULL": 0.010},
    "hazard": {"first": 0.930, "listed twice": 0.040, "other": 0.020, "gone": 0.010},
    "call area": {"clean": 0.900, "district": 0.050, "NULL": 0.020, "gone": 0.020, "no code": 0.010},
    "team time": {
        "clean": 0.970,
        "0000-00-00 00:00:00": 0.010,
        "2026-02-31 08:00:00": 0.005,
        "": 0.005,
        "NULL": 0.010,
    },
    "casualties": {"clean": 0.960, "-1": 0.020, "NULL": 0.020},
    "call alive": {"1": 0.970, "0": 0.030},
}

DISPOSITIONS: Mapping[str, tuple[str, str]] = {
    "EMERGENCY": ("DARURAT", "Emergency"),
    "NON_EMERGENCY": ("NON DARURAT", "Informasi"),
    "PRANK": ("PRANK", "Iseng"),
    "GHOST": ("GHOST", "Kosong"),
    "ABANDONED": ("ABANDON", "Terputus"),
}

_NAME_LETTERS_MAX = 20
HAZARDS: Mapping[int, tuple[str, str]] = {
    1: ("Kebakaran", "FIRE"),
    2: ("Kebakaran Hutan dan Lahan", "WILDFIRE"),
    3: ("Banjir", "FLOOD"),
    4: ("Angin Puting Beliung", "STORM"),
    5: ("Pohon Tumbang", "FALLEN_TREE"),
    6: ("Tanah Longsor", "LANDSLIDE"),
    7: ("Kecelakaan Lalu Lintas", "TRAFFIC_ACCIDENT"),
    8: ("Darurat Medis", "MEDICAL"),
    9: ("Evakuasi Hewan / Ular", "ANIMAL"),
    10: ("Kebakaran Rumah/Gedung", "FIRE"),
    11: ("Banjir / Genangan", "FLOOD"),
    12: ("Lain-lain", "UNKNOWN"),
}
"""Kinds by their id; the two before the last were entered a second time."""

_FIRST_ID = {kind: number for number, (_, kind) in reversed([*HAZARDS.items()])}
_SECOND_ID = {"FIRE": 10, "FLOOD": 11}
_OTHER_ID, _GONE_ID = 12, 99
_AREA_GONE, _AREA_WITHOUT_CODE = 9_999, 999


def die(column: str) -> Callable[[float], str]:
    """A die that turns a number in 0..1 into a kind of dirt of `column`."""
    return weighted(RATES[column].items())


def hazard_rows() -> list[Row]:
    """The stored kinds, cut at the width of their column."""
    return [(number, name[:_NAME_LETTERS_MAX]) for number, (name, _) in HAZARDS.items()]


def dirty_hazard(kind: str, dirt: str) -> tuple[int, str]:
    """The id of a kind, and what it still means: some kinds have two, and some rows one that is not there."""
    if dirt in ("other", "gone"):
        return (_OTHER_ID if dirt == "other" else _GONE_ID), "UNKNOWN"
    return (_SECOND_ID.get(kind, _FIRST_ID[kind]) if dirt == "listed twice" else _FIRST_ID[kind]), kind


@lru_cache(maxsize=1)
def _area_ids() -> Mapping[str, int]:
    inside = [area.code for area in areas.places() if area.level != "CITY"]
    return {code: number for number, code in enumerate(inside, start=1)}


def area_rows() -> list[Row]:
    """The areas by ids of their own, every fourth code without its dots, and one area without a code."""
    rows: list[Row] = [(number, code if number % 4 else code.replace(".", "")) for code, number in _area_ids().items()]
    return [*rows, (_AREA_WITHOUT_CODE, "-")]


def dirty_area(village: str, kind: str) -> tuple[int | None, str | None]:
    """The own id of a village or of its district."""
    if kind in ("clean", "district"):
        code = village if kind == "clean" else village[:8]
        return _area_ids()[code], code
    return {"NULL": None, "gone": _AREA_GONE, "no code": _AREA_WITHOUT_CODE}[kind], None


def dirty_instant(at: datetime, kind: str) -> tuple[int | None, datetime | None]:
    """A moment in seconds since 1970."""
    if kind == "clean":
        return int(at.timestamp()), at
    return (None if kind == "NULL" else int(kind)), None


def dirty_count(count: int, kind: str) -> tuple[int | None, int | None]:
    if kind == "clean":
        return count, count
    text = stored(kind)
    return (None if text is None else int(text)), None
