"""Tables: the declared tables and columns of a database, and the samples of their values. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

from onboarding.drafting.layout import Block


class SqlType(Enum):
    """The declared type of a column; TYPED is any other type that converts to text, such as enums and UUIDs."""

    TEXT = "text"
    WHOLE = "whole numbers"
    FRACTION = "numbers"
    EXACT = "exact numbers"
    BOOLEAN = "booleans"
    DAY = "days"
    MOMENT = "moments"
    ZONED = "moments with a zone"
    CLOCK = "times of day"
    TYPED = "values of a type of its own"
    BYTES = "bytes"


@dataclass(frozen=True, slots=True)
class LegacyColumn:
    """A column as declared. `width` is in characters or whole digits; `remark` is the owner's comment.

    `members` are the values that an ENUM allows.
    """

    name: str
    kind: SqlType
    width: int | None = None
    remark: str = ""
    members: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reference:
    """A declared foreign key of one column."""

    column: str
    table: str
    key: str


@dataclass(frozen=True, slots=True)
class LegacyTable:
    """A table or view as declared. `key` is its primary key; `uniques` are the single unique columns.

    `remark` is the owner's comment. `derived` makes it of another table, where a select has to be written.
    """

    name: str
    columns: tuple[LegacyColumn, ...]
    key: tuple[str, ...] = ()
    uniques: frozenset[str] = frozenset()
    references: tuple[Reference, ...] = ()
    remark: str = ""
    derived: Derived | None = None

    def column(self, name: str) -> LegacyColumn:
        return next(column for column in self.columns if column.name == name)


@dataclass(frozen=True, slots=True)
class Derived:
    """A table that a select makes of the table `base`.

    `words` say what was recognised. `reads` are the columns of the base that it reads besides those of its own name.
    """

    base: str
    words: str
    code: Callable[[Callable[[str], str], Sequence[str]], tuple[Block, tuple[Block, ...]]]
    """The select of these columns, and what is called on it; the first argument says a column of the base in code."""
    reads: tuple[str, ...] = ()
    own: frozenset[str] = frozenset()
    """The columns that the base does not have."""


@dataclass(frozen=True)
class SampledColumn:
    """The sampled values of a column, as drivers return them; not slotted, for cached properties.

    The source cuts texts at TEXT_CHARS_MAX.
    """

    table: str
    declared: LegacyColumn
    values: Sequence[object]

    @property
    def name(self) -> str:
        return self.declared.name

    @cached_property
    def counts(self) -> Counter[object]:
        """How often each value occurs, without nulls."""
        return Counter(value for value in self.values if value is not None)

    @cached_property
    def filled(self) -> int:
        """The number of rows that are not null."""
        return self.counts.total()

    @cached_property
    def texts(self) -> dict[str, int]:
        """How often each non-empty text occurs; empty for a column of numbers."""
        return {value: count for value, count in self.counts.items() if isinstance(value, str) and value.strip()}

    @cached_property
    def kind(self) -> SqlType:
        """The type of the values: SQLite stores anything in any column."""
        kinds = {type(value) for value in self.counts}
        if kinds == {str}:
            return self.declared.kind if self.declared.kind is not SqlType.WHOLE else SqlType.TEXT
        if kinds == {int} and self.declared.kind in (SqlType.TEXT, SqlType.TYPED, SqlType.EXACT, SqlType.FRACTION):
            return SqlType.WHOLE
        if kinds in ({float}, {float, int}):
            return SqlType.FRACTION
        return self.declared.kind


@dataclass(frozen=True, slots=True)
class SampledTable:
    """A table and its sampled rows; `whole` if these are all rows."""

    table: LegacyTable
    columns: dict[str, SampledColumn]
    rows: int
    whole: bool
    unique: dict[str, str] = field(default_factory=dict)
    """The unique columns, and the evidence."""

    @property
    def name(self) -> str:
        return self.table.name
