"""Facts: what a field declares about itself for the engine, and the columns that travel between the two.

A field carries its declarations in Strawberry's `metadata`, or in the `extensions` of a plain graphql-core field.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeAlias

FACTS = "simpul.facts"
BATCH = "simpul.batch"


class Table(Protocol):
    """Many parents as columns, addressed by row number.

    All rows of one table are of one type of the graph. A table that has a method `view(row)` says by it what an
    ordinary resolver gets as its parent; of any other it gets a RowView.

    A column whose rows repeat a few values may say so: by `values`, each of which is in some row, `with_values(others)`
    for the same rows with another value in the place of each, and `at(rows)`. Then work is done once for each value.
    """

    def column(self, name: str) -> Sequence[Any]:
        """The values of a field, by row. Raises the column's own error where it could not be read."""
        ...


class RowView:
    """One row of a table as an object: its fields are attributes, and one that could not be read raises its error.

    What an ordinary resolver answers as a RowView is read as columns again.
    """

    __slots__ = ("row", "table")

    def __init__(self, table: Any, row: int) -> None:
        self.table = table
        self.row = row

    def __eq__(self, other: object) -> bool:
        return isinstance(other, RowView) and self.table is other.table and self.row == other.row

    def __hash__(self) -> int:
        return hash((id(self.table), self.row))

    def __getattr__(self, name: str) -> object:
        if name.startswith("_"):
            # graphql-core asks every value whether it is a coroutine, and one of an interface for its `__typename`.
            raise AttributeError(name)
        return self.table.column(name)[self.row]


def view_of(table: Table, row: int) -> object:
    """What an ordinary resolver gets as its parent for a row of a table."""
    view: Callable[[int], object] | None = getattr(table, "view", None)
    return view(row) if view is not None else RowView(table, row)


@dataclass(frozen=True, slots=True)
class FieldFacts:
    """Which fields of the record a field shows, and which it needs for a join that the viewer does not see.

    What a `joinable` field reads may come with its parents, whose own read is told of it by Selection.ones.
    """

    shown: tuple[str, ...] = ()
    joined: tuple[str, ...] = ()
    joinable: bool = False


@dataclass(frozen=True, slots=True)
class Selection:
    """What an operation selects at one place: fields of records, down to the next read, and names of fields below.

    `ones` says, by the Python name of each joinable field that is selected on the record, what is selected below it.
    """

    shown: frozenset[str] = frozenset()
    joined: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    ones: Mapping[str, Selection] = field(default_factory=dict)

    def with_one(self, name: str, below: Selection) -> Selection:
        """With what is selected below a joinable field, added to what is selected below it elsewhere."""
        known = self.ones.get(name, Selection())
        both = Selection(known.shown | below.shown, known.joined | below.joined)
        return replace(self, ones={**self.ones, name: both})


def column_of(table: Table, rows: Sequence[int], name: str) -> Sequence[Any]:
    """The values of a field for some rows, in their order. Raises the column's own error."""
    values = table.column(name)
    if type(rows) is range and rows.step == 1:
        return values if rows.start == 0 and len(rows) == len(values) else values[rows.start : rows.stop]
    at: Callable[[Sequence[int]], Sequence[Any]] | None = getattr(values, "at", None)
    return at(rows) if at is not None else list(map(values.__getitem__, rows))


def taken_apart(column: Sequence[Any]) -> tuple[Sequence[Any], Callable[[Sequence[Any]], Sequence[Any]]]:
    """The values to work on, and what makes a column of what was made of each of them."""
    with_values: Callable[[Sequence[Any]], Sequence[Any]] | None = getattr(column, "with_values", None)
    return (column, _as_it_is) if with_values is None else (column.values, with_values)  # type: ignore[attr-defined]  # it has both


def _as_it_is(column: Sequence[Any]) -> Sequence[Any]:
    return column


@dataclass(frozen=True, slots=True)
class Parents:
    """All parents of one level: rows of a table, or the root of the operation, which has none."""

    table: Table | None
    rows: Sequence[int]
    _taken: dict[str, Sequence[Any]] = field(default_factory=dict, compare=False, repr=False)

    def __len__(self) -> int:
        return len(self.rows)

    def column(self, name: str) -> Sequence[Any]:
        """The values of a field, one per parent; the same column for all who ask. Raises the column's own error."""
        if name not in self._taken:
            if self.table is None:
                raise LookupError(f"Who has no table has no column {name}.")
            self._taken[name] = column_of(self.table, self.rows, name)
        return self._taken[name]


@dataclass(frozen=True, slots=True)
class BatchCall:
    """What a batch resolver is told besides its parents and arguments."""

    context: Any
    selection: Selection


@dataclass(frozen=True, slots=True)
class Children:
    """The one child of each parent: a row of `table`, None, or the error that stands in its place."""

    table: Table
    rows: Sequence[int | Exception | None]


@dataclass(frozen=True, slots=True)
class Lists:
    """The children of each parent: rows of `table`, None for no list, or the error that stands in its place."""

    table: Table
    rows: Sequence[Sequence[int] | Exception | None]


Resolved: TypeAlias = Sequence[Any] | Children | Lists
"""What a batch resolver answers; a plain sequence holds one value per parent, an Exception standing for its error."""

BatchResolver: TypeAlias = Callable[..., Resolved | Awaitable[Resolved]]
"""Called once for all parents of a level, as `resolve(parents, call, **arguments)`."""


@dataclass(frozen=True, slots=True)
class BatchField:
    """How a field answers for all its parents at once.

    `reads` names the record that it reads from a source, in the words of whoever declares the field; None for a field
    that reads nothing. `rows_max` says for its arguments and what is selected below how many rows one parent gets at
    most (one unless told), and `calls` for the same how many questions to sources that takes at most (one unless told).
    """

    resolve: BatchResolver
    reads: str | None = None
    rows_max: Callable[[Mapping[str, Any], Selection], int] | None = None
    calls: Callable[[Mapping[str, Any], Selection], int] | None = None
