"""Adds up the definitions of a GraphQL document: each is walked once, without recursion, however often it is spread."""

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

# Totals stop here, so that no sum becomes a long integer.
SATURATED = 10**9

Definition: TypeAlias = OperationDefinitionNode | FragmentDefinitionNode

_INTROSPECTION_ROOTS = frozenset({"__schema", "__type"})


@dataclass(slots=True)
class Tally:
    """One definition: first what it has itself, then, once expanded, with everything that it spreads."""

    # Name of the fragment, levels of fields above the spread, and how many of these belong to an introspection.
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


def tally_of(definition: Definition) -> Tally:
    tally = Tally(spreads=[])
    _add_directives(tally, definition.directives)
    for variable in definition.variable_definitions or ():
        _add_variable(tally, variable)
    pending = [(definition.selection_set, 0, 0)]
    while pending:
        selection_set, level, introspection = pending.pop()
        for node in selection_set.selections:
            _add_directives(tally, node.directives)
            if isinstance(node, FieldNode):
                below = _add_field(tally, node, level, introspection)
                if node.selection_set:
                    pending.append((node.selection_set, level + 1, below))
            elif isinstance(node, InlineFragmentNode):
                tally.fragments += 1
                pending.append((node.selection_set, level, introspection))
            elif isinstance(node, FragmentSpreadNode):
                tally.fragments += 1
                tally.spreads.append((node.name.value, level, introspection))
    return tally


def _add_field(tally: Tally, node: FieldNode, level: int, introspection: int) -> int:
    """Add a field below `level` fields; returns how many levels of introspection its own fields are below."""
    tally.fields += 1
    tally.aliases += node.alias is not None
    tally.value_depth = max(tally.value_depth, _value_depth(argument.value for argument in node.arguments or ()))
    tally.height = max(tally.height, level + 1)
    if introspection == 0:
        tally.depth = max(tally.depth, level + 1)
        if node.name.value not in _INTROSPECTION_ROOTS:
            return 0
    tally.introspection_depth = max(tally.introspection_depth, introspection + 1)
    return introspection + 1


def _add_directives(tally: Tally, directives: Iterable[DirectiveNode] | None) -> None:
    for directive in directives or ():
        tally.directives += 1
        depth = _value_depth(argument.value for argument in directive.arguments or ())
        tally.value_depth = max(tally.value_depth, depth)


def _add_variable(tally: Tally, variable: VariableDefinitionNode) -> None:
    _add_directives(tally, variable.directives)
    if variable.default_value:
        tally.value_depth = max(tally.value_depth, _value_depth([variable.default_value]))


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
    """A fragment spreads itself, directly or through others: it has no expansion. `name` is one of the circle."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Fragment {name} spreads itself, directly or through others. Remove that spread.")
        self.name = name


def callees_first(tallies: Mapping[str, Tally]) -> list[str]:
    """Order the fragments so that each comes after those that it spreads; CircularFragment where that cannot be."""
    order: dict[str, bool] = {}  # False while the fragments below one are visited, True once it is placed
    placed: list[str] = []
    for start in tallies:
        path = [] if start in order else [(start, iter(tallies[start].spreads))]
        order.setdefault(start, False)
        while path:
            name, spreads = path[-1]
            for callee, _, _ in spreads:
                if callee in tallies and callee not in order:
                    order[callee] = False
                    path.append((callee, iter(tallies[callee].spreads)))
                    break
                if order.get(callee) is False:
                    raise CircularFragment(callee)
            else:
                path.pop()
                order[name] = True
                placed.append(name)
    return placed


def expand(tally: Tally, tallies: Mapping[str, Tally]) -> None:
    """Add to a definition what it spreads; the fragments that it spreads are expanded already."""
    for name, level, introspection in tally.spreads:
        if name in tallies:
            add(tally, tallies[name], level, introspection)


def add(tally: Tally, part: Tally, level: int, introspection: int) -> None:
    if introspection:
        tally.introspection_depth = max(tally.introspection_depth, introspection + part.height)
    else:
        tally.depth = max(tally.depth, level + part.depth)
        tally.introspection_depth = max(tally.introspection_depth, part.introspection_depth)
    tally.height = max(tally.height, level + part.height)
    tally.value_depth = max(tally.value_depth, part.value_depth)
    tally.fields = min(SATURATED, tally.fields + part.fields)
    tally.aliases = min(SATURATED, tally.aliases + part.aliases)
    tally.directives = min(SATURATED, tally.directives + part.directives)
    tally.fragments = min(SATURATED, tally.fragments + part.fragments)


def duplicates_of(roots: Iterable[Definition], fragments: Mapping[str, FragmentDefinitionNode]) -> int:
    """Fields of the expanded document, less its response paths; one step for each field and each use of a fragment."""
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
