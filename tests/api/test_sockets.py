"""The WebSocket at /graphql: who may open it, what may go on on it at once, and when it ends."""

from __future__ import annotations

import asyncio
import json
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Any

import pytest

from api.identity.dev_tokens import TOKEN_S_MAX, DevTokens
from api.overload.admission import RUNNING_MAX, WAITING_MAX
from api.serving.cors import Cors
from api.streams.event_stream import EventStreams
from api.streams.limits import StreamLimits
from api.streams.socket import GraphqlSocket
from api.streams.socket_session import SocketLimits
from models.policy.viewer import Purpose, Role, Scope
from models.request import Deadline
from store.clients import add_client, revoke_client
from tests.api.hub import SECRET, Running
from tests.api.sockets import SOON_S, STATES, connected, opened
from tests.api.test_disconnects import HangingSource, hanging  # noqa: F401  # a fixture

TRUSTED = "https://app.example.go.id"
FOREIGN = "https://evil.example"
INBOX = "{ complaints(first: 1) { nodes { description } } }"


def socket_of(hub: Running, **limits: Any) -> GraphqlSocket:
    """The socket of the hub with other limits, and places of its own."""
    places = StreamLimits(
        hub.hub.charging.callers.address_of,
        **{name: limits.pop(name) for name in ("slots_max", "of_client_max") if name in limits},
    )
    event_streams = EventStreams(hub.hub.event_streams.streams, places)
    return GraphqlSocket(event_streams, Cors((TRUSTED,)), hub.hub.viewers, lambda _: None, SocketLimits(**limits))


def state(name: str, condition: str = "OK") -> dict[str, Any]:
    return {"data": {"sourceStateChanged": {"name": name, "state": condition}}}


# --- Who may open it --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("origin", [None, TRUSTED, "http://hub", FOREIGN])
async def test_a_page_of_any_origin_may_listen_to_what_is_public(hub: Running, origin: str | None) -> None:
    async with opened(hub.app, {} if origin is None else {"origin": origin}) as socket:
        await socket.begin()
        socket.subscribe("1", STATES)
        assert await socket.heard() == {"id": "1", "type": "next", "payload": state("areas")}


@pytest.mark.parametrize("origin", [None, TRUSTED, "http://hub", FOREIGN])
async def test_only_pages_of_trusted_origins_may_send_a_token(hub: Running, origin: str | None) -> None:
    async with opened(hub.app, {} if origin is None else {"origin": origin}) as socket:
        socket.say({"type": "connection_init", "payload": hub.bearer(Role.ANALYST)})
        if origin != FOREIGN:
            assert await socket.heard() == {"type": "connection_ack"}
        else:
            assert await socket.closed() == (4403, "Forbidden")


@pytest.mark.parametrize("header", ["cookie", "authorization"])
async def test_what_a_browser_adds_for_a_foreign_page_refuses_it(hub: Running, header: str) -> None:
    async with connected(hub.app, {"origin": FOREIGN, header: "x", "accept-language": "en"}) as socket:
        start, body = await socket.next_sent(), await socket.next_sent()
    assert (start["type"], start["status"]) == ("websocket.http.response.start", 403)
    assert json.loads(body["body"])["errors"] == [
        {"message": "A page of this origin may not send credentials.", "extensions": {"code": "FORBIDDEN"}}
    ]


async def test_there_are_places_for_so_many_of_one_client_and_of_all(hub: Running) -> None:
    app = socket_of(hub, of_client_max=2, slots_max=3)
    found = []
    async with opened(app, client="10.0.0.1"), opened(app, client="10.0.0.1"):
        async with connected(app, client="10.0.0.1") as third:
            found.append((await third.next_sent())["status"])
        async with opened(app, client="10.0.0.2"), connected(app, client="10.0.0.3") as fourth:
            start = await fourth.next_sent()
            found.append(start["status"])
            assert (b"retry-after", b"5") in start["headers"]
    assert found == [429, 503]
    assert (app.event_streams.limits.taken, app.event_streams.limits.refused) == (0, 2)
    async with opened(app, client="10.0.0.1") as again:
        await again.begin()


# --- Signing in -------------------------------------------------------------------------------------------------------


async def test_what_headers_would_state_stands_in_the_payload(hub: Running) -> None:
    officer = hub.bearer(Role.OFFICER, "dpupr")["authorization"]
    head = hub.hub.ledger.head
    async with opened(hub.app) as socket:
        await socket.begin(Authorization=officer, **{"Hub-Purpose": Purpose.COMPLAINT_HANDLING.value})
        socket.subscribe("1", INBOX)
        told = await socket.heard()
        assert (told["type"], "errors" in told["payload"]) == ("next", False)
        assert isinstance(told["payload"]["data"]["complaints"]["nodes"][0]["description"], str)
        # The entry is safe before the answer leaves.
        assert hub.hub.ledger.head != head
        assert await socket.heard() == {"id": "1", "type": "complete"}


async def test_without_a_purpose_an_officer_is_told_so_in_the_language_asked_for(hub: Running) -> None:
    officer = hub.bearer(Role.OFFICER, "dpupr")["authorization"]
    said = {}
    for language in ("id", "en"):
        async with opened(hub.app, {"authorization": officer}) as socket:
            await socket.begin(**{"Accept-Language": language})
            socket.subscribe("1", "{ departments(first: 1) { code } }")
            told = await socket.heard()
            assert told["type"] == "error"
            socket.subscribe("1", "{ complaints(first: -1) { nodes { id } } }")
            (error,) = (await socket.heard())["payload"]["errors"]
            said[language] = error["message"]
    assert said == {
        "id": '"first" harus antara 0 dan 100.',
        "en": '"first" must be between 0 and 100.',
    }


@pytest.mark.parametrize("payload", [{"Authorization": 5}, {"Hub-Purpose": "CURIOSITY"}, [], "x"])
async def test_a_beginning_that_states_nonsense_is_no_beginning(hub: Running, payload: Any) -> None:
    async with opened(hub.app) as socket:
        socket.say({"type": "connection_init", "payload": payload})
        assert await socket.closed() == (4400, "Invalid message")


async def test_a_subscription_ends_with_its_token(hub: Running) -> None:
    soon = DevTokens(SECRET.encode(), hub.hub.package.city, lambda: time.time() - TOKEN_S_MAX + 1.5)
    authorization = f"Bearer {soon.issue(Role.ANALYST)}"
    async with opened(hub.app) as socket:
        await socket.begin(Authorization=authorization)
        socket.subscribe("1", STATES)
        assert [(await socket.heard())["type"] for _ in range(2)] == ["next", "next"]
        assert await socket.closed() == (4403, "Forbidden")
    assert hub.hub.event_streams.streams.counts.running == 0


async def test_a_subscription_ends_when_its_key_is_revoked(hub: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.identity.connection_auth.READ_EVERY_S", 0.05)
    issued = await add_client(
        hub.hub.database, name="a dashboard", contact="-", scopes=[Scope.READ.value], clock=lambda: datetime.now(UTC)
    )
    async with opened(hub.app, {"origin": FOREIGN}) as socket:
        await socket.begin(**{"X-Api-Key": issued.key})
        socket.subscribe("1", STATES)
        assert [(await socket.heard())["type"] for _ in range(2)] == ["next", "next"]
        await revoke_client(hub.hub.database, issued.client.id, clock=lambda: datetime.now(UTC))
        assert await socket.closed() == (4403, "Forbidden")


# --- What goes on on it -----------------------------------------------------------------------------------------------


async def test_pings_are_answered_also_before_the_beginning(hub: Running) -> None:
    async with opened(hub.app) as socket:
        socket.say({"type": "ping", "payload": {"at": 1}})
        assert await socket.heard() == {"type": "pong"}
        socket.say({"type": "pong"})
        await socket.begin()


async def test_an_id_is_free_when_the_client_has_completed_it(hub: Running) -> None:
    async with opened(hub.app) as socket:
        await socket.begin()
        for _ in range(3):
            socket.subscribe("1", STATES)
            assert [(await socket.heard())["payload"] for _ in range(2)] == [state("areas"), state("complaints")]
            socket.say({"type": "complete", "id": "1"})
        socket.say({"type": "complete", "id": "never"})
        socket.subscribe("1", "{ __typename }")
        assert await socket.heard() == {"id": "1", "type": "next", "payload": {"data": {"__typename": "Query"}}}
        assert await socket.heard() == {"id": "1", "type": "complete"}


async def test_completed_before_it_began_it_is_completed(hub: Running) -> None:
    async with opened(hub.app) as socket:
        await socket.begin()
        socket.subscribe("1", STATES)
        socket.say({"type": "complete", "id": "1"})
        socket.subscribe("1", "{ __typename }")
        assert (await socket.heard())["payload"] == {"data": {"__typename": "Query"}}


async def test_so_many_operations_go_on_at_once(hub: Running) -> None:
    async with opened(socket_of(hub, operations_max=2)) as socket:
        await socket.begin()
        for identifier in ("1", "2", "3"):
            socket.subscribe(identifier, 'subscription { sourceStateChanged(sources: ["areas"]) { name } }')
        heard = {told["id"]: told for told in [await socket.heard() for _ in range(3)]}
        assert heard["3"] == {
            "id": "3",
            "type": "error",
            "payload": [
                {
                    "message": "At most 2 operations at once on one connection. End one of them.",
                    "extensions": {"code": "RATE_LIMITED"},
                }
            ],
        }
        assert [heard["1"]["type"], heard["2"]["type"]] == ["next", "next"]
        socket.say({"type": "complete", "id": "1"})
        socket.subscribe("3", "{ __typename }")
        assert (await socket.heard())["type"] == "next"


@pytest.mark.parametrize(
    ("query", "message", "code"),
    [
        ("subscription { ", "Syntax Error: Expected Name, found <EOF>.", "BAD_REQUEST"),
        ("subscription { nothing }", "Cannot query field 'nothing' on type 'Subscription'.", "BAD_REQUEST"),
        (
            "subscription { a: sourceStateChanged { name } b: sourceStateChanged { name } }",
            "Anonymous Subscription must select only one top level field.",
            "BAD_REQUEST",
        ),
        (
            "subscription ($on: Boolean!) { sourceStateChanged @skip(if: $on) { name } }",
            "Anonymous Subscription must not use `@skip` or `@include` directives in the top level selection.",
            "BAD_REQUEST",
        ),
        (
            'subscription { sourceStateChanged(sources: ["x"]) { name } }',
            "There is no such source. There are: areas, complaints.",
            "BAD_INPUT",
        ),
        (
            "subscription ($s: [String!]!) { sourceStateChanged(sources: $s) { name } }",
            "Variable '$s' has invalid value: Expected a value of non-null type '[String!]!' to be provided.",
            "BAD_INPUT",
        ),
        ("subscription { " + "sourceStateChanged { name } " * 2_000 + "}", None, "BAD_REQUEST"),
    ],
)
async def test_a_subscription_that_cannot_be_is_refused_and_the_socket_goes_on(
    hub: Running, query: str, message: str | None, code: str
) -> None:
    async with opened(hub.app) as socket:
        await socket.begin()
        socket.subscribe("1", query)
        told = await socket.heard()
        error = told["payload"][0]
        assert (told["type"], error["extensions"]["code"]) == ("error", code)
        if message is not None:
            assert error["message"] == message
        socket.subscribe("1", "{ __typename }")
        assert (await socket.heard())["type"] == "next"


# --- How it ends ------------------------------------------------------------------------------------------------------


async def test_who_does_not_begin_is_not_waited_for(hub: Running) -> None:
    async with opened(socket_of(hub, init_s_max=0.05)) as socket:
        assert await socket.closed() == (4408, "Connection initialisation timeout")


async def test_a_socket_without_operations_is_closed_and_one_with_them_is_not(hub: Running) -> None:
    async with opened(socket_of(hub, idle_s_max=0.05)) as busy, opened(socket_of(hub, idle_s_max=0.05)) as idle:
        await busy.begin()
        busy.subscribe("1", STATES)
        assert [(await busy.heard())["type"] for _ in range(2)] == ["next", "next"]
        await idle.begin()
        assert await idle.closed() == (1000, "Idle")
        busy.subscribe("2", "{ __typename }")
        assert [(await busy.heard())["type"] for _ in range(2)] == ["next", "complete"]
        busy.say({"type": "complete", "id": "1"})
        assert await busy.closed() == (1000, "Idle")


@pytest.mark.parametrize("how", ["leave", "complete"])
async def test_what_works_for_a_client_ends_when_it_wants_no_more(
    hub: Running,
    hanging: HangingSource,  # noqa: F811  # the fixture
    how: str,
) -> None:
    async with opened(hub.app) as socket:
        await socket.begin()
        socket.subscribe("1", "{ complaints(first: 7) { nodes { id } } }")
        async with asyncio.timeout(SOON_S):
            await hanging.called.wait()
        socket.say({"type": "complete", "id": "1"}) if how == "complete" else socket.leave()
        async with asyncio.timeout(SOON_S):
            await hanging.stopped.wait()
    # The hub's own pages go on listening.
    assert (hub.hub.event_streams.streams.counts.running, hub.hub.source_board.news.listeners) == (0, 1)


async def test_a_hub_without_room_refuses_the_operation_and_keeps_the_socket(hub: Running) -> None:
    deadline = Deadline.in_ms(10_000)
    async with AsyncExitStack() as full, opened(hub.app) as socket:
        await socket.begin()
        for _ in range(RUNNING_MAX):
            await full.enter_async_context(hub.hub.admission.turn(deadline))
        waiting = [asyncio.ensure_future(hub.hub.admission.turn(deadline).__aenter__()) for _ in range(WAITING_MAX)]
        await asyncio.sleep(0)
        socket.subscribe("1", STATES)
        told = await socket.heard()
        for turn in waiting:
            turn.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert (told["type"], told["payload"][0]["extensions"]["code"]) == ("error", "RATE_LIMITED")


async def test_what_a_request_may_not_ask_a_socket_may_not_ask(prod: Running) -> None:
    async with opened(prod.app) as socket:
        await socket.begin()
        socket.subscribe("1", "{ __schema { queryType { name } } }")
        told = await socket.heard()
        assert (told["type"], told["payload"][0]["extensions"]["code"]) == ("error", "FORBIDDEN")
