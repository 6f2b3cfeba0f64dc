"""Facts: what the engine and the reference lane need to know of a field, carried by the field itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    InlineFragmentNode,
    SelectionSetNode,
    get_named_type,
)

from resolvers.records import Columns

FACTS = "simpul.facts"


@dataclass(frozen=True, slots=True)
class FieldFacts:
    """Which fields of the record a field shows, and which it needs for a join that the viewer does not see."""

    shown: tuple[str, ...] = ()
    joined: tuple[str, ...] = ()


def facts_metadata(*shown: str, joined: tuple[str, ...] = ()) -> Mapping[str, Any]:
    return {FACTS: FieldFacts(shown, joined)}


@dataclass(frozen=True, slots=True)
class Selection:
    """What an operation selects of records at one place, and which fields of the list around them."""

    columns: Columns
    names: frozenset[str]


def selection_of(info: GraphQLResolveInfo[Any]) -> Selection:
    """The fields of records that are selected below a field, down to the next field that reads by itself.

    Fields behind `@skip` and `@include` count as selected: reading a column too much is no error.
    """
    walk = _Walk(info.schema, info.fragments)
    named = get_named_type(info.return_type)
    for node in info.field_nodes:
        if node.selection_set is not None:
            walk.selections(node.selection_set, named, top=True)
    return Selection(Columns(frozenset(walk.shown), frozenset(walk.joined)), frozenset(walk.names))


class _Walk:
    def __init__(self, schema: GraphQLSchema, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._schema = schema
        self._fragments = fragments
        self._seen: set[tuple[str, str]] = set()
        self.shown: set[str] = set()
        self.joined: set[str] = set()
        self.names: set[str] = set()

    def selections(self, selection_set: SelectionSetNode, parent: object, *, top: bool) -> None:
        for node in selection_set.selections:
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
        elif node.selection_set is not None:
            self.selections(node.selection_set, get_named_type(field.type), top=False)
