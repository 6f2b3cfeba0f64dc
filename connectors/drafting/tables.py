"""Tables: what a database says of its tables and columns, and the sample of values that was read of each. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property


class Kind(Enum):
    """What a column is declared to hold; TYPED is anything else that has a spelling as text, enums and UUIDs."""

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
    """A column as declared. `width` is that of a text in characters; `remark` is its owner's comment on it."""

    name: str
    kind: Kind
    width: int | None = None
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """A declared foreign key of one column."""

    column: str
    table: str
    key: str


@dataclass(frozen=True, slots=True)
class LegacyTable:
    """A table or a view as declared. `key` is its primary key; `uniques` are columns that are unique by themselves."""

    name: str
    columns: tuple[LegacyColumn, ...]
    key: tuple[str, ...] = ()
    uniques: frozenset[str] = frozenset()
    references: tuple[Reference, ...] = ()

    def column(self, name: str) -> LegacyColumn:
        return next(column for column in self.columns if column.name == name)


@dataclass(frozen=True)
class SampledColumn:
    """The values of one column in the rows that were read, as drivers hand them over; not slotted, for what is kept.

    Texts are cut at TEXT_CHARS_MAX by the source itself.
    """

    table: str
    declared: LegacyColumn
    values: Sequence[object]

    @property
    def name(self) -> str:
        return self.declared.name

    @cached_property
    def counts(self) -> Counter[object]:
        """How often each value stands there, nulls apart."""
        return Counter(value for value in self.values if value is not None)

    @cached_property
    def filled(self) -> int:
        """In how many rows there is something."""
        return self.counts.total()

    @cached_property
    def texts(self) -> dict[str, int]:
        """The different texts that are not empty and how often each stands there; none for a column of numbers."""
        return {value: count for value, count in self.counts.items() if isinstance(value, str) and value.strip()}

    @cached_property
    def kind(self) -> Kind:
        """What it really holds: some databases store anything anywhere."""
        kinds = {type(value) for value in self.counts}
        if kinds == {str}:
            return self.declared.kind if self.declared.kind is not Kind.WHOLE else Kind.TEXT
        if kinds == {int} and self.declared.kind in (Kind.TEXT, Kind.TYPED, Kind.EXACT, Kind.FRACTION):
            return Kind.WHOLE
        if kinds in ({float}, {float, int}):
            return Kind.FRACTION
        return self.declared.kind


@dataclass(frozen=True, slots=True)
class SampledTable:
    """A table and the rows that were read of it; `whole` when there are no others. `unique` is what was probed."""

    table: LegacyTable
    columns: dict[str, SampledColumn]
    rows: int
    whole: bool
    unique: dict[str, str] = field(default_factory=dict)
    """Columns that no two rows share, and how that is known."""

    @property
    def name(self) -> str:
        return self.table.name
