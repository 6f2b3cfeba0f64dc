"""Documents: what is prepared, what is kept, and how an operation is found in it."""

from __future__ import annotations

import gc
import sys
from contextlib import suppress

import pytest
from graphql import (
    GraphQLSyntaxError,
    OperationType,
    build_schema,
    parse,
)

from engine.documents import kept as module
from engine.documents.kept import Documents, InvalidDocument, is_introspection, prepared_of
from engine.documents.limits import LimitExceeded, Limits
from engine.documents.validation import ERRORS_MAX

SCHEMA = build_schema("enum Color { RED } type Query { name(of: Color): String other: Int! }")


@pytest.fixture
def documents() -> Documents:
    return Documents(SCHEMA, Limits(), hide_suggestions=False)


def test_what_is_prepared_is_kept(documents: Documents) -> None:
    assert documents.prepare("{ name }") is documents.prepare("{ name }")
    assert documents.prepare("{ name }") is not documents.prepare("{ name  }")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("{", GraphQLSyntaxError),
        ("{ nothing }", InvalidDocument),
        ("{ ...A } fragment A on Query { ...A }", LimitExceeded),
    ],
)
def test_what_is_refused_is_not_kept(documents: Documents, text: str, error: type[Exception]) -> None:
    for _ in range(2):
        with pytest.raises(error):
            documents.prepare(text)
    assert len(documents._prepared) == 0


@pytest.mark.parametrize("field", ["name", "nothing"])
def test_many_documents_leave_no_more_to_the_collector_than_one(documents: Documents, field: str) -> None:
    def left(documents_count: int) -> int:
        gc.collect()
        for number in range(documents_count):
            with suppress(InvalidDocument):
                documents.prepare(f"query Of{documents_count}Number{number} {{ {field} }}")
        return gc.collect()

    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        assert left(30) == left(1)
    finally:
        gc.unfreeze()
        gc.enable()


def test_limits_come_before_validation() -> None:
    documents = Documents(SCHEMA, Limits(aliases_max=1), hide_suggestions=False)
    with pytest.raises(LimitExceeded):
        documents.prepare("{ a: nothing b: nothing }")


@pytest.mark.parametrize(
    ("hidden", "message"),
    [
        (False, "Cannot query field 'nam' on type 'Query'. Did you mean 'name'?"),
        (True, "Cannot query field 'nam' on type 'Query'."),
    ],
)
def test_suggestions(hidden: bool, message: str) -> None:
    with pytest.raises(InvalidDocument) as refused:
        Documents(SCHEMA, Limits(), hide_suggestions=hidden).prepare("{ nam }")
    assert [error.message for error in refused.value.errors] == [message]
    assert str(refused.value) == "1 validation errors"


def test_validation_errors_are_bounded(documents: Documents) -> None:
    with pytest.raises(InvalidDocument) as refused:
        documents.prepare("{ " + " ".join(f"f{number}" for number in range(50)) + " }")
    assert len(refused.value.errors) == ERRORS_MAX + 1


# --- What is kept is bounded ------------------------------------------------------------------------------------------


TOKENS_OF_ONE = 5


def small(monkeypatch: pytest.MonkeyPatch, bytes_max: int) -> Documents:
    monkeypatch.setattr(module, "PREPARED_BYTES_MAX", bytes_max)
    return Documents(SCHEMA, Limits(), hide_suggestions=False)


def test_their_tokens_are_bounded_and_the_least_recently_used_leaves(monkeypatch: pytest.MonkeyPatch) -> None:
    one_bytes = sys.getsizeof("{ a: name }") + TOKENS_OF_ONE * module.TOKEN_BYTES
    documents = small(monkeypatch, 3 * one_bytes - 1)
    for letter in "abac":
        documents.prepare(f"{{ {letter}: name }}")
    assert [documents.knows(f"{{ {letter}: name }}") for letter in "abc"] == [True, False, True]
    assert documents.held == (2, 2 * one_bytes)


def test_their_text_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    documents = small(monkeypatch, 10_000)
    texts = [f"{{ name }} # {letter * 4_000}" for letter in "abc"]
    for text in texts:
        documents.prepare(text)
    assert [documents.knows(text) for text in texts] == [False, False, True]
    # A comment is a token too.
    assert documents.held == (1, sys.getsizeof(texts[2]) + 4 * module.TOKEN_BYTES)


def test_what_alone_takes_more_than_all_may_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    documents = small(monkeypatch, 3_000)
    documents.prepare("{ name }")
    assert documents.prepare("{ name other }").operation(None) is not None
    assert [documents.knows(text) for text in ("{ name }", "{ name other }")] == [True, False]


# --- Operations -------------------------------------------------------------------------------------------------------


def test_an_operation_is_found_by_its_name(documents: Documents) -> None:
    prepared = documents.prepare("query A { name } query B { other }")
    named = prepared.operation("B")
    assert named is not None
    assert (named.operation, named.name.value if named.name else None) == (OperationType.QUERY, "B")
    assert prepared.operation("C") is None
    assert prepared.operation(None) is None


def test_the_only_operation_needs_no_name(documents: Documents) -> None:
    prepared = documents.prepare("query A { name }")
    assert prepared.operation(None) is prepared.operation("A") is not None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("{ __typename }", True),
        ('{ __schema { types { name } } t: __type(name: "A") { name } }', True),
        ("{ __typename name }", False),
        ("{ ... { __typename } }", True),
        ("{ ...F } fragment F on Query { __schema { types { name } } }", True),
        ("{ ...F } fragment F on Query { __schema { types { name } } name }", False),
        ("subscription { __typename }", False),
        ("mutation { __typename }", False),
    ],
)
def test_what_asks_for_nothing_but_the_schema(text: str, expected: bool) -> None:
    prepared = prepared_of(text, parse(text))
    operation = prepared.operation(None)
    assert operation is not None
    assert is_introspection(prepared, operation) is expected
