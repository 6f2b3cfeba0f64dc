"""Directives: what those of a document mean for its plan - which variables it depends on, and whether it has one."""

from __future__ import annotations

from typing import Any, NamedTuple

from graphql import DirectiveNode, DocumentNode, FragmentDefinitionNode, Undefined, VariableNode, Visitor, visit
from graphql.execution.values import VariableValues

_WHOLE = frozenset({"defer", "stream", "experimental_disableErrorPropagation"})


class Directives(NamedTuple):
    """`variables` decide about `@skip` and `@include`, sorted; `whole` says why there is no plan, if there is none."""

    variables: tuple[str, ...]
    whole: str | None

    def variant(self, values: VariableValues) -> tuple[object, ...]:
        """The vector of a request: the values of the variables, in order; Undefined where there is none."""
        return tuple(values.coerced.get(name, Undefined) for name in self.variables)


def directives_of(document: DocumentNode) -> Directives:
    """Looks at every directive of a document once."""
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
