"""Server-sent events at /graphql: what a plain HTTP client reads, and how a stream ends."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

import pytest

from api.graphql import operations
from api.graphql.charging import FallbackBuckets
from api.graphql.route import GraphqlRoute
from api.identity.dev_tokens import TOKEN_S_MAX, DevTokens
from api.serving.cors import Cors
from api.streams.event_stream import EventStreams
from api.streams.limits import StreamLimits
from api.streams.operations import Streams
from connectors.guard.breaker import BreakerState
from connectors.protocol import SourceUnreachable
from models.complaints import Complaint
from models.policy.budgets import budget_of
from models.policy.viewer import Role
from models.records import PersonalClass, public_fields
from tests.api.hub import SECRET, RawClient, Running, codes_of, errors_of
from tests.api.serving import served
from tests.api.sockets import SOON_S, STATES

EVENTS = (b"accept", b"text/event-stream")
FOUND = b'{"sourceStateChanged":{"name":"%s","state":"OK"}}'

PAGES = 1
"""The listeners of a hub that nobody subscribes to: its own pages hear how the sources are."""


def next_of(*bodies: bytes) -> bytes:
    return b"".join(b'event: next\ndata: {"data":%s}\n\n' % body for body in bodies)


BOTH = next_of(FOUND % b"areas", FOUND % b"complaints")
COMPLETE = b"event: complete\ndata:\n\n"


@dataclass(slots=True)
class Reader(RawClient):
    """A client that reads a stream as it comes."""

    came: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.messages[1:])

    async def _took(self, message: Any) -> None:
        self.messages.append(message)
        self.came.set()

    async def until(self, body: bytes) -> None:
        """Wait until this is what came. Everything that comes has to be the beginning of it."""
        async with asyncio.timeout(SOON_S):
            while self.body != body:
                assert body.startswith(self.body), self.body
                self.came.clear()
                await self.came.wait()


def limits(hub: Running, **most: int) -> StreamLimits:
    return StreamLimits(hub.hub.charging.callers.address_of, **most)


@asynccontextmanager
async def reading(app: Any, query: str, *headers: tuple[bytes, bytes]) -> AsyncIterator[Reader]:
    """A stream by GET, whose client leaves at the end."""
    reader = Reader()
    asking = asyncio.ensure_future(
        reader.call(app, "GET", query_string=f"query={quote(query)}".encode(), headers=(EVENTS, *headers))
    )
    try:
        yield reader
    finally:
        reader.leave()
        async with asyncio.timeout(SOON_S):
            await asking


async def test_a_page_reads_a_subscription_by_get(hub: Running) -> None:
    async with reading(hub.app, STATES, (b"origin", b"https://any.example")) as reader:
        await reader.until(BOTH)
        start = reader.messages[0]
        headers = {name.decode(): value.decode() for name, value in start["headers"]}
    assert start["status"] == 200
    assert headers["content-type"] == "text/event-stream; charset=utf-8"
    assert (headers["cache-control"], headers["x-accel-buffering"]) == ("no-store", "no")
    assert headers["access-control-allow-origin"] == "*"
    assert (
        hub.hub.event_streams.streams.counts.running,
        hub.hub.event_streams.limits.taken,
        hub.hub.source_board.news.listeners,
    ) == (0, 0, PAGES)


async def test_a_query_is_answered_and_complete(hub: Running) -> None:
    response = await hub.ask("{ areas(first: 0) { totalCount } }", {"accept": "text/event-stream"})
    assert response.status_code == 200
    first, rest = response.content.split(b"\n\n", 1)
    assert json.loads(first.removeprefix(b"event: next\ndata: "))["data"] == {"areas": {"totalCount": 118}}
    assert rest == COMPLETE


async def test_a_document_that_is_refused_is_told_in_the_stream(hub: Running) -> None:
    response = await hub.ask("subscription { nothing }", {"accept": "text/event-stream"})
    first, rest = response.content.split(b"\n\n", 1)
    (error,) = json.loads(first.removeprefix(b"event: next\ndata: "))["errors"]
    assert error["message"] == "Cannot query field 'nothing' on type 'Subscription'."
    assert (response.status_code, rest) == (200, COMPLETE)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_subscription_needs_an_answer_that_streams(hub: Running, method: str) -> None:
    if method == "GET":
        response = await hub.client.get("/graphql", params={"query": STATES})
    else:
        response = await hub.ask(STATES)
    message = "Subscriptions go over WebSocket (graphql-transport-ws), or with Accept: text/event-stream."
    assert (response.status_code, errors_of(response)) == (400, [("BAD_REQUEST", message)])


async def test_a_credential_that_is_wrong_is_refused_before_the_stream_begins(hub: Running) -> None:
    response = await hub.client.get(
        "/graphql", params={"query": STATES}, headers={"accept": "text/event-stream", "authorization": "Bearer no"}
    )
    assert (response.status_code, response.headers["content-type"]) == (401, "application/json; charset=utf-8")


async def test_a_stream_ends_with_its_token(hub: Running) -> None:
    soon = DevTokens(SECRET.encode(), hub.hub.package.city, lambda: time.time() - TOKEN_S_MAX + 1.5)
    authorization = f"Bearer {soon.issue(Role.ANALYST)}".encode()
    told = {"errors": [{"message": "The credential is not accepted.", "extensions": {"code": "UNAUTHENTICATED"}}]}
    last = b"event: next\ndata: " + json.dumps(told, separators=(",", ":")).encode() + b"\n\n"
    async with reading(hub.app, STATES, (b"authorization", authorization)) as reader:
        await reader.until(BOTH + last + COMPLETE)
        assert reader.messages[-1]["more_body"] is False


async def test_keep_alive_comments_keep_a_quiet_stream_open(hub: Running) -> None:
    streams = EventStreams(hub.hub.event_streams.streams, limits(hub), keep_alive_s=0.02)
    route = GraphqlRoute(hub.hub.operations, hub.hub.viewers, Cors(()), event_streams=streams)
    async with reading(route, STATES) as reader:
        await reader.until(BOTH + b":\n\n:\n\n")


async def test_streams_have_a_limit(hub: Running) -> None:
    streams = EventStreams(hub.hub.event_streams.streams, limits(hub, of_client_max=1))
    route = GraphqlRoute(hub.hub.operations, hub.hub.viewers, Cors(()), event_streams=streams)
    async with reading(route, STATES) as first:
        await first.until(BOTH)
        sent = await Reader().call(route, "GET", query_string=f"query={quote(STATES)}".encode(), headers=(EVENTS,))
        assert sent is not None
        assert (sent.status, sent.headers["retry-after"]) == (429, "5")
    async with reading(route, STATES) as again:
        await again.until(BOTH)


async def test_a_server_that_stops_ends_streams_and_sockets(hub: Running) -> None:
    """Over real connections: a stream ends without `complete`, so that its client comes again."""
    async with served(hub.app) as place:
        host, port = place.split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        target = f"/graphql?query={quote(STATES)}"
        writer.write(f"GET {target} HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n".encode())
        async with asyncio.timeout(SOON_S):
            await reader.readuntil(b'"complaints"')
        started_s = time.monotonic()
    async with asyncio.timeout(SOON_S):
        rest = await reader.read()
    writer.close()
    assert rest.endswith(b"\r\n0\r\n\r\n")
    assert b"complete" not in rest
    assert time.monotonic() - started_s < SOON_S


# --- What a subscription is told --------------------------------------------------------------------------------------


async def test_a_source_that_fails_and_heals_is_told_of(hub: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard finds it out by itself: its source is broken, asked, and mended again."""
    only = 'subscription { sourceStateChanged(sources: ["complaints"]) { name state } }'
    connector = hub.hub.catalog.connectors["complaints"]

    async def unreachable(*_: object) -> None:
        raise SourceUnreachable("cut")

    states = [next_of(FOUND % b"complaints")]
    states += [states[0].replace(b"OK", b"UNAVAILABLE"), states[0]]
    async with reading(hub.app, only) as reader:
        await reader.until(states[0])
        with monkeypatch.context() as broken:
            broken.setattr(connector, "read", unreachable)
            broken.setattr(connector, "probe", unreachable)
            broken.setitem(hub.hub.guard.probes, "complaints", unreachable)
            for rows in range(30, 40):
                await hub.ask(f"{{ complaints(first: {rows}) {{ nodes {{ description }} }} }}")
            assert hub.hub.guard.state_of("complaints") is not BreakerState.CLOSED
            await reader.until(b"".join(states[:2]))
        await reader.until(b"".join(states))


async def test_each_answer_is_charged_to_whoever_listens(hub: Running) -> None:
    """Out of a bucket for two: the beginning, and the first answer."""
    scale = 2 / budget_of(Role.ANONYMOUS, trusted=False).units_max
    charging = replace(hub.hub.charging, fallback_buckets=FallbackBuckets(None), scale=scale)
    streams = EventStreams(Streams(hub.hub.operations, hub.hub.admission, charging), limits(hub))
    route = GraphqlRoute(hub.hub.operations, hub.hub.viewers, Cors(()), event_streams=streams)
    reader = Reader()
    await reader.call(route, "GET", query_string=f"query={quote(STATES)}".encode(), headers=(EVENTS,))
    first, second, last = reader.body.split(b"\n\n", 2)
    assert first + b"\n\n" == next_of(FOUND % b"areas")
    (error,) = json.loads(second.removeprefix(b"event: next\ndata: "))["errors"]
    assert (error["extensions"]["code"], last) == ("RATE_LIMITED", COMPLETE)


async def test_a_stranger_may_not_ask_a_stream_for_the_schema(prod: Running) -> None:
    response = await prod.ask("{ __schema { queryType { name } } }", {"accept": "text/event-stream"})
    first, rest = response.content.split(b"\n\n", 1)
    (error,) = json.loads(first.removeprefix(b"event: next\ndata: "))["errors"]
    assert (error["extensions"]["code"], rest) == ("FORBIDDEN", COMPLETE)


async def test_personal_values_may_not_stand_in_the_address_of_a_stream(
    hub: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    field = Complaint.fields["ticket_number"]
    changed = {**Complaint.fields, "ticket_number": replace(field, personal=PersonalClass.GENERAL)}
    monkeypatch.setattr(Complaint, "fields", changed)
    monkeypatch.setattr(operations, "public_fields", public_fields.__wrapped__)  # what it remembers is older
    query = '{ complaints(filter: {ticketNumber: {eq: "LAKSA-1"}}) { totalCount } }'
    refused = await hub.client.get("/graphql", params={"query": query}, headers={"accept": "text/event-stream"})
    assert (refused.status_code, refused.headers["allow"], codes_of(refused)) == (405, "POST", ["BAD_REQUEST"])
