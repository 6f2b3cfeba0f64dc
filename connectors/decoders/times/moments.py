"""Moments: local dates and times in a fixed format, in the city's time zone."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import MINYEAR, date, datetime, time, tzinfo
from operator import itemgetter
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from connectors.decoders.protocol import (
    EQUALITY,
    RANGE,
    Decoded,
    Decoder,
    Expression,
    Memory,
    Raw,
    Spellings,
    SqlForms,
    Unwritable,
    cleaned,
)
from connectors.decoders.times.beginnings import WIDTHS, Beginning, has_late_day
from models.batch import Column
from models.predicates import Operator
from models.sources.findings import FindingKind
from models.values.written_column import WrittenColumn


class _Numbers(dict[str, int]):
    """The numbers of two- and four-digit texts, cached because a lookup is quicker than `int`: at most 10,100."""

    def __missing__(self, digits: str) -> int:
        number = self[digits] = int(digits)
        return number


_number_of = _Numbers().__getitem__


@dataclass(frozen=True, slots=True)
class Written:
    """A strptime format: its pattern, its shape with `#` for digits, and where each part starts.

    `parts_of` cuts the parts out of a matching text, largest unit first.
    """

    pattern: re.Pattern[str]
    shape: str
    starts: tuple[tuple[str, int], ...]
    parts_of: Callable[[str], tuple[str, ...]] = field(compare=False)

    @classmethod
    def of(cls, format: str, *kinds: str) -> Written:  # noqa: A002  # strptime's own word
        """Parse a format whose letters, largest unit first, are one of `kinds`. Raises ValueError for any other."""
        pattern, shape, found = "", "", []
        for literal, letter in re.findall(r"([^%]*)(?:%(.)|$)", format):
            pattern += re.escape(literal)
            shape += literal
            if letter:
                width = WIDTHS.get(letter, 0)
                found.append((letter, len(shape) + 1))
                pattern += f"[0-9]{{{width}}}"
                shape += "#" * width
        letters = "".join(letter for letter in WIDTHS if letter in dict(found))
        if letters not in kinds or len(found) != len(letters) or format.count("#"):
            raise ValueError(f"the format has other parts than {' or '.join(kinds)}, each once, or a '#'")
        starts = dict(found)
        cuts: list[Any] = [slice(starts[letter] - 1, starts[letter] - 1 + WIDTHS[letter]) for letter in letters]
        # With fewer than two items, itemgetter returns no tuple.
        parts_of = itemgetter(*cuts) if len(cuts) > 1 else lambda text: tuple(map(text.__getitem__, cuts))
        return cls(re.compile(pattern), shape, tuple(found), parts_of)

    def numbers(self, value: str) -> list[int] | None:
        """Year, month, day and so on of a text; None if it does not match."""
        return [*map(_number_of, self.parts_of(value))] if self.pattern.fullmatch(value) is not None else None

    def beginning(self, chars: int) -> Beginning:
        """The beginning for the first `chars` characters of the canonical text."""
        return Beginning.of(self.shape, self.starts, chars)

    def parts(self, column: Expression, sql: SqlForms) -> dict[str, Expression]:
        """The digits of each part of a column of this shape."""
        return {letter: sql.part(column, start, WIDTHS[letter]) for letter, start in self.starts}


class _Halves:
    """A format with the day before the time of day, each of which is remembered by itself: whole moments rarely recur.

    A day is kept as a form of its ISO texts, `2026-10-01T%s+07:00`.
    """

    def __init__(self, format: str, cut: int, zone: ZoneInfo) -> None:  # noqa: A002  # strptime's own word
        days, clocks = Written.of(format[:cut], "Ymd"), Written.of(format[cut:], "", "H", "HM", "HMS")

        def day_of(text: str) -> str | None:
            numbers = days.numbers(text)
            return None if numbers is None else _form_of(date(*numbers), zone)

        def time_of(text: str) -> str | None:
            numbers = clocks.numbers(text)
            # Up to three numbers, which mypy cannot count.
            return None if numbers is None else time(*numbers).isoformat()  # type: ignore[arg-type]  # as above

        self._day_chars = len(days.shape)
        self._days, self._times = Memory(day_of), Memory(time_of)

    def printed(self, column: Sequence[Any]) -> tuple[list[str | None], list[int]]:
        """The ISO texts of a column, and the rows without one: those of no moment, or on a day with two offsets."""
        chars, days, times = self._day_chars, self._days, self._times
        texts: list[str | None] = []
        rest: list[int] = []
        # Inlined: a call per row would double the time.
        for value in column:
            try:
                texts.append(days[value[:chars]] % times[value[chars:]])
            except (TypeError, ValueError):
                rest.append(len(texts))
                texts.append(None)
        return texts, rest


def _form_of(day: date, zone: ZoneInfo) -> str | None:
    """The form of the ISO texts of a day; None if its offset from UTC changes."""
    first, last = (datetime.combine(day, clock, zone) for clock in (time.min, time.max))
    return first.isoformat().replace("T00:00:00", "T%s") if first.utcoffset() == last.utcoffset() else None


def _halves_of(format: str, zone: ZoneInfo) -> _Halves | None:  # noqa: A002  # strptime's own word
    """The halves of a format; None if the day does not come first."""
    cut = min((format.index(clock) for clock in ("%H", "%M", "%S") if clock in format), default=len(format))
    return _Halves(format, cut, zone) if all(day in format[:cut] for day in ("%Y", "%m", "%d")) else None


@dataclass(frozen=True, slots=True)
class LocalDatetime:
    """A date and time in a fixed format of strptime's %Y %m %d %H %M %S, all parts at full width.

    `zone` is the one that the column is written in; moments are shown in another one if there is `shown_in`.
    """

    format: str
    zone: ZoneInfo
    nulls: tuple[str, ...]
    written: Written
    clean_type: type = datetime
    raw_type: type = str
    arity: int = 1
    operators: frozenset[Operator] = EQUALITY | RANGE
    shown_in: ZoneInfo | None = None
    _halves: _Halves | None = field(default=None, compare=False, repr=False)

    def remembering(self) -> LocalDatetime:
        return replace(self, _halves=_halves_of(self.format, self.zone))

    def decode(self, *columns: Sequence[object]) -> Decoded:
        (column,) = columns
        if self.shown_in is not None:
            decoded = cleaned(column, self._clean, self.nulls)
            return Decoded([_in_zone(value, self.shown_in) for value in decoded.values], decoded.flaws)
        if self._halves is None:
            return cleaned(column, self._clean, self.nulls)
        texts, rest = self._halves.printed(column)
        bad = 0
        for row in rest:
            value = column[row]
            moment = self._clean(value) if isinstance(value, str) else None
            texts[row] = None if moment is None else moment.isoformat()
            bad += moment is None and value is not None and value not in self.nulls
        values = WrittenColumn(texts, datetime, self._parsed)
        return Decoded(values, {FindingKind.UNDECODABLE: bad} if bad else {})

    def _parsed(self, text: str) -> datetime:
        return datetime.fromisoformat(text[: len("2026-10-01T07:00:00")]).replace(tzinfo=self.zone)

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

    def write(self, value: object) -> tuple[Raw | None, ...]:
        """As exactly as the format has it: what is below its last part is cut off."""
        return moment_written(self, value, self.zone, *(letter for letter, _ in self.written.starts))

    def expression(self, columns: Sequence[Expression], sql: SqlForms) -> Expression:
        """`YYYY-MM-DD HH:MM:SS` as text, built from the column's digits if they are a valid moment."""
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


def moment_written(decoder: Decoder, value: object, zone: tzinfo, *letters: str) -> tuple[Raw | None, ...]:
    """The first spelling of a moment that is cut to the parts of a format. Raises Unwritable."""
    if value is None:
        return (None,)
    if not isinstance(value, datetime):
        raise Unwritable("a moment is written as one")
    try:
        local = _cut_to(letters, value.astimezone(zone))
        spelled = decoder.encode(local).values[0]
        (read,) = decoder.decode([spelled]).values
        # By the clock of the world: where clocks are set back, one local time has two of its moments.
        if isinstance(read, datetime) and read.timestamp() == local.timestamp():
            return (spelled,)
    except (OverflowError, IndexError):
        pass
    raise Unwritable("the source cannot tell this moment from another one")


def _cut_to(letters: Sequence[str], local: datetime) -> datetime:
    """A moment without what is smaller than these parts of a format."""
    has = letters.__contains__
    return local.replace(
        hour=local.hour if has("H") else 0,
        minute=local.minute if has("M") else 0,
        second=local.second if has("S") else 0,
        microsecond=0,
    )


def _in_zone(value: object, zone: ZoneInfo) -> object:
    """A moment in another zone; at the ends of time it stays in its own."""
    try:
        return value.astimezone(zone) if isinstance(value, datetime) else None
    except OverflowError:
        return value


_BEFORE_ALL, _AFTER_ALL = "0000-12-31 23:59:59", "9999-12-31 23:59:59.999999"
"""Stand for moments whose local time has no four-digit year."""


def possible(parts: dict[str, Expression], sql: SqlForms) -> sa.ColumnElement[bool]:
    """Whether digits are a valid day and time, compared as texts: nothing is cast, so nothing can fail."""

    def between(letter: str, low: str, high: str) -> sa.ColumnElement[bool]:
        # Not two comparisons: SQLite would cut the digits out twice.
        return parts[letter].between(sql.constant(low), sql.constant(high))

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
    stored_in: tzinfo | None = None,
    nulls: tuple[str, ...] = ("", "-", "0"),
) -> LocalDatetime:
    """A date and time as local text; MySQL's zero date (`00-00-0000`) is null, not a flaw.

    `zone` is the city's. `stored_in` is the zone of the column, where that is another one: UTC for what a server in UTC
    fills with CURRENT_TIMESTAMP, and for columns of the type TIMESTAMP, which every session of the hub reads in UTC.
    Raises ValueError unless the format has %Y, %m and %d, and optionally %H, %M and %S, each once.
    """
    written = Written.of(format, "Ymd", "YmdH", "YmdHM", "YmdHMS")
    iso_zeros = ("0000-00-00 00:00:00", "0000-00-00 00:00", "0000-00-00")
    known_nulls = tuple(dict.fromkeys((*nulls, written.shape.replace("#", "0"), *iso_zeros)))
    if stored_in is None:
        return LocalDatetime(format, zone, known_nulls, written)
    return LocalDatetime(format, ZoneInfo(str(stored_in)), known_nulls, written, shown_in=zone)
