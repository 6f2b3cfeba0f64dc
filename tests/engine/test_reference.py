"""The reference lane: what it prepares and keeps, and how it runs an operation."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    GraphQLString,
    GraphQLSyntaxError,
    OperationType,
    build_schema,
    parse,
)

from engine import reference
from engine.limits import LimitExceeded, Limits
from engine.reference import InvalidDocument, Prepared, ReferenceLane, is_introspection

SCHEMA = build_schema("enum Color { RED } type Query { name(of: Color): String other: Int! }")


@pytest.fixture
def lane() -> ReferenceLane:
    return ReferenceLane(SCHEMA, Limits(), hide_suggestions=False)


def test_what_is_prepared_is_kept(lane: ReferenceLane) -> None:
    assert lane.prepare("{ name }") is lane.prepare("{ name }")
    assert lane.prepare("{ name }") is not lane.prepare("{ name  }")


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("{", GraphQLSyntaxError),
        ("{ nothing }", InvalidDocument),
        ("{ ...A } fragment A on Query { ...A }", LimitExceeded),
    ],
)
def test_what_is_refused_is_not_kept(lane: ReferenceLane, text: str, error: type[Exception]) -> None:
    for _ in range(2):
        with pytest.raises(error):
            lane.prepare(text)
    assert len(lane._prepared) == 0


def test_limits_come_before_validation() -> None:
    lane = ReferenceLane(SCHEMA, Limits(aliases_max=1), hide_suggestions=False)
    with pytest.raises(LimitExceeded):
        lane.prepare("{ a: nothing b: nothing }")


@pytest.mark.parametrize(
    ("hidden", "message"),
    [
        (False, "Cannot query field 'nam' on type 'Query'. Did you mean 'name'?"),
        (True, "Cannot query field 'nam' on type 'Query'."),
    ],
)
def test_suggestions(hidden: bool, message: str) -> None:
    with pytest.raises(InvalidDocument) as refused:
        ReferenceLane(SCHEMA, Limits(), hide_suggestions=hidden).prepare("{ nam }")
    assert [error.message for error in refused.value.errors] == [message]
    assert str(refused.value) == "1 validation errors"


def test_validation_errors_are_bounded(lane: ReferenceLane) -> None:
    with pytest.raises(InvalidDocument) as refused:
        lane.prepare("{ " + " ".join(f"f{number}" for number in range(50)) + " }")
    assert len(refused.value.errors) == reference.VALIDATION_ERRORS_MAX + 1


# --- What is kept is bounded ------------------------------------------------------------------------------------------


def kept(lane: ReferenceLane) -> list[str]:
    return list(lane._prepared)


def test_the_number_of_documents_is_bounded(lane: ReferenceLane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "PREPARED_MAX", 2)
    for text in ("{ a: name }", "{ b: name }", "{ a: name }", "{ c: name }"):
        lane.prepare(text)
    assert kept(lane) == ["{ a: name }", "{ c: name }"]


def test_their_text_is_bounded(lane: ReferenceLane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "PREPARED_CHARS_MAX", 100)
    texts = [f"{{ name }} # {letter * 40}" for letter in "abc"]
    for text in texts:
        lane.prepare(text)
    assert kept(lane) == texts[2:]
    assert lane._chars == len(texts[2])


def test_their_tokens_are_bounded(lane: ReferenceLane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reference, "PREPARED_TOKENS_MAX", 12)
    for letter in "abc":
        lane.prepare(f"{{ {letter}: name }}")
    assert kept(lane) == ["{ b: name }", "{ c: name }"]
    assert lane._tokens == 10


# --- Operations -------------------------------------------------------------------------------------------------------


def test_an_operation_is_found_by_its_name(lane: ReferenceLane) -> None:
    prepared = lane.prepare("query A { name } query B { other }")
    named = prepared.operation("B")
    assert named is not None
    assert (named.operation, named.name.value if named.name else None) == (OperationType.QUERY, "B")
    assert prepared.operation("C") is None
    assert prepared.operation(None) is None


def test_the_only_operation_needs_no_name(lane: ReferenceLane) -> None:
    prepared = lane.prepare("query A { name }")
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
    operation = Prepared(parse(text), reference._operations(parse(text))).operation(None)
    assert operation is not None
    assert is_introspection(operation) is expected


# --- Running ----------------------------------------------------------------------------------------------------------


def now(_root: object, _info: object) -> str:
    return "now"


async def later(_root: object, _info: object) -> str:
    return "later"


def context_of(_root: object, info: GraphQLResolveInfo[Any]) -> str:
    return str(info.context)


async def test_plain_and_awaited_results() -> None:
    resolvers = {"now": now, "later": later, "context": context_of}
    fields = {name: GraphQLField(GraphQLString, resolve=resolver) for name, resolver in resolvers.items()}
    own = ReferenceLane(GraphQLSchema(GraphQLObjectType("Query", fields)), Limits(), hide_suggestions=True)
    for query, data in (
        ("{ now }", {"now": "now"}),
        ("{ later }", {"later": "later"}),
        ("{ later now context }", {"later": "later", "now": "now", "context": "given"}),
    ):
        result = await own.run(own.prepare(query), None, None, "given")
        assert (result.data, result.errors) == (data, None)


async def test_variables_are_coerced(lane: ReferenceLane) -> None:
    prepared = lane.prepare("query ($c: Color) { name(of: $c) }")
    result = await lane.run(prepared, None, {"c": "BLUE"}, None)
    assert result.data is None
    assert [error.message for error in result.errors or ()] == [
        "Variable '$c' has invalid value: Value 'BLUE' does not exist in 'Color' enum."
    ]
    assert [error.path for error in result.errors or ()] == [None]
