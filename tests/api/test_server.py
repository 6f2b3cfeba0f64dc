"""The server below the application: its socket, and the bounds on the heads of requests, over a real connection."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
import time
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager, closing
from functools import partial

import pytest
import uvicorn
import uvloop
from starlette.types import ASGIApp
from uvicorn.server import ServerState

from api.serving import server
from api.serving.connections import Connections
from api.serving.server import ACCEPTED_AT_ONCE, CannotListen, accepting, base_url, listening, protocol_of
from tests.api.hub import Running
from tests.api.serving import tuned_as_when_serving

SOON_S = 5.0
TURNS_MAX = 3


@asynccontextmanager
async def listening_for(
    hub: Running, app: ASGIApp | None = None, state: ServerState | None = None, connections: Connections | None = None
) -> AsyncIterator[int]:
    """An application, the hub's unless told, on a free port with the hub's own protocol; gives the port."""
    protocol = protocol_of(connections)
    config = uvicorn.Config(app or hub.app, http=protocol, ws="none", lifespan="off", log_config=None)
    config.load()
    state = state or ServerState()
    loop = asyncio.get_running_loop()
    listener = listening("127.0.0.1", 0)
    serving = await loop.create_server(
        partial(protocol, config=config, server_state=state, app_state={}), sock=listener
    )
    try:
        yield listener.getsockname()[1]
    finally:
        serving.close()
        for connection in list(state.connections):
            connection.transport.abort()
        await serving.wait_closed()


def test_connections_that_come_together_are_let_in_together() -> None:
    made: list[asyncio.BaseTransport] = []

    class Made(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            made.append(transport)

    async def turns() -> int:
        """Turns of the loop until all are let in, whose connections were there before the first of them."""
        loop = asyncio.get_running_loop()
        listener = listening("127.0.0.1", 0)
        with ExitStack() as open_ones:
            for _ in range(ACCEPTED_AT_ONCE):
                open_ones.enter_context(socket.create_connection(listener.getsockname()))
            serving = [await loop.create_server(Made, sock=one) for one in accepting(listener)]
            count = 0
            while len(made) < ACCEPTED_AT_ONCE:
                await asyncio.sleep(0)
                count += 1
            for one in serving:
                one.close()
            for transport in made:
                transport.close()
        return count

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(turns()) <= TURNS_MAX


def test_a_thread_beside_a_busy_loop_gets_on() -> None:
    def give_away_often() -> None:
        """As SQLite's threads do for every row."""
        for _ in range(100):
            time.sleep(0)

    def beside_a_busy_loop() -> float:
        thread = threading.Thread(target=give_away_often)
        began_s = time.perf_counter()
        thread.start()
        while thread.is_alive():
            pass
        return time.perf_counter() - began_s

    usual_s = tuned_s = 0.0
    # By turns, so that a machine that is busy for a while is busy for both.
    for _ in range(3):
        usual_s += beside_a_busy_loop()
        with tuned_as_when_serving():
            tuned_s += beside_a_busy_loop()
    assert tuned_s < usual_s * 0.75


def test_a_process_that_starts_leaves_the_others_their_turns() -> None:
    async def waits() -> list[bool]:
        """Whether who accepts would wait for a connection, beside one process and while another one starts."""
        with closing(listening("127.0.0.1", 0)) as listener:
            serving = await asyncio.get_running_loop().create_server(asyncio.Protocol, sock=listener.dup())
            alone = os.get_blocking(listener.fileno())
            with ExitStack() as starting:
                for one in accepting(listener):
                    starting.enter_context(one)
                beside = os.get_blocking(listener.fileno())
            serving.close()
        return [alone, beside]

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        assert runner.run(waits()) == [False, False]


async def answer_to(port: int, *parts: bytes) -> bytes:
    """What comes back for these bytes, until the server has closed the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    received = b""
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
        received = await asyncio.wait_for(reader.read(), SOON_S)
    except ConnectionError:
        pass
    finally:
        writer.close()
    return received


GET = b"GET /health/live HTTP/1.1\r\nHost: x\r\n"


async def test_a_request_is_answered(hub: Running) -> None:
    async with listening_for(hub) as port:
        received = await answer_to(port, GET + b"Connection: close\r\n\r\n")
    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    assert received.endswith(b'{"state":"live"}')


async def test_a_connection_serves_one_request_after_another(hub: Running) -> None:
    async with listening_for(hub) as port:
        received = await answer_to(port, GET + b"\r\n", GET + b"\r\n", GET + b"Connection: close\r\n\r\n")
    assert received.count(b'{"state":"live"}') == 3


async def test_a_head_of_the_longest_query_is_read(hub: Running) -> None:
    query = b"%20" * 21_000 + b"{__typename}"
    head = b"GET /graphql?query=" + query + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    async with listening_for(hub) as port:
        assert (await answer_to(port, head)).endswith(b'{"data":{"__typename":"Query"}}')


@pytest.mark.parametrize(
    "part",
    [b"X-Part: " + b"a" * 10_000 + b"\r\n", b"a" * 10_000, b"X: y\r\n" * 1_000],
    ids=["many long headers", "one endless header", "many headers"],
)
async def test_a_head_that_never_ends_is_cut_off(hub: Running, part: bytes) -> None:
    async with listening_for(hub) as port:
        received = await answer_to(port, GET, *[part] * (server.HEAD_BYTES_MAX // len(part) + 60))
    assert b"200 OK" not in received


async def test_a_head_that_is_too_large_is_told_so(hub: Running) -> None:
    async with listening_for(hub) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(GET)
        whole, rest = divmod(server.HEAD_BYTES_MAX, 10_000)
        for length in (*[10_000] * whole, rest):
            writer.write(b"X: " + b"a" * (length - 5) + b"\r\n")
            await writer.drain()
        received = await asyncio.wait_for(reader.read(), SOON_S)
        writer.close()
    assert received.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert received.endswith(b"The head of the request is too large.")


async def test_an_upgrade_is_answered_as_if_it_were_none(hub: Running) -> None:
    upgrade = (
        b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: AAAA\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    head = b"GET /graphql HTTP/1.1\r\nHost: x\r\n" + upgrade
    async with listening_for(hub) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(head)
        assert await asyncio.wait_for(reader.readline(), SOON_S) == b"HTTP/1.1 400 Bad Request\r\n"
        writer.close()


# --- The socket -------------------------------------------------------------------------------------------------------


def test_port_zero_takes_a_free_one() -> None:
    with closing(listening("127.0.0.1", 0)) as one, closing(listening("127.0.0.1", 0)) as other:
        assert one.getsockname()[1] != other.getsockname()[1]
        assert base_url(one) == f"http://127.0.0.1:{one.getsockname()[1]}"


def test_a_port_in_use() -> None:
    with closing(listening("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen) as refused:
            listening("127.0.0.1", port)
    assert str(refused.value).startswith(f"Nothing can listen on 127.0.0.1, port {port}: ")
    assert str(refused.value).endswith(" Set HUB_HOST and HUB_PORT to a free address.")


def test_a_host_that_is_not_here() -> None:
    with pytest.raises(CannotListen, match=r"^Nothing can listen on 203\.0\.113\.1, port 0: "):
        listening("203.0.113.1", 0)


@pytest.mark.parametrize(
    ("host", "shown"), [("0.0.0.0", "http://127.0.0.1"), ("::1", "http://[::1]"), ("::", "http://[::1]")]
)
def test_where_a_browser_finds_it(host: str, shown: str) -> None:
    if ":" in host and not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    try:
        listener = listening(host, 0)
    except CannotListen:
        pytest.skip(f"this machine has no address {host}")
    with closing(listener):
        assert base_url(listener) == f"{shown}:{listener.getsockname()[1]}"
