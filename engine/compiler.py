"""Compiles an operation, with its `@skip` and `@include` decided, into a plan: fields merged, fragments resolved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLAbstractType,
    GraphQLError,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLSchema,
    Node,
    OperationDefinitionNode,
    OperationType,
    ValueNode,
    VariableNode,
    Visitor,
    is_leaf_type,
    visit,
)
from graphql.execution.collect_fields import (
    FieldDetailsList,
    FragmentDetails,
    GroupedFieldSet,
    collect_fields,
    collect_subfields,
)
from graphql.execution.values import VariableValues

from engine.documents.introspection import SCHEMA_FIELDS, SchemaFields
from engine.facts import BATCH, FACTS, Selection
from engine.leaves import leaf_column
from engine.plan import READS_MAX, Plan, reads_of
from engine.selections import Composite, FieldPlan, Kind, Leaf, ListOf, NonNull, SelectionPlan, composite_of

STEPS_MAX = 20_000
"""The work that one plan may take: its fields, the nodes that they are merged from, and the values of their arguments.

An interface whose fields return the same interface can double the selections per level. 20,000 steps take 150 ms.
"""


class TooLarge(Exception):
    """Compiling the operation takes more than STEPS_MAX steps."""


class Compiler:
    """Compiles the selections of one operation, equal ones once. Raises TooLarge."""

    def __init__(
        self,
        schema: GraphQLSchema,
        fragments: Mapping[str, FragmentDefinitionNode],
        operation: OperationDefinitionNode,
        variables: VariableValues,
        *,
        hide_suggestions: bool,
    ) -> None:
        self._schema = schema
        self._fragments = {name: FragmentDetails(node) for name, node in fragments.items()}
        self._operation = operation
        self._variables = variables
        self._hide_suggestions = hide_suggestions
        self._compiled: dict[tuple[str, tuple[int, ...]], SelectionPlan] = {}
        self._selected: dict[tuple[int, ...], Selection] = {}
        self._values: dict[int, _ValueFinder] = {}
        self._schema_fields = SchemaFields(schema, self._collected)
        self._steps = 0
        self.fields_count = 0
        self.schema_fields = 0
        self.whole: str | None = None

    def root(self, root_type: GraphQLObjectType) -> SelectionPlan:
        collected = collect_fields(
            self._schema, self._fragments, self._variables, root_type, self._operation, self._hide_suggestions
        )
        selection = SelectionPlan(root_type)
        self._fill(selection, collected.grouped_field_set)
        return selection

    def _selection(self, object_type: GraphQLObjectType, details: FieldDetailsList) -> SelectionPlan:
        key = (object_type.name, tuple(id(detail.node) for detail in details))
        compiled = self._compiled.get(key)
        if compiled is None:
            self._spend(len(details))
            compiled = self._compiled[key] = SelectionPlan(object_type)
            self._fill(compiled, self._collected(object_type, details))
        return compiled

    def _collected(self, object_type: GraphQLObjectType, details: FieldDetailsList) -> GroupedFieldSet:
        collected = collect_subfields(
            self._schema,
            self._fragments,
            self._variables,
            self._operation,
            object_type,
            details,
            self._hide_suggestions,
        )
        return collected.grouped_field_set

    def _fill(self, selection: SelectionPlan, grouped: GroupedFieldSet) -> None:
        self._spend(len(grouped))
        order: list[str] = []
        typename_keys: list[str] = []
        for key, details in grouped.items():
            name = details[0].node.name.value
            if name == "__typename":
                typename_keys.append(key)
            elif name in SCHEMA_FIELDS:
                self.whole = self.whole or "it asks for the schema itself"
                self.schema_fields += self._schema_fields.count(details)
                continue
            else:
                graphql_field = selection.type.fields.get(name)
                if graphql_field is None:
                    continue  # as graphql-core does in a document that was not validated
                selection.fields.append(self._field(key, graphql_field, details, selection.type))
            order.append(key)
        selection.order = tuple(order)
        selection.typename_keys = tuple(typename_keys)
        selection.has_reads = any(map(_has_reads, selection.fields))
        self.fields_count += len(order)

    def _field(
        self, key: str, graphql_field: GraphQLField, details: FieldDetailsList, parent_type: GraphQLObjectType
    ) -> FieldPlan:
        declared = graphql_field.extensions.get("strawberry-definition")
        carried = declared.metadata if declared is not None else graphql_field.extensions
        batch, facts = carried.get(BATCH), carried.get(FACTS)
        if declared is not None and declared.extensions:
            self.whole = self.whole or f"{parent_type.name}.{details[0].node.name.value} has permissions or extensions"
        kind = self._kind(graphql_field.type, details)
        nodes = [detail.node for detail in details]
        values = self._values_in(nodes[0])
        self._spend(values.count)
        return FieldPlan(
            key,
            graphql_field,
            nodes,
            parent_type,
            kind,
            declared,
            batch,
            facts,
            self._selection_below(kind) if batch is not None else _NOTHING,
            reads_attribute=graphql_field.resolve is None or _is_default(graphql_field),
            variables=tuple(values.variables),
        )

    def _spend(self, steps: int) -> None:
        self._steps += steps
        if self._steps > STEPS_MAX:
            raise TooLarge

    def _values_in(self, node: FieldNode) -> _ValueFinder:
        """The values in the arguments of a field; found once, however many types the field is compiled for."""
        found = self._values.get(id(node))
        if found is None:
            found = self._values[id(node)] = _ValueFinder()
            for argument in node.arguments or ():
                visit(argument.value, found)
        return found

    def _selection_below(self, kind: Kind) -> Selection:
        composite = composite_of(kind)
        key = tuple(map(id, composite.selections.values())) if composite is not None else ()
        selected = self._selected.get(key)
        if selected is None:
            selected = self._selected[key] = _selected_below(kind)
        return selected

    def _kind(self, output_type: GraphQLOutputType, details: FieldDetailsList) -> Kind:
        if isinstance(output_type, GraphQLNonNull):
            return NonNull(cast("Leaf | ListOf | Composite", self._kind(output_type.of_type, details)))
        if isinstance(output_type, GraphQLList):
            return ListOf(self._kind(output_type.of_type, details))
        if is_leaf_type(output_type):
            return Leaf(leaf_column(output_type))
        if isinstance(output_type, GraphQLObjectType):
            return Composite(output_type, {output_type.name: self._selection(output_type, details)})
        abstract = cast(GraphQLAbstractType, output_type)
        possible = self._schema.get_possible_types(abstract)
        return Composite(abstract, {one.name: self._selection(one, details) for one in possible})


def compiled(
    schema: GraphQLSchema,
    fragments: dict[str, FragmentDefinitionNode],
    operation: OperationDefinitionNode,
    variables: VariableValues,
    *,
    hide_suggestions: bool = False,
) -> Plan | str:
    """The plan of an operation, or the reason why it has none. graphql-core then reports what is wrong."""
    root_type = schema.get_root_type(operation.operation)
    if root_type is None:
        return "the schema has no such operation"
    compiler = Compiler(schema, fragments, operation, variables, hide_suggestions=hide_suggestions)
    try:
        root = compiler.root(root_type)
    except GraphQLError as error:
        return f"it cannot be compiled: {error.message}"
    except RecursionError:
        return "it cannot be compiled: it is nested too deeply"
    except TooLarge:
        reason = "it is too large to be compiled"
        return Plan(operation, fragments, SelectionPlan(root_type), (), 0, reason, is_bounded=False)
    whole = compiler.whole
    if operation.operation is OperationType.SUBSCRIPTION:
        whole = "it is a subscription"
    reads = tuple(reads_of(root))
    is_bounded = len(reads) <= READS_MAX
    return Plan(operation, fragments, root, reads, compiler.fields_count, whole, is_bounded, compiler.schema_fields)


_NOTHING = Selection()


def _is_default(graphql_field: GraphQLField) -> bool:
    return getattr(graphql_field.resolve, "_is_default", False)


class _ValueFinder(Visitor):
    """Counts the values in the arguments of a field, and notes the names of variables."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0
        self.variables: dict[str, None] = {}

    def enter(self, node: Node, *_: object) -> None:
        if isinstance(node, ValueNode):
            self.count += 1
        if isinstance(node, VariableNode):
            self.variables[node.name.value] = None


def _has_reads(plan: FieldPlan) -> bool:
    if plan.batch is not None and plan.batch.reads is not None:
        return True
    below = composite_of(plan.kind)
    return below is not None and any(one.has_reads for one in below.selections.values())


def _selected_below(kind: Kind) -> Selection:
    composite = composite_of(kind)
    if composite is None:
        return _NOTHING
    shown: set[str] = set()
    joined: set[str] = set()
    names: set[str] = set()
    ones = _NOTHING
    pending: list[tuple[SelectionPlan, bool]] = [(selection, True) for selection in composite.selections.values()]
    seen: set[int] = set()
    while pending:
        selection, at_top = pending.pop()
        if id(selection) in seen:
            continue
        seen.add(id(selection))
        for plan in selection.fields:
            if at_top:
                names.add(plan.name)
            if plan.facts is not None:
                shown.update(plan.facts.shown)
                joined.update(plan.facts.joined)
                if plan.facts.joinable:
                    ones = ones.with_one(plan.column_name, plan.selection)
            elif (below := composite_of(plan.kind)) is not None:
                pending += [(one, False) for one in below.selections.values()]
    return Selection(frozenset(shown), frozenset(joined), frozenset(names), ones.ones)
