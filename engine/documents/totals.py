"""Adds up the definitions of a GraphQL document. Each is walked once, without recursion, however often it is spread."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from graphql import (
    DirectiveNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableDefinitionNode,
)

from engine.documents.introspection import SCHEMA, SCHEMA_FIELDS, TYPE

# Totals stop here, so that no sum becomes a long integer.
SATURATED = 10**9

Definition: TypeAlias = OperationDefinitionNode | FragmentDefinitionNode


@dataclass(slots=True)
class DefinitionTotals:
    """The totals of one definition: of itself first, and with everything that it spreads once expanded."""

    # Name of the fragment, levels of fields above the spread, and how many of these are below `__schema` or `__type`.
    spreads: list[tuple[str, int, int]]
    depth: int = 0
    introspection_depth: int = 0
    # Levels of any kind: what a fragment adds where it is spread inside an introspection.
    height: int = 0
    value_depth: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    fragments: int = 0
    schemas: int = 0
    types: int = 0


def totals_of(definition: Definition) -> DefinitionTotals:
    totals = DefinitionTotals(spreads=[])
    _add_directives(totals, definition.directives)
    for variable in definition.variable_definitions or ():
        _add_variable(totals, variable)
    pending = [(definition.selection_set, 0, 0)]
    while pending:
        selection_set, level, introspection = pending.pop()
        for node in selection_set.selections:
            _add_directives(totals, node.directives)
            if isinstance(node, FieldNode):
                below = _add_field(totals, node, level, introspection)
                if node.selection_set:
                    pending.append((node.selection_set, level + 1, below))
            elif isinstance(node, InlineFragmentNode):
                totals.fragments += 1
                pending.append((node.selection_set, level, introspection))
            elif isinstance(node, FragmentSpreadNode):
                totals.fragments += 1
                totals.spreads.append((node.name.value, level, introspection))
    return totals


def _add_field(totals: DefinitionTotals, node: FieldNode, level: int, introspection: int) -> int:
    """Add a field at a level of fields. Returns the level of introspection of its own fields."""
    totals.fields += 1
    totals.aliases += node.alias is not None
    totals.schemas += node.name.value == SCHEMA
    totals.types += node.name.value == TYPE
    totals.value_depth = max(totals.value_depth, _value_depth(argument.value for argument in node.arguments or ()))
    totals.height = max(totals.height, level + 1)
    if introspection == 0:
        totals.depth = max(totals.depth, level + 1)
        if node.name.value not in SCHEMA_FIELDS:
            return 0
    totals.introspection_depth = max(totals.introspection_depth, introspection + 1)
    return introspection + 1


def _add_directives(totals: DefinitionTotals, directives: Iterable[DirectiveNode] | None) -> None:
    for directive in directives or ():
        totals.directives += 1
        depth = _value_depth(argument.value for argument in directive.arguments or ())
        totals.value_depth = max(totals.value_depth, depth)


def _add_variable(totals: DefinitionTotals, variable: VariableDefinitionNode) -> None:
    _add_directives(totals, variable.directives)
    if variable.default_value:
        totals.value_depth = max(totals.value_depth, _value_depth([variable.default_value]))


def _value_depth(values: Iterable[ValueNode]) -> int:
    """Levels of lists and input objects: 0 for a scalar, 1 for [1], 2 for {a: [1]}."""
    deepest = 0
    pending = [(value, 0) for value in values]
    while pending:
        value, level = pending.pop()
        if isinstance(value, ListValueNode):
            below = value.values
        elif isinstance(value, ObjectValueNode):
            below = tuple(field.value for field in value.fields)
        else:
            continue
        deepest = max(deepest, level + 1)
        pending += [(item, level + 1) for item in below]
    return deepest


class CircularFragment(Exception):
    """A fragment spreads itself, directly or through others, so it has no expansion. `name` is one in the cycle."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Fragment {name} spreads itself, directly or through others. Remove that spread.")
        self.name = name


def callees_first(totals_by_name: Mapping[str, DefinitionTotals]) -> list[str]:
    """Order the fragments so that each comes after those that it spreads. Raises CircularFragment for a cycle."""
    order: dict[str, bool] = {}  # False while the fragments below one are visited, True once it is placed
    placed: list[str] = []
    for start in totals_by_name:
        path = [] if start in order else [(start, iter(totals_by_name[start].spreads))]
        order.setdefault(start, False)
        while path:
            name, spreads = path[-1]
            for callee, _, _ in spreads:
                if callee in totals_by_name and callee not in order:
                    order[callee] = False
                    path.append((callee, iter(totals_by_name[callee].spreads)))
                    break
                if order.get(callee) is False:
                    raise CircularFragment(callee)
            else:
                path.pop()
                order[name] = True
                placed.append(name)
    return placed


def expand(totals: DefinitionTotals, totals_by_name: Mapping[str, DefinitionTotals]) -> None:
    """Add the totals of its fragments, which are expanded already, to a definition."""
    for name, level, introspection in totals.spreads:
        if name in totals_by_name:
            add(totals, totals_by_name[name], level, introspection)


def add(totals: DefinitionTotals, part: DefinitionTotals, level: int, introspection: int) -> None:
    if introspection:
        totals.introspection_depth = max(totals.introspection_depth, introspection + part.height)
    else:
        totals.depth = max(totals.depth, level + part.depth)
        totals.introspection_depth = max(totals.introspection_depth, part.introspection_depth)
    totals.height = max(totals.height, level + part.height)
    totals.value_depth = max(totals.value_depth, part.value_depth)
    totals.fields = min(SATURATED, totals.fields + part.fields)
    totals.aliases = min(SATURATED, totals.aliases + part.aliases)
    totals.directives = min(SATURATED, totals.directives + part.directives)
    totals.fragments = min(SATURATED, totals.fragments + part.fragments)
    totals.schemas = min(SATURATED, totals.schemas + part.schemas)
    totals.types = min(SATURATED, totals.types + part.types)


def duplicates_of(roots: Iterable[Definition], fragments: Mapping[str, FragmentDefinitionNode]) -> int:
    """How many fields of the expanded document repeat a response path. One step per field and per use of a fragment."""
    duplicates = 0
    # Each group holds the selection sets that meet at one response path.
    groups = [[root.selection_set] for root in roots]
    while groups:
        group = groups.pop()
        below: dict[str, list[SelectionSetNode]] = {}
        while group:
            for node in group.pop().selections:
                if isinstance(node, FieldNode):
                    key = (node.alias or node.name).value
                    duplicates += key in below
                    below.setdefault(key, [])
                    if node.selection_set:
                        below[key].append(node.selection_set)
                elif isinstance(node, InlineFragmentNode):
                    group.append(node.selection_set)
                elif isinstance(node, FragmentSpreadNode) and node.name.value in fragments:
                    group.append(fragments[node.name.value].selection_set)
        groups += [sets for sets in below.values() if sets]
    return duplicates
