"""The three faces of a decoder: decode a column, encode a value for an index, express a column in SQL.

`decode` accepts exactly the spellings that `encode` emits; `expression` is null exactly where `decode` gives null; it is built
without a cast that can raise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import sqlalchemy as sa

from models.findings import FindingKind
from models.predicates import Operator

EQUALITY = frozenset({Operator.IN, Operator.IS_NULL})
RANGE = frozenset({Operator.GT, Operator.GTE, Operator.LT, Operator.LTE})

Raw = str | int | float
"""A value as a source stores it."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A clean column, as long as the legacy one, and how often each kind of flaw was met. Null is not a flaw."""

    values: list[object]
    flaws: dict[FindingKind, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Spellings:
    """The legacy values that mean one clean value. `complement`: every value but these, null included if `or_null`."""

    values: tuple[Raw, ...]
    complement: bool = False
    or_null: bool = False


class SqlForms(Protocol):
    """What decoders need of an SQL dialect to build an expression; nothing here can raise at run time."""

    def shaped(self, column: sa.ColumnElement[str], shape: str) -> sa.ColumnElement[bool]:
        """Whether a text has exactly this shape: `#` stands for an ASCII digit, anything else for itself."""
        ...

    def without_lowercase(self, column: sa.ColumnElement[object]) -> sa.ColumnElement[bool]:
        """Whether a text holds none of the letters a to z."""
        ...

    def part(self, column: sa.ColumnElement[str], start: int, length: int) -> sa.ColumnElement[str]:
        """`length` characters from position `start`, counted from 1."""
        ...

    def joined(self, *parts: sa.ColumnElement[str]) -> sa.ColumnElement[str]:
        """The parts one after the other."""
        ...

    def one_of(self, column: sa.ColumnElement[object], values: Sequence[Raw]) -> sa.ColumnElement[bool]:
        """Whether a column is exactly one of the constants, whatever its collation thinks."""
        ...

    def constant(self, value: str) -> sa.ColumnElement[str]:
        """A literal that stands in the statement's text."""
        ...


class Decoder(Protocol):
    """Cleans one field. `clean_type` is the type of clean values, `arity` the number of legacy columns, `operators` what it can compare."""

    @property
    def clean_type(self) -> type: ...

    @property
    def arity(self) -> int: ...

    @property
    def operators(self) -> frozenset[Operator]: ...

    def decode(self, *columns: Sequence[object]) -> Decoded: ...

    def encode(self, value: object) -> Spellings:
        """How the source may have written a clean value; no spelling when it cannot have."""
        ...

    def expression(self, columns: Sequence[sa.ColumnElement[object]], sql: SqlForms) -> sa.ColumnElement[object]:
        """Canonical text or number for ranges, order and groups."""
        ...

    def comparable(self, value: object) -> Raw:
        """A clean value as `expression` writes it."""
        ...
