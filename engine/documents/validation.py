"""Validates a document by the rules of GraphQL, with bounded work for its errors."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Final

from graphql import (
    SKIP,
    DocumentNode,
    GraphQLError,
    GraphQLInputType,
    GraphQLSchema,
    NamedTypeNode,
    ValueNode,
    ValuesOfCorrectTypeRule,
    VisitorAction,
    specified_rules,
    validate,
)
from graphql.utilities import validate_input_literal

ERRORS_MAX: Final = 20
"""Validation stops after this many errors."""
VALUE_ERRORS_MAX: Final = 3
"""The errors reported of one value: each prints the value, however large it is."""
SUGGESTED_ERRORS_MAX: Final = 3
"""How many errors of a document suggest similar names: finding them takes up to 5 ms per error."""
SUGGESTED_TOKENS_MAX: Final = 500
"""The largest document that gets suggestions, since it is validated twice for them."""


class _EnoughErrors(Exception):
    """A value has VALUE_ERRORS_MAX errors."""


class _ValuesOfCorrectType(ValuesOfCorrectTypeRule):
    """The rule of GraphQL, limited to the first errors of each value."""

    def is_valid_value_node(self, node: ValueNode, input_type: GraphQLInputType | None) -> VisitorAction:
        if input_type is not None:
            with contextlib.suppress(_EnoughErrors):
                self._check(node, input_type)
        return SKIP

    def _check(self, node: ValueNode, input_type: GraphQLInputType) -> None:
        told = 0

        def on_error(error: GraphQLError, _: Sequence[str | int]) -> None:
            nonlocal told
            self.report_error(error)
            told += 1
            if told == VALUE_ERRORS_MAX:
                raise _EnoughErrors

        validate_input_literal(node, input_type, on_error, None, None, self.context.hide_suggestions)


_RULES: Final = tuple(_ValuesOfCorrectType if rule is ValuesOfCorrectTypeRule else rule for rule in specified_rules)


def validation_errors(schema: GraphQLSchema, document: DocumentNode, *, hide_suggestions: bool) -> list[GraphQLError]:
    """The validation errors: at most ERRORS_MAX, and one that says so where there are more.

    The first errors suggest similar names. Type names are not suggested: comparing them with all types of the schema
    takes ten times as long.
    """
    errors = validate(schema, document, _RULES, ERRORS_MAX, hide_suggestions=True)
    if hide_suggestions or document.token_count > SUGGESTED_TOKENS_MAX:
        return errors
    few = 0
    # Validation makes one error more than it is asked for, so the next one must not be about a type either.
    while few < min(SUGGESTED_ERRORS_MAX, len(errors)) and not any(map(_is_of_type, errors[few : few + 2])):
        few += 1
    return [*validate(schema, document, _RULES, few)[:few], *errors[few:]] if few else errors


def _is_of_type(error: GraphQLError) -> bool:
    """Whether an error is about the name of a type."""
    return any(isinstance(node, NamedTypeNode) for node in error.nodes or ())
