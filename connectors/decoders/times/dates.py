"""Dates: days in a fixed format or in Indonesian words, without time and time zone."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

import sqlalchemy as sa

from connectors.decoders.protocol import (
    EQUALITY,
    RANGE,
    Decoded,
    Decoder,
    Expression,
    Memory,
    Raw,
    ReadOnly,
    Spellings,
    SqlForms,
    Unwritable,
    WritesFirst,
    cleaned,
)
from connectors.decoders.times.moments import Written, possible
from models.batch import Column
from models.predicates import Operator
from models.values.written_column import WrittenColumn


@dataclass(frozen=True, slots=True)
class LocalDate(WritesFirst):
    """A day in a fixed format of strptime's %Y %m %d, all parts at full width."""

    format: str
    nulls: tuple[str, ...]
    written: Written
    clean_type: type = date
    raw_type: type = str
    arity: int = 1
    operators: frozenset[Operator] = EQUALITY | RANGE
    _memory: Memory | None = field(default=None, compare=False, repr=False)
    """ISO texts by text: most days are only printed."""

    def remembering(self) -> LocalDate:
        return replace(self, _memory=Memory(self._printed, self.nulls))

    @property
    def canonical(self) -> bool:
        """Whether the stored text is the text of `expression` wherever that is not null."""
        return self.format == "%Y-%m-%d"

    def decode(self, *columns: Sequence[object]) -> Decoded:
        (column,) = columns
        if self._memory is None:
            return cleaned(column, self._clean, self.nulls)
        printed = cleaned(column, self._memory, self.nulls)
        return replace(printed, values=WrittenColumn(printed.values, date, date.fromisoformat))

    def _printed(self, value: str) -> str | None:
        day = self._clean(value)
        return None if day is None else day.isoformat()

    def _clean(self, value: str) -> date | None:
        numbers = self.written.numbers(value)
        if numbers is None:
            return None
        try:
            return date(*numbers)
        except ValueError:
            return None

    def encode(self, value: object) -> Spellings:
        # A datetime is a date in Python, but no day.
        if not isinstance(value, date) or isinstance(value, datetime):
            return Spellings(())
        return Spellings((value.strftime(self.format.replace("%Y", f"{value.year:04}")),))

    def expression(self, columns: Sequence[Expression], sql: SqlForms) -> Expression:
        """`YYYY-MM-DD` as text, built from the column's digits if they are a valid day."""
        column = sa.type_coerce(columns[0], sa.String)
        parts = self.written.parts(column, sql)
        dash = sql.constant("-")
        canonical = sql.joined(parts["Y"], dash, parts["m"], dash, parts["d"])
        return sa.case((sql.shaped(column, self.written.shape), sa.case((possible(parts, sql), canonical))))

    def beginning(self, columns: Sequence[Expression], sql: SqlForms, chars: int) -> Expression:
        return self.written.beginning(chars).expression(sa.type_coerce(columns[0], sa.String), sql)

    def begun(self, stored: Sequence[str | None], chars: int) -> Column:
        return self.decode(self.written.beginning(chars).completed(stored)).values

    def comparable(self, value: object) -> Raw:
        if not isinstance(value, date) or isinstance(value, datetime):
            raise TypeError("a day is compared with a day")
        return value.isoformat()


def is_canonical(decoder: Decoder) -> bool:
    """Whether the column sorts as its values do, so that its index serves them."""
    return isinstance(decoder, LocalDate) and decoder.canonical


def local_date(
    format: str,  # noqa: A002  # strptime's own word
    *,
    nulls: tuple[str, ...] = ("", "-", "0"),
) -> LocalDate:
    """A day as text; MySQL's zero date (`0000-00-00`) is null, not a flaw.

    Raises ValueError unless the format has %Y, %m and %d, each once.
    """
    written = Written.of(format, "Ymd")
    known_nulls = tuple(dict.fromkeys((*nulls, written.shape.replace("#", "0"), "0000-00-00")))
    return LocalDate(format, known_nulls, written)


DAYS = ("senin", "selasa", "rabu", "kamis", "jumat", "jum'at", "sabtu", "minggu", "ahad", "akhad")
"""Names of days in lower case; Friday has two spellings and Sunday three names."""

MONTHS = {
    "januari": 1,
    "februari": 2,
    "pebruari": 2,
    "maret": 3,
    "april": 4,
    "mei": 5,
    "juni": 6,
    "juli": 7,
    "agustus": 8,
    "september": 9,
    "oktober": 10,
    "nopember": 11,
    "november": 11,
    "desember": 12,
}
"""Names of months in lower case, with older spellings."""

_LONG_DATE = re.compile(
    rf"(?:(?:{'|'.join(DAYS)}),? )?([0-9]{{1,2}}) ({'|'.join(MONTHS)}) ([0-9]{{4}})", re.IGNORECASE | re.ASCII
)
_ZEROS = ("0000-00-00", "00-00-0000")


DAYS_WRITTEN = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
_MONTHS_WRITTEN = {number: name.capitalize() for name, number in reversed(MONTHS.items()) if name != "nopember"}


class LongDate(ReadOnly):
    """A day in words. Not compared."""

    __slots__ = ()

    def write(self, value: object) -> tuple[Raw | None, ...]:
        if value is None:
            return (None,)
        if not isinstance(value, date) or isinstance(value, datetime):
            raise Unwritable("a day is written as one")
        day, month = DAYS_WRITTEN[value.weekday()], _MONTHS_WRITTEN[value.month]
        return (f"{day}, {value.day:02} {month} {value.year:04}",)


def long_date(*, nulls: tuple[str, ...] = ("", "-", "0", *_ZEROS)) -> LongDate:
    """A long date, `Rabu, 01 Juni 2016`. A contradicting name of the day is ignored. Not compared."""
    return LongDate(date, _long_date, nulls)


def _long_date(text: str) -> date | None:
    found = _LONG_DATE.fullmatch(" ".join(text.split()))
    if found is None:
        return None
    try:
        return date(int(found[3]), MONTHS[found[2].lower()], int(found[1]))
    except ValueError:
        return None
