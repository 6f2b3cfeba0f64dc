"""The front: what is kept is the same answer below ASGI as above it, and nothing else is answered there."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import quote

import pytest
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from api.server import BoundedHttp
from models.viewer import Role
from tests.api.hub import Running
from tests.api.kept import ASK, SOON_S, Clock, Runs, posted
from tests.api.test_server import listening_for

TRUSTED, OTHER = b"https://app.example.go.id", b"https://evil.example"
BODY = posted(ASK)
LONG = posted("{ complaints(first: 50) { nodes { ticketNumber } } }")
JSON = (b"Content-Type", b"application/json")
ID = (b"X-Request-Id", b"request-1")

Header = tuple[bytes, bytes]
Answer = tuple[bytes, list[bytes], bytes]


def post(*headers: Header, body: bytes = BODY) -> bytes:
    return request(b"POST /graphql", JSON, (b"Content-Length", b"%d" % len(body)), *headers) + body


def get(*headers: Header, query: str = ASK) -> bytes:
    return request(b"GET /graphql?query=" + quote(query).encode(), *headers)


def request(begin: bytes, *headers: Header) -> bytes:
    lines = [begin + b" HTTP/1.1", b"Host: hub", *(b"%b: %b" % header for header in headers)]
    return b"\r\n".join(lines) + b"\r\n\r\n"


@dataclass(slots=True)
class Connected:
    """A connection to the hub, and how many requests came as far as its application."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    requests: Callable[[], int]
    state: ServerState

    async def ask(self, *parts: bytes) -> Answer:
        """Send a request in one piece, or in several: status line, other lines without the date, and body."""
        for part in parts:
            self.writer.write(part)
            await self.writer.drain()
            # So that the server reads each by itself.
            await asyncio.sleep(0.01)
        return await self.answer()

    async def answer(self) -> Answer:
        async with asyncio.timeout(SOON_S):
            status, *lines = (await self.reader.readuntil(b"\r\n\r\n")).lower().rstrip().split(b"\r\n")
            lengths = [int(line.partition(b":")[2]) for line in lines if line.startswith(b"content-length:")]
            body = await self.reader.readexactly(sum(lengths))
        return status, sorted(line for line in lines if not line.startswith(b"date:")), body


@asynccontextmanager
async def connected(hub: Running) -> AsyncIterator[Connected]:
    count = 0

    async def counted(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal count
        count += 1
        await hub.app(scope, receive, send)

    state = ServerState()
    async with listening_for(hub, counted, state) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            yield Connected(reader, writer, lambda: count, state)
        finally:
            writer.close()


@pytest.mark.parametrize(
    "asked",
    [
        post(ID),
        post(ID, (b"Accept-Language", b"en")),
        post(ID, (b"Accept", b"application/graphql-response+json")),
        post(ID, (b"Accept-Encoding", b"br, gzip"), body=LONG),
        post(ID, (b"Accept-Encoding", b"gzip;q=0"), body=LONG),
        post(ID, (b"Origin", TRUSTED)),
        post(ID, (b"Origin", OTHER)),
        post(ID, (b"Connection", b"keep-alive"), (b"Cookie", b"a=b"), (b"If-None-Match", b"*")),
        get(ID),
        get(ID, (b"Accept-Language", b"en"), (b"Accept-Encoding", b"gzip")),
    ],
)
@pytest.mark.usefixtures("clock")  # so that no answer grows old meanwhile
async def test_it_is_the_answer_that_the_application_gives(hub: Running, runs: Runs, asked: bytes) -> None:
    async with connected(hub) as connection:
        first = await connection.ask(asked)
        # In two parts it is no whole request, and goes the usual way.
        usual = await connection.ask(asked[:40], asked[40:])
        assert connection.requests() == 2
        hits = hub.hub.responses.counts.hits
        assert [await connection.ask(asked) for _ in range(3)] == [usual] * 3
        assert (connection.requests(), hub.hub.responses.counts.hits - hits) == (2, 3)
    assert first == usual
    assert usual[0] == b"http/1.1 200 ok"
    assert runs.count == 1


async def test_each_answer_has_an_id_of_its_own(hub: Running, clock: Clock) -> None:
    async with connected(hub) as connection:
        told = [(await connection.ask(post()))[1] for _ in range(3)]
        clock.now_s += 44.0
        later = (await connection.ask(post()))[1]
        assert connection.requests() == 1
    ids = {line for lines in (*told, later) for line in lines if line.startswith(b"x-request-id: ")}
    assert len(ids) == 4
    assert [line for line in later if line.startswith(b"age:")] == [b"age: 44"]


@pytest.mark.parametrize(
    "asked",
    [
        post(ID, body=posted("{ complaints(first: 3) { nodes { ticketNumber } } }")),
        post(ID, (b"Accept-Language", b"id-ID")),
        get(ID, (b"If-None-Match", b"*")),
        request(b"HEAD /graphql?query=" + quote(ASK).encode(), ID),
        request(b"GET /health/live"),
    ],
    ids=["another question", "another language", "what they have", "HEAD", "another path"],
)
async def test_whatever_else_goes_to_the_application(hub: Running, asked: bytes) -> None:
    async with connected(hub) as connection:
        await connection.ask(post(ID))
        await connection.ask(get(ID))
        before = connection.requests()
        connection.writer.write(asked)
        await connection.reader.readuntil(b"\r\n\r\n")
        assert connection.requests() == before + 1


async def test_who_signs_in_never_gets_what_is_kept(hub: Running) -> None:
    token = hub.bearer(Role.OPERATOR)["authorization"].encode()
    async with connected(hub) as connection:
        known = await connection.ask(post(ID))
        signed = await connection.ask(post(ID, (b"Authorization", token)))
        refused = await connection.ask(post(ID, (b"Authorization", b"Bearer none")))
        assert connection.requests() == 3
    assert b"cache-control: no-store" in signed[1]
    assert b"cache-control: no-store" not in known[1]
    assert refused[0] == b"http/1.1 401 unauthorized"


async def test_what_has_had_its_time_is_asked_for_again(hub: Running, runs: Runs, clock: Clock) -> None:
    async with connected(hub) as connection:
        await connection.ask(post(ID))
        clock.now_s += 61.0
        _, lines, _ = await connection.ask(post(ID))
        assert connection.requests() == 2
    assert (b"age: 0" in lines, runs.count) == (True, 2)


async def test_several_at_once_are_answered_in_their_order(hub: Running) -> None:
    async with connected(hub) as connection:
        known = [await connection.ask(post(ID)), await connection.ask(get(ID))]
        connection.writer.write(post(ID) + get(ID) + post(ID) + request(b"GET /health/live"))
        assert [await connection.answer() for _ in range(3)] == [known[0], known[1], known[0]]
        assert (await connection.answer())[2] == b'{"state":"live"}'


async def test_an_idle_connection_is_closed_so_long_after_its_last_answer(hub: Running) -> None:
    async with connected(hub) as connection:
        await connection.ask(post(ID))
        await connection.ask(post(ID))
        (protocol,) = connection.state.connections
        assert isinstance(protocol, BoundedHttp)
        now_s, longest_s = protocol.loop.time(), protocol.timeout_keep_alive
        protocol._answered_at_s = now_s - longest_s + 1.0
        protocol.timeout_keep_alive_handler()
        timer = protocol.timeout_keep_alive_task
        assert timer is not None
        assert 0.0 < timer.when() - now_s < 1.5
        protocol._answered_at_s = now_s - longest_s
        protocol.timeout_keep_alive_handler()
        assert await asyncio.wait_for(connection.reader.read(), SOON_S) == b""
