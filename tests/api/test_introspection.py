"""The schema, asked of the graph itself and as a file: the same for everybody, so it is worked out once."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from graphql import get_introspection_query

from api import graphql
from api.any_credential import AnyCredential
from api.cors import Cors
from tests.api.hub import RawClient, Running

SMALL = '{ __type(name: "Area") { name } }'


@pytest.fixture
def runs(hub: Running, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The documents that the lane has executed."""
    executed: list[str] = []
    run = hub.hub.operations.lanes.run

    async def noted(prepared: Any, *rest: Any) -> Any:
        executed.append(prepared.document.loc.source.body)
        return await run(prepared, *rest)

    monkeypatch.setattr(hub.hub.operations.lanes, "run", noted)
    return executed


def route_of(hub: Running) -> graphql.GraphqlRoute:
    """A route that has kept nothing yet."""
    return graphql.GraphqlRoute(hub.hub.operations, AnyCredential(), Cors(()))


async def post(route: graphql.GraphqlRoute, body: str) -> bytes:
    client = RawClient()
    client.send_part(body.encode(), more=False)
    sent = await client.call(route)
    assert sent is not None
    assert sent.status == 200
    return sent.body


def quoted(query: str, **more: object) -> str:
    return json.dumps({"query": query, **more})


async def test_introspection_is_executed_once(hub: Running, runs: list[str]) -> None:
    route = route_of(hub)
    query = quoted(get_introspection_query())
    first = await post(route, query)
    assert first.startswith(b'{"data":{"__schema":{"')
    assert await post(route, query) == first
    assert len(runs) == 1
    await post(route, quoted(SMALL))
    await post(route, quoted(SMALL))
    assert len(runs) == 2


@pytest.mark.parametrize(
    "query",
    ["{ __typename departments { code } }", "{ departments { code } }", "{ ...F } fragment F on Query { __typename }"],
)
async def test_other_operations_are_executed_each_time(hub: Running, runs: list[str], query: str) -> None:
    route = route_of(hub)
    assert await post(route, quoted(query)) == await post(route, quoted(query))
    assert len(runs) == 2


async def test_variables_are_never_answered_from_what_is_kept(hub: Running, runs: list[str]) -> None:
    route = route_of(hub)
    query = "query ($x: Boolean = false) { __typename @include(if: $x) }"
    assert await post(route, quoted(query)) == b'{"data":{}}'
    assert await post(route, quoted(query, variables={"x": True})) == b'{"data":{"__typename":"Query"}}'
    assert await post(route, quoted(query)) == b'{"data":{}}'
    assert len(runs) == 2


async def test_operations_of_one_document_are_kept_apart(hub: Running, runs: list[str]) -> None:
    route = route_of(hub)
    query = "query A { a: __typename } query B { b: __typename }"
    for _ in range(2):
        assert await post(route, quoted(query, operationName="A")) == b'{"data":{"a":"Query"}}'
        assert await post(route, quoted(query, operationName="B")) == b'{"data":{"b":"Query"}}'
    assert len(runs) == 2


async def test_what_is_kept_is_bounded_in_number(hub: Running, runs: list[str]) -> None:
    route = route_of(hub)
    queries = [quoted(f"{{ a{number}: __typename }}") for number in range(graphql.INTROSPECTIONS_MAX + 1)]
    for query in queries:
        await post(route, query)
    await post(route, queries[-1])
    assert len(runs) == len(queries)
    await post(route, queries[0])
    assert len(runs) == len(queries) + 1


async def test_what_is_kept_is_bounded_in_bytes(hub: Running, runs: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(graphql, "INTROSPECTIONS_BYTES_MAX", len(b'{"data":{"a":"Query"}}') * 2)
    route = route_of(hub)
    for name in ("a", "b", "c", "c", "b", "a"):
        await post(route, quoted(f"{{ {name}: __typename }}"))
    assert len(runs) == 4


async def test_two_at_once_are_kept_once(hub: Running, runs: list[str]) -> None:
    route = route_of(hub)
    first, second = await asyncio.gather(post(route, quoted(SMALL)), post(route, quoted(SMALL)))
    assert first == second
    assert route._introspections_bytes == len(first)
