"""Shrinks a case that fails: leaves out what it fails without, until nothing more can be left out."""

from __future__ import annotations

import enum
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    InlineFragmentNode,
    Node,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    VariableNode,
    Visitor,
    parse,
    print_ast,
    validate,
    visit,
)

from tests.engine.differential.operations import Case

TRIES_MAX = 1_500

Fails = Callable[[Case], Awaitable[bool]]


async def shrunk(schema: GraphQLSchema, case: Case, fails: Fails) -> Case:
    """The smallest case on the way that still fails, all steps taken greedily. At most TRIES_MAX cases are run."""
    tries = 0
    is_smaller = True
    while is_smaller:
        is_smaller = False
        for candidate in _smaller(schema, case):
            tries += 1
            if tries > TRIES_MAX:
                return case
            if await fails(candidate):
                case, is_smaller = candidate, True
                break
    return case


def _smaller(schema: GraphQLSchema, case: Case) -> Iterator[Case]:
    if case.slowness:
        yield replace(case, slowness=0.0)
    if case.failures:
        yield replace(case, failures=0.0)
    document = parse(case.text, no_location=True)
    for made in _cuts(document):
        clean = _without_unused(made)
        text = print_ast(clean)
        if len(text) >= len(print_ast(document)) or not clean.definitions or validate(schema, parse(text)):
            continue
        yield replace(case, text=text, variables=_used(case, clean))


def _used(case: Case, document: DocumentNode) -> dict[str, Any]:
    declared = {
        variable.variable.name.value
        for definition in document.definitions
        if isinstance(definition, OperationDefinitionNode)
        for variable in definition.variable_definitions or ()
    }
    return {name: value for name, value in case.variables.items() if name in declared}


def _cuts(document: DocumentNode) -> Iterator[DocumentNode]:
    """The document with one thing left out, or one fragment written out; the largest first."""
    for index in range(len(document.definitions)):
        rest = document.definitions[:index] + document.definitions[index + 1 :]
        yield DocumentNode(definitions=rest)
    for number in range(_count(document)):
        for change in Change:
            made = visit(document, _Cut(document, number, change))
            if made is not document:
                yield made


def _count(document: DocumentNode) -> int:
    counter = _Counter()
    visit(document, counter)
    return counter.count


class Change(enum.Enum):
    """What may be done to a selection."""

    REMOVE = "remove"
    UNWRAP = "unwrap"
    STRIP = "strip"


class _Counter(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def enter_selection_set(self, node: SelectionSetNode, *_: object) -> None:
        self.count += len(node.selections)


class _Cut(Visitor):
    """Changes the selection of a number, in the order of the document."""

    def __init__(self, document: DocumentNode, number: int, change: Change) -> None:
        super().__init__()
        self._fragments = {
            one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)
        }
        self._number = number
        self._change = change
        self._seen = 0

    def enter_selection_set(self, node: SelectionSetNode, *_: object) -> SelectionSetNode | None:
        index = self._number - self._seen
        self._seen += len(node.selections)
        if not 0 <= index < len(node.selections):
            return None
        changed = self._changed(node.selections[index])
        if changed is None:
            return None
        selections = (*node.selections[:index], *changed, *node.selections[index + 1 :])
        return SelectionSetNode(selections=selections) if selections else None

    def _changed(self, node: SelectionNode) -> tuple[SelectionNode, ...] | None:
        if self._change is Change.REMOVE:
            return ()
        if self._change is Change.UNWRAP:
            return self._unwrapped(node)
        return _stripped(node)

    def _unwrapped(self, node: SelectionNode) -> tuple[SelectionNode, ...] | None:
        if isinstance(node, InlineFragmentNode):
            return tuple(node.selection_set.selections)
        if isinstance(node, FragmentSpreadNode) and node.name.value in self._fragments:
            fragment = self._fragments[node.name.value]
            condition, below = fragment.type_condition, fragment.selection_set
            return (InlineFragmentNode(type_condition=condition, selection_set=below, directives=node.directives),)
        return None


def _stripped(node: SelectionNode) -> tuple[SelectionNode, ...] | None:
    """Without directives, else without its alias, else without its last argument."""
    if node.directives:
        return (_copy(node, directives=()),)
    if isinstance(node, FieldNode) and node.alias:
        return (_copy(node, alias=None),)
    if isinstance(node, FieldNode) and node.arguments:
        return (_copy(node, arguments=node.arguments[:-1]),)
    return None


def _copy(node: Node, **changed: Any) -> Any:
    kept = {key: getattr(node, key, None) for key in node.keys if key != "loc"}
    return type(node)(**{**kept, **changed})


def _without_unused(document: DocumentNode) -> DocumentNode:
    """Without fragments that nothing spreads and variables that nothing uses."""
    while True:
        names = _Names()
        visit(document, names)
        definitions = tuple(
            one
            for one in document.definitions
            if not isinstance(one, FragmentDefinitionNode) or one.name.value in names.spread
        )
        if len(definitions) == len(document.definitions):
            break
        document = DocumentNode(definitions=definitions)
    return DocumentNode(definitions=tuple(_declaring(one, names.variables) for one in document.definitions))


def _declaring(definition: Any, used: set[str]) -> Any:
    if not isinstance(definition, OperationDefinitionNode):
        return definition
    declared = tuple(one for one in definition.variable_definitions or () if one.variable.name.value in used)
    return _copy(definition, variable_definitions=declared)


class _Names(Visitor):
    def __init__(self) -> None:
        super().__init__()
        self.spread: set[str] = set()
        self.variables: set[str] = set()

    def enter_fragment_spread(self, node: FragmentSpreadNode, *_: object) -> None:
        self.spread.add(node.name.value)

    def enter_variable(self, node: VariableNode, _key: object, parent: object, *_: object) -> None:
        if type(parent).__name__ != "VariableDefinitionNode":
            self.variables.add(node.name.value)
