"""Documents: limited, parsed and validated once, and kept with their plans, within bounds."""

from __future__ import annotations

import gc
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    validate,
)
from graphql.execution.values import VariableValues

from engine.compiler import compiled
from engine.directives import Directives, directives_of
from engine.limits import Limits, check_limits, parse_within
from engine.plan import Plan

PREPARED_MAX = 1_000
PREPARED_CHARS_MAX = 8_000_000
# A parsed document takes 300 to 900 bytes for each of its tokens, so that these are 90 MB at most.
PREPARED_TOKENS_MAX = 100_000
# A compiled field takes about a kilobyte.
PLANNED_FIELDS_MAX = 50_000
VARIANTS_MAX = 16
"""How many choices of `@skip` and `@include` of one document are kept; what goes beyond runs whole."""

VALIDATION_ERRORS_MAX = 20

SCHEMA_FIELDS = frozenset({"__schema", "__type"})
"""The root fields that tell of the schema."""


class InvalidDocument(Exception):
    """The document contradicts the schema; `errors` say where, in words for the client."""

    def __init__(self, errors: list[GraphQLError]) -> None:
        super().__init__(f"{len(errors)} validation errors")
        self.errors = errors


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document that was limited, parsed and validated, with its plans.

    It holds no variables but those of `@skip` and `@include`, so it serves every client.
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

    def operation(self, name: str | None) -> OperationDefinitionNode | None:
        """The operation of this name, or the only one; None when that is not clear."""
        if name is not None:
            # An operation without a name is not one whose name is empty.
            return self.operations.get(name) if name else None
        return next(iter(self.operations.values())) if len(self.operations) == 1 else None


def is_introspection(operation: OperationDefinitionNode) -> bool:
    """Whether an operation asks for nothing but the schema, so that its answer is the same for everybody."""
    fields = operation.selection_set.selections
    return operation.operation is OperationType.QUERY and all(
        isinstance(field, FieldNode) and field.name.value in {*SCHEMA_FIELDS, "__typename"} for field in fields
    )


def root_names(prepared: Prepared, operation: OperationDefinitionNode) -> set[str]:
    """The names of all root fields of an operation, whatever a client calls them and wherever it wrote them."""
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
    chars: int
    tokens: int
    planned_fields: int


class Documents:
    """Prepares the documents of one schema, and plans their operations.

    They are kept, bounded by number, text, tokens and planned fields.
    """

    def __init__(self, schema: GraphQLSchema, limits: Limits, *, hide_suggestions: bool) -> None:
        self._schema = schema
        self._limits = limits
        self._hide_suggestions = hide_suggestions
        self._prepared: OrderedDict[str, Prepared] = OrderedDict()
        self._chars = 0
        self._tokens = 0
        self._planned_fields = 0

    @property
    def held(self) -> Held:
        return Held(len(self._prepared), self._chars, self._tokens, self._planned_fields)

    def prepare(self, text: str) -> Prepared:
        """Raises LimitExceeded, GraphQLSyntaxError or InvalidDocument. What was refused is not kept."""
        prepared = self._prepared.get(text)
        if prepared is not None:
            self._prepared.move_to_end(text)
            return prepared
        # The one before has left a thousand objects that hold each other, which are freed in 0.1 ms. Left to the
        # collector, those of many strangers' documents would be freed together, and everybody would wait.
        gc.collect(generation=0)
        document = parse_within(text, self._limits)
        check_limits(document, self._limits)
        errors = validate(
            self._schema, document, max_errors=VALIDATION_ERRORS_MAX, hide_suggestions=self._hide_suggestions
        )
        if errors:
            raise InvalidDocument(errors)
        prepared = prepared_of(text, document)
        self._keep(prepared)
        return prepared

    def plan(self, prepared: Prepared, operation: OperationDefinitionNode, variables: VariableValues) -> Plan | str:
        """The plan of one operation for these variables, or why graphql-core runs it whole."""
        planned = len(prepared.plans)
        plan = plan_of(self._schema, prepared, operation, variables, hide_suggestions=self._hide_suggestions)
        # A document that was dropped meanwhile counts no more, also when another one of the same text is kept.
        is_kept = self._prepared.get(prepared.text) is prepared
        if len(prepared.plans) > planned and isinstance(plan, Plan) and is_kept:
            self._planned_fields += plan.fields_count
            self._drop_oldest()
        return plan

    def _keep(self, prepared: Prepared) -> None:
        self._prepared[prepared.text] = prepared
        self._chars += len(prepared.text)
        self._tokens += prepared.document.token_count
        self._drop_oldest()

    def _drop_oldest(self) -> None:
        while (
            len(self._prepared) > PREPARED_MAX
            or self._chars > PREPARED_CHARS_MAX
            or self._tokens > PREPARED_TOKENS_MAX
            or self._planned_fields > PLANNED_FIELDS_MAX
        ):
            oldest, dropped = self._prepared.popitem(last=False)
            self._chars -= len(oldest)
            self._tokens -= dropped.document.token_count
            self._planned_fields -= dropped.planned_fields


def plan_of(
    schema: GraphQLSchema,
    prepared: Prepared,
    operation: OperationDefinitionNode,
    variables: VariableValues,
    *,
    hide_suggestions: bool,
) -> Plan | str:
    """The plan of an operation for these variables, or why there is none. Plans are kept with their document."""
    if prepared.directives.whole is not None:
        return prepared.directives.whole
    place = (operation.name.value if operation.name else "", prepared.directives.variant(variables))
    plan = prepared.plans.get(place)
    if plan is not None:
        return plan
    plan = compiled(schema, prepared.fragments, operation, variables, hide_suggestions=hide_suggestions)
    if len(prepared.plans) >= VARIANTS_MAX:
        # Not kept, but made: how it runs must not change what it may cost.
        whole = f"it has more than {VARIANTS_MAX} variants"
        return replace(plan, whole=plan.whole or whole) if isinstance(plan, Plan) else plan
    prepared.plans[place] = plan
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
    """By name. Only a document that was not validated has two of one name; of those the last counts."""
    return {
        definition.name.value if definition.name else "": definition
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode)
    }
