"""Cleanings: try decoders on sampled columns, and choose the best for the type of a field. Pure."""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, partial
from itertools import pairwise
from typing import Any

from connectors import decoders
from connectors.decoders import bps
from connectors.decoders.protocol import Decoder
from models.batch import Column
from models.values.types import AreaCode, BpsCode, Money, MoneyRange, Nik, PersonId, Position
from onboarding.drafting.layout import Block, tuple_of
from onboarding.drafting.looks import Looks, is_nothing
from onboarding.drafting.renderings import SAMPLED_AS, Rendering
from onboarding.drafting.tables import SampledColumn, SqlType
from onboarding.drafting.ways import CITY, Setting, Way, dated_ways

YEAR_MIN, YEAR_MAX = 1900, 2100
YEARS_AROUND = 60
"""How far from today a number of four digits is a year."""
UNSTATED = frozenset({"nego", "negosiasi", "dirahasiakan", "kompetitif", "competitive", "undisclosed", "negotiable"})
"""Texts that replace an amount, in lower case."""


@dataclass(frozen=True, slots=True)
class Cleaning:
    """A decoder for columns, and its result: it decoded `good` of the `total` values that are not null.

    `code` is the decoder in a mapping file, `names` are its imports from the decoders, `specific` is how selective the
    decoder is, from 0 (it accepts anything) to 1.
    """

    code: str
    names: tuple[str, ...]
    decoder: Decoder
    good: int
    total: int
    words: str
    specific: float
    rendering: Rendering = Rendering.PLAIN
    notes: tuple[str, ...] = ()
    constants: tuple[tuple[str, Block], ...] = ()

    @property
    def share(self) -> float:
        return self.good / self.total if self.total else 0.0

    def clean(self, *columns: Sequence[object]) -> Column:
        rendered = [[as_rendered(value, self.rendering) for value in column] for column in columns]
        return self.decoder.decode(*rendered).values


def as_rendered(value: object, rendering: Rendering) -> object:
    """A sampled value, rendered as by the source."""
    if isinstance(value, str):
        length = {Rendering.HEAD_5: 5, Rendering.HEAD_10: 10, Rendering.DAY: 10, Rendering.HEAD_19: 19}.get(rendering)
        return value[:length]
    if type(value) is not int:
        return value
    if rendering is Rendering.TEXT:
        return str(value)
    if rendering is Rendering.EIGHT_DIGITS:
        return str(value).zfill(8)
    return value


def cleanings(clean_type: type, looks: Looks, setting: Setting) -> Cleaning | None:
    """The best cleaning of a column for a clean type other than text and vocabularies; None if there is none."""
    if not looks.column.filled:
        return None
    tried = [_tried(way, looks, setting) for way in _ways(clean_type, looks, setting)]
    return max((one for one in tried if one.good), key=lambda one: (one.share, one.specific), default=None)


def tried_as(name: str, looks: Looks, setting: Setting, words: str) -> Cleaning:
    """What the decoder of this name, which takes no argument, makes of a column."""
    return _tried(Way(name, (), getattr(decoders, name), words, 0.0), looks, setting)


def _tried(way: Way, looks: Looks, setting: Setting) -> Cleaning:
    column, rendering = looks.column, _rendering(way, looks.column, setting)
    made, nulls = _with_nulls(way, looks)
    counts = {value: count for value, count in column.counts.items() if not _says_nothing(value, made)}
    rendered = [as_rendered(value, rendering) for value in counts]
    clean = made.decode(rendered).values
    good = sum(count for count, value in zip(counts.values(), clean, strict=True) if _is_plausible(value))
    code = f"{way.name}({', '.join((*way.arguments, *nulls))})"
    names = (way.name, *way.modules)
    return Cleaning(code, names, made, good, sum(counts.values()), way.words, way.specific, rendering, way.notes)


def _rendering(way: Way, column: SampledColumn, setting: Setting) -> Rendering:
    """The rendering in the source: that of the sample, or the one that the decoder needs."""
    if column.kind is SqlType.WHOLE or setting.dialect == "sqlite":
        return way.rendering
    sampled = SAMPLED_AS.get(column.declared.kind, Rendering.PLAIN)
    if sampled in (Rendering.MOMENT, Rendering.ZONED) and way.rendering is Rendering.HEAD_10:
        return Rendering.DAY
    return way.rendering if sampled is Rendering.PLAIN else sampled


def _with_nulls(way: Way, looks: Looks) -> tuple[Decoder, tuple[str, ...]]:
    """The decoder, with the column's null texts that are not among its usual ones."""
    made = way.make()
    usual = _usual_nulls(way.name)
    if usual is None or looks.column.kind is SqlType.WHOLE:
        return made, ()
    unknown = [text for text in looks.nothings if text not in getattr(made, "nulls", ())]
    if made.clean_type is int:
        unknown = [text for text in unknown if not text.isdigit()]
    if way.name == "money_range":
        unknown += sorted(text for text in looks.said if text.strip().lower() in UNSTATED)
    if not unknown:
        return made, ()
    nulls = (*usual, *unknown)
    return way.make(nulls=nulls), (f"nulls={tuple_of(nulls)}",)


@cache
def _usual_nulls(name: str) -> tuple[str, ...] | None:
    parameter = inspect.signature(getattr(decoders, name)).parameters.get("nulls")
    usual = parameter.default if parameter is not None else None
    return usual if isinstance(usual, tuple) and all(isinstance(null, str) for null in usual) else None


def _says_nothing(value: object, decoder: Decoder) -> bool:
    """Whether a value means null: by its spelling, by the decoder, or as a zero that is no number."""
    if isinstance(value, str) and decoder.clean_type is int:
        return value in getattr(decoder, "nulls", ()) or (is_nothing(value) and not value.isdigit())
    if isinstance(value, str):
        return is_nothing(value) or value in getattr(decoder, "nulls", ()) or not value.strip("0-/.: T")
    return value == 0 and decoder.clean_type is not int


def _is_plausible(value: object) -> bool:
    return value is not None and (not isinstance(value, date) or YEAR_MIN <= value.year <= YEAR_MAX)


def _ways(clean_type: type, looks: Looks, setting: Setting) -> Iterator[Way]:
    if clean_type in (date, datetime):
        yield from dated_ways(clean_type, looks, setting)
    if clean_type in (AreaCode, BpsCode) and _are_years(looks, setting):
        return
    if clean_type is AreaCode:
        yield from _area_ways(looks, setting)
    elif clean_type is BpsCode:
        yield from _bps_ways(looks)
    elif clean_type in (Money, MoneyRange):
        yield from _money_ways(clean_type, looks, setting)
    elif clean_type is Position:
        yield from _pair_ways(looks, setting)
    else:
        yield from _plain_ways(clean_type, looks)


def _plain_ways(clean_type: type, looks: Looks) -> Iterator[Way]:
    """Every decoder that needs no argument and has this type."""
    is_whole = looks.column.kind is SqlType.WHOLE
    kind = Nik if clean_type is PersonId else clean_type
    for name in decoders.__all__:
        made = _made_without_arguments(name)
        if made is None or made.clean_type is not kind or made.arity != 1:
            continue
        if made.raw_type is int and not is_whole:
            continue
        rendering = Rendering.TEXT if made.raw_type is str and is_whole else Rendering.PLAIN
        words = _IN_WORDS.get(name, f"read by {name}()")
        specific = 0.15 if clean_type is int else 0.9 if rendering is Rendering.PLAIN else 0.8
        yield Way(name, (), getattr(decoders, name), words, specific, rendering)


_IN_WORDS = {
    "nik": "resident numbers", "nik_number": "resident numbers", "family_card": "numbers of family cards",
    "whole_number": "whole numbers from 0", "duration": "lengths of time", "long_date": "days in words",
}  # fmt: skip


@cache
def _made_without_arguments(name: str) -> Decoder | None:
    try:
        made: Decoder = getattr(decoders, name)()
    except TypeError:
        return None
    return made


def _area_ways(looks: Looks, setting: Setting) -> Iterator[Way]:
    """Only the levels that occur in the column, so that it is not searched for others."""
    shapes = setting.city.area_code_shapes
    if not shapes:
        return
    rendering = Rendering.TEXT if looks.column.kind is SqlType.WHOLE else Rendering.PLAIN
    values = [str(value) for value in looks.column.counts]
    lengths = {len(re.sub(r"\D", "", value)) for value in values if value.startswith(shapes[0][:2])}
    levels = [at for at, shape in enumerate(shapes) if len(shape.replace(".", "")) in lengths] or [0, len(shapes) - 1]
    first, last = levels[0], levels[-1] + 1
    cut = "" if (first, last) == (0, len(shapes)) else f"[{first or ''}:{last if last < len(shapes) else ''}]"
    chosen = shapes[first:last]
    yield Way(
        "area_code",
        (f"{CITY}.area_code_shapes{cut}",),
        partial(decoders.area_code, chosen),
        "area codes of the city with or without dots",
        1.0,
        rendering,
    )


def _pair_ways(looks: Looks, setting: Setting) -> Iterator[Way]:
    box = setting.city.box
    for separator in (";", ", ", ","):
        if any(separator in text for text in looks.said):
            yield Way(
                "position_pair", (f"{CITY}.box", f'"{separator}"'),
                partial(decoders.position_pair, box, separator), "points in the city's box", 1.0,
            )  # fmt: skip
            return


def _bps_ways(looks: Looks) -> Iterator[Way]:
    by_length = {4: "CITY", 7: "DISTRICT", 10: "VILLAGE"}
    lengths = Counter(len(text) for text in looks.said if text.isdigit())
    levels = [name for length, name in by_length.items() if lengths[length]]
    shapes = tuple(getattr(bps, name) for name in levels)
    rendering = Rendering.TEXT if looks.column.kind is SqlType.WHOLE else Rendering.PLAIN
    arguments = tuple(f"bps.{name}" for name in levels) if len(levels) < len(by_length) else ()
    yield Way(
        "bps_code", arguments, partial(decoders.bps_code, *shapes),
        f"BPS codes of {' and '.join(name.lower() for name in levels) or 'no'} level", 0.8, rendering,
        modules=("bps",) if arguments else (),
    )  # fmt: skip


def _money_ways(clean_type: type, looks: Looks, setting: Setting) -> Iterator[Way]:
    if clean_type is Money and looks.column.kind in (SqlType.EXACT, SqlType.WHOLE):
        yield from _amount_ways(looks, setting)
    name = "money" if clean_type is Money else "money_range"
    factory: Callable[..., Decoder] = getattr(decoders, name)
    rendering = Rendering.TEXT if looks.column.kind is SqlType.WHOLE else Rendering.PLAIN
    telling = looks.share(lambda text: re.search(r"rp|juta|jt\b|ribu|gratis|\d\.\d{3}\b", text, re.IGNORECASE))
    yield Way(
        name, (f"{CITY}.currency",), partial(factory, setting.city.currency),
        "amounts" if clean_type is Money else "amounts or ranges of them", max(0.2, 0.9 * telling), rendering,
    )  # fmt: skip


def _amount_ways(looks: Looks, setting: Setting) -> Iterator[Way]:
    """Exact numbers as amounts, which sort, are compared and measured."""
    column = looks.column
    digits = column.declared.width if column.declared.kind is SqlType.EXACT else None
    longest = max((len(str(value).partition(".")[0]) for value in column.counts), default=1)
    places = {len(str(value).partition(".")[2]) for value in column.counts}
    forms = [f"{{}}{'.' + '0' * many if many else ''}" for many in sorted(places)]
    if len(forms) > 2:
        return
    arguments = (f"{CITY}.currency", *(f'"{form}"' for form in forms), f"digits_max={max(digits or 0, longest)}")
    make = partial(decoders.amount, setting.city.currency, *forms, digits_max=max(digits or 0, longest))
    yield Way("amount", arguments, make, "amounts", 0.95, Rendering.TEXT)


def _are_years(looks: Looks, setting: Setting) -> bool:
    """Whether a column holds years around today, which look like codes of four digits."""
    values = [str(value).strip() for value in looks.column.counts]
    today = datetime.now(setting.city.time_zone).year
    years = [text for text in values if len(text) == 4 and text.isdigit() and abs(int(text) - today) <= YEARS_AROUND]
    return bool(values) and len(years) >= 0.9 * len(values)


def rises(keys: Sequence[object], values: Sequence[object]) -> tuple[int, int]:
    """In the order of the keys: the number of pairs of adjacent values, and of those that decrease."""
    pairs: list[tuple[Any, Any]] = [
        (key, value) for key, value in zip(keys, values, strict=True) if key is not None and value is not None
    ]
    ordered = [value for _, value in sorted(pairs, key=lambda pair: pair[0])]
    return max(0, len(ordered) - 1), sum(later < earlier for earlier, later in pairwise(ordered))


# --- Values that only several columns make together -------------------------------------------------------------------


def position_of(latitude: Looks, longitude: Looks, setting: Setting) -> Cleaning | None:
    """The cleaning of two columns as points in the city's box, swapped or not."""
    decoder = decoders.position(setting.city.box)
    pairs = [
        pair
        for pair in zip(latitude.column.values, longitude.column.values, strict=True)
        if not any(value in (None, "", "-", "0", 0) for value in pair)
    ]
    if not pairs:
        return None
    clean = decoder.decode([pair[0] for pair in pairs], [pair[1] for pair in pairs])
    good = sum(value is not None for value in clean.values)
    swapped = sum(clean.flaws.get(kind, 0) for kind in clean.flaws if kind.name == "SWAPPED_COORDINATES")
    notes = (f"{swapped:,} of them are swapped",) if swapped else ()
    if not good:
        return None
    code = f"position({CITY}.box)"
    return Cleaning(code, ("position",), decoder, good, len(pairs), "points in the city's box", 1.0, notes=notes)


def parts_of(name: Looks, day: Looks, clock: Looks, setting: Setting) -> Cleaning | None:
    """The cleaning of the name of a day, a day and a time of day as a moment."""
    decoder = decoders.local_datetime_parts(setting.city.time_zone)
    columns = [looks.column.values for looks in (name, day, clock)]
    total = sum(not (value is None or is_nothing(value)) and str(value) != "0000-00-00" for value in columns[1])
    decoded = decoder.decode(*columns)
    good = sum(value is not None for value in decoded.values)
    if not total or not good:
        return None
    code = f"local_datetime_parts({CITY}.time_zone)"
    words = "moments in three columns"
    return Cleaning(code, ("local_datetime_parts",), decoder, good, total, words, 1.0)
