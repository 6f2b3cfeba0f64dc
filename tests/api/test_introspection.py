"""The schema, asked of the graph itself and as a file: the same for everybody, so it is worked out once."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from graphql import get_introspection_query

from api.graphql import route as graphql
from api.identity.any_credential import AnyCredential
from api.serving.cors import Cors
from engine.lanes import Priced
from models.policy.budgets import AD_HOC
from store.clients import add_client
from tests.api.hub import RawClient, Running, errors_of
from tests.api.kept import until

SMALL = '{ __type(name: "Area") { name } }'


@pytest.fixture
def runs(hub: Running, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The documents that the lane has executed."""
    executed: list[str] = []
    run = hub.hub.operations.lanes.run

    async def noted(priced: Priced, context: object) -> Any:
        executed.append(priced.prepared.text)
        return await run(priced, context)

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
    [
        "{ __typename departments { code } }",
        "{ departments { code } }",
        "{ __schema { description } departments { code } }",
    ],
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
    assert route._introspections.currsize == len(first)


async def test_two_at_once_are_worked_out_once(hub: Running, runs: list[str]) -> None:
    route = route_of(hub)
    await asyncio.gather(post(route, quoted(SMALL)), post(route, quoted(SMALL)))
    assert len(runs) == 1


async def test_the_first_of_two_may_leave(hub: Running, runs: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    route, let, run = route_of(hub), asyncio.Event(), hub.hub.operations.lanes.run

    async def held(*given: Any) -> Any:
        await let.wait()
        return await run(*given)

    monkeypatch.setattr(hub.hub.operations.lanes, "run", held)
    first = RawClient()
    first.send_part(quoted(SMALL).encode(), more=False)
    leaving = asyncio.ensure_future(first.call(route))
    staying = asyncio.ensure_future(post(route, quoted(SMALL)))
    await until(lambda: any(flight.waiting == 2 for flight in route._introspecting._flights.values()))
    first.leave()
    assert await leaving is None
    let.set()
    assert json.loads(await staying)["data"] == {"__type": {"name": "Area"}}
    assert len(runs) == 1


async def test_one_large_answer_drives_out_no_others(
    hub: Running, runs: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graphql, "INTROSPECTIONS_BYTES_MAX", 400)
    route = route_of(hub)
    large = quoted('{ __type(name: "Query") { fields { name } } }')
    for body in (quoted(SMALL), large, large, quoted(SMALL)):
        await post(route, body)
    assert len(runs) == 3


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (
            "{ a: __schema { description } b: __schema { description } }",
            (
                "The document asks for __schema more than once (schemas_max: 1). Ask for it once, with all that you "
                "want below it."
            ),
        ),
        (
            "{ " + " ".join(f't{number}: __type(name: "Area") {{ name }}' for number in range(21)) + " }",
            "The document asks for __type too often (types_max: at most 20). Read /schema.json.",
        ),
        (
            "{ __schema { types { "
            + " ".join(f"f{number}: fields {{ name description }}" for number in range(30))
            + " } } }",
            (
                "The answer about the schema is too large (schema_answer_fields_max: at most 60000 fields). Read "
                "/schema.json."
            ),
        ),
        (
            "{ departments { code } __schema { types { fields { name description } } } }",
            (
                "The answer about the schema is too large beside other fields (schema_fields_beside_max: at most "
                "2000). Ask for the schema in a query of its own."
            ),
        ),
    ],
)
async def test_what_is_asked_too_often_or_is_too_large_is_told_so(hub: Running, query: str, message: str) -> None:
    assert errors_of(await hub.ask(query)) == [("BAD_REQUEST", message)]


def now() -> datetime:
    return datetime.now(UTC)


TOOLS = {
    "GraphiQL": get_introspection_query(specified_by_url=True, input_value_deprecation=True, schema_description=True),
    "code generators": get_introspection_query(
        specified_by_url=True,
        directive_is_repeatable=True,
        schema_description=True,
        input_value_deprecation=True,
        experimental_directive_deprecation=True,
        one_of=True,
    ),
    "Apollo": get_introspection_query(directive_is_repeatable=True),
    "Relay": get_introspection_query(descriptions=False),
    "older ones": "query IntrospectionQuery { __schema { queryType { name } types { ...FullType } } } "
    "fragment FullType on __Type { kind name fields(includeDeprecated: true) { name args { ...V } type { ...R } } "
    "inputFields { ...V } interfaces { ...R } enumValues(includeDeprecated: true) { name } possibleTypes { ...R } } "
    "fragment V on __InputValue { name type { ...R } defaultValue } "
    "fragment R on __Type { kind name ofType { kind name ofType { kind name ofType { kind name } } } }",
}


@pytest.mark.parametrize("query", TOOLS.values(), ids=TOOLS)
async def test_tools_are_answered_strangers_in_dev_and_developers_in_prod(
    hub: Running, prod: Running, query: str
) -> None:
    of_stranger = (await hub.ask(query)).json()
    cost = of_stranger["extensions"]["cost"]["units"]
    assert cost <= AD_HOC.operation_units_max
    key = await add_client(
        prod.hub.database, name="Peta Macet", contact="", scopes=["read:public"], clock=now, expires_at=None
    )
    of_developer = await prod.ask(query, {"x-api-key": key.key})
    assert of_developer.json()["data"] == of_stranger["data"]
    assert of_developer.json()["extensions"] == of_stranger["extensions"]
    assert errors_of(await prod.ask(query))[0][0] == "FORBIDDEN"


async def test_a_null_for_a_directive_runs_nothing_unpriced(hub: Running) -> None:
    """graphql-core would answer all but the part that fails, however much that is."""
    query = (
        "query ($x: Boolean = true) { complaints(first: 100) { nodes { history(first: 100) { nodes { id } } } } "
        "areas { nodes { code @include(if: $x) } } }"
    )
    response = await hub.ask(query, x=None)
    assert "data" not in response.json()
    (code, message), *others = errors_of(response)
    assert (code, others) == ("BAD_INPUT", [])
    assert message.startswith("The operation is not run: it cannot be compiled: Argument 'if' has invalid value")
