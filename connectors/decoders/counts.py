"""Counts: whole numbers from zero, in columns of numbers or of texts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from connectors.decoders.protocol import (
    EQUALITY,
    RANGE,
    Decoded,
    Expression,
    Raw,
    Spellings,
    SqlForms,
    WritesFirst,
    cleaned,
)
from models.predicates import Operator
from models.sources.findings import FindingKind

COUNT_MAX = 2**31 - 1
"""The largest Int of GraphQL; a larger count is a flaw."""


@dataclass(frozen=True, slots=True)
class WholeNumber(WritesFirst):
    """A count from 0 to COUNT_MAX."""

    clean_type: type = int
    raw_type: type = int
    arity: int = 1
    operators: frozenset[Operator] = EQUALITY | RANGE

    def decode(self, *columns: Sequence[object]) -> Decoded:
        (column,) = columns
        # By its exact type: a boolean is an int too.
        values: list[object] = [value if type(value) is int and 0 <= value <= COUNT_MAX else None for value in column]
        bad = sum(clean is None and value is not None for clean, value in zip(values, column, strict=True))
        return Decoded(values, {FindingKind.UNDECODABLE: bad} if bad else {})

    def encode(self, value: object) -> Spellings:
        return Spellings((value,) if type(value) is int and 0 <= value <= COUNT_MAX else ())

    def expression(self, columns: Sequence[Expression], sql: SqlForms) -> Expression:
        number = sql.whole_number(columns[0])
        least, most = sa.literal_column("0", sa.Integer), sa.literal_column(str(COUNT_MAX), sa.Integer)
        return sa.case((sa.and_(number >= least, number <= most), number))

    def comparable(self, value: object) -> Raw:
        if type(value) is not int:
            raise TypeError("a count is compared with a whole number")
        return min(max(value, -1), COUNT_MAX + 1)


def whole_number() -> WholeNumber:
    """A count in a column of whole numbers."""
    return WholeNumber()


_WRITTEN = re.compile(r"0|[1-9][0-9]{0,8}")
_WRITTEN_DIGITS_MAX = 9


@dataclass(frozen=True, slots=True)
class WrittenNumber(WritesFirst):
    """A count written as text: `320`, without sign, dots or leading zeros."""

    nulls: tuple[str, ...]
    clean_type: type = int
    raw_type: type = str
    arity: int = 1
    operators: frozenset[Operator] = EQUALITY | RANGE

    def decode(self, *columns: Sequence[object]) -> Decoded:
        (column,) = columns
        return cleaned(column, self._clean, self.nulls)

    def _clean(self, value: str) -> int | None:
        return int(value) if _WRITTEN.fullmatch(value) and value not in self.nulls else None

    def encode(self, value: object) -> Spellings:
        written = str(value) if type(value) is int else ""
        return Spellings((written,) if _WRITTEN.fullmatch(written) and written not in self.nulls else ())

    def expression(self, columns: Sequence[Expression], sql: SqlForms) -> Expression:
        """A one, zeros, and the digits: texts of one length, which sort as numbers do."""
        column = sa.type_coerce(columns[0], sa.String)
        not_zero = sql.part(column, 1, 1) != sql.constant("0")
        whens: list[tuple[sa.ColumnElement[bool], Expression]] = []
        if self.nulls:
            whens.append((sql.one_of(column, self.nulls), sa.null()))
        for digits in range(1, _WRITTEN_DIGITS_MAX + 1):
            shaped = sql.shaped(column, "#" * digits)
            filled = sql.joined(sql.constant(f"1{'0' * (_WRITTEN_DIGITS_MAX - digits)}"), column)
            whens.append((shaped if digits == 1 else sa.and_(shaped, not_zero), filled))
        return sa.case(*whens)

    def comparable(self, value: object) -> Raw:
        if type(value) is not int:
            raise TypeError("a count is compared with a whole number")
        above = 10**_WRITTEN_DIGITS_MAX
        return _BELOW_ALL if value < 0 else str(above + value) if value < above else _ABOVE_ALL


_BELOW_ALL, _ABOVE_ALL = "0", "2"
"""Sort before and after every text that begins with a one, in any collation."""


def written_number(*, nulls: tuple[str, ...] = ("", "-")) -> WrittenNumber:
    """A count in a column of texts."""
    return WrittenNumber(nulls)
