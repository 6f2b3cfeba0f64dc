"""What a field declares to the engine, and the columns that its resolver takes and returns.

A field carries its declarations in Strawberry's `metadata`, or in the `extensions` of a plain graphql-core field.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeAlias, TypeVar

T = TypeVar("T")

FACTS = "simpul.facts"
BATCH = "simpul.batch"


class Table(Protocol):
    """Many parents as columns, addressed by row number.

    All rows of one table are of one type of the graph. An ordinary resolver gets `view(row)` as its parent where the
    table has that method, else a RowView.

    A column of few distinct values may be dictionary-encoded: it has `values`, each of which occurs in some row,
    `with_values(others)`, which replaces each of them, and `at(rows)`. Then each distinct value is processed once.
    """

    def column(self, name: str) -> Sequence[Any]:
        """The values of a field, by row. Raises the column's own error where it could not be read."""
        ...


class RowView:
    """One row of a table as an object. Its fields are attributes; a field that could not be read raises its error.

    A RowView that an ordinary resolver returns is read as columns again.
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
            # graphql-core checks every value for being a coroutine, and one of an interface for `__typename`.
            raise AttributeError(name)
        return self.table.column(name)[self.row]


def view_of(table: Table, row: int) -> object:
    """What an ordinary resolver gets as its parent for a row of a table."""
    view: Callable[[int], object] | None = getattr(table, "view", None)
    return view(row) if view is not None else RowView(table, row)


@dataclass(frozen=True, slots=True)
class FieldFacts:
    """Which fields of the record a field shows, and which it needs for a join without showing them.

    The read of the parents may include what a `joinable` field reads; it learns of it from Selection.ones.
    """

    shown: tuple[str, ...] = ()
    joined: tuple[str, ...] = ()
    joinable: bool = False


@dataclass(frozen=True, slots=True)
class Selection:
    """What an operation selects below one field: fields of records down to the next read, and names of fields.

    `ones` holds the selection below each selected joinable field, by the field's Python name.
    """

    shown: frozenset[str] = frozenset()
    joined: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    ones: Mapping[str, Selection] = field(default_factory=dict)
    _derived: dict[Callable[[Selection], Any], Any] = field(default_factory=dict, init=False, compare=False, repr=False)

    def derived(self, make: Callable[[Selection], T]) -> T:
        """What a function makes of this selection: made once, and kept as long as its plan."""
        made: T | None = self._derived.get(make)
        if made is None:
            made = self._derived[make] = make(self)
        return made

    def with_one(self, name: str, below: Selection) -> Selection:
        """This selection, with one more selection below a joinable field."""
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
    """The distinct values of a column, and the function that makes a column of their results."""
    with_values: Callable[[Sequence[Any]], Sequence[Any]] | None = getattr(column, "with_values", None)
    return (column, _as_it_is) if with_values is None else (column.values, with_values)  # type: ignore[attr-defined]  # it has both


def _as_it_is(column: Sequence[Any]) -> Sequence[Any]:
    return column


@dataclass(frozen=True, slots=True)
class Parents:
    """All parents of one level: rows of a table, or the root of the operation, which has no table."""

    table: Table | None
    rows: Sequence[int]
    _taken: dict[str, Sequence[Any]] = field(default_factory=dict, compare=False, repr=False)

    def __len__(self) -> int:
        return len(self.rows)

    def column(self, name: str) -> Sequence[Any]:
        """The values of a field, one per parent; read once. Raises the column's own error."""
        if name not in self._taken:
            if self.table is None:
                raise LookupError(f"The root of an operation has no column {name}.")
            self._taken[name] = column_of(self.table, self.rows, name)
        return self._taken[name]


@dataclass(frozen=True, slots=True)
class BatchCall:
    """What a batch resolver gets besides its parents and arguments."""

    context: Any
    selection: Selection


@dataclass(frozen=True, slots=True)
class Children:
    """The one child of each parent: a row of `table`, None, or the parent's error."""

    table: Table
    rows: Sequence[int | Exception | None]


@dataclass(frozen=True, slots=True)
class Lists:
    """The children of each parent: rows of `table`, None for no list, or the parent's error."""

    table: Table
    rows: Sequence[Sequence[int] | Exception | None]


Resolved: TypeAlias = Sequence[Any] | Children | Lists
"""What a batch resolver returns. A plain sequence holds one value, or its Exception, per parent."""

BatchResolver: TypeAlias = Callable[..., Resolved | Awaitable[Resolved]]
"""Called once for all parents of a level, as `resolve(parents, call, **arguments)`."""


@dataclass(frozen=True, slots=True)
class BatchField:
    """Resolves a field for all its parents at once.

    `reads` names the record that it reads from a source; None for a field that reads nothing. The other three bound the
    cost of one call by its arguments and the selection below: `rows_max` the rows per parent (default 1), `calls` the
    calls of sources (default 1), `looks` the rows that are examined but not returned (default 0).
    """

    resolve: BatchResolver
    reads: str | None = None
    rows_max: Callable[[Mapping[str, Any], Selection], int] | None = None
    calls: Callable[[Mapping[str, Any], Selection], int] | None = None
    looks: Callable[[Mapping[str, Any], Selection], int] | None = None
