"""Runs one operation level by level: each selection for all its parents at once.

A column has one completed value per parent, or is a coroutine of that column. Sibling fields run concurrently, and
none waits for the children of another. Nothing here raises an Exception: a value that fails becomes a Failure.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from operator import attrgetter
from typing import Any, TypeAlias

from graphql import (
    ExecutionResult,
    GraphQLResolveInfo,
    GraphQLSchema,
    OperationType,
    default_field_resolver,
    default_type_resolver,
)
from graphql.execution.values import VariableValues
from graphql.pyutils import Path, is_awaitable

from engine.awaiting import HELPERS, awaited, has_awaitable, wait_for
from engine.completion import Completion
from engine.facts import BatchCall, Children, Lists
from engine.level import ROOT, Column, Failure, Level, Waited, is_waited
from engine.nulls import NullPropagation
from engine.plan import Plan
from engine.selections import FieldPlan, SelectionPlan

Result: TypeAlias = ExecutionResult | Coroutine[Any, Any, ExecutionResult]


class Run:
    """One execution of an operation with its variables and context. Used once."""

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
        self._completion = Completion(self)

    def info(self, plan: FieldPlan, path: Path) -> GraphQLResolveInfo[Any]:
        """What graphql-core passes to an ordinary resolver as `info`."""
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
        """Run the operation. The result is a coroutine where something had to be awaited."""
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
        nulls = self._nulls() if self.failed else None
        # Breaks the reference cycle with this run, so that both are freed without the garbage collector.
        del self._completion
        if nulls is None:
            return ExecutionResult(answer, None)
        data = nulls.root(self.plan.root, answer)
        return ExecutionResult(data, nulls.errors or None)

    def _serially(self, root: SelectionPlan, level: Level) -> Result:
        """Run the fields of a mutation one after the other, each with everything below it."""
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
        """Whether this field makes the data of a mutation null: then no later field may have effects."""
        return self.failed and self._nulls().is_lost(plan, column[0])

    def _nulls(self) -> NullPropagation:
        typed = self._completion.typed
        return NullPropagation({id(value): selection for selection, column in typed for value in column})

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
            if level.table is not None and plan.leaf is not None and plan.is_column:
                values = level.column(plan.column_name)
                return self._completion.leaves(plan.leaf, plan, values, is_required=plan.is_required)
            resolved = self.resolved(plan, level)
            if is_awaitable(resolved):
                return self._field_later(plan, level, resolved)
            column = self.completed(plan, level, resolved)
        except Exception as error:  # noqa: BLE001  # what a resolver raises becomes the error of its field
            return self._all_failed(error, level)
        return column

    async def _field_later(self, plan: FieldPlan, level: Level, resolved: Any) -> Column:
        try:
            column = self.completed(plan, level, await resolved)
            return await column if is_waited(column) else column
        except Exception as error:  # noqa: BLE001  # as above
            return self._all_failed(error, level)

    def _all_failed(self, error: Exception, level: Level) -> Column:
        self.failed = True
        return [Failure(error)] * len(level)

    def resolved(self, plan: FieldPlan, level: Level) -> Any:
        """The uncompleted values of the field for all parents, or an awaitable of them."""
        table = level.table
        if plan.batch is not None and (table is not None or level.is_root):
            arguments = plan.batch_arguments(self.variables, self.schema, hide_suggestions=self.hide_suggestions)
            call = BatchCall(self.context, plan.selection)
            return plan.batch.resolve(level.parents, call, **arguments)
        if table is not None and plan.reads_attribute:
            return level.column(plan.column_name)
        values = self.called(plan, level)
        return awaited(values) if has_awaitable(values) else values

    def called(self, plan: FieldPlan, level: Level) -> list[Any]:
        """What an ordinary resolver or plain attribute gives per parent: a value, an awaitable, or the Exception."""
        parents = level.views()
        if plan.reads_attribute and plan.declared is not None:
            read, name = plan.declared.default_resolver, plan.declared.python_name
            return _each(attrgetter(name) if read is getattr else lambda parent: read(parent, name), parents)
        if plan.reads_attribute and self.field_resolver is default_field_resolver:
            values = _each(lambda parent: _attribute(parent, plan.name), parents)
            if not any(map(callable, values)):
                return values
        resolve = plan.field.resolve or self.field_resolver
        arguments = plan.arguments(self.variables, hide_suggestions=self.hide_suggestions)
        infos = [self.info(plan, path) for path in level.paths.field(plan.key, plan.parent_type.name).all()]
        return [_caught(resolve, parent, info, **arguments) for parent, info in zip(parents, infos, strict=True)]

    def completed(self, plan: FieldPlan, level: Level, resolved: Any) -> Waited:
        table, values = (resolved.table, resolved.rows) if isinstance(resolved, Children | Lists) else (None, resolved)
        if len(values) != len(level):
            raise ValueError(f"{plan.parent_type.name}.{plan.name}: {len(values)} values for {len(level)} parents")
        paths = level.paths.field(plan.key, plan.parent_type.name)
        return self._completion.values(plan.kind, plan, table, values, paths)


async def _assembled(selection: SelectionPlan, count: int, columns: list[Any], waiting: list[int]) -> Column:
    await wait_for(columns, waiting)
    return selection.assemble(count, columns)


def _each(read: Callable[[Any], Any], parents: Sequence[Any]) -> list[Any]:
    try:
        return list(map(read, parents))
    except Exception:  # noqa: BLE001  # then each parent gets its own error
        return [_caught(read, parent) for parent in parents]


def _caught(function: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    try:
        return function(*arguments, **named)
    except Exception as error:  # noqa: BLE001  # it becomes the error of this parent's field
        return error


def _attribute(parent: Any, name: str) -> Any:
    return parent.get(name) if isinstance(parent, Mapping) else getattr(parent, name, None)


def _cut_short(root: SelectionPlan, columns: list[Column]) -> Column:
    """The answer of a mutation that stopped: fields that did not run are null, in data that becomes null anyway."""
    missing = len(root.fields) - len(columns)
    return root.assemble(1, columns + [[None]] * missing)
