"""Dates: days as sources write them in a fixed format, without a time and so without a time zone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from connectors.decoders.moments import Written, possible
from connectors.decoders.protocol import (
    EQUALITY,
    RANGE,
    Decoded,
    Decoder,
    Expression,
    Raw,
    Spellings,
    SqlForms,
    cleaned,
)
from models.batch import Column
from models.predicates import Operator


@dataclass(frozen=True, slots=True)
class LocalDate:
    """A day in a fixed format of strptime's %Y %m %d, every part at its full width."""

    format: str
    nulls: tuple[str, ...]
    written: Written
    clean_type: type = date
    raw_type: type = str
    arity: int = 1
    operators: frozenset[Operator] = EQUALITY | RANGE

    @property
    def canonical(self) -> bool:
        """Whether the column itself is the text of `expression`, in every row where that is not null."""
        return self.format == "%Y-%m-%d"

    def decode(self, *columns: Sequence[object]) -> Decoded:
        (column,) = columns
        return cleaned(column, self._clean, self.nulls)

    def _clean(self, value: str) -> date | None:
        numbers = self.written.numbers(value)
        if numbers is None:
            return None
        try:
            return date(*numbers)
        except ValueError:
            return None

    def encode(self, value: object) -> Spellings:
        # A moment is a date to Python, and no day.
        if not isinstance(value, date) or isinstance(value, datetime):
            return Spellings(())
        return Spellings((value.strftime(self.format.replace("%Y", f"{value.year:04}")),))

    def expression(self, columns: Sequence[Expression], sql: SqlForms) -> Expression:
        """`YYYY-MM-DD` as text, built from the column's digits once they are known to be a day that exists."""
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
    """Whether a column's own order is that of its values where it has any, so that an index on it serves them."""
    return isinstance(decoder, LocalDate) and decoder.canonical


def local_date(
    format: str,  # noqa: A002  # strptime's own word
    *,
    nulls: tuple[str, ...] = ("", "-", "0"),
) -> LocalDate:
    """A day as text; the zeros of MySQL (`0000-00-00`) are nulls, not flaws.

    Raises ValueError for a format that is not made of %Y, %m and %d, each once.
    """
    written = Written.of(format, "Ymd")
    known_nulls = tuple(dict.fromkeys((*nulls, written.shape.replace("#", "0"), "0000-00-00")))
    return LocalDate(format, known_nulls, written)
