"""Several processes on one port: what one of them finds out, those who listen at any of them are told."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from sample.write import write_city
from settings import ROOT
from store.database.migrate import upgrade
from tests import servers
from tests.faults.proxy import Mode, Proxy, target_of, through

SOON_S = 30.0
LISTENERS = 12
WORKERS = 2
SUBSCRIPTION = 'subscription { sourceStateChanged(sources: ["complaints"]) { state } }'


@asynccontextmanager
async def serving(environ: dict[str, str]) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """A hub of several processes; gives the one that watches, and the address."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environ.items():
            patch.setenv(name, value)
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-u",
            "cli.py",
            "serve",
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
        )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(SOON_S):
            line = (await process.stdout.readline()).decode()
        found = re.match(r"Simpul serves at http://(\S+) ", line)
        assert found is not None, line
        yield process, found[1]
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


async def listen(stack: AsyncExitStack, place: str) -> ClientConnection:
    """A socket with a subscription, whose first event is still to come."""
    socket = await stack.enter_async_context(
        connect(f"ws://{place}/graphql", subprotocols=[Subprotocol("graphql-transport-ws")], open_timeout=SOON_S)
    )
    await socket.send(json.dumps({"type": "connection_init"}))
    assert await heard(socket) == {"type": "connection_ack"}
    await socket.send(json.dumps({"type": "subscribe", "id": "1", "payload": {"query": SUBSCRIPTION}}))
    return socket


async def heard(socket: ClientConnection) -> Any:
    async with asyncio.timeout(SOON_S):
        return json.loads(await socket.recv())


async def until(socket: ClientConnection, state: str) -> None:
    """Until this state is told; a process that has just started knows nothing yet."""
    async with asyncio.timeout(SOON_S):
        while (await heard(socket))["payload"]["data"]["sourceStateChanged"]["state"] != state:
            pass


async def listeners_of(place: str) -> dict[str, float]:
    """How many connections each process has open for events."""
    async with httpx2.AsyncClient() as client:
        metrics = (await client.get(f"http://{place}/metrics")).text
    found = re.findall(r'^simpul_stream_connections\{worker="(\d)"\} (\S+)$', metrics, re.MULTILINE)
    return {worker: float(count) for worker, count in found}


def test_what_one_process_finds_out_all_who_listen_are_told(postgres_server: str, redis_url: str) -> None:
    if not Path("/proc").is_dir():
        pytest.skip("this system cannot have several processes on one socket")
    with servers.postgres_database(postgres_server) as hub_url, servers.postgres_database(postgres_server) as city_url:
        upgrade(hub_url)
        write_city("small", city_url)
        asyncio.run(scenario(hub_url, city_url, redis_url))


async def scenario(hub_url: str, city_url: str, redis_url: str) -> None:
    async with AsyncExitStack() as stack:
        proxy = Proxy(target_of(city_url))
        await proxy.start()
        stack.push_async_callback(proxy.close)
        environ = {
            "HUB_SECRET": "a secret of these tests, which is long enough",
            "HUB_DATABASE_URL": hub_url,
            "HUB_CACHE_URL": redis_url,
            "HUB_CITY": "tests.api.two_departments",
            "HUB_SOURCE_AREAS_URL": city_url,
            "HUB_SOURCE_COMPLAINTS_URL": through(city_url, proxy),
            "HUB_WORKERS": str(WORKERS),
            "HUB_PORT": "0",
            "HUB_DEADLINE_MS": "20000",
        }
        process, place = await stack.enter_async_context(serving(environ))
        sockets: list[ClientConnection] = []
        async with asyncio.timeout(SOON_S):
            while not await all_have_some(place, len(sockets)):
                sockets += [await listen(stack, place) for _ in range(LISTENERS)]
        for socket in sockets:
            await until(socket, "OK")
        await proxy.switch(Mode.REFUSE)
        # One connection leads to one process: the other one asks nothing, and finds out nothing by itself.
        async with httpx2.AsyncClient() as client:
            for rows in range(20, 30):
                query = f"{{ complaints(first: {rows}) {{ nodes {{ id }} }} }}"
                await client.post(f"http://{place}/graphql", json={"query": query}, timeout=SOON_S)
        for socket in sockets:
            await until(socket, "UNAVAILABLE")
        await proxy.switch(Mode.PASS)
        for socket in sockets:
            await until(socket, "OK")
        process.send_signal(signal.SIGTERM)
        codes = [await code_of(socket) for socket in sockets]
        async with asyncio.timeout(SOON_S):
            assert (set(codes), await process.wait()) == ({1012}, 0)


async def all_have_some(place: str, opened: int) -> bool:
    """Whether each process has a connection, when all are counted: the others' counts come every two seconds.

    A process that starts late, or seldom gets the processor, may get none of the first ones.
    """
    while sum((counts := await listeners_of(place)).values()) != opened:  # noqa: ASYNC110  # no event tells
        await asyncio.sleep(0.2)
    return len(counts) == WORKERS and min(counts.values()) > 0


async def code_of(socket: ClientConnection) -> int | None:
    """With which code it is closed from the other side."""
    try:
        async with asyncio.timeout(SOON_S):
            while True:
                await socket.recv()
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd is not None else None
