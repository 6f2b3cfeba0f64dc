"""What an operation selects below a field, for the reference lane; the engine has it in its plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphql import (
    FieldNode,
    FragmentSpreadNode,
    GraphQLIncludeDirective,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSkipDirective,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
    get_directive_values,
    get_named_type,
)

from engine.facts import FACTS, FieldFacts, Selection
from resolvers.reads import Columns


def columns_of(selection: Selection) -> Columns:
    """The selection as the columns of a read: the same object each time, for as long as the plan is kept."""
    return selection.derived(_columns)


def _columns(selection: Selection) -> Columns:
    return Columns(
        selection.shown, selection.joined, {name: columns_of(below) for name, below in selection.ones.items()}
    )


def selection_of(info: GraphQLResolveInfo[Any]) -> Selection:
    """The fields of records that are selected below a field, down to the next field that reads by itself."""
    return _selected_below(info, info.field_nodes, get_named_type(info.return_type), with_ones=True)


def _selected_below(
    info: GraphQLResolveInfo[Any], nodes: Sequence[FieldNode], named: object, *, with_ones: bool
) -> Selection:
    walk = _Walk(info, with_ones=with_ones)
    for node in nodes:
        if node.selection_set is not None:
            walk.selections(node.selection_set, named, top=True)
    return Selection(frozenset(walk.shown), frozenset(walk.joined), frozenset(walk.names), walk.ones.ones)


class _Walk:
    def __init__(self, info: GraphQLResolveInfo[Any], *, with_ones: bool) -> None:
        self._info = info
        self._with_ones = with_ones
        self._schema = info.schema
        self._fragments = info.fragments
        self._variables = info.variable_values
        self._seen: set[tuple[str, str]] = set()
        self.shown: set[str] = set()
        self.joined: set[str] = set()
        self.names: set[str] = set()
        self.ones = Selection()

    def selections(self, selection_set: SelectionSetNode, parent: object, *, top: bool) -> None:
        for node in selection_set.selections:
            if not self._is_included(node):
                continue
            if isinstance(node, FieldNode):
                self._field(node, parent, top=top)
            elif isinstance(node, InlineFragmentNode):
                condition = node.type_condition
                self.selections(node.selection_set, self._type(condition.name.value) if condition else parent, top=top)
            elif isinstance(node, FragmentSpreadNode):
                fragment = self._fragments[node.name.value]
                narrowed = self._type(fragment.type_condition.name.value)
                if (node.name.value, str(top)) not in self._seen:
                    self._seen.add((node.name.value, str(top)))
                    self.selections(fragment.selection_set, narrowed, top=top)

    def _is_included(self, node: SelectionNode) -> bool:
        if not node.directives:
            return True
        skip = get_directive_values(GraphQLSkipDirective, node, self._variables)
        include = get_directive_values(GraphQLIncludeDirective, node, self._variables)
        return not (skip and skip["if"]) and (include is None or bool(include["if"]))

    def _type(self, name: str) -> object:
        return self._schema.get_type(name)

    def _field(self, node: FieldNode, parent: object, *, top: bool) -> None:
        if top:
            self.names.add(node.name.value)
        if not isinstance(parent, GraphQLObjectType | GraphQLInterfaceType) or node.name.value not in parent.fields:
            return
        field = parent.fields[node.name.value]
        declared = field.extensions.get("strawberry-definition")
        facts = declared.metadata.get(FACTS) if declared is not None else None
        if isinstance(facts, FieldFacts):
            self.shown.update(facts.shown)
            self.joined.update(facts.joined)
            if facts.joinable and self._with_ones:
                below = _selected_below(self._info, [node], get_named_type(field.type), with_ones=False)
                self.ones = self.ones.with_one(declared.python_name, below)
        elif node.selection_set is not None:
            self.selections(node.selection_set, get_named_type(field.type), top=False)
