"""Documents: what is prepared, what is kept, and how an operation is found in it."""

from __future__ import annotations

import gc
from contextlib import suppress

import pytest
from graphql import (
    GraphQLSyntaxError,
    OperationType,
    build_schema,
    parse,
)

from engine import documents as module
from engine.documents import Documents, InvalidDocument, is_introspection, prepared_of
from engine.limits import LimitExceeded, Limits

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

    gc.disable()
    try:
        assert left(30) == left(1)
    finally:
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
    assert len(refused.value.errors) == module.VALIDATION_ERRORS_MAX + 1


# --- What is kept is bounded ------------------------------------------------------------------------------------------


def kept(documents: Documents) -> list[str]:
    return list(documents._prepared)


def test_the_number_of_documents_is_bounded(documents: Documents, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PREPARED_MAX", 2)
    for text in ("{ a: name }", "{ b: name }", "{ a: name }", "{ c: name }"):
        documents.prepare(text)
    assert kept(documents) == ["{ a: name }", "{ c: name }"]


def test_their_text_is_bounded(documents: Documents, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PREPARED_CHARS_MAX", 100)
    texts = [f"{{ name }} # {letter * 40}" for letter in "abc"]
    for text in texts:
        documents.prepare(text)
    assert kept(documents) == texts[2:]
    assert documents._chars == len(texts[2])


def test_their_tokens_are_bounded(documents: Documents, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PREPARED_TOKENS_MAX", 12)
    for letter in "abc":
        documents.prepare(f"{{ {letter}: name }}")
    assert kept(documents) == ["{ b: name }", "{ c: name }"]
    assert documents._tokens == 10


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
        ("{ ... { __typename } }", False),
        ("{ ...F } fragment F on Query { __typename }", False),
        ("subscription { __typename }", False),
        ("mutation { __typename }", False),
    ],
)
def test_what_asks_for_nothing_but_the_schema(text: str, expected: bool) -> None:
    operation = prepared_of(text, parse(text)).operation(None)
    assert operation is not None
    assert is_introspection(operation) is expected
