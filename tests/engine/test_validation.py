"""Validation: what is wrong in a document is told, and takes no more work however much it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from graphql import GraphQLError, parse
from graphql.pyutils.suggestion_list import LexicalDistance

from engine.documents.validation import ERRORS_MAX, SUGGESTED_ERRORS_MAX, VALUE_ERRORS_MAX, validation_errors
from schema.build import SCHEMA

CITY = SCHEMA._schema
ABORTED = "Too many validation errors, error limit reached. Validation aborted."


def many(template: str, count: int) -> str:
    return " ".join(template.replace("#", str(number)) for number in range(count))


def errors_of(text: str, *, hides: bool = False) -> list[str]:
    errors: list[GraphQLError] = validation_errors(CITY, parse(text), hide_suggestions=hides)
    return [error.message for error in errors]


@pytest.fixture
def compared(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names that were compared with a wrong one."""
    found: list[str] = []
    measure = LexicalDistance.measure

    def noted(self: Any, option: str, threshold: int) -> int | None:
        found.append(option)
        return measure(self, option, threshold)

    monkeypatch.setattr(LexicalDistance, "measure", noted)
    return found


UNKNOWN: dict[str, Callable[[int], str]] = {
    "fields": lambda count: f"{{ {many('complaintz#', count)} }}",
    "arguments": lambda count: f"{{ complaints({many('fitler#: 1', count)}) {{ totalCount }} }}",
    "values": lambda count: f"{{ complaints(filter: {{status: {{in: [{many('OPN#', count)}]}}}}) {{ totalCount }} }}",
    "fields of inputs": lambda count: f"{{ complaints(filter: {{{many('statuz#: 1', count)}}}) {{ totalCount }} }}",
    "types": lambda count: f"{{ {many('... on Complaitn# { id }', count)} }}",
}


@pytest.mark.parametrize("unknown", UNKNOWN.values(), ids=UNKNOWN)
def test_twice_as_many_unknown_names_are_compared_no_more_often(
    unknown: Callable[[int], str], compared: list[str]
) -> None:
    errors_of(unknown(40))
    few = len(compared)
    compared.clear()
    errors_of(unknown(80))
    assert len(compared) == few <= (SUGGESTED_ERRORS_MAX + 1) * len(CITY.query_type.fields)  # type: ignore[union-attr]


def test_the_first_errors_suggest_names() -> None:
    errors = errors_of(f"{{ {many('complaintz#', 40)} }}")
    start = [f"Cannot query field 'complaintz{number}' on type 'Query'." for number in range(ERRORS_MAX)]
    suggested = " Did you mean 'complaint' or 'complaints'?"
    assert errors == [
        *(one + suggested for one in start[:SUGGESTED_ERRORS_MAX]),
        *start[SUGGESTED_ERRORS_MAX:],
        ABORTED,
    ]


def test_one_error_suggests_names_and_two_do() -> None:
    assert errors_of("{ are { name } }")[0].startswith("Cannot query field 'are' on type 'Query'. Did you mean")
    errors = errors_of("{ are { name } departmens { code } }")
    assert [error.partition("Did you")[0] for error in errors] == [
        "Cannot query field 'are' on type 'Query'. ",
        "Cannot query field 'departmens' on type 'Query'. ",
    ]


def test_names_of_types_are_not_suggested_and_neither_is_what_follows(compared: list[str]) -> None:
    assert errors_of("{ ... on Complaitn { id } are { name } }") == [
        "Unknown type 'Complaitn'.",
        "Cannot query field 'are' on type 'Query'.",
    ]
    assert compared == []


def test_large_documents_and_prod_suggest_nothing(compared: list[str]) -> None:
    assert len(errors_of(f"{{ {many('complaintz#', 600)} }}")) == ERRORS_MAX + 1
    errors_of("{ are { name } }", hides=True)
    assert compared == []


def test_a_value_is_printed_for_its_first_errors_only() -> None:
    """Each of its errors repeats all of it: twenty would be twenty times what was sent."""
    wrong = UNKNOWN["fields of inputs"](300)
    errors = errors_of(wrong, hides=True)
    assert len(errors) == VALUE_ERRORS_MAX
    assert sum(map(len, errors)) < (VALUE_ERRORS_MAX + 1) * 2 * len(wrong)
    # Each value for itself.
    two = " ".join(f"{name}: {UNKNOWN['fields of inputs'](9)[2:-2]}" for name in "ab")
    assert len(errors_of(f"{{ {two} }}", hides=True)) == 2 * VALUE_ERRORS_MAX
