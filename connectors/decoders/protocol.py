"""The three faces of a decoder: decode a column, encode a value for an index, express a column in SQL.

`decode` accepts exactly the spellings that `encode` emits; `expression` is null exactly where `decode` gives null, and
is built without a cast that can raise. Texts with NUL or invalid bytes are outside this promise: they decode to null.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import sqlalchemy as sa

from models.batch import Column
from models.findings import FindingKind
from models.predicates import Operator

EQUALITY = frozenset({Operator.IN, Operator.IS_NULL})
RANGE = frozenset({Operator.GT, Operator.GTE, Operator.LT, Operator.LTE})

Raw = str | int | float
"""A value as a source stores it."""

Expression = sa.ColumnElement[Any]


@dataclass(frozen=True, slots=True)
class Decoded:
    """A clean column, as long as the legacy one, and how often each kind of flaw was met. Null is not a flaw.

    `raws` are the codes that nobody has told the hub of, by row, fit to be shown.
    """

    values: Column
    flaws: dict[FindingKind, int] = field(default_factory=dict)
    raws: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Spellings:
    """The legacy values that mean one clean value. `complement`: every value but these, null included if `or_null`."""

    values: tuple[Raw, ...]
    complement: bool = False
    or_null: bool = False


class SqlForms(Protocol):
    """What decoders need of an SQL dialect to build an expression; nothing here can raise at run time."""

    def shaped(self, column: Expression, shape: str) -> sa.ColumnElement[bool]:
        """Whether a text has exactly this shape: `#` stands for an ASCII digit, anything else for itself."""
        ...

    def without_lowercase(self, column: Expression) -> sa.ColumnElement[bool]:
        """Whether a text holds none of the letters a to z."""
        ...

    def whole_number(self, column: Expression) -> Expression:
        """The column where it holds a whole number, else null: some databases store anything anywhere."""
        ...

    def degrees(self, column: Expression) -> Expression:
        """The number that a text holds as a place in degrees is written; of any other text some number, or null."""
        ...

    def part(self, column: Expression, start: int, length: int) -> Expression:
        """`length` characters from position `start`, counted from 1."""
        ...

    def joined(self, *parts: Expression) -> Expression:
        """The parts one after the other."""
        ...

    def one_of(self, column: Expression, values: Sequence[Raw]) -> sa.ColumnElement[bool]:
        """Whether a column is exactly one of the constants, whatever its collation thinks."""
        ...

    def constant(self, value: str) -> Expression:
        """A literal that stands in the statement's text."""
        ...


class Decoder(Protocol):
    """Cleans one field. `arity` is the number of legacy columns, `operators` what it can compare.

    `raw_type` is what the source stores, str or int; None when it may be either.
    """

    @property
    def clean_type(self) -> type: ...

    @property
    def raw_type(self) -> type | None: ...

    @property
    def arity(self) -> int: ...

    @property
    def operators(self) -> frozenset[Operator]: ...

    def decode(self, *columns: Sequence[object]) -> Decoded: ...

    def encode(self, value: object) -> Spellings:
        """How the source may have written a clean value; no spelling when it cannot have."""
        ...

    def expression(self, columns: Sequence[Expression], sql: SqlForms) -> Expression:
        """Canonical text or number for ranges, order and groups."""
        ...

    def comparable(self, value: object) -> Raw:
        """A clean value as `expression` writes it. Raises ValueError for one that no row can be compared with."""
        ...


@runtime_checkable
class CutsMoments(Protocol):
    """What a decoder of days or moments may know besides: to have rows grouped by their beginning, at little cost."""

    def beginning(self, columns: Sequence[Expression], sql: SqlForms, chars: int) -> Expression:
        """What is stored of the first `chars` signs of the canonical text, the same for all rows that have them.

        Null only where `decode` gives null; where that gives null and this does not, `begun` does.
        """
        ...

    def begun(self, stored: Sequence[str | None], chars: int) -> Column:
        """The first clean value that each of these beginnings is one of; None for what is no moment."""
        ...


def cleaned(column: Sequence[object], clean: Callable[[str], object], nulls: Sequence[str]) -> Decoded:
    """A column of texts through `clean`, each distinct one once; what is neither clean nor in `nulls` is a flaw."""
    known = {value: clean(value) if isinstance(value, str) else None for value in set(column)}
    flawed = {value for value, meaning in known.items() if meaning is None} - {None, *nulls}
    bad = sum(value in flawed for value in column) if flawed else 0
    return Decoded([known[value] for value in column], {FindingKind.UNDECODABLE: bad} if bad else {})
