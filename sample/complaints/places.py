"""Which categories of complaints come when and from which villages: they cluster in place, time and category."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from sample import areas
from sample.complaints.texts import CATEGORIES, Category
from sample.complaints.times import DRY, FLOOD, WET
from sample.dice import weighted

# Which kinds come more often, by season or in the evening, and how many times.
_SEASONAL = {DRY: {}, WET: {"K04": 1.8, "K05": 2.0, "K01": 1.3}, FLOOD: {"K04": 18.0, "K05": 3.0, "K16": 2.0}}
_EVENING_HOURS = range(18, 23)
_EVENING = {"K03": 2.5, "K10": 2.5, "K06": 1.5, "K12": 0.3, "K08": 0.3}
# Where some kinds gather: codes, or beginnings of codes, of villages along rivers, around markets, with few lamps.
_RIVERSIDE = ("36.71.08", "36.71.12.1003", "36.71.05.1006", "36.71.05.1007", "36.71.09.1004", "36.71.04.1005")
_MARKETS = ("36.71.07.1015", "36.71.01.1007", "36.71.07.1005", "36.71.05.1008", "36.71.06.1002", "36.71.13.1004")
_FEW_LAMPS = ("36.71.10", "36.71.04.1001", "36.71.11.1007", "36.71.02.1004")
_GATHERINGS = {"K04": (_RIVERSIDE, 7.0), "K06": (_MARKETS, 8.0), "K09": (_MARKETS, 4.0), "K03": (_FEW_LAMPS, 3.0)}


class Village(NamedTuple):
    """The true village of a complaint, in degrees, before any dirt."""

    code: str
    name: str
    latitude: float
    longitude: float


@lru_cache(maxsize=6)
def category_die(season: int, evening: bool) -> Callable[[float], Category]:
    """A die of categories, as they come in a season, by day or in the evening."""
    times = _SEASONAL[season]
    return weighted(
        (kind, kind.weight * times.get(kind.code, 1.0) * (_EVENING.get(kind.code, 1.0) if evening else 1.0))
        for kind in CATEGORIES
    )


@lru_cache(maxsize=len(CATEGORIES))
def village_die(category_code: str) -> Callable[[float], Village]:
    """A die of villages, as a category comes from them."""
    where, times = _GATHERINGS.get(category_code, ((), 1.0))
    return weighted(
        (village, _busy(village.code) * (times if village.code.startswith(where) else 1.0)) for village in _villages()
    )


def is_evening(hour: int) -> bool:
    """Whether people are at home and see evening problems."""
    return hour in _EVENING_HOURS


def _villages() -> list[Village]:
    return [
        Village(area.code, area.name, area.latitude, area.longitude)
        for area in areas.places()
        if area.level == "VILLAGE" and area.latitude is not None and area.longitude is not None
    ]


def _busy(code: str) -> float:
    """How often a village complains, from 0.4 to 2: random but fixed."""
    return 0.4 + (int(code.replace(".", "")) * 7919 % 97) / 60
