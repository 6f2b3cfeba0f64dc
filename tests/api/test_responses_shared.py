"""Whole responses: within bounds, worked for once for all who ask, renewed behind them, and asked for by name."""

from __future__ import annotations

import asyncio
import json
import math
from typing import Any

import pytest
import structlog
from cachetools import LRUCache

from api.graphql.incoming import Named
from api.graphql.known_documents import KnownDocuments
from api.responses.cache import Responses, room
from models.policy.viewer import Role
from tests.api.hub import RawClient, Running, codes_of, errors_of
from tests.api.kept import ASK, NO_STORE, ONE_MINUTE, SOON_S, Clock, Runs, get, identifier, posted, raw, until

pytestmark = pytest.mark.usefixtures("clock")


# --- Bounds -----------------------------------------------------------------------------------------------------------


def page(rows: int) -> str:
    return f"{{ complaints(first: {rows}) {{ nodes {{ ticketNumber }} }} }}"


async def test_the_least_recently_used_makes_room(
    hub: Running, kept: Responses, runs: Runs, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hub.ask(page(10))
    size = kept.bytes_held
    bytes_max = 3 * size + size // 2
    monkeypatch.setattr(kept, "_kept", room(bytes_max=bytes_max))
    await hub.ask(page(10))
    for rows in (11, 12):
        await hub.ask(page(rows))
    assert (kept.held, runs.count) == (3, 4)
    await hub.ask(page(10))
    await hub.ask(page(13))
    assert (kept.held, runs.count) == (3, 5)
    assert kept.bytes_held == sum(one.bytes_max for one in kept._kept.values()) <= bytes_max
    await hub.ask(page(10))
    assert runs.count == 5
    await hub.ask(page(11))
    assert runs.count == 6


async def test_the_number_is_bounded_too(hub: Running, kept: Responses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_kept", room(kept_max=2))
    monkeypatch.setattr(kept, "_links", LRUCache(3))
    for rows in range(1, 7):
        await raw(hub, posted(page(rows)))
    assert (kept.held, len(kept._links)) == (2, 3)


async def test_what_is_too_large_is_not_kept(hub: Running, kept: Responses, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.responses.cache.ONE_BYTES_MAX", 3_000)
    assert (await hub.ask(page(50))).headers["cache-control"] == NO_STORE
    assert kept.held == 0


# --- One work for all -------------------------------------------------------------------------------------------------


async def test_five_hundred_at_once_are_one_execution(hub: Running, runs: Runs, kept: Responses) -> None:
    runs.gate.clear()
    joined = kept.counts.joined
    asking = [asyncio.ensure_future(raw(hub, posted())) for _ in range(500)]
    await until(lambda: kept.counts.joined - joined == 499)
    runs.gate.set()
    answers = await asyncio.gather(*asking)
    assert runs.count == 1
    assert {answer.body for answer in answers} == {answers[0].body}
    assert {answer.headers["cache-control"] for answer in answers} == {ONE_MINUTE}


async def test_a_failure_is_shared_and_not_kept(hub: Running, runs: Runs, kept: Responses) -> None:
    runs.gate.clear()
    runs.error = ValueError("it failed")
    joined = kept.counts.joined
    with structlog.testing.capture_logs() as logged:
        asking = [asyncio.ensure_future(raw(hub, posted())) for _ in range(500)]
        await until(lambda: kept.counts.joined - joined == 499)
        runs.gate.set()
        answers = await asyncio.gather(*asking)
    assert ({answer.status for answer in answers}, runs.count, kept.held) == ({500}, 1, 0)
    (body,) = {answer.body for answer in answers}
    (error,) = json.loads(body)["errors"]
    assert error["extensions"]["code"] == "INTERNAL"
    assert "it failed" not in error["message"]
    assert len(logged) == 1
    runs.error = None
    assert ((await raw(hub, posted())).status, runs.count) == (200, 2)


async def test_the_first_may_leave(hub: Running, runs: Runs) -> None:
    runs.gate.clear()
    first = RawClient()
    first.send_part(posted(), more=False)
    leaving = asyncio.ensure_future(first.call(hub.app))
    await until(lambda: runs.count == 1)
    others = [asyncio.ensure_future(raw(hub, posted())) for _ in range(3)]
    await until(lambda: next(iter(hub.hub.responses._flights._flights.values())).waiting == 4)
    first.leave()
    assert await asyncio.wait_for(leaving, SOON_S) is None
    runs.gate.set()
    answers = await asyncio.wait_for(asyncio.gather(*others), SOON_S)
    assert [answer.status for answer in answers] == [200, 200, 200]
    assert all("errors" not in json.loads(answer.body) for answer in answers)
    assert (runs.count, runs.cancelled) == (1, 0)


async def test_the_last_to_leave_takes_the_work_along(hub: Running, runs: Runs, kept: Responses) -> None:
    runs.gate.clear()
    clients = [RawClient() for _ in range(3)]
    for client in clients:
        client.send_part(posted(), more=False)
    calls = [asyncio.ensure_future(client.call(hub.app)) for client in clients]
    await until(lambda: any(flight.waiting == 3 for flight in kept._flights._flights.values()))
    for client in clients:
        client.leave()
    assert await asyncio.wait_for(asyncio.gather(*calls), SOON_S) == [None, None, None]
    assert (runs.count, runs.cancelled, kept._flights._flights) == (1, 1, {})
    runs.gate.set()
    assert (await raw(hub, posted())).status == 200


async def test_whoever_comes_when_it_is_being_given_up_starts_anew(hub: Running, runs: Runs, kept: Responses) -> None:
    runs.gate.clear()
    client = RawClient()
    client.send_part(posted(), more=False)
    leaving = asyncio.ensure_future(client.call(hub.app))
    await until(lambda: runs.count == 1)
    client.leave()
    await until(lambda: not kept._flights._flights)
    next_one = asyncio.ensure_future(raw(hub, posted()))
    await asyncio.wait_for(leaving, SOON_S)
    runs.gate.set()
    assert ((await asyncio.wait_for(next_one, SOON_S)).status, runs.count) == (200, 2)


async def test_what_is_personal_is_worked_for_each_alone(hub: Running, runs: Runs) -> None:
    bearer = hub.bearer(Role.ANALYST)["authorization"].encode()
    runs.gate.clear()
    asking = [asyncio.ensure_future(raw(hub, posted(), (b"authorization", bearer))) for _ in range(3)]
    await until(lambda: runs.count == 3)
    runs.gate.set()
    assert [answer.status for answer in await asyncio.gather(*asking)] == [200, 200, 200]


# --- Renewing ---------------------------------------------------------------------------------------------------------


async def test_it_is_given_while_it_is_renewed_once(hub: Running, runs: Runs, clock: Clock, kept: Responses) -> None:
    first = await raw(hub, posted())
    clock.now_s += 50
    runs.gate.clear()
    answers = await asyncio.gather(*(raw(hub, posted()) for _ in range(100)))
    assert {answer.body for answer in answers} == {first.body}
    assert {answer.headers["age"] for answer in answers} == {"50"}
    assert {answer.headers["cache-control"] for answer in answers} == {ONE_MINUTE}
    await until(lambda: runs.count == 2)
    runs.gate.set()
    await until(lambda: not kept._flights._flights)
    renewed = await raw(hub, posted())
    assert (renewed.headers["age"], runs.count, kept.held) == ("0", 2, 1)


async def test_its_end_comes_though_it_is_being_renewed(hub: Running, runs: Runs, clock: Clock) -> None:
    await raw(hub, posted())
    clock.now_s += 50
    runs.gate.clear()
    await raw(hub, posted())
    clock.now_s += 9.9
    assert (await raw(hub, posted())).headers["age"] == "59"
    clock.now_s += 0.1
    waiting = asyncio.ensure_future(raw(hub, posted()))
    for _ in range(100):
        await asyncio.sleep(0)
    assert not waiting.done()
    runs.gate.set()
    assert ((await asyncio.wait_for(waiting, SOON_S)).headers["age"], runs.count) == ("0", 2)


def at_rest(kept: Responses) -> bool:
    """Nothing is renewed, and what is kept knows how that ended."""
    return not kept._flights._flights and all(one.due_at_s < math.inf for one in kept._kept.values())


async def test_what_cannot_be_renewed_is_given_on_and_left_alone_for_a_while(
    hub: Running, runs: Runs, clock: Clock, kept: Responses
) -> None:
    first = await raw(hub, posted())
    clock.now_s += 50
    runs.error = ValueError("it failed")
    for _ in range(5):
        assert (await raw(hub, posted())).body == first.body
        await until(lambda: at_rest(kept))
    assert runs.count == 2
    clock.now_s += 1
    assert (await raw(hub, posted())).body == first.body
    await until(lambda: at_rest(kept))
    assert runs.count == 3


async def test_a_herd_on_expiry_is_one_execution(hub: Running, runs: Runs, clock: Clock) -> None:
    await raw(hub, posted())
    clock.now_s += 60
    answers = await asyncio.gather(*(raw(hub, posted()) for _ in range(500)))
    assert runs.count == 2
    assert {answer.headers["age"] for answer in answers} == {"0"}


# --- Named documents --------------------------------------------------------------------------------------------------


async def test_a_document_that_was_answered_may_be_named(hub: Running, runs: Runs) -> None:
    query = "query Named($first: Int!) { complaints(first: $first) { nodes { ticketNumber } } }"
    unknown = await get(hub, documentId=identifier(query), variables='{"first":2}')
    assert (unknown.status_code, unknown.headers["cache-control"]) == (404, NO_STORE)
    assert errors_of(unknown) == [
        ("NOT_FOUND", 'No document is known by this "documentId". Send it once more as "query".')
    ]
    first = await hub.ask(query, first=2)
    named = await get(hub, documentId=identifier(query), variables='{"first":2}')
    assert (named.status_code, named.content) == (200, first.content)
    assert named.headers["cache-control"] == ONE_MINUTE
    body = {"documentId": identifier(query), "variables": {"first": 2}, "operationName": "Named"}
    assert (await hub.post(json.dumps(body).encode())).json()["data"] == first.json()["data"]
    other = await get(hub, documentId=identifier(query), variables='{"first":3}')
    assert len(other.json()["data"]["complaints"]["nodes"]) == 3
    signed = await hub.post(json.dumps(body).encode(), **hub.bearer(Role.ANALYST))
    assert (signed.json()["data"], signed.headers["cache-control"]) == (first.json()["data"], NO_STORE)


@pytest.mark.parametrize(
    "query", ["{ me { fullName } }", "{ departments { name } }", '{ search(text: "x") { __typename } }']
)
async def test_only_public_documents_are_remembered(hub: Running, query: str) -> None:
    await hub.ask(query)
    assert codes_of(await get(hub, documentId=identifier(query))) == ["NOT_FOUND"]


async def test_what_a_token_asks_is_not_remembered(hub: Running) -> None:
    query = "query Signed { complaints(first: 1) { nodes { id } } }"
    await hub.ask(query, hub.bearer(Role.ANALYST))
    assert (await get(hub, documentId=identifier(query))).status_code == 404


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"documentId": identifier(ASK), "query": ASK}, 400, "BAD_REQUEST"),
        ({"documentId": 5}, 400, "BAD_REQUEST"),
        ({"documentId": ""}, 404, "NOT_FOUND"),
        ({"documentId": "md5:x"}, 404, "NOT_FOUND"),
        ({"documentId": None}, 400, "BAD_REQUEST"),
    ],
)
async def test_names_that_are_none(hub: Running, body: dict[str, Any], status: int, code: str) -> None:
    await hub.ask(ASK)
    response = await hub.post(json.dumps(body).encode())
    assert (response.status_code, codes_of(response)) == (status, [code])


def test_known_documents_are_bounded() -> None:
    documents = KnownDocuments(documents_max=3, chars_max=100)
    for text in ("a", "b", "c"):
        documents.remember(text)
    assert documents.find(identifier("a")) == Named("a", is_trusted=False)
    documents.remember("d")
    assert [documents.find(identifier(text)) is not None for text in "abcd"] == [True, False, True, True]
    documents.remember("x" * 99)
    known = [documents.find(identifier(text)) is not None for text in ("a", "c", "d", "x" * 99)]
    assert known == [False, False, True, True]
    documents.remember("y" * 101)
    assert documents.find(identifier("y" * 101)) is None
