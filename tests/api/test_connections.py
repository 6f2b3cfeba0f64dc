"""Connections through sockets: each state has its time whatever comes, and who is idle shuts out nobody."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field

import pytest
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.server import ServerState

from api.identity.callers import Callers
from api.serving.connections import ConnectionLimits, Connections, State
from api.serving.server import HEAD_BYTES_MAX, PIPELINED_MAX
from api.streams.event_stream import STOPS
from tests.api.hub import Running
from tests.api.kept import Clock
from tests.api.serving import served
from tests.api.test_server import SOON_S, listening_for

LIVE = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Type: %b\r\nContent-Length: 100\r\n"
FORM = b"application/x-www-form-urlencoded"
CHUNKED = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
ANSWER = b'{"state":"live"}'
LIMITS = ConnectionLimits(connections_max=3, reserve_max=1, of_client_max=2)


@dataclass(slots=True)
class Dial:
    """A hub whose clock and whose looks at its connections are the test's own."""

    port: int
    hub_connections: Connections
    state: ServerState
    clock: Clock
    stack: AsyncExitStack

    async def connect(self, data: bytes = b"") -> Line:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        self.stack.callback(writer.close)
        line = Line(reader, writer)
        if data:
            await line.send(data)
        else:
            here = writer.get_extra_info("sockname")
            await until(lambda: here in {getattr(one, "client", None) for one in self.state.connections})
        return line

    async def states(self, *expected: State) -> None:
        """Wait until the connections are in these states, in any order."""
        names = sorted(state.name for state in expected)
        await until(
            lambda: sorted(getattr(one, "state", State.CLOSING).name for one in self.state.connections) == names
        )

    async def pass_s(self, seconds: float) -> None:
        self.clock.now_s += seconds
        self.hub_connections.look()


@dataclass(slots=True)
class Line:
    """One connection to it."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def hears(self, end: bytes) -> bytes:
        return await asyncio.wait_for(self.reader.readuntil(end), SOON_S)

    async def rest(self) -> bytes:
        """What comes until the hub closes it."""
        try:
            return await asyncio.wait_for(self.reader.read(), SOON_S)
        except ConnectionError:
            return b""

    def reset(self) -> None:
        """Leave without a word, like a machine whose power has gone."""
        connection = self.writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(SOON_S):
        while not holds():  # noqa: ASYNC110  # no event tells
            await asyncio.sleep(0.001)


@asynccontextmanager
async def dialled(
    hub: Running,
    app: ASGIApp | None = None,
    limits: ConnectionLimits | None = None,
    callers: Callers | None = None,
) -> AsyncIterator[Dial]:
    clock, state = Clock(), ServerState()
    client_of = callers.client_at if callers is not None else lambda _: None
    connections = Connections(client_of, limits, lambda: clock.now_s)
    async with listening_for(hub, app, state, connections) as port, AsyncExitStack() as stack:
        yield Dial(port, connections, state, clock, stack)


@dataclass(slots=True)
class Hanging:
    """An application that answers about health, and nothing else until it is told."""

    free: asyncio.Event = field(default_factory=asyncio.Event)
    is_stream: bool = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.is_stream:
            scope[STOPS] = self.free.set
        if scope["path"] != "/health/live":
            await self.free.wait()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"16")]})
        await send({"type": "http.response.body", "body": ANSWER})


# --- Time -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "again", "state"),
    [
        (b"", b"\r\n", State.WAITING),
        (b"GET /health", b"a", State.HEAD),
        (b"GET / HTTP/1.1\r\n", b"X-A: b\r\n", State.HEAD),
        (LIVE, b"\r\n", State.IDLE),
        (LIVE + LIVE[:-2], b"X-A: b\r\n", State.HEAD),
    ],
    ids=["nothing", "a line", "a head", "line ends after a request", "a second head"],
)
async def test_what_a_client_sends_buys_no_time(hub: Running, before: bytes, again: bytes, state: State) -> None:
    async with dialled(hub) as dial:
        line = await dial.connect(before)
        if before.startswith(LIVE):
            await line.hears(ANSWER)
        await dial.states(state)
        for _ in range(3):
            await dial.pass_s(dial.hub_connections.limits.s_max(state) / 4)
            await line.send(again)
            # An answer to somebody else, by which time it has been read.
            await (await dial.connect(LIVE)).hears(ANSWER)
        await until(lambda: state in {getattr(one, "state", None) for one in dial.state.connections})
        await dial.pass_s(dial.hub_connections.limits.s_max(state) / 4)
        assert await line.rest() == b""


async def test_the_hub_looks_by_itself(hub: Running) -> None:
    connections = Connections(limits=ConnectionLimits(waiting_s_max=0.02, idle_s_max=0.02, look_every_s=0.01))
    async with listening_for(hub, None, None, connections) as port:
        for sent in (b"", LIVE, b"\r\n"):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(sent)
            assert (await asyncio.wait_for(reader.read(), SOON_S)).count(ANSWER) == sent.count(LIVE)
            writer.close()


@pytest.mark.parametrize(
    ("head", "part"),
    [
        (POST % (b"/graphql", b"application/json"), b"a"),
        (POST % (b"/export/complaints.csv", b"application/json"), b"a"),
        (POST % (b"/developers/limits", FORM), b"a"),
        (CHUNKED[:-2], b"1\r\na\r\n"),
    ],
    ids=["an operation", "an export", "a form", "chunks"],
)
@pytest.mark.parametrize("language", ["id", "en"])
async def test_a_body_that_takes_too_long_is_told_so(hub: Running, head: bytes, part: bytes, language: str) -> None:
    async with dialled(hub) as dial:
        line = await dial.connect(head + b"Accept-Language: %b\r\n\r\n" % language.encode())
        await dial.states(State.BODY)
        await dial.pass_s(9.0)
        await line.send(part)
        await (await dial.connect(LIVE)).hears(ANSWER)
        await dial.pass_s(1.0)
        said = await line.rest()
    assert said.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    (error,) = json.loads(said.partition(b"\r\n\r\n")[2])["errors"]
    expected = {
        "id": "Isi permintaan tidak sampai dalam 10 detik.",
        "en": "The body did not arrive within 10 seconds.",
    }
    assert (error["message"], error["extensions"]) == (expected[language], {"code": "BAD_REQUEST"})


async def test_an_answer_before_its_body_is_the_only_one(hub: Running) -> None:
    head = POST % (b"/graphql", b"application/json") + b"Authorization: Bearer x\r\n\r\n"
    async with dialled(hub) as dial:
        line = await dial.connect(head)
        assert (await line.hears(b"\r\n")).startswith(b"HTTP/1.1 401 ")
        await dial.pass_s(9.0)
        await dial.states(State.BODY)
        await dial.pass_s(1.0)
        assert b"HTTP/1.1" not in await line.rest()


@pytest.mark.parametrize(("path", "media"), [(b"/graphql", b"application/json"), (b"/developers/limits", FORM)])
async def test_a_client_that_leaves_within_its_body_is_nothing_to_log(
    hub: Running, caplog: pytest.LogCaptureFixture, path: bytes, media: bytes
) -> None:
    async with dialled(hub) as dial:
        with caplog.at_level(logging.INFO):
            line = await dial.connect(POST % (path, media) + b"\r\nabc")
            await dial.states(State.BODY)
            line.reset()
            await dial.states()
            await until(lambda: not dial.state.tasks)
    assert caplog.records == []


async def test_an_answer_has_its_time_and_a_stream_has_no_end(hub: Running) -> None:
    hanging = Hanging()
    async with dialled(hub, hanging) as dial:
        plain = await dial.connect(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n")
        await dial.states(State.ANSWERING)
        hanging.is_stream = True
        stream = await dial.connect(b"GET /b HTTP/1.1\r\nHost: x\r\n\r\n")
        await dial.states(State.ANSWERING, State.ANSWERING)
        await dial.pass_s(dial.hub_connections.limits.answering_s_max - 1.0)
        await dial.states(State.ANSWERING, State.ANSWERING)
        await dial.pass_s(1.0)
        assert await plain.rest() == b""
        hanging.free.set()
        assert (await stream.hears(ANSWER)).startswith(b"HTTP/1.1 200 OK\r\n")


async def test_an_answer_that_is_not_taken_keeps_no_connection(hub: Running) -> None:
    async def much(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [(b"connection", b"close")]})
        await send({"type": "http.response.body", "body": b"x" * 20_000_000})

    async with dialled(hub, much) as dial:
        await dial.connect(LIVE)
        await dial.states(State.CLOSING)
        await dial.pass_s(dial.hub_connections.limits.closing_s_max)
        await dial.states()


# --- Places -----------------------------------------------------------------------------------------------------------


async def test_who_waits_longest_makes_room(hub: Running) -> None:
    async with dialled(hub, limits=LIMITS) as dial:
        idle = [await dial.connect(LIVE) for _ in range(3)]
        for line in idle:
            await line.hears(ANSWER)
        # It has asked again, so that it is not the one who waits longest.
        await idle[0].send(LIVE)
        await idle[0].hears(ANSWER)
        new = await dial.connect(b"GET /health/ready HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await new.hears(b"\r\n")).startswith(b"HTTP/1.1 200 ")
        assert await idle[1].rest() == b""
        for line in (idle[0], idle[2]):
            await line.send(LIVE)
            await line.hears(ANSWER)


@pytest.mark.parametrize("sent", [b"", b"GET / HT", CHUNKED], ids=["nothing", "half a head", "no body"])
async def test_who_says_nothing_shuts_out_nobody(hub: Running, sent: bytes) -> None:
    async with dialled(hub, limits=LIMITS) as dial:
        silent = [await dial.connect(sent) for _ in range(3 * LIMITS.connections_max)]
        new = await dial.connect(b"GET /graphql?query={__typename} HTTP/1.1\r\nHost: x\r\n\r\n")
        assert (await new.hears(b"}}")).endswith(b'{"data":{"__typename":"Query"}}')
        assert await silent[0].rest() == b""
        assert len(dial.state.connections) == LIMITS.connections_max


async def test_health_is_told_where_every_place_is_at_work(hub: Running) -> None:
    hanging = Hanging()
    async with dialled(hub, hanging, LIMITS) as dial:
        at_work = [await dial.connect(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n") for _ in range(LIMITS.connections_max)]
        await dial.states(*[State.ANSWERING] * 3)
        # The place of the reserve is taken by somebody who says nothing, and then by who asks.
        silent = await dial.connect()
        health = await dial.connect(LIVE)
        said = await health.rest()
        assert said.startswith(b"HTTP/1.1 200 OK\r\n")
        assert said.endswith(b"connection: close\r\n\r\n" + ANSWER)
        assert await silent.rest() == b""
        other = await dial.connect(
            b"GET /graphql?query={__typename} HTTP/1.1\r\nHost: x\r\nAccept-Language: en\r\n\r\n"
        )
        said = await other.rest()
        assert said.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
        assert b"\r\nretry-after: 5\r\n" in said
        (error,) = json.loads(said.partition(b"\r\n\r\n")[2])["errors"]
        assert error["message"] == "Too many connections are open. Close one of them, or try again later."
        hanging.free.set()
        for line in at_work:
            await line.hears(ANSWER)


@pytest.mark.parametrize("path", [b"/graphql", b"/health/live"])
async def test_the_reserve_opens_no_socket(hub: Running, path: bytes) -> None:
    connections = Connections(limits=ConnectionLimits(connections_max=0))
    head = (
        b"GET %b HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    async with served(hub.app, connections=connections) as place:
        reader, writer = await asyncio.open_connection(*place.split(":"))
        writer.write(head % path)
        said = await asyncio.wait_for(reader.read(), SOON_S)
        writer.close()
    assert said.startswith(b"HTTP/1.1 503 " if path == b"/graphql" else b"HTTP/1.1 400 ")


async def test_one_client_takes_no_more_than_its_places(hub: Running) -> None:
    callers = Callers(b"", ["192.0.2.1"])
    async with dialled(hub, Hanging(), LIMITS, callers) as dial:
        at_work = [await dial.connect(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n") for _ in range(LIMITS.of_client_max)]
        await dial.states(State.ANSWERING, State.ANSWERING)
        refused = await dial.connect(LIVE)
        assert await refused.rest() == b""
        at_work[0].reset()
        await dial.states(State.ANSWERING)
        idle = await dial.connect(LIVE)
        await idle.hears(ANSWER)
        new = await dial.connect(LIVE)
        await new.hears(ANSWER)
        assert await idle.rest() == b""


async def test_a_proxy_takes_as_many_as_it_needs(hub: Running) -> None:
    async with dialled(hub, Hanging(), LIMITS, Callers(b"", ["127.0.0.1"])) as dial:
        for _ in range(LIMITS.connections_max):
            await (await dial.connect(LIVE)).hears(ANSWER)
        await dial.states(*[State.IDLE] * LIMITS.connections_max)


# --- The order of answers ---------------------------------------------------------------------------------------------


async def test_what_cannot_be_read_is_no_answer_to_what_came_before(hub: Running) -> None:
    hanging = Hanging()
    async with dialled(hub, hanging) as dial:
        for garbage in (b"\x00\x01\r\n\r\n", b"GET /health/live HTTP/9.9\r\n\r\n"):
            line = await dial.connect(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n" + garbage)
            assert await line.rest() == b""
        first = await dial.connect(b"\x00\x01\r\n\r\n")
        assert (await first.rest()).startswith(b"HTTP/1.1 400 Bad Request\r\n")


async def test_a_broken_chunk_after_an_early_answer_gets_no_second_one(hub: Running) -> None:
    async with dialled(hub) as dial:
        line = await dial.connect(CHUNKED.replace(b"POST /graphql", b"POST /health/live"))
        assert (await line.hears(b"\r\n")).startswith(b"HTTP/1.1 405 ")
        await line.send(b"zz\r\n")
        assert b"HTTP/1.1" not in await line.rest()


async def test_an_endless_head_behind_an_answer_is_cut_off(hub: Running) -> None:
    async with dialled(hub, Hanging()) as dial:
        line = await dial.connect(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nX: ")
        for _ in range(HEAD_BYTES_MAX // 10_000 + 60):
            try:
                await line.send(b"a" * 10_000)
            except ConnectionError:
                break
        assert await line.rest() == b""


@pytest.mark.parametrize("endless", [b"2;x=", b"2\r\n{}\r\n0\r\nX: "], ids=["a chunk's extension", "a trailer"])
async def test_what_is_no_body_is_as_short_as_a_head(hub: Running, endless: bytes) -> None:
    async with dialled(hub, Hanging()) as dial:
        line = await dial.connect(CHUNKED + endless)
        for _ in range(HEAD_BYTES_MAX // 10_000 + 60):
            try:
                await line.send(b"a" * 10_000)
            except ConnectionError:
                return
        # It is cut off; whether the refusal comes through depends on what is under way.
        assert (await line.rest())[:13] in {b"", b"HTTP/1.1 400 "}


async def test_a_long_body_is_no_long_head(hub: Running) -> None:
    body = json.dumps({"query": "{ __typename }", "extensions": {"padding": "x" * 200_000}}).encode()
    head = b"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    async with dialled(hub) as dial:
        line = await dial.connect(LIVE + head % len(body) + body)
        for end in (ANSWER, b'{"data":{"__typename":"Query"}}'):
            await line.hears(end)


async def test_no_more_requests_wait_than_are_meant_to(hub: Running) -> None:
    hanging = Hanging()
    async with dialled(hub, hanging) as dial:
        one = b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
        fits = await dial.connect(one * (PIPELINED_MAX + 1))
        await dial.states(State.ANSWERING)
        more = await dial.connect(one * (PIPELINED_MAX + 2))
        assert await more.rest() == b""
        hanging.free.set()
        for _ in range(PIPELINED_MAX + 1):
            await fits.hears(ANSWER)
