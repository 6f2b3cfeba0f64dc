"""Runs an operation in one of two lanes, compiled breadth first or on graphql-core, bounded by its cost in both."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

from graphql import (
    ExecutionResult,
    Executor,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    create_source_event_stream,
    default_field_resolver,
    default_type_resolver,
    execute_root_selection_set,
    execute_subscription_event,
    get_variable_values,
)
from graphql.execution.collect_fields import FragmentDetails
from graphql.execution.values import VariableValues

from engine.columns import SelectedColumn, columns_of_rows
from engine.cost import FREE, Cost, cost_of, variable_values_used
from engine.documents.kept import Documents, Held, InvalidDocument, Prepared, is_introspection
from engine.documents.limits import LimitExceeded, Limits
from engine.facts import Selection, Table
from engine.plan import Plan, PlannedRead
from engine.run import Run
from engine.selections import FieldPlan, SelectionPlan, composite_of

NO_VARIABLES = VariableValues({}, {})

VARIABLE_ERRORS_MAX = 20
"""Coercion of variables stops after this many errors."""

COMPILED_ROWS_MAX = 100_000
REFERENCE_ROWS_MAX = 20_000
"""The most rows that one operation may return in each lane. graphql-core takes far longer for a row."""


class RowsExceeded(Exception):
    """The operation may return more rows than it is allowed to. It was not run; the client asks for smaller pages."""

    def __init__(self, cost: Cost, rows_max: int) -> None:
        super().__init__(f"the operation may bring {cost.rows} rows; {rows_max} are allowed")
        self.cost = cost
        self.rows_max = rows_max


@dataclass(frozen=True, slots=True)
class Priced:
    """An operation as it would run: chosen, its variables coerced, planned, and what it may cost.

    All of it is worked out once, and carried to whoever asks. Without a `plan` it is not run: `errors` say why.
    `values_used` is how many values its reads may take from the variables.
    """

    prepared: Prepared
    operation: OperationDefinitionNode | None
    errors: tuple[GraphQLError, ...] = ()
    plan: Plan | None = None
    variables: VariableValues = NO_VARIABLES
    cost: Cost = FREE
    values_used: int = 0

    @property
    def reads(self) -> tuple[PlannedRead, ...]:
        return self.plan.reads if self.plan is not None else ()


@dataclass(frozen=True, slots=True)
class Listed:
    """An operation that is one list: its plan, its arguments, what it selects of a row, and the plan of that."""

    plan: Plan
    variables: VariableValues
    arguments: Mapping[str, Any]
    selection: Selection
    rows: SelectionPlan


@dataclass(frozen=True, slots=True)
class Subscribed:
    """A subscription that has begun: its source events, and how one becomes an answer."""

    executor: Executor[Any]
    events: AsyncGenerator[object, None]

    async def answer(self, event: object, context: object) -> ExecutionResult:
        """Execute the operation for one event, in a context of its own."""
        executor = self.executor.build_per_event_executor(event)
        executor.context_value = context
        result = execute_subscription_event(executor)
        return await result if inspect.isawaitable(result) else result


class Lanes:
    """Prepares, prices and runs the operations of one schema. Without `compiles` all run on graphql-core."""

    def __init__(
        self,
        schema: GraphQLSchema,
        *,
        compiles: bool = True,
        hide_suggestions: bool = False,
    ) -> None:
        self.schema = schema
        self.compiles = compiles
        self._limits = Limits()
        # One thread, so that at most one introspection competes with the event loop for the interpreter.
        self._schema_thread = ThreadPoolExecutor(1, "schema")
        self._documents = Documents(schema, self._limits, hide_suggestions=hide_suggestions)
        self._hide_suggestions = hide_suggestions

    @property
    def held(self) -> Held:
        """How much the cache of documents holds."""
        return self._documents.held

    def prepare(self, text: str) -> Prepared:
        """Bound, parse and validate a document. Raises LimitExceeded, GraphQLSyntaxError or InvalidDocument."""
        return self._documents.prepare(text)

    def knows(self, text: str) -> bool:
        """Whether a document was prepared before and is still kept."""
        return self._documents.knows(text)

    def priced(self, prepared: Prepared, operation_name: str | None, given: Mapping[str, Any] | None) -> Priced:
        """An operation with these variables, and what it may cost. It is the one place where that is worked out."""
        operation = prepared.operation(operation_name)
        if operation is None:
            # graphql-core says which one is missing.
            unclear = Executor.build(self.schema, prepared.document, operation_name=operation_name)
            return Priced(prepared, None, tuple(unclear) if isinstance(unclear, list) else ())
        variables = get_variable_values(
            self.schema,
            operation.variable_definitions or (),
            dict(given or {}),
            max_errors=VARIABLE_ERRORS_MAX,
            hide_suggestions=self._hide_suggestions,
        )
        if isinstance(variables, list):
            return Priced(prepared, operation, tuple(variables))
        plan = self._documents.plan(prepared, operation, variables)
        if isinstance(plan, str):
            # What has no plan has no price: graphql-core would run the rest of it, however much that is.
            return Priced(prepared, operation, (GraphQLError(f"The operation is not run: {plan.rstrip('.')}."),))
        values_used = variable_values_used(plan, given or {})
        return Priced(prepared, operation, (), plan, variables, cost_of(plan, variables), values_used)

    def listed(self, priced: Priced, rows_field: str) -> Listed:
        """An operation that is one list, whose rows are below `rows_field` of it.

        Raises InvalidDocument for what is not run, and whatever converts its arguments raises.
        """
        plan, variables = priced.plan, priced.variables
        if plan is None:
            raise InvalidDocument(list(priced.errors))
        (field,) = plan.root.fields
        arguments = field.batch_arguments(variables, self.schema, hide_suggestions=self._hide_suggestions)
        (rows,) = (one for one in _selected_below(field) if one.name == rows_field)
        (selection,) = _kinds_below(rows)
        return Listed(plan, variables, arguments, field.selection, selection)

    async def columns(self, listed: Listed, context: object, table: Table, rows: Sequence[int]) -> list[SelectedColumn]:
        """Rows of a list as completed columns, in the order of its selection. Raises the first error of any field."""
        run = Run(self.schema, listed.plan, listed.variables, context, hide_suggestions=self._hide_suggestions)
        return await columns_of_rows(run, listed.rows, table, rows)

    async def run(self, priced: Priced, context: object) -> ExecutionResult:
        """Execute one operation. Errors of fields are in the result. Raises RowsExceeded, or LimitExceeded."""
        plan = priced.plan
        if plan is None:
            return ExecutionResult(None, list(priced.errors))
        runs_compiled = self.compiles and plan.whole is None
        self._check(priced, COMPILED_ROWS_MAX if runs_compiled else REFERENCE_ROWS_MAX)
        if plan.schema_fields and is_introspection(priced.prepared, plan.operation):
            # Tens of thousands of fields, and nothing in it is waited for: it would hold up everybody else.
            work = partial(execute_root_selection_set, self._executor(priced, plan, context))
            result = await asyncio.get_running_loop().run_in_executor(self._schema_thread, work)
        elif runs_compiled:
            run = Run(self.schema, plan, priced.variables, context, hide_suggestions=self._hide_suggestions)
            ran = run.result()
            return ran if isinstance(ran, ExecutionResult) else await ran
        else:
            result = execute_root_selection_set(self._executor(priced, plan, context))
        return await result if inspect.isawaitable(result) else result

    async def subscribe(self, priced: Priced, context: object) -> Subscribed | ExecutionResult:
        """Begin a subscription, each event of which runs on graphql-core. Errors are in a result without data.

        Raises RowsExceeded or LimitExceeded.
        """
        if priced.plan is None:
            return ExecutionResult(None, list(priced.errors))
        self._check(priced, REFERENCE_ROWS_MAX)
        executor = self._executor(priced, priced.plan, context)
        begun = create_source_event_stream(executor)
        stream = await begun if inspect.isawaitable(begun) else begun
        if isinstance(stream, ExecutionResult):
            return stream
        if not isinstance(stream, AsyncGenerator):
            raise TypeError("a subscription's resolver is an async generator, so that what it holds can be given back")
        return Subscribed(executor, stream)

    def check_schema_answer(self, priced: Priced) -> None:
        """Raises LimitExceeded where an answer has too many fields that tell of the schema."""
        limits, plan = self._limits, priced.plan
        if plan is None:
            return
        if plan.schema_fields > limits.schema_answer_fields_max:
            raise LimitExceeded("schema_answer_fields_max", limits.schema_answer_fields_max, plan.schema_fields)
        beside_max = limits.schema_fields_beside_max
        if plan.schema_fields > beside_max and not is_introspection(priced.prepared, plan.operation):
            raise LimitExceeded("schema_fields_beside_max", beside_max, plan.schema_fields)

    def _check(self, priced: Priced, rows_max: int) -> None:
        """Raises RowsExceeded, or LimitExceeded."""
        used_max = self._limits.variable_values_used_max
        if priced.values_used > used_max:
            raise LimitExceeded("variable_values_used_max", used_max, priced.values_used)
        self.check_schema_answer(priced)
        if priced.cost.rows > rows_max:
            raise RowsExceeded(priced.cost, rows_max)

    def _executor(self, priced: Priced, plan: Plan, context: object) -> Executor[Any]:
        """graphql-core's own, as its `build` makes it, of what is worked out already."""
        return Executor(
            self.schema,
            plan.fragments,
            {name: FragmentDetails(fragment) for name, fragment in plan.fragments.items()},
            None,
            context,
            plan.operation,
            priced.variables,
            default_field_resolver,
            default_type_resolver,
            default_field_resolver,
            hide_suggestions=self._hide_suggestions,
        )


def _kinds_below(field: FieldPlan) -> Iterable[SelectionPlan]:
    composite = composite_of(field.kind)
    return composite.selections.values() if composite is not None else ()


def _selected_below(field: FieldPlan) -> Iterable[FieldPlan]:
    return (one for selection in _kinds_below(field) for one in selection.fields)
