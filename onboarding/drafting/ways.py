"""Ways: decoders to try on a column, as code and as values; those for days and moments in all their forms. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from zoneinfo import ZoneInfo

from connectors import decoders
from connectors.decoders.protocol import Decoder
from models.city import City
from onboarding.drafting.looks import Looks
from onboarding.drafting.renderings import Rendering
from onboarding.drafting.tables import SqlType

CITY = "@CITY"
"""Placeholder in code for the name of the city's constant."""


@dataclass(frozen=True, slots=True)
class Setting:
    """The context of columns: the city, the dialect, and whether moments are in UTC."""

    city: City
    dialect: str
    keeps_utc: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """A decoder to try: its name and arguments as code; `make` builds it, optionally with more nulls."""

    name: str
    arguments: tuple[str, ...]
    make: Callable[..., Decoder]
    words: str
    specific: float
    rendering: Rendering = Rendering.PLAIN
    notes: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()


SHAPE_SHARE_MIN = 0.2
UNIX_MIN, UNIX_MAX = 100_000_000, 4_102_444_800
"""Unix seconds from 1973 to 2100: smaller numbers are counts or keys."""


_DAYS = (
    "%d-%m-%Y", "%d/%m/%Y", "%d.%m.%Y", "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%m/%d/%Y", "%m-%d-%Y", "%d%m%Y", "%Y%m%d",
)  # fmt: skip
_CLOCKS = (" %H:%M", " %H:%M:%S", "T%H:%M:%S", "T%H:%M", " %H.%M", " %H.%M.%S", " %H%M", "%H%M%S", "%H%M", " %H%M%S")
_WORDS = {"%Y": "yyyy", "%m": "mm", "%d": "dd", "%H": "HH", "%M": "MM", "%S": "SS"}


def _in_words(form: str) -> str:
    for letter, word in _WORDS.items():
        form = form.replace(letter, word)
    return form


def _shape_of(form: str) -> str:
    return re.sub(r"%.", lambda letter: "####" if letter[0] == "%Y" else "##", form)


def _by_shape(forms: Sequence[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for form in forms:
        found.setdefault(_shape_of(form), []).append(form)
    return found


_DAY_FORMS = _by_shape(_DAYS)
_MOMENT_FORMS = _by_shape([day + clock for day in _DAYS for clock in _CLOCKS])


def dated_ways(clean_type: type, looks: Looks, setting: Setting) -> Iterator[Way]:
    if looks.column.kind is SqlType.WHOLE:
        yield from _dated_numbers(clean_type, looks, setting)
        return
    if clean_type is datetime:
        zone = setting.city.time_zone
        yield Way(
            "offset_datetime", (f"{CITY}.time_zone",), partial(decoders.offset_datetime, zone),
            "moments with their offset", 1.0,
        )  # fmt: skip
    shapes = Counter[str]()
    for text, count in looks.said.items():
        shapes[re.sub(r"[0-9]", "#", text[:40])] += count
    for shape, count in shapes.items():
        if count < SHAPE_SHARE_MIN * looks.total:
            continue
        if clean_type is date:
            yield from (_day(form) for form in _DAY_FORMS.get(shape, ()))
            if len(shape) > 10:
                yield from (_day(form, Rendering.HEAD_10) for form in _DAY_FORMS.get(shape[:10], ()))
        else:
            yield from (_moment(form, setting, looks) for form in _MOMENT_FORMS.get(shape, _DAY_FORMS.get(shape, ())))
            if len(shape) > 19:
                yield from (
                    _moment(form, setting, looks, Rendering.HEAD_19) for form in _MOMENT_FORMS.get(shape[:19], ())
                )


def _dated_numbers(clean_type: type, looks: Looks, setting: Setting) -> Iterator[Way]:
    numbers = [value for value in looks.column.counts if isinstance(value, int) and value]
    if not numbers or looks.column.declared.kind is SqlType.BOOLEAN:
        return
    least, most = min(numbers), max(numbers)
    if 1_000_000 <= most <= 99_999_999:
        for form, rendering in (("%Y%m%d", Rendering.TEXT), ("%d%m%Y", Rendering.EIGHT_DIGITS)):
            yield _day(form, rendering) if clean_type is date else _moment(form, setting, looks, rendering)
    if clean_type is datetime and most > 10**13:
        yield _moment("%Y%m%d%H%M%S", setting, looks, Rendering.TEXT)
    if clean_type is datetime and least >= UNIX_MIN and most <= UNIX_MAX:
        zone = setting.city.time_zone
        yield Way(
            "unix_seconds", (f"{CITY}.time_zone",), partial(decoders.unix_seconds, zone),
            "seconds since 1970", 1.0,
        )  # fmt: skip


def _day(form: str, rendering: Rendering = Rendering.PLAIN) -> Way:
    return Way("local_date", (f'"{form}"',), partial(decoders.local_date, form), _in_words(form), 1.0, rendering)


def _moment(form: str, setting: Setting, looks: Looks, rendering: Rendering = Rendering.PLAIN) -> Way:
    kind = looks.column.declared.kind
    notes: tuple[str, ...] = ()
    in_utc = kind is SqlType.ZONED and setting.dialect != "sqlite"
    if not in_utc and setting.keeps_utc and (kind is SqlType.MOMENT or rendering is Rendering.HEAD_19):
        in_utc, notes = True, ("in UTC, as the framework that made these tables keeps moments",)
    zone = ZoneInfo("UTC") if in_utc else setting.city.time_zone
    return Way(
        "local_datetime",
        (f'"{form}"', 'ZoneInfo("UTC")' if in_utc else f"{CITY}.time_zone"),
        partial(decoders.local_datetime, form, zone),
        _in_words(form), 1.0, rendering, notes,
    )  # fmt: skip
