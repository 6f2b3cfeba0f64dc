"""Lanes: an operation runs compiled and breadth first, or whole on graphql-core, and is bounded by its cost in both."""

from __future__ import annotations

import inspect
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from graphql import (
    ExecutionResult,
    Executor,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    create_source_event_stream,
    execute,
    execute_subscription_event,
    get_variable_values,
)
from graphql.execution.values import VariableValues

from engine.columns import SelectedColumn, columns_of_rows
from engine.cost import Cost, cost_of, variable_values_used
from engine.documents import Documents, Held, InvalidDocument, Prepared
from engine.facts import Selection, Table
from engine.limits import LimitExceeded, Limits
from engine.plan import Plan
from engine.run import Run
from engine.selections import FieldPlan, SelectionPlan, composite_of

NO_COST = Cost(0, 0)


class RowsExceeded(Exception):
    """The operation may bring more rows than it is allowed to. It was not run; the client asks for smaller pages."""

    def __init__(self, cost: Cost, rows_max: int) -> None:
        super().__init__(f"the operation may bring {cost.rows} rows; {rows_max} are allowed")
        self.cost = cost
        self.rows_max = rows_max


@dataclass(frozen=True, slots=True)
class Priced:
    """A plan with the variables that it would run with, and what that may cost."""

    plan: Plan
    variables: VariableValues
    cost: Cost


@dataclass(frozen=True, slots=True)
class Listed:
    """An operation that is one list: its plan and arguments, what it selects of a row, and how that is completed."""

    plan: Plan
    variables: VariableValues
    arguments: Mapping[str, Any]
    selection: Selection
    rows: SelectionPlan


@dataclass(frozen=True, slots=True)
class RowLimits:
    """How many rows one operation may bring in each lane. graphql-core takes far longer for a row."""

    compiled_rows_max: int = 100_000
    reference_rows_max: int = 20_000


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A subscription that has begun: what happens, how it becomes an answer, and what one answer may cost at most."""

    executor: Executor[Any]
    happenings: AsyncGenerator[object, None]
    cost: Cost

    async def answer(self, happening: object, context: object) -> ExecutionResult:
        """Execute the operation for what has happened, in a context of its own."""
        executor = self.executor.build_per_event_executor(happening)
        executor.context_value = context
        result = execute_subscription_event(executor)
        return await result if inspect.isawaitable(result) else result


class Lanes:
    """Runs the operations of prepared documents over one schema. `compiles` is false where all run on graphql-core."""

    def __init__(
        self,
        schema: GraphQLSchema,
        limits: Limits | None = None,
        row_limits: RowLimits | None = None,
        *,
        compiles: bool = True,
        hide_suggestions: bool = False,
    ) -> None:
        self._schema = schema
        limits = limits or Limits()
        self._values_used_max = limits.variable_values_used_max
        self._documents = Documents(schema, limits, hide_suggestions=hide_suggestions)
        self._limits = row_limits or RowLimits()
        self.compiles = compiles
        self._hide_suggestions = hide_suggestions

    @property
    def schema(self) -> GraphQLSchema:
        """What documents are prepared for."""
        return self._schema

    @property
    def held(self) -> Held:
        """How much is kept of the documents that were prepared."""
        return self._documents.held

    def prepare(self, text: str) -> Prepared:
        """Raises LimitExceeded, GraphQLSyntaxError or InvalidDocument."""
        return self._documents.prepare(text)

    def plan(self, prepared: Prepared, operation_name: str | None, given: Mapping[str, Any] | None) -> Plan | None:
        """How an operation runs with these variables; None where it does not, or has no plan."""
        planned = self._planned(prepared, operation_name, given)
        return planned[0] if planned is not None else None

    def priced(self, prepared: Prepared, operation_name: str | None, given: Mapping[str, Any] | None) -> Priced | None:
        """What an operation may cost with these variables; None where it does not run, or has no plan."""
        planned = self._planned(prepared, operation_name, given)
        return Priced(*planned, cost_of(*planned)) if planned is not None else None

    def listed(self, prepared: Prepared, given: Mapping[str, Any], rows_field: str) -> Listed:
        """An operation that is one list, whose rows are below `rows_field` of it.

        Raises InvalidDocument for variables that are not what the document says, and whatever converts them raises.
        """
        operation = prepared.operation(None)
        variables = self._variables(operation, given) if operation is not None else []
        if operation is None or isinstance(variables, list):
            raise InvalidDocument(variables if isinstance(variables, list) else [])
        plan = self._documents.plan(prepared, operation, variables)
        if not isinstance(plan, Plan):
            raise InvalidDocument([GraphQLError(plan)])
        (field,) = plan.root.fields
        arguments = field.batch_arguments(variables, self._schema, hide_suggestions=self._hide_suggestions)
        (rows,) = (one for one in _selected_below(field) if one.name == rows_field)
        (selection,) = _kinds_below(rows)
        return Listed(plan, variables, arguments, field.selection, selection)

    async def columns(self, listed: Listed, context: object, table: Table, rows: Sequence[int]) -> list[SelectedColumn]:
        """Rows of a list as completed columns, in the order of its selection. Raises the first error of any field."""
        run = Run(self._schema, listed.plan, listed.variables, context, hide_suggestions=self._hide_suggestions)
        return await columns_of_rows(run, listed.rows, table, rows)

    async def run(
        self,
        prepared: Prepared,
        operation_name: str | None,
        given: Mapping[str, Any] | None,
        context: object,
        costed: Callable[[Cost], None] = lambda _: None,
    ) -> ExecutionResult:
        """Execute one operation, whose cost `costed` is told of before. Errors of fields are in the result.

        Raises RowsExceeded, or LimitExceeded.
        """
        operation = prepared.operation(operation_name)
        if operation is None:
            return await self._whole(prepared, operation_name, given, context)
        variables = self._variables(operation, given)
        if isinstance(variables, list):
            return ExecutionResult(None, variables)
        plan = self._documents.plan(prepared, operation, variables)
        runs_compiled = self.compiles and isinstance(plan, Plan) and plan.whole is None
        if isinstance(plan, Plan):
            limits = self._limits
            rows_max = limits.compiled_rows_max if runs_compiled else limits.reference_rows_max
            self._bounded(plan, variables, given, rows_max, costed)
        if not runs_compiled or isinstance(plan, str):
            return await self._whole(prepared, operation_name, given, context)
        result = Run(self._schema, plan, variables, context, hide_suggestions=self._hide_suggestions).result()
        return result if isinstance(result, ExecutionResult) else await result

    def _planned(
        self, prepared: Prepared, operation_name: str | None, given: Mapping[str, Any] | None
    ) -> tuple[Plan, VariableValues] | None:
        operation = prepared.operation(operation_name)
        variables = self._variables(operation, given) if operation is not None else []
        if operation is None or isinstance(variables, list):
            return None
        plan = self._documents.plan(prepared, operation, variables)
        return (plan, variables) if isinstance(plan, Plan) else None

    async def subscribe(
        self, prepared: Prepared, operation_name: str | None, given: Mapping[str, Any] | None, context: object
    ) -> Subscribed | ExecutionResult:
        """Begin a subscription, each event of which runs on graphql-core. Errors are in a result without data.

        Raises RowsExceeded, or LimitExceeded.
        """
        planned = self._planned(prepared, operation_name, given)
        cost = self._bounded(*planned, given, self._limits.reference_rows_max) if planned is not None else NO_COST
        executor = Executor.build(
            self._schema,
            prepared.document,
            context_value=context,
            raw_variable_values=dict(given or {}),
            operation_name=operation_name,
            hide_suggestions=self._hide_suggestions,
        )
        if isinstance(executor, list):
            return ExecutionResult(None, executor)
        begun = create_source_event_stream(executor)
        stream = await begun if inspect.isawaitable(begun) else begun
        if isinstance(stream, ExecutionResult):
            return stream
        if not isinstance(stream, AsyncGenerator):
            raise TypeError("a subscription's resolver is an async generator, so that what it holds can be given back")
        return Subscribed(executor, stream, cost)

    def _bounded(
        self,
        plan: Plan,
        variables: VariableValues,
        given: Mapping[str, Any] | None,
        rows_max: int,
        costed: Callable[[Cost], None] = lambda _: None,
    ) -> Cost:
        """What a plan may cost, which `costed` is told first. Raises RowsExceeded, or LimitExceeded."""
        used = variable_values_used(plan, given or {})
        if used > self._values_used_max:
            raise LimitExceeded("variable_values_used_max", self._values_used_max, used)
        cost = cost_of(plan, variables)
        costed(cost)
        if cost.rows > rows_max:
            raise RowsExceeded(cost, rows_max)
        return cost

    def _variables(
        self, operation: OperationDefinitionNode, given: Mapping[str, Any] | None
    ) -> VariableValues | list[GraphQLError]:
        return get_variable_values(
            self._schema,
            operation.variable_definitions or (),
            dict(given or {}),
            hide_suggestions=self._hide_suggestions,
        )

    async def _whole(
        self, prepared: Prepared, operation_name: str | None, given: Mapping[str, Any] | None, context: object
    ) -> ExecutionResult:
        result = execute(
            self._schema,
            prepared.document,
            context_value=context,
            variable_values=dict(given or {}),
            operation_name=operation_name,
            hide_suggestions=self._hide_suggestions,
        )
        return await result if inspect.isawaitable(result) else result


def _kinds_below(field: FieldPlan) -> Iterable[SelectionPlan]:
    composite = composite_of(field.kind)
    return composite.selections.values() if composite is not None else ()


def _selected_below(field: FieldPlan) -> Iterable[FieldPlan]:
    return (one for selection in _kinds_below(field) for one in selection.fields)
