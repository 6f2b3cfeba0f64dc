"""A drop-in replacement of graphql-core's `execute`, which compiles the operation where it can."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from cachetools import LRUCache
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLSchema,
    OperationDefinitionNode,
    assert_valid_schema,
    get_variable_values,
)
from graphql import execute as execute_whole

from engine.documents.kept import Prepared, plan_of, prepared_of
from engine.run import Run

COMPILED = "compiled"

DOCUMENTS_MAX = 200
"""How many parsed documents are kept with their plans."""

_SUPPORTED = frozenset(
    {"max_coercion_errors", "hide_suggestions", "subscribe_field_resolver", "enable_early_execution"}
)
"""Further arguments of graphql-core's `execute` with which an operation can still be compiled."""


def execute(  # noqa: PLR0913, PLR0917  # graphql-core's own
    schema: GraphQLSchema,
    document: DocumentNode,
    root_value: Any = None,
    context_value: Any = None,
    variable_values: dict[str, Any] | None = None,
    operation_name: str | None = None,
    field_resolver: Callable[..., Any] | None = None,
    type_resolver: Callable[..., Any] | None = None,
    **more: Any,
) -> ExecutionResult | Awaitable[ExecutionResult]:
    """Execute one operation of a valid document breadth first, with the arguments and results of graphql-core's own.

    An operation that cannot be compiled (`lane_of` says why) goes to graphql-core. The result is awaitable where part
    of it is.
    """
    prepared = _prepared(
        schema,
        document,
        root_value,
        context_value,
        variable_values,
        operation_name,
        field_resolver,
        type_resolver,
        more,
    )
    if isinstance(prepared, Run):
        return prepared.result()
    return execute_whole(
        schema,
        document,
        root_value,
        context_value,
        variable_values,
        operation_name,
        field_resolver,
        type_resolver,
        **more,
    )


def lane_of(
    schema: GraphQLSchema,
    document: DocumentNode,
    variable_values: dict[str, Any] | None = None,
    operation_name: str | None = None,
    **more: Any,
) -> str:
    """`compiled`, or the reason why graphql-core runs the operation."""
    prepared = _prepared(schema, document, None, None, variable_values, operation_name, None, None, more)
    return COMPILED if isinstance(prepared, Run) else prepared


def _prepared(  # noqa: PLR0913, PLR0917  # as above
    schema: GraphQLSchema,
    document: DocumentNode,
    root_value: Any,
    context_value: Any,
    variable_values: dict[str, Any] | None,
    operation_name: str | None,
    field_resolver: Callable[..., Any] | None,
    type_resolver: Callable[..., Any] | None,
    more: dict[str, Any],
) -> Run | str:
    """The compiled operation, or the reason why it is not compiled."""
    given = {name: value for name, value in more.items() if value is not None and name not in _SUPPORTED}
    if given:
        return f"it is given {', '.join(sorted(given))}"
    hide_suggestions = bool(more.get("hide_suggestions"))
    if schema.get_directive("defer") or schema.get_directive("stream"):
        return "the schema has directives of incremental delivery"
    assert_valid_schema(schema)
    prepared = _kept(schema, document)
    operation = prepared.operation(operation_name)
    if operation is None or (operation_name is None and _operations_count(document) > 1):
        return "the operation cannot be found"
    variables = get_variable_values(
        schema,
        operation.variable_definitions or (),
        variable_values or {},
        max_errors=more.get("max_coercion_errors", 50),
        hide_suggestions=hide_suggestions,
    )
    if isinstance(variables, list):
        return "its variables are refused"
    plan = plan_of(schema, prepared, operation, variables, hide_suggestions=hide_suggestions)
    if isinstance(plan, str):
        return plan
    if plan.whole is not None:
        return plan.whole
    return Run(
        schema,
        plan,
        variables,
        context_value,
        root_value,
        field_resolver,
        type_resolver,
        hide_suggestions=hide_suggestions,
    )


def _operations_count(document: DocumentNode) -> int:
    return sum(isinstance(definition, OperationDefinitionNode) for definition in document.definitions)


_documents: LRUCache[tuple[int, int], tuple[GraphQLSchema, Prepared]] = LRUCache(DOCUMENTS_MAX)
"""The documents that were executed last with their plans, by identity; what is here is kept alive."""


def _kept(schema: GraphQLSchema, document: DocumentNode) -> Prepared:
    place = (id(schema), id(document))
    found = _documents.get(place)
    if found is None:
        found = _documents[place] = (schema, prepared_of("", document))
    return found[1]
