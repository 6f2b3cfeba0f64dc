"""The memoised totals equal those of a reference that writes every spread out, which takes exponential time."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Any, TypeAlias

import pytest
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    ValueNode,
    parse,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.documents.limits import Limits, measure
from engine.documents.totals import SATURATED, CircularFragment, DefinitionTotals, callees_first

LOOSE = Limits(**{field.name: SATURATED - 1 for field in dataclasses.fields(Limits)})

Path: TypeAlias = tuple[str, ...]


class Reference:
    """Walks the written-out document and notes what it meets."""

    def __init__(self, text: str) -> None:
        definitions = parse(text).definitions
        self.fragments = {node.name.value: node for node in definitions if isinstance(node, FragmentDefinitionNode)}
        self.levels = self.introspection_levels = self.values = 0
        self.fields = self.aliases = self.directives = self.uses = 0
        self.paths: set[Path] = set()
        spread = {name for node in definitions for name in spread_in(node)}
        for number, node in enumerate(definitions):
            if isinstance(node, OperationDefinitionNode):
                self.walk(node, (str(number),), 0)
            elif isinstance(node, FragmentDefinitionNode) and node.name.value not in spread:
                self.uses += 1
                self.walk(node, (str(number),), 0)

    def walk(self, node: Any, path: Path, introspection: int) -> None:
        for directive in node.directives or ():
            self.directives += 1
            self.note_values(directive)
        for child in node.selection_set.selections if node.selection_set else ():
            if isinstance(child, FieldNode):
                self.walk_field(child, path, introspection)
            elif isinstance(child, InlineFragmentNode):
                self.uses += 1
                self.walk(child, path, introspection)
            elif isinstance(child, FragmentSpreadNode):
                self.uses += 1
                self.walk_spread(child, path, introspection)

    def walk_spread(self, node: FragmentSpreadNode, path: Path, introspection: int) -> None:
        self.directives += len(node.directives or ())
        for directive in node.directives or ():
            self.note_values(directive)
        if node.name.value in self.fragments:
            self.walk(self.fragments[node.name.value], path, introspection)

    def walk_field(self, node: FieldNode, path: Path, introspection: int) -> None:
        path = (*path, (node.alias or node.name).value)
        if introspection or node.name.value in {"__schema", "__type"}:
            introspection += 1
        self.fields += 1
        self.aliases += node.alias is not None
        self.paths.add(path)
        self.introspection_levels = max(self.introspection_levels, introspection)
        if introspection <= 1:
            self.levels = max(self.levels, len(path) - 1)
        self.note_values(node)
        self.walk(node, path, introspection)

    def note_values(self, node: Any) -> None:
        for argument in node.arguments or ():
            self.values = max(self.values, nesting(argument.value))


def spread_in(node: Any) -> Iterator[str]:
    for child in node.selection_set.selections if getattr(node, "selection_set", None) else ():
        if isinstance(child, FragmentSpreadNode):
            yield child.name.value
        else:
            yield from spread_in(child)


def nesting(value: ValueNode) -> int:
    if isinstance(value, ListValueNode):
        return 1 + max(map(nesting, value.values), default=0)
    if isinstance(value, ObjectValueNode):
        return 1 + max((nesting(field.value) for field in value.fields), default=0)
    return 0


VALUES = st.recursive(
    st.sampled_from(["1", "$v", '"s"']),
    lambda inner: st.lists(inner, max_size=2).map(lambda items: f"[{' '.join(items)}]") | inner.map("{{k: {}}}".format),
    max_leaves=3,
)
DIRECTIVES = st.just("") | st.just(" @d") | VALUES.map(" @d(x: {}) @e".format)
NAMES = st.sampled_from(["a", "b", "__schema", "__typename", "one: a", "b: a"])
ARGUMENTS = st.just("") | VALUES.map("(x: {})".format)


@st.composite
def selection_sets(draw: st.DrawFn, spreads: list[str], levels: int = 3) -> str:
    selections = []
    for _ in range(draw(st.integers(0, 3))):
        kind = draw(st.sampled_from(["field", "leaf", "inline", "spread"]))
        below = draw(selection_sets(spreads, levels - 1)) if levels and kind in {"field", "inline"} else ""
        if kind == "spread":
            selections.append(f"...{draw(st.sampled_from(spreads))}{draw(DIRECTIVES)}")
        elif kind == "inline" and below:
            selections.append(f"...{draw(st.sampled_from(['', ' on T']))}{draw(DIRECTIVES)} {below}")
        else:
            selections.append(f"{draw(NAMES)}{draw(ARGUMENTS)}{draw(DIRECTIVES)} {below}")
    return f"{{ {' '.join(selections)} }}"


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Up to two operations and four fragments, each of which spreads only later ones and one that is missing."""
    names = ["F0", "F1", "F2", "F3", "Missing"]
    parts = [f"query Q{n}{draw(DIRECTIVES)} {draw(selection_sets(names))}" for n in range(draw(st.integers(1, 2)))]
    parts += [
        f"fragment {name} on T{draw(DIRECTIVES)} {draw(selection_sets(names[n + 1 :], 2))}"
        for n, name in enumerate(names[: draw(st.integers(0, 4))])
    ]
    return "\n".join(draw(st.permutations(parts)))


@settings(max_examples=150, deadline=None)
@given(documents())
def test_the_memoised_measure_equals_the_exponential_one(text: str) -> None:
    counts = measure(parse(text), LOOSE)
    expected = Reference(text)
    assert (counts.depth, counts.introspection_depth, counts.value_depth) == (
        expected.levels,
        expected.introspection_levels,
        expected.values,
    )
    assert (counts.fields, counts.aliases, counts.directives, counts.fragments) == (
        expected.fields,
        expected.aliases,
        expected.directives,
        expected.uses,
    )
    assert counts.duplicate_fields == expected.fields - len(expected.paths)


def test_callees_come_first() -> None:
    tallies = {
        "A": DefinitionTotals(spreads=[("B", 0, 0), ("C", 0, 0), ("Missing", 0, 0)]),
        "B": DefinitionTotals(spreads=[("C", 1, 0), ("C", 2, 0)]),
        "C": DefinitionTotals(spreads=[]),
    }
    assert callees_first(tallies) == ["C", "B", "A"]


def test_a_circle_is_named() -> None:
    tallies = {
        "A": DefinitionTotals(spreads=[("B", 0, 0)]),
        "B": DefinitionTotals(spreads=[("C", 0, 0)]),
        "C": DefinitionTotals(spreads=[("B", 0, 0)]),
    }
    with pytest.raises(CircularFragment) as caught:
        callees_first(tallies)
    assert caught.value.name == "B"
