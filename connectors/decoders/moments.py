"""Moments: local dates and times as sources write them, naive, in the city's own time zone."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import MINYEAR, date, datetime, time
from functools import lru_cache
from operator import itemgetter
from typing import Any, Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from connectors.decoders.beginnings import WIDTHS, Beginning, has_late_day
from connectors.decoders.protocol import EQUALITY, RANGE, Decoded, Expression, Raw, Spellings, SqlForms, cleaned
from models.batch import Column
from models.findings import FindingKind
from models.predicates import Operator

KNOWN_TEXTS_MAX: Final = 5_000
"""How many texts of days, and how many of times of day, each decoder keeps with their meaning: columns repeat them."""


class _Numbers(dict[str, int]):
    """The numbers of two and of four digits by their text: a column repeats them, and looking up is quicker.

    At most 10,100 of them, since nothing else is asked for.
    """

    def __missing__(self, digits: str) -> int:
        number = self[digits] = int(digits)
        return number


_number_of = _Numbers().__getitem__


@dataclass(frozen=True, slots=True)
class Written:
    """How a format of strptime writes digits: a pattern, a shape with `#` for digits, and where each part starts.

    `parts_of` cuts the parts out of a text that has the pattern, in the order of size.
    """

    pattern: re.Pattern[str]
    shape: str
    places: tuple[tuple[str, int], ...]
    parts_of: Callable[[str], tuple[str, ...]] = field(compare=False)

    @classmethod
    def of(cls, format: str, *kinds: str) -> Written:  # noqa: A002  # strptime's own word
        """Reads a format whose letters, in the order of size, are one of `kinds`. Raises ValueError for another."""
        pattern, shape, places = "", "", []
        for literal, letter in re.findall(r"([^%]*)(?:%(.)|$)", format):
            pattern += re.escape(literal)
            shape += literal
            if letter:
                width = WIDTHS.get(letter, 0)
                places.append((letter, len(shape) + 1))
                pattern += f"[0-9]{{{width}}}"
                shape += "#" * width
        letters = "".join(letter for letter in WIDTHS if letter in dict(places))
        if letters not in kinds or len(places) != len(letters) or format.count("#"):
            raise ValueError(f"the format has other parts than {' or '.join(kinds)}, each once, or a '#'")
        starts = dict(places)
        cuts: list[Any] = [slice(starts[letter] - 1, starts[letter] - 1 + WIDTHS[letter]) for letter in letters]
        # Of fewer than two places, itemgetter makes no tuple.
        parts_of = itemgetter(*cuts) if len(cuts) > 1 else lambda text: tuple(map(text.__getitem__, cuts))
        return cls(re.compile(pattern), shape, tuple(places), parts_of)

    def numbers(self, value: str) -> list[int] | None:
        """Year, month, day and so on of a text, or None where it is written otherwise."""
        return [*map(_number_of, self.parts_of(value))] if self.pattern.fullmatch(value) is not None else None

    def numbers_of(self, value: str) -> list[int]:
        """The same. Raises ValueError where the text is written otherwise, and TypeError where it is none."""
        numbers = self.numbers(value)
        if numbers is None:
            raise ValueError(f"not of the form {self.shape}")
        return numbers

    def beginning(self, chars: int) -> Beginning:
        """How a text holds what the first `chars` signs of the canonical one tell."""
        return Beginning.of(self.shape, self.places, chars)

    def parts(self, column: Expression, sql: SqlForms) -> dict[str, Expression]:
        """The digits of each part, cut out of a column of this shape."""
        return {letter: sql.part(column, start, WIDTHS[letter]) for letter, start in self.places}


@dataclass(frozen=True, slots=True)
class _Halves:
    """A format whose day stands before its time of day: each half is read once for all the rows that repeat it.

    `day_of` and `time_of` raise ValueError for a text that is none, which is never kept: it may be anything.
    """

    day_chars: int
    day_of: Callable[[str], date]
    time_of: Callable[[str], time]

    @classmethod
    def of(cls, format: str, zone: ZoneInfo) -> _Halves | None:  # noqa: A002  # strptime's own word
        """None for a format in which the day does not come first."""
        starts = [format.index(clock) for clock in ("%H", "%M", "%S") if clock in format]
        cut = min(starts, default=len(format))
        if not all(day in format[:cut] for day in ("%Y", "%m", "%d")):
            return None
        days, clocks = Written.of(format[:cut], "Ymd"), Written.of(format[cut:], "", "H", "HM", "HMS")

        @lru_cache(KNOWN_TEXTS_MAX)
        def day_of(text: str) -> date:
            return date(*days.numbers_of(text))

        @lru_cache(KNOWN_TEXTS_MAX)
        def time_of(text: str) -> time:
            # Up to three numbers, which mypy cannot count.
            return time(*clocks.numbers_of(text)).replace(tzinfo=zone)  # type: ignore[arg-type]  # as above

        return cls(len(days.shape), day_of, time_of)

    def decode(self, column: Sequence[object], nulls: Sequence[str]) -> Decoded:
        chars, day_of, time_of, moment = self.day_chars, self.day_of, self.time_of, datetime.combine
        values: list[object] = []
        bad = 0
        # Written out: a call for each of a hundred thousand rows would take as long as all the rest.
        for value in column:
            try:
                values.append(moment(day_of(value[:chars]), time_of(value[chars:])))  # type: ignore[index]  # else it raises
            except (TypeError, ValueError):
                values.append(None)
                bad += value is not None and value not in nulls
        return Decoded(values, {FindingKind.UNDECODABLE: bad} if bad else {})


@dataclass(frozen=True, slots=True)
class LocalDatetime:
    """A date and time in a fixed format of strptime's %Y %m %d %H %M %S, every part at its full width."""

    format: str
    zone: ZoneInfo
    nulls: tuple[str, ...]
    written: Written
    clean_type: type = datetime
    raw_type: type = str
    arity: int = 1
    operators: frozenset[Operator] = EQUALITY | RANGE
    _halves: _Halves | None = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_halves", _Halves.of(self.format, self.zone))

    def decode(self, *columns: Sequence[object]) -> Decoded:
        (column,) = columns
        if self._halves is not None:
            return self._halves.decode(column, self.nulls)
        return cleaned(column, self._clean, self.nulls)

    def _clean(self, value: str) -> datetime | None:
        numbers = self.written.numbers(value)
        if numbers is None:
            return None
        try:
            # Year, month, day, and as much of the time of day as the format has.
            return datetime(*numbers, tzinfo=self.zone)  # type: ignore[misc, arg-type]  # mypy cannot count them
        except ValueError:
            return None

    def encode(self, value: object) -> Spellings:
        if not isinstance(value, datetime):
            return Spellings(())
        try:
            local = value.astimezone(self.zone)
        except OverflowError:
            return Spellings(())
        written = local.strftime(self.format.replace("%Y", f"{local.year:04}"))
        return Spellings((written,) if self._clean(written) == value else ())

    def expression(self, columns: Sequence[Expression], sql: SqlForms) -> Expression:
        """`YYYY-MM-DD HH:MM:SS` as text, built from the column's digits once they are known to be a possible moment."""
        column = sa.type_coerce(columns[0], sa.String)
        parts = self.written.parts(column, sql)
        zero = sql.constant("00")
        canonical = sql.joined(
            parts["Y"], sql.constant("-"), parts["m"], sql.constant("-"), parts["d"], sql.constant(" "),
            parts.get("H", zero), sql.constant(":"), parts.get("M", zero), sql.constant(":"), parts.get("S", zero),
        )  # fmt: skip
        return sa.case((sql.shaped(column, self.written.shape), sa.case((possible(parts, sql), canonical))))

    def beginning(self, columns: Sequence[Expression], sql: SqlForms, chars: int) -> Expression:
        return self.written.beginning(chars).expression(sa.type_coerce(columns[0], sa.String), sql)

    def begun(self, stored: Sequence[str | None], chars: int) -> Column:
        return self.decode(self.written.beginning(chars).completed(stored)).values

    def comparable(self, value: object) -> Raw:
        if not isinstance(value, datetime):
            raise TypeError("a moment is compared with a moment")
        try:
            local = value.astimezone(self.zone)
        except OverflowError:
            return _BEFORE_ALL if value.year == MINYEAR else _AFTER_ALL
        return f"{local.year:04}-{local:%m-%d %H:%M:%S}" + (f".{local.microsecond:06}" if local.microsecond else "")


_BEFORE_ALL, _AFTER_ALL = "0000-12-31 23:59:59", "9999-12-31 23:59:59.999999"
"""What moments compare as whose local time has no year of four digits."""


def possible(parts: dict[str, Expression], sql: SqlForms) -> sa.ColumnElement[bool]:
    """Whether digits are a day and a time that exist, compared as text: nothing is cast, so nothing can raise."""

    def between(letter: str, low: str, high: str) -> sa.ColumnElement[bool]:
        return sa.and_(parts[letter] >= sql.constant(low), parts[letter] <= sql.constant(high))

    year, day = parts["Y"], parts["d"]
    days = sa.or_(day <= sql.constant("28"), has_late_day(parts, sql))
    bounds = [between("m", "01", "12"), day >= sql.constant("01"), year >= sql.constant("0001"), days]
    bounds += [
        between(letter, "00", high) for letter, high in (("H", "23"), ("M", "59"), ("S", "59")) if letter in parts
    ]
    return sa.and_(*bounds)


def local_datetime(
    format: str,  # noqa: A002  # strptime's own word
    zone: ZoneInfo,
    *,
    nulls: tuple[str, ...] = ("", "-", "0"),
) -> LocalDatetime:
    """A date and time as naive local text; the zeros of MySQL (`00-00-0000`) are nulls, not flaws.

    Raises ValueError for a format that is not made of %Y %m %d, then perhaps %H, %M and %S, each once.
    """
    written = Written.of(format, "Ymd", "YmdH", "YmdHM", "YmdHMS")
    iso_zeros = ("0000-00-00 00:00:00", "0000-00-00 00:00", "0000-00-00")
    known_nulls = tuple(dict.fromkeys((*nulls, written.shape.replace("#", "0"), *iso_zeros)))
    return LocalDatetime(format, zone, known_nulls, written)
