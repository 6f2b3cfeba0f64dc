"""Run: one operation while it runs, level by level - each selection for all its parents at once.

A column has one completed value per parent; where it has to be waited for, it is a coroutine of that column. Siblings
run concurrently, and none of them waits for another one's children. Nothing here raises an Exception: what fails
becomes a Failure in its place.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeAlias

from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationType,
    Undefined,
    default_field_resolver,
    default_type_resolver,
)
from graphql.execution.values import VariableValues
from graphql.pyutils import Path, is_awaitable, is_iterable

from engine.awaiting import HELPERS, awaited, collected, has_awaitable, wait_for
from engine.calls import called
from engine.facts import BatchCall, Children, Lists, Parents, Table, view_of
from engine.failures import Failure
from engine.groups import Grouped, Selections, groups_of, typed
from engine.leaves import MixedColumn
from engine.level import ROOT, Column, Level, Place, Waited, is_waited
from engine.nulls import NullPropagation
from engine.plan import Plan
from engine.selections import Composite, FieldPlan, Kind, Leaf, ListOf, NonNull, SelectionPlan

_ROWS_AND_NULLS = {int, type(None)}

Result: TypeAlias = ExecutionResult | Coroutine[Any, Any, ExecutionResult]


class Run:
    """One operation with its variables and context. It serves once."""

    def __init__(  # noqa: PLR0913  # what graphql-core's `execute` takes
        self,
        schema: GraphQLSchema,
        plan: Plan,
        variables: VariableValues,
        context: Any,
        root_value: Any = None,
        field_resolver: Callable[..., Any] | None = None,
        type_resolver: Callable[..., Any] | None = None,
        *,
        hide_suggestions: bool = False,
    ) -> None:
        self.schema = schema
        self.plan = plan
        self.variables = variables
        self.context = context
        self.root_value = root_value
        self.field_resolver = field_resolver or default_field_resolver
        self.type_resolver = type_resolver or default_type_resolver
        self.hide_suggestions = hide_suggestions
        self.failed = False
        self._typed: list[tuple[SelectionPlan, Column]] = []

    def info(self, plan: FieldPlan, path: Path) -> GraphQLResolveInfo[Any]:
        """What an ordinary resolver is told of its field."""
        return GraphQLResolveInfo(
            plan.name,
            plan.nodes,
            plan.field.type,
            plan.parent_type,
            path,
            self.schema,
            self.plan.fragments,
            self.root_value,
            self.plan.operation,
            self.variables,
            self.context,
            is_awaitable,
            None,
            HELPERS,
        )

    def result(self) -> Result:
        """Run the operation. The result is awaited where something in it was."""
        root = self.plan.root
        level = Level(None, range(1), [self.root_value], ROOT)
        if self.plan.operation.operation is OperationType.MUTATION:
            return self._serially(root, level)
        answers = self.selection(root, level)
        return self._settled_later(answers) if is_waited(answers) else self._settled(answers)

    async def _settled_later(self, answers: Coroutine[Any, Any, Column]) -> ExecutionResult:
        return self._settled(await answers)

    def _settled(self, answers: Column) -> ExecutionResult:
        (answer,) = answers
        if not self.failed:
            return ExecutionResult(answer, None)
        nulls = self._nulls()
        data = nulls.root(self.plan.root, answer)
        return ExecutionResult(data, nulls.errors or None)

    def _serially(self, root: SelectionPlan, level: Level) -> Result:
        """The fields of a mutation one after the other, each with everything below it."""
        columns: list[Column] = []
        for number, plan in enumerate(root.fields):
            column = self.field(plan, level)
            if is_waited(column):
                return self._settled_later(self._serially_on(root, level, columns, number, column))
            columns.append(column)
            if self._is_lost(plan, column):
                break
        return self._settled(_cut_short(root, columns))

    async def _serially_on(
        self,
        root: SelectionPlan,
        level: Level,
        columns: list[Column],
        number: int,
        waited: Coroutine[Any, Any, Column],
    ) -> Column:
        columns.append(await waited)
        for plan in root.fields[number + 1 :]:
            if self._is_lost(root.fields[len(columns) - 1], columns[-1]):
                break
            column = self.field(plan, level)
            columns.append(await column if is_waited(column) else column)
        return _cut_short(root, columns)

    def _is_lost(self, plan: FieldPlan, column: Column) -> bool:
        """Whether this field of a mutation is null where that is forbidden: then no later one may have effects."""
        return self.failed and self._nulls().is_lost(plan, column[0])

    def _nulls(self) -> NullPropagation:
        return NullPropagation({id(value): selection for selection, column in self._typed for value in column})

    def selection(self, selection: SelectionPlan, level: Level) -> Waited:
        """One dictionary per parent of the level."""
        columns = [self.field(plan, level) for plan in selection.fields]
        waiting = [number for number, column in enumerate(columns) if is_waited(column)]
        if waiting:
            return _assembled(selection, len(level), columns, waiting)
        return selection.assemble(len(level), columns)  # type: ignore[arg-type]  # nothing is waiting

    def field(self, plan: FieldPlan, level: Level) -> Waited:
        """The column of one field, with everything below it."""
        try:
            resolved = self._resolved(plan, level)
            if is_awaitable(resolved):
                return self._field_later(plan, level, resolved)
            column = self._completed(plan, level, resolved)
        except Exception as error:  # noqa: BLE001  # whatever a resolver raises is the error of its field
            return self._all_failed(error, level)
        return column

    async def _field_later(self, plan: FieldPlan, level: Level, resolved: Any) -> Column:
        try:
            column = self._completed(plan, level, await resolved)
            return await column if is_waited(column) else column
        except Exception as error:  # noqa: BLE001  # as above
            return self._all_failed(error, level)

    def _all_failed(self, error: Exception, level: Level) -> Column:
        self.failed = True
        return [Failure(error)] * len(level)

    def _resolved(self, plan: FieldPlan, level: Level) -> Any:
        """What the field is for all parents before it is completed, or an awaitable of that."""
        table = level.table
        if plan.batch is not None and (table is not None or level.is_root):
            arguments = plan.batch_arguments(self.variables, self.schema, hide_suggestions=self.hide_suggestions)
            call = BatchCall(self.context, plan.selection)
            return plan.batch.resolve(Parents(table, level.rows), call, **arguments)
        if table is not None and plan.reads_attribute:
            name = plan.declared.python_name if plan.declared is not None else plan.name
            return Parents(table, level.rows).column(name)
        values = called(self, plan, level)
        return awaited(values) if has_awaitable(values) else values

    def _completed(self, plan: FieldPlan, level: Level, resolved: Any) -> Waited:
        table, values = (resolved.table, resolved.rows) if isinstance(resolved, Children | Lists) else (None, resolved)
        if len(values) != len(level):
            raise ValueError(f"{plan.parent_type.name}.{plan.name}: {len(values)} values for {len(level)} parents")
        place = level.place.field(plan.key, plan.parent_type.name)
        return self._values(plan.kind, plan, table, values, place)

    def _values(self, kind: Kind, plan: FieldPlan, table: Table | None, values: Sequence[Any], place: Place) -> Waited:
        """Complete values of one kind. With a table they are its rows, else what resolvers answered."""
        if isinstance(kind, NonNull):
            column = self._values(kind.inner, plan, table, values, place)
            if is_waited(column):
                return self._required_later(plan, column)
            return self._required(plan, column)
        if isinstance(kind, Leaf):
            return self._leaves(kind, values)
        if isinstance(kind, ListOf):
            return self._lists(kind, plan, table, values, place)
        if table is not None:
            return self._rows(kind, plan, table, values, place)
        return self._objects(kind, plan, values, place)

    def _required(self, plan: FieldPlan, column: Column) -> Column:
        if None not in column:
            return column
        self.failed = True
        return [value if value is not None else Failure(_null_error(plan)) for value in column]

    async def _required_later(self, plan: FieldPlan, column: Coroutine[Any, Any, Column]) -> Column:
        return self._required(plan, await column)

    def _leaves(self, kind: Leaf, values: Sequence[Any]) -> Column:
        column = kind.serialize(values)
        if isinstance(column, MixedColumn) and Failure in set(map(type, column)):
            self.failed = True
        return column

    def _lists(self, kind: ListOf, plan: FieldPlan, table: Table | None, values: Sequence[Any], place: Place) -> Waited:
        """Complete the items of all lists at once, and cut the column into lists again."""
        if table is None and any(hasattr(one, "__aiter__") for one in set(map(type, values))):
            return self._async_lists(kind, plan, values, place)
        if len(values) == 1 and isinstance(values[0], list | tuple | range):
            return self._one_list(kind, plan, table, values[0], place)
        flat: list[Any] = []
        lengths: list[int | Failure | None] = []
        for value in values:
            items = _items(plan, value)
            if isinstance(items, Exception):
                self.failed = True
                lengths.append(Failure(items))
            elif items is None:
                lengths.append(None)
            else:
                flat += items
                lengths.append(len(items))
        below = place.items(lengths)
        if table is None and has_awaitable(flat):
            return self._lists_later(kind, plan, flat, lengths, below)
        column = self._values(kind.item, plan, table, flat, below)
        return _cut_later(column, lengths) if is_waited(column) else _cut(column, lengths)

    def _one_list(
        self, kind: ListOf, plan: FieldPlan, table: Table | None, items: Sequence[Any], place: Place
    ) -> Waited:
        """The most usual case: one parent, whose list need not be copied."""
        lengths = [len(items)]
        below = place.items(lengths)
        if table is None and has_awaitable(items):
            return self._lists_later(kind, plan, items, lengths, below)
        column = self._values(kind.item, plan, table, items, below)
        return _cut_later(column, lengths) if is_waited(column) else _cut(column, lengths)

    async def _lists_later(
        self, kind: ListOf, plan: FieldPlan, flat: Sequence[Any], lengths: list[Any], place: Place
    ) -> Column:
        column = self._values(kind.item, plan, None, await awaited(flat), place)
        return _cut(await column if is_waited(column) else column, lengths)

    async def _async_lists(self, kind: ListOf, plan: FieldPlan, values: Sequence[Any], place: Place) -> Column:
        column = self._lists(kind, plan, None, await collected(values), place)
        return await column if is_waited(column) else column

    def _rows(self, kind: Composite, plan: FieldPlan, table: Table, values: Sequence[Any], place: Place) -> Waited:
        """Complete rows of a table, each once. They are all of one type, so that the first tells it."""
        rows = _distinct_rows(values)
        if not rows:
            return self._rows_placed((), (), values)
        if not kind.is_abstract:
            return self._rows_of(kind, next(iter(kind.selections.values())), table, rows, values, place)
        selections = typed(self, kind, plan, [view_of(table, rows[0])], place)
        if is_waited(selections):
            return self._rows_typed_later(kind, selections, table, rows, values, place)
        return self._rows_of(kind, selections[0], table, rows, values, place)

    async def _rows_typed_later(
        self,
        kind: Composite,
        selections: Coroutine[Any, Any, Selections],
        table: Table,
        rows: Sequence[int],
        values: Sequence[Any],
        place: Place,
    ) -> Column:
        column = self._rows_of(kind, (await selections)[0], table, rows, values, place)
        return await column if is_waited(column) else column

    def _rows_of(
        self,
        kind: Composite,
        selection: SelectionPlan | Exception,
        table: Table,
        rows: Sequence[int],
        values: Sequence[Any],
        place: Place,
    ) -> Waited:
        if isinstance(selection, Exception):
            return self._rows_placed(rows, [Failure(selection)] * len(rows), values)
        is_whole = len(rows) == len(values)
        column = self.selection(selection, Level(table, rows, (), place if is_whole else place.first(values, rows)))
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
            self._typed.append((selection, column))
        return column if values is None else self._rows_placed(rows, column, values)

    def _rows_placed(self, rows: Sequence[int], column: Column, values: Sequence[Any]) -> Column:
        """What was made of each row, wherever the row stands; None and errors stay in their places."""
        made: dict[Any, Any] = dict(zip(rows, column, strict=True))
        made[None] = None
        if not set(map(type, values)) <= _ROWS_AND_NULLS:
            made |= {value: Failure(value) for value in values if isinstance(value, Exception)}
        self.failed = self.failed or Failure in set(map(type, made.values()))
        return list(map(made.__getitem__, values))

    def _objects(self, kind: Composite, plan: FieldPlan, values: Sequence[Any], place: Place) -> Waited:
        """Complete objects, in groups of one type each."""
        grouped = groups_of(self, kind, plan, values, place)
        if is_waited(grouped):
            return self._objects_later(grouped, values, place, kind)
        return self._in_groups(kind, grouped, values, place)

    async def _objects_later(
        self, grouped: Coroutine[Any, Any, Grouped], values: Sequence[Any], place: Place, kind: Composite
    ) -> Column:
        column = self._in_groups(kind, await grouped, values, place)
        return await column if is_waited(column) else column

    def _in_groups(self, kind: Composite, grouped: Grouped, values: Sequence[Any], place: Place) -> Waited:
        groups, _ = grouped
        columns = [self.selection(group.selection, group.level(place)) for group in groups]
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
        """What was made of each object in the place of the object; errors in theirs, None in the rest."""
        groups, errors = grouped
        placed: list[Any] = [Failure(value) if isinstance(value, Exception) else None for value in values]
        for position, error in errors.items():
            placed[position] = Failure(error)
        self.failed = self.failed or Failure in set(map(type, placed))
        for group, column in zip(groups, columns, strict=True):
            if kind.is_abstract:
                self._typed.append((group.selection, column))
            for position, index in zip(group.positions, group.indexes, strict=True):
                placed[position] = column[index]
        return placed


async def _assembled(selection: SelectionPlan, count: int, columns: list[Any], waiting: list[int]) -> Column:
    await wait_for(columns, waiting)
    return selection.assemble(count, columns)


def _cut_short(root: SelectionPlan, columns: list[Column]) -> Column:
    """The answer of a mutation; fields that did not run any more are null in data that is lost anyway."""
    missing = len(root.fields) - len(columns)
    return root.assemble(1, columns + [[None]] * missing)


def _items(plan: FieldPlan, value: Any) -> Sequence[Any] | Exception | None:
    """The items of what stands for a list, None for none, or why it is no list."""
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
    except Exception as error:  # noqa: BLE001  # a generator that fails on the way
        HELPERS.track(items)
        return error
    return items


def _distinct_rows(values: Sequence[Any]) -> Sequence[int]:
    """The rows among the values, each once, in order; as a range from 0 where they are one: columns stay whole then."""
    if isinstance(values, range):
        return values
    rows = list(dict.fromkeys(values))
    if set(map(type, rows)) != {int}:
        rows = [row for row in rows if type(row) is int]
    if rows and rows[0] == 0 and rows[-1] == len(rows) - 1 and rows == list(range(len(rows))):
        return range(len(rows))
    return rows


def _cut(column: Column, lengths: Sequence[Any]) -> Column:
    """The column of all items as a column of lists."""
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
