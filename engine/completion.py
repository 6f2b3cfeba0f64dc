"""Completes the values of a field and everything below them into the answer, column by column."""

from __future__ import annotations

from collections.abc import Coroutine, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError, Undefined
from graphql.pyutils import is_iterable

from engine.awaiting import HELPERS, awaited, collected, has_awaitable, wait_for
from engine.facts import Table, taken_apart, view_of
from engine.groups import Grouped, Selections, groups_of, is_alike, typed
from engine.level import AnswerPaths, Column, Failure, Level, Waited, is_waited
from engine.selections import Composite, FieldPlan, Kind, Leaf, ListOf, NonNull, SelectionPlan

if TYPE_CHECKING:
    from engine.run import Run

_NOTHING = type(None)
_ROWS_AND_NULLS = {int, _NOTHING}


class Completion:
    """Completes the fields of one run. `typed` holds the selections of objects behind interfaces and unions."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self.typed: list[tuple[SelectionPlan, Column]] = []

    def values(
        self, kind: Kind, plan: FieldPlan, table: Table | None, values: Sequence[Any], paths: AnswerPaths
    ) -> Waited:
        """Complete values of one kind: row numbers where there is a table, else what resolvers returned."""
        if isinstance(kind, Leaf):
            return self.leaves(kind, plan, values, is_required=False)
        if isinstance(kind, NonNull):
            if isinstance(kind.inner, Leaf):
                return self.leaves(kind.inner, plan, values, is_required=True)
            column = self.values(kind.inner, plan, table, values, paths)
            if is_waited(column):
                return self._required_later(plan, column)
            return self._required(plan, column)
        if isinstance(kind, ListOf):
            return self._lists(kind, plan, table, values, paths)
        if table is not None:
            return self._rows(kind, plan, table, values, paths)
        return self._objects(kind, plan, values, paths)

    def _required(self, plan: FieldPlan, column: Column) -> Column:
        if None not in column:
            return column
        self._run.failed = True
        return [value if value is not None else Failure(_null_error(plan)) for value in column]

    async def _required_later(self, plan: FieldPlan, column: Coroutine[Any, Any, Column]) -> Column:
        return self._required(plan, await column)

    def leaves(self, kind: Leaf, plan: FieldPlan, values: Sequence[Any], *, is_required: bool) -> Column:
        different, spread = taken_apart(values)
        column, has_nulls, has_failures = kind.serialize(different)
        if has_failures:
            self._run.failed = True
        return spread(self._required(plan, column) if is_required and has_nulls else column)

    def _lists(
        self, kind: ListOf, plan: FieldPlan, table: Table | None, values: Sequence[Any], paths: AnswerPaths
    ) -> Waited:
        """Complete the items of all lists as one column, then split it into lists again."""
        if table is None and any(hasattr(one, "__aiter__") for one in set(map(type, values))):
            return self._async_lists(kind, plan, values, paths)
        if len(values) == 1 and isinstance(values[0], list | tuple | range):
            return self._one_list(kind, plan, table, values[0], paths)
        flat: list[Any] = []
        lengths: list[int | Failure | None] = []
        for value in values:
            items = _items(plan, value)
            if isinstance(items, Exception):
                self._run.failed = True
                lengths.append(Failure(items))
            elif items is None:
                lengths.append(None)
            else:
                flat += items
                lengths.append(len(items))
        below = paths.items(lengths)
        if table is None and has_awaitable(flat):
            return self._lists_later(kind, plan, flat, lengths, below)
        column = self.values(kind.item, plan, table, flat, below)
        return _cut_later(column, lengths) if is_waited(column) else _cut(column, lengths)

    def _one_list(
        self, kind: ListOf, plan: FieldPlan, table: Table | None, items: Sequence[Any], paths: AnswerPaths
    ) -> Waited:
        """The most frequent case: one parent, whose list need not be copied."""
        lengths = [len(items)]
        below = paths.items(lengths)
        if table is None and has_awaitable(items):
            return self._lists_later(kind, plan, items, lengths, below)
        column = self.values(kind.item, plan, table, items, below)
        return _cut_later(column, lengths) if is_waited(column) else _cut(column, lengths)

    async def _lists_later(
        self, kind: ListOf, plan: FieldPlan, flat: Sequence[Any], lengths: list[Any], paths: AnswerPaths
    ) -> Column:
        column = self.values(kind.item, plan, None, await awaited(flat), paths)
        return _cut(await column if is_waited(column) else column, lengths)

    async def _async_lists(self, kind: ListOf, plan: FieldPlan, values: Sequence[Any], paths: AnswerPaths) -> Column:
        column = self._lists(kind, plan, None, await collected(values), paths)
        return await column if is_waited(column) else column

    def _rows(
        self, kind: Composite, plan: FieldPlan, table: Table, values: Sequence[Any], paths: AnswerPaths
    ) -> Waited:
        """Complete rows of a table, each once. All are of one type, so the first row decides it."""
        rows = _distinct_rows(values)
        if not rows:
            return self._rows_placed((), (), values)
        if not kind.is_abstract:
            return self._rows_of(kind, next(iter(kind.selections.values())), table, rows, values, paths)
        selections = typed(self._run, kind, plan, [view_of(table, rows[0])], paths)
        if is_waited(selections):
            return self._rows_typed_later(kind, selections, table, rows, values, paths)
        return self._rows_of(kind, selections[0], table, rows, values, paths)

    async def _rows_typed_later(
        self,
        kind: Composite,
        selections: Coroutine[Any, Any, Selections],
        table: Table,
        rows: Sequence[int],
        values: Sequence[Any],
        paths: AnswerPaths,
    ) -> Column:
        column = self._rows_of(kind, (await selections)[0], table, rows, values, paths)
        return await column if is_waited(column) else column

    def _rows_of(
        self,
        kind: Composite,
        selection: SelectionPlan | Exception,
        table: Table,
        rows: Sequence[int],
        values: Sequence[Any],
        paths: AnswerPaths,
    ) -> Waited:
        if isinstance(selection, Exception):
            return self._rows_placed(rows, [Failure(selection)] * len(rows), values)
        is_whole = len(rows) == len(values)
        where = paths if is_whole else paths.first(values, rows)
        column = self._run.selection(selection, Level(table, rows, (), where))
        if is_waited(column):
            return self._rows_later(kind, selection, rows, column, None if is_whole else values)
        return self._rows_done(kind, selection, rows, column, None if is_whole else values)

    async def _rows_later(
        self,
        kind: Composite,
        selection: SelectionPlan,
        rows: Sequence[int],
        column: Coroutine[Any, Any, Column],
        values: Sequence[Any] | None,
    ) -> Column:
        return self._rows_done(kind, selection, rows, await column, values)

    def _rows_done(
        self,
        kind: Composite,
        selection: SelectionPlan,
        rows: Sequence[int],
        column: Column,
        values: Sequence[Any] | None,
    ) -> Column:
        if kind.is_abstract:
            self.typed.append((selection, column))
        return column if values is None else self._rows_placed(rows, column, values)

    def _rows_placed(self, rows: Sequence[int], column: Column, values: Sequence[Any]) -> Column:
        """The completed row at every position of that row. None and errors keep their positions."""
        made: dict[Any, Any] = dict(zip(rows, column, strict=True))
        made[None] = None
        if not set(map(type, values)) <= _ROWS_AND_NULLS:
            made |= {value: Failure(value) for value in values if isinstance(value, Exception)}
        self._note(made.values())
        return list(map(made.__getitem__, values))

    def _objects(self, kind: Composite, plan: FieldPlan, values: Sequence[Any], paths: AnswerPaths) -> Waited:
        """Complete objects, grouped by type."""
        types = set(map(type, values))
        if is_alike(kind, types):
            selection, has_nulls = next(iter(kind.selections.values())), _NOTHING in types
            if selection.is_pure or not has_nulls:
                return self._alike(selection, values, paths, has_nulls=has_nulls)
        grouped = groups_of(self._run, kind, plan, values, paths)
        if is_waited(grouped):
            return self._objects_later(grouped, values, paths, kind)
        return self._in_groups(kind, grouped, values, paths)

    def _alike(self, selection: SelectionPlan, values: Sequence[Any], paths: AnswerPaths, *, has_nulls: bool) -> Waited:
        """Complete objects of one known type, which is what most resolvers return. Only a pure selection has nulls."""
        distinct = dict(zip(map(id, values), values, strict=True)) if selection.is_pure else {}
        if not has_nulls and (not selection.is_pure or len(distinct) == len(values)):
            return self._run.selection(selection, Level(None, (), values, paths))
        distinct.pop(id(None), None)
        ids = [None if value is None else id(value) for value in values] if has_nulls else list(map(id, values))
        level = Level(None, (), list(distinct.values()), paths.first(ids, list(distinct)))
        column = self._run.selection(selection, level)
        if is_waited(column):
            return self._alike_later(list(distinct), column, ids)
        return self._rows_placed(list(distinct), column, ids)

    async def _alike_later(
        self, distinct: Sequence[int], column: Coroutine[Any, Any, Column], ids: Sequence[int | None]
    ) -> Column:
        return self._rows_placed(distinct, await column, ids)

    async def _objects_later(
        self, grouped: Coroutine[Any, Any, Grouped], values: Sequence[Any], paths: AnswerPaths, kind: Composite
    ) -> Column:
        column = self._in_groups(kind, await grouped, values, paths)
        return await column if is_waited(column) else column

    def _in_groups(self, kind: Composite, grouped: Grouped, values: Sequence[Any], paths: AnswerPaths) -> Waited:
        groups, _ = grouped
        columns = [self._run.selection(group.selection, group.level(paths)) for group in groups]
        waiting = [number for number, column in enumerate(columns) if is_waited(column)]
        if waiting:
            return self._groups_later(kind, grouped, values, columns, waiting)
        return self._groups_placed(kind, grouped, values, columns)

    async def _groups_later(
        self,
        kind: Composite,
        grouped: Grouped,
        values: Sequence[Any],
        columns: list[Any],
        waiting: list[int],
    ) -> Column:
        await wait_for(columns, waiting)
        return self._groups_placed(kind, grouped, values, columns)

    def _groups_placed(self, kind: Composite, grouped: Grouped, values: Sequence[Any], columns: list[Any]) -> Column:
        """Each completed object at the position of its object, errors at theirs, None elsewhere."""
        groups, errors = grouped
        placed: list[Any] = [Failure(value) if isinstance(value, Exception) else None for value in values]
        for position, error in errors.items():
            placed[position] = Failure(error)
        self._note(placed)
        for group, column in zip(groups, columns, strict=True):
            if kind.is_abstract:
                self.typed.append((group.selection, column))
            for position, index in zip(group.positions, group.indexes, strict=True):
                placed[position] = column[index]
        return placed

    def _note(self, column: Iterable[Any]) -> None:
        """Note whether a value failed: then null propagation has to run."""
        if Failure in set(map(type, column)):
            self._run.failed = True


def _items(plan: FieldPlan, value: Any) -> Sequence[Any] | Exception | None:
    """The items of a list value, None for null, or the error where it is no list."""
    if isinstance(value, list | tuple | range):
        return value
    if value is None or value is Undefined:
        return None
    if isinstance(value, Exception):
        return value
    if not is_iterable(value):
        return GraphQLError(f"Expected Iterable, but did not find one for field '{plan.parent_type}.{plan.name}'.")
    items: list[Any] = []
    try:
        items.extend(value)
    except Exception as error:  # noqa: BLE001  # a generator failed midway
        HELPERS.track(items)
        return error
    return items


def _distinct_rows(values: Sequence[Any]) -> Sequence[int]:
    """The distinct rows, in order; a range where they count up from 0, so that whole columns can be used."""
    if isinstance(values, range):
        return values
    rows = list(dict.fromkeys(values))
    if set(map(type, rows)) != {int}:
        rows = [row for row in rows if type(row) is int]
    if rows and rows[0] == 0 and rows[-1] == len(rows) - 1 and rows == list(range(len(rows))):
        return range(len(rows))
    return rows


def _cut(column: Column, lengths: Sequence[Any]) -> Column:
    """Split the column of all items into lists."""
    if len(lengths) == 1 and type(lengths[0]) is int:
        return [column if type(column) is list else list(column)]
    lists: list[Any] = []
    start = 0
    for length in lengths:
        if type(length) is int:
            lists.append(list(column[start : start + length]))
            start += length
        else:
            lists.append(length)
    return lists


async def _cut_later(column: Coroutine[Any, Any, Column], lengths: Sequence[Any]) -> Column:
    return _cut(await column, lengths)


def _null_error(plan: FieldPlan) -> TypeError:
    return TypeError(f"Cannot return null for non-nullable field {plan.parent_type}.{plan.name}.")
