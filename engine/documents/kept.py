"""Keeps documents that were bounded, parsed and validated once, with their plans, in a bounded LRU cache."""

from __future__ import annotations

import gc
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from cachetools import LRUCache
from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    Undefined,
    VariableNode,
    Visitor,
    visit,
)
from graphql.execution.values import VariableValues

from engine.compiler import compiled
from engine.documents.introspection import SCHEMA_FIELDS
from engine.documents.limits import Limits, check_limits, parse_within
from engine.documents.validation import validation_errors
from engine.plan import Plan

PREPARED_BYTES_MAX = 150_000_000
TOKEN_BYTES = 900
"""What a parsed document takes for each of its tokens: 300 at least, and so many at most."""
FIELD_BYTES = 1_000
"""About what a compiled field takes."""
VARIANTS_MAX = 16
"""How many variants of `@skip` and `@include` of one document are kept. Further ones run on graphql-core."""

_WHOLE = frozenset({"defer", "stream", "experimental_disableErrorPropagation"})


class InvalidDocument(Exception):
    """The document does not fit the schema. `errors` tell the client where."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__(f"{len(errors)} validation errors")
        self.errors = errors


class Directives(NamedTuple):
    """The directives of a document: the variables of `@skip` and `@include`, and why it has no plan, or None."""

    variables: tuple[str, ...]
    whole: str | None

    def variant(self, values: VariableValues) -> tuple[object, ...]:
        """The values of these variables in a request, in order; Undefined where one is missing."""
        return tuple(values.coerced.get(name, Undefined) for name in self.variables)


def directives_of(document: DocumentNode) -> Directives:
    """Find the directives of a document."""
    finder = _Finder()
    visit(document, finder)
    return Directives(tuple(sorted(finder.variables)), finder.whole)


class _Finder(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.variables: set[str] = set()
        self.whole: str | None = None

    def enter_directive(self, node: DirectiveNode, *_: Any) -> None:
        name = node.name.value
        if name in _WHOLE:
            self.whole = f"it has @{name}"
        if name in ("skip", "include"):
            values = (argument.value for argument in node.arguments or ())
            self.variables.update(value.name.value for value in values if isinstance(value, VariableNode))

    def enter_fragment_definition(self, node: FragmentDefinitionNode, *_: Any) -> None:
        if node.variable_definitions:
            self.whole = "its fragments have variables"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A bounded, parsed and validated document with its plans.

    It holds no variable values but those of `@skip` and `@include`, so it serves every client.
    """

    text: str
    document: DocumentNode
    operations: Mapping[str, OperationDefinitionNode]
    fragments: dict[str, FragmentDefinitionNode]
    directives: Directives
    plans: dict[tuple[str, tuple[object, ...]], Plan | str] = field(default_factory=dict)

    @property
    def planned_fields(self) -> int:
        return sum(plan.fields_count for plan in self.plans.values() if isinstance(plan, Plan))

    @property
    def bytes_max(self) -> int:
        """What it takes, its plans included, at most."""
        parsed_bytes = sys.getsizeof(self.text) + TOKEN_BYTES * self.document.token_count
        return parsed_bytes + FIELD_BYTES * self.planned_fields

    def operation(self, name: str | None) -> OperationDefinitionNode | None:
        """The operation of this name, or the only one; None where there is no such operation."""
        if name is not None:
            # Nameless operations are stored under "", which no client may ask for.
            return self.operations.get(name) if name else None
        return next(iter(self.operations.values())) if len(self.operations) == 1 else None


def is_introspection(prepared: Prepared, operation: OperationDefinitionNode) -> bool:
    """Whether an operation is pure introspection, whose answer is the same for everybody."""
    names = root_names(prepared, operation)
    return operation.operation is OperationType.QUERY and names <= {*SCHEMA_FIELDS, "__typename"}


def root_names(prepared: Prepared, operation: OperationDefinitionNode) -> set[str]:
    """The names of all root fields of an operation, in fragments too; aliases do not count."""
    names: set[str] = set()
    seen: set[str] = set()
    pending: list[SelectionSetNode] = [operation.selection_set]
    while pending:
        for selection in pending.pop().selections:
            if isinstance(selection, FieldNode):
                names.add(selection.name.value)
            elif isinstance(selection, FragmentSpreadNode):
                if selection.name.value not in seen:
                    seen.add(selection.name.value)
                    pending.append(prepared.fragments[selection.name.value].selection_set)
            else:
                pending.append(selection.selection_set)  # type: ignore[attr-defined]  # an inline fragment, the third kind
    return names


class Held(NamedTuple):
    """How much is kept of documents and their plans."""

    documents: int
    bytes_max: int


class Documents:
    """Prepares the documents of one schema, plans their operations, and keeps both.

    They are kept, bounded by what they and their plans take.
    """

    def __init__(self, schema: GraphQLSchema, limits: Limits, *, hide_suggestions: bool) -> None:
        self._schema = schema
        self._limits = limits
        self._hide_suggestions = hide_suggestions
        self._prepared: LRUCache[str, Prepared] = LRUCache(PREPARED_BYTES_MAX, lambda prepared: prepared.bytes_max)

    @property
    def held(self) -> Held:
        return Held(len(self._prepared), int(self._prepared.currsize))

    def prepare(self, text: str) -> Prepared:
        """Bound, parse and validate a document. Raises LimitExceeded, GraphQLSyntaxError or InvalidDocument."""
        prepared = self._prepared.get(text)
        if prepared is not None:
            return prepared
        # The document before has left about a thousand objects in reference cycles, which are freed in 0.1 ms. Left to
        # the collector, those of many documents would be freed together and stop the event loop for longer.
        gc.collect(generation=0)
        document = parse_within(text, self._limits)
        check_limits(document, self._limits)
        errors = validation_errors(self._schema, document, hide_suggestions=self._hide_suggestions)
        if errors:
            raise InvalidDocument(errors)
        prepared = prepared_of(text, document)
        self._keep(prepared)
        return prepared

    def knows(self, text: str) -> bool:
        """Whether a document was prepared before and is still kept."""
        return text in self._prepared

    def plan(self, prepared: Prepared, operation: OperationDefinitionNode, variables: VariableValues) -> Plan | str:
        """The plan of one operation for these variables, or the reason why it has none."""
        planned = len(prepared.plans)
        plan = plan_of(self._schema, prepared, operation, variables, hide_suggestions=self._hide_suggestions)
        # A document that was dropped meanwhile counts no more, also when another one of the same text is kept.
        if len(prepared.plans) > planned and self._prepared.get(prepared.text) is prepared:
            self._keep(prepared)
        return plan

    def _keep(self, prepared: Prepared) -> None:
        """Keep it, or weigh it anew; what alone takes more than all may is dropped."""
        if prepared.bytes_max > PREPARED_BYTES_MAX:
            self._prepared.pop(prepared.text, None)
            return
        self._prepared[prepared.text] = prepared


def plan_of(
    schema: GraphQLSchema,
    prepared: Prepared,
    operation: OperationDefinitionNode,
    variables: VariableValues,
    *,
    hide_suggestions: bool,
) -> Plan | str:
    """The plan of an operation for these variables, or the reason why it has none. Plans are kept with the document."""
    if prepared.directives.whole is not None:
        return prepared.directives.whole
    key = (operation.name.value if operation.name else "", prepared.directives.variant(variables))
    plan = prepared.plans.get(key)
    if plan is not None:
        return plan
    plan = compiled(schema, prepared.fragments, operation, variables, hide_suggestions=hide_suggestions)
    if len(prepared.plans) >= VARIANTS_MAX:
        # Compiled but not kept: its cost must not depend on how many variants there are.
        whole = f"it has more than {VARIANTS_MAX} variants"
        return replace(plan, whole=plan.whole or whole) if isinstance(plan, Plan) else plan
    prepared.plans[key] = plan
    return plan


def prepared_of(text: str, document: DocumentNode) -> Prepared:
    """A valid document, not planned yet."""
    return Prepared(text, document, _operations(document), _fragments(document), directives_of(document))


def _fragments(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    return {
        definition.name.value: definition
        for definition in document.definitions
        if isinstance(definition, FragmentDefinitionNode)
    }


def _operations(document: DocumentNode) -> dict[str, OperationDefinitionNode]:
    """The operations by name. Of two with one name, which only an unvalidated document has, the last one."""
    return {
        definition.name.value if definition.name else "": definition
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode)
    }
