"""Lanes: how an operation is run, and when it is refused for its cost."""

from __future__ import annotations

from typing import Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
    GraphQLString,
    build_schema,
)

from engine.lanes import Lanes

SCHEMA = build_schema("enum Color { RED } type Query { name(of: Color): String other: Int! }")


@pytest.fixture
def lane() -> Lanes:
    return Lanes(SCHEMA)


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
    own = Lanes(GraphQLSchema(GraphQLObjectType("Query", fields)))
    for query, data in (
        ("{ now }", {"now": "now"}),
        ("{ later }", {"later": "later"}),
        ("{ later now context }", {"later": "later", "now": "now", "context": "given"}),
    ):
        result = await own.run(own.priced(own.prepare(query), None, None), "given")
        assert (result.data, result.errors) == (data, None)


async def test_variables_are_coerced(lane: Lanes) -> None:
    prepared = lane.prepare("query ($c: Color) { name(of: $c) }")
    result = await lane.run(lane.priced(prepared, None, {"c": "BLUE"}), None)
    assert result.data is None
    assert [error.message for error in result.errors or ()] == [
        "Variable '$c' has invalid value: Value 'BLUE' does not exist in 'Color' enum."
    ]
    assert [error.path for error in result.errors or ()] == [None]
