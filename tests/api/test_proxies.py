"""Behind nginx and HAProxy, with the files for operators: what a proxy has to do it does, and the hub does the rest."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from starlette.types import Receive, Scope, Send
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from api.serving.connections import ConnectionLimits, Connections
from api.serving.frozen_head import freeze
from api.streams.socket import PROTOCOL
from models.policy.viewer import Role
from tests.api.hub import Running
from tests.api.proxies import NAME, Proxy, in_front_of
from tests.api.serving import served

SOON_S = 10.0
BODY_S_MAX = 0.3
IDLE = 12
STATES = "subscription { sourceStateChanged { name state } }"
PERSONAL = json.dumps({"query": "{ complaints(first: 2) { nodes { description address reporterNik } } }"}).encode()
HEAD = (
    b"POST /graphql HTTP/1.1\r\nHost: data.example.go.id\r\nContent-Type: application/json\r\nAccept-Language: en\r\n"
)
LIVE = b"GET /health/live HTTP/1.1\r\nHost: data.example.go.id\r\n\r\n"
ALIVE = b'{"state":"live"}'


@dataclass(slots=True)
class Behind:
    """A hub with a proxy in front of it, and from which addresses it is asked."""

    name: str
    hub: Running
    proxy: Proxy
    place: str
    addresses: list[str]
    stack: ExitStack

    async def connect(self, data: bytes, local: str = "127.0.0.1") -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection through the proxy, on which this has been sent."""
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", self.proxy.tls_port, ssl=trusting(), server_hostname=NAME, local_addr=(local, 0)
        )
        self.stack.callback(writer.close)
        writer.write(data)
        return reader, writer


def trusting() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


@pytest.fixture(scope="module", params=["nginx", "haproxy"])
async def started(
    request: pytest.FixtureRequest, hub: Running, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Behind]:
    addresses: list[str] = []
    callers = hub.hub.charging.callers

    async def noted(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] != "/health/live":
            addresses.append(callers.address_of(freeze(scope)))
        await hub.app(scope, receive, send)

    folder: Path = tmp_path_factory.mktemp(request.param)
    # Many clients behind one proxy are not one client.
    places = Connections(callers.client_at, ConnectionLimits(of_client_max=1))
    async with (
        served(noted, connections=places) as place,
        in_front_of(place, request.param, folder, BODY_S_MAX) as proxy,
    ):
        yield Behind(request.param, hub, proxy, place, addresses, ExitStack())


@pytest.fixture
async def behind(started: Behind) -> AsyncIterator[Behind]:
    """With nothing open and nothing noted."""
    started.addresses.clear()
    with started.stack:
        yield started


async def answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    async with asyncio.timeout(SOON_S):
        head = await reader.readuntil(b"\r\n\r\n")
        headers = dict(line.lower().partition(b": ")[::2] for line in head.rstrip().split(b"\r\n")[1:])
        return int(head.split()[1]), await reader.readexactly(int(headers[b"content-length"]))


def chunked(*trailers: bytes) -> tuple[bytes, bytes]:
    head = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
    return head, b"%x\r\n%b\r\n0\r\n" % (len(PERSONAL), PERSONAL) + b"".join(
        line + b"\r\n" for line in trailers
    ) + b"\r\n"


async def test_trailers_decide_nothing(behind: Behind) -> None:
    officer = behind.hub.bearer(Role.OFFICER, "dpupr")["authorization"].encode()
    stranger = await behind.hub.post(PERSONAL)
    for pause_s in (0.0, BODY_S_MAX / 6):
        head, rest = chunked(b"Authorization: " + officer, b"Hub-Purpose: COMPLAINT_HANDLING")
        reader, writer = await behind.connect(head)
        await writer.drain()
        await asyncio.sleep(pause_s)
        writer.write(rest)
        status, body = await answer(reader)
        assert (status, json.loads(body)["data"]) == (200, stranger.json()["data"])
    assert (await behind.hub.post(PERSONAL)).json()["data"] == stranger.json()["data"]


async def test_a_slow_body_is_the_proxys(behind: Behind) -> None:
    for part in (b"Content-Length: 100\r\n\r\n{", b"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n"):
        reader, _ = await behind.connect(HEAD + part)
        # nginx says nothing.
        said = await asyncio.wait_for(reader.readline(), SOON_S)
        assert said.split(b" ")[1:2] == ([] if behind.name == "nginx" else [b"408"])
    assert behind.addresses == []


async def test_idle_connections_are_the_proxys(behind: Behind) -> None:
    idle = [await behind.connect(LIVE, local=f"127.0.1.{number}") for number in range(IDLE)]
    for reader, _ in idle:
        assert await answer(reader) == (200, ALIVE)
    for number in range(IDLE):
        await behind.connect(b"", local=f"127.0.2.{number}")
    reader, _ = await behind.connect(LIVE)
    assert await answer(reader) == (200, ALIVE)
    for reader, writer in idle:
        writer.write(LIVE)
        assert await answer(reader) == (200, ALIVE)


async def test_the_proxy_is_believed_and_its_client_is_not(behind: Behind) -> None:
    whole = HEAD + b"X-Forwarded-For: 203.0.113.9\r\nContent-Length: %d\r\n\r\n" % len(PERSONAL) + PERSONAL
    reader, _ = await behind.connect(whole, local="127.0.3.1")
    assert (await answer(reader))[0] == 200
    # Past the proxy, from an address that is none.
    reader, writer = await asyncio.open_connection(*behind.place.split(":"), local_addr=("127.0.3.2", 0))
    writer.write(whole)
    assert (await answer(reader))[0] == 200
    writer.close()
    assert behind.addresses == ["127.0.3.1", "127.0.3.2"]


async def test_events_come_as_they_happen(behind: Behind) -> None:
    body = json.dumps({"query": STATES}).encode()
    reader, _ = await behind.connect(
        HEAD + b"Accept: text/event-stream\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    )
    async with asyncio.timeout(SOON_S):
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
        assert b'"sourceStateChanged"' in await reader.readuntil(b"}}}")


async def test_a_socket_goes_through(behind: Behind) -> None:
    async with (
        asyncio.timeout(SOON_S),
        connect(
            f"wss://127.0.0.1:{behind.proxy.tls_port}/graphql",
            ssl=trusting(),
            server_hostname=NAME,
            subprotocols=[Subprotocol(PROTOCOL)],
            proxy=None,
        ) as socket,
    ):
        await socket.send('{"type":"connection_init"}')
        assert json.loads(await socket.recv())["type"] == "connection_ack"
        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": STATES}}))
        assert "sourceStateChanged" in str(await socket.recv())


async def test_what_is_for_the_machine_only_stays_there(behind: Behind) -> None:
    reader, _ = await behind.connect(b"GET /metrics HTTP/1.1\r\nHost: data.example.go.id\r\n\r\n")
    assert (await asyncio.wait_for(reader.readline(), SOON_S)).startswith(b"HTTP/1.1 404 ")


async def test_what_comes_without_tls_is_sent_to_where_it_is(behind: Behind) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", behind.proxy.plain_port)
    writer.write(b"GET /status HTTP/1.1\r\nHost: data.example.go.id\r\nConnection: close\r\n\r\n")
    said = (await asyncio.wait_for(reader.read(), SOON_S)).lower()
    writer.close()
    assert said.startswith(b"http/1.1 301 ")
    assert b"\r\nlocation: https://data.example.go.id/status\r\n" in said
