"""The reference lane: an operation prepared once - limited, parsed, validated - and run by graphql-core."""

from __future__ import annotations

import inspect
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    execute,
    validate,
)

from engine.limits import Limits, check_limits, parse_within

PREPARED_MAX = 1_000
PREPARED_CHARS_MAX = 8_000_000
# A parsed document takes 300 to 900 bytes for each of its tokens, so that these are 90 MB at most.
PREPARED_TOKENS_MAX = 100_000
VALIDATION_ERRORS_MAX = 20


class InvalidDocument(Exception):
    """The document contradicts the schema; `errors` say where, in words for the client."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__(f"{len(errors)} validation errors")
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document that was limited, parsed and validated. It holds no variables, so it serves every client."""

    document: DocumentNode
    operations: Mapping[str, OperationDefinitionNode]

    def operation(self, name: str | None) -> OperationDefinitionNode | None:
        """The operation of this name, or the only one; None when that is not clear."""
        if name is not None:
            return self.operations.get(name)
        return next(iter(self.operations.values())) if len(self.operations) == 1 else None


def is_introspection(operation: OperationDefinitionNode) -> bool:
    """Whether an operation asks for nothing but the schema, so that its answer is the same for everybody."""
    fields = operation.selection_set.selections
    return operation.operation is OperationType.QUERY and all(
        isinstance(field, FieldNode) and field.name.value in ("__schema", "__type", "__typename") for field in fields
    )


class ReferenceLane:
    """Prepares and runs operations over one schema. Prepared documents are kept, bounded by number, text and tokens."""

    def __init__(self, schema: GraphQLSchema, limits: Limits, *, hide_suggestions: bool) -> None:
        self._schema = schema
        self._limits = limits
        self._hide_suggestions = hide_suggestions
        self._prepared: OrderedDict[str, Prepared] = OrderedDict()
        self._chars = 0
        self._tokens = 0

    def prepare(self, text: str) -> Prepared:
        """Raises LimitExceeded, GraphQLSyntaxError or InvalidDocument. What was refused is not kept."""
        prepared = self._prepared.get(text)
        if prepared is not None:
            self._prepared.move_to_end(text)
            return prepared
        document = parse_within(text, self._limits)
        check_limits(document, self._limits)
        errors = validate(
            self._schema, document, max_errors=VALIDATION_ERRORS_MAX, hide_suggestions=self._hide_suggestions
        )
        if errors:
            raise InvalidDocument(errors)
        prepared = Prepared(document, _operations(document))
        self._keep(text, prepared)
        return prepared

    def _keep(self, text: str, prepared: Prepared) -> None:
        self._prepared[text] = prepared
        self._chars += len(text)
        self._tokens += prepared.document.token_count
        while (
            len(self._prepared) > PREPARED_MAX or self._chars > PREPARED_CHARS_MAX or self._tokens > PREPARED_TOKENS_MAX
        ):
            oldest, dropped = self._prepared.popitem(last=False)
            self._chars -= len(oldest)
            self._tokens -= dropped.document.token_count

    async def run(
        self, prepared: Prepared, operation_name: str | None, variables: dict[str, Any] | None, context: object
    ) -> ExecutionResult:
        """Execute one operation. Errors of fields are in the result; nothing is raised but what cancels it."""
        result = execute(
            self._schema,
            prepared.document,
            context_value=context,
            variable_values=variables,
            operation_name=operation_name,
            hide_suggestions=self._hide_suggestions,
        )
        return await result if inspect.isawaitable(result) else result


def _operations(document: DocumentNode) -> dict[str, OperationDefinitionNode]:
    return {
        definition.name.value if definition.name else "": definition
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode)
    }
