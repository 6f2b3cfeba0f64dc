"""Counts: whole numbers from zero on, as columns of numbers hold them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from connectors.decoders.protocol import EQUALITY, RANGE, Decoded, Expression, Raw, Spellings, SqlForms
from models.findings import FindingKind
from models.predicates import Operator

COUNT_MAX = 2**31 - 1
"""The largest Int of GraphQL; a source that counts further has run over."""


@dataclass(frozen=True, slots=True)
class WholeNumber:
    """How many of something there are. What is below zero or beyond COUNT_MAX is no count."""

    clean_type: type = int
    raw_type: type = int
    arity: int = 1
    operators: frozenset[Operator] = EQUALITY | RANGE

    def decode(self, *columns: Sequence[object]) -> Decoded:
        (column,) = columns
        # By its type: a boolean is an int too, and is no count.
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
    """How many of something there are, from a column of whole numbers."""
    return WholeNumber()
