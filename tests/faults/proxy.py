"""Proxy: stands before a real server and does to its connections what networks and dying servers do.

It may be switched while connections are open. Every buffer is bounded: what a side does not take is not read.
"""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum

from sqlalchemy.engine import make_url

HOST = "127.0.0.1"
CHUNK_BYTES_MAX = 64 * 1024
CANCEL_REQUEST = (80877102).to_bytes(4, "big")
"""What PostgreSQL knows a connection by that stops another one's statement."""
CONNECT_S_MAX = 2.0
_PORTS = {"postgresql": 5432, "mysql": 3306, "mariadb": 3306, "redis": 6379, "http": 80}
# On close: throw away what is unsent, and say so with a reset.
_LINGER = struct.pack("ii", 1, 0)


class Mode(Enum):
    """What becomes of new connections and of those that are open."""

    PASS = "pass"
    REFUSE = "refuse"
    """Nobody listens, and what is open is reset."""
    RESET = "reset"
    """Connections are taken and reset at once, as are those that are open."""
    BLACK_HOLE = "black hole"
    """Connections are taken and never answered. What was open falls silent and stays so: it is half open."""
    LATENCY = "latency"
    """Every part of an answer comes late."""
    TRICKLE = "trickle"
    """An answer comes byte by byte."""
    GARBAGE = "garbage"
    """As many bytes as the server has sent, and none of them its own."""
    TRUNCATE = "truncate"
    """Half of an answer, and the end of the connection."""


FAULTS = tuple(mode for mode in Mode if mode is not Mode.PASS)


@dataclass(frozen=True, slots=True)
class Target:
    """Where the real server is; with `socket`, a Unix socket on this machine."""

    host: str
    port: int
    socket: str = ""

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        async with asyncio.timeout(CONNECT_S_MAX):
            if self.socket:
                return await asyncio.open_unix_connection(self.socket, limit=CHUNK_BYTES_MAX)
            return await asyncio.open_connection(self.host, self.port, limit=CHUNK_BYTES_MAX)


def target_of(url: str) -> Target:
    """Where a plain URL leads; PostgreSQL's may name the folder of a socket."""
    parts = make_url(url)
    port = parts.port or _PORTS[parts.drivername]
    folder = parts.query.get("host")
    if isinstance(folder, str):
        return Target("", port, f"{folder}/.s.PGSQL.{port}")
    return Target(parts.host or HOST, port)


def through(url: str, proxy: Proxy) -> str:
    """The URL that leads to the same place through a proxy."""
    passing = make_url(url).difference_update_query(["host"]).set(host=HOST, port=proxy.port)
    return passing.render_as_string(hide_password=False)


@dataclass(eq=False, slots=True)
class _Link:
    """One connection of a client. A silent one is read and never answered."""

    client: asyncio.StreamWriter
    task: asyncio.Task[object]
    number: int
    silent: bool = False


@dataclass(slots=True)
class Proxy:
    """`attempts` counts the connections that were taken: nobody can count those that are refused.

    `stops` has the numbers of those that only stop a statement of another connection, as PostgreSQL has it.
    """

    target: Target
    latency_s: float = 5.0
    trickle_s: float = 0.5
    """Between two bytes."""
    mode: Mode = Mode.PASS
    port: int = 0
    attempts: int = 0
    stops: set[int] = field(default_factory=set)
    random: random.Random = field(default_factory=lambda: random.Random(1))
    _links: set[_Link] = field(default_factory=set)
    _listener: asyncio.Server | None = None
    _switched: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def open(self) -> int:
        """How many connections there are."""
        return len(self._links)

    async def start(self) -> None:
        """Listen, on the port of before if there was one."""
        self._listener = await asyncio.start_server(self._take, HOST, self.port, limit=CHUNK_BYTES_MAX)
        self.port = self._listener.sockets[0].getsockname()[1]

    async def switch(self, mode: Mode) -> None:
        """Behave otherwise from now on, towards new connections and open ones. What was held back goes on its way."""
        before, self.mode = self.mode, mode
        self._switched.set()
        self._switched = asyncio.Event()
        if mode is Mode.REFUSE:
            self._stop_listening()
        elif before is Mode.REFUSE:
            await self.start()
        if mode in (Mode.REFUSE, Mode.RESET):
            self.cut()
        if mode is Mode.BLACK_HOLE:
            for link in self._links:
                link.silent = True

    def cut(self) -> None:
        """Reset what is open."""
        for link in tuple(self._links):
            _reset(link.client)
            link.task.cancel()

    async def close(self) -> None:
        self._stop_listening()
        ending = [link.task for link in self._links]
        self.cut()
        await asyncio.gather(*ending, return_exceptions=True)

    def _stop_listening(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    # --- One connection -----------------------------------------------------------------------------------------------

    async def _take(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        self.attempts += 1
        task = asyncio.current_task()
        assert task is not None
        if self.mode is Mode.RESET:
            _reset(client)
            return
        link = _Link(client, task, self.attempts, silent=self.mode is Mode.BLACK_HOLE)
        self._links.add(link)
        try:
            with suppress(OSError, TimeoutError, asyncio.CancelledError):
                await (_swallow(reader) if link.silent else self._carry(link, reader))
        finally:
            self._links.discard(link)
            client.close()

    async def _carry(self, link: _Link, questions: asyncio.StreamReader) -> None:
        answers, server = await self.target.connect()
        asking = asyncio.create_task(self._asked(link, questions, server))
        answering = asyncio.create_task(self._answered(link, answers))
        try:
            await asyncio.wait({asking, answering}, return_when=asyncio.FIRST_COMPLETED)
            if link.silent:
                # The server may end what it likes: its client does not learn of it.
                await asyncio.wait({asking})
        finally:
            # First: whoever waits may be cancelled once more.
            server.close()
            asking.cancel()
            answering.cancel()
            await asyncio.gather(asking, answering, return_exceptions=True)

    async def _asked(self, link: _Link, questions: asyncio.StreamReader, server: asyncio.StreamWriter) -> None:
        while part := await questions.read(CHUNK_BYTES_MAX):
            if part[4:8] == CANCEL_REQUEST:
                self.stops.add(link.number)
            if not link.silent:
                server.write(part)
                await server.drain()

    async def _answered(self, link: _Link, answers: asyncio.StreamReader) -> None:
        goes_on = True
        while goes_on and (part := await answers.read(CHUNK_BYTES_MAX)):
            goes_on = await self._answer(link, part)

    async def _answer(self, link: _Link, part: bytes) -> bool:
        """Hand a part on as the mode has it; whether the connection goes on."""
        mode = self.mode
        if mode is Mode.LATENCY:
            await self._held(self.latency_s)
        elif mode is Mode.TRICKLE:
            part = await self._trickled(link, part)
        elif mode is Mode.GARBAGE:
            part = self.random.randbytes(len(part))
        elif mode is Mode.TRUNCATE:
            part = part[: len(part) // 2]
        if not link.silent:
            link.client.write(part)
            await link.client.drain()
        return mode is not Mode.TRUNCATE

    async def _trickled(self, link: _Link, part: bytes) -> bytes:
        """What is left of a part when the mode changes."""
        for at in range(len(part)):
            if await self._held(self.trickle_s):
                return part[at:]
            link.client.write(part[at : at + 1])
            await link.client.drain()
        return b""

    async def _held(self, hold_s: float) -> bool:
        """Wait, until the mode changes at most; whether it has."""
        try:
            async with asyncio.timeout(hold_s):
                await self._switched.wait()
        except TimeoutError:
            return False
        return True


async def _swallow(reader: asyncio.StreamReader) -> None:
    while await reader.read(CHUNK_BYTES_MAX):
        pass


def _reset(writer: asyncio.StreamWriter) -> None:
    taken: socket.socket | None = writer.get_extra_info("socket")
    if taken is not None:
        with suppress(OSError):
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
    writer.transport.abort()


@asynccontextmanager
async def proxied(url: str) -> AsyncIterator[Proxy]:
    """A proxy before the server of a URL."""
    proxy = Proxy(target_of(url))
    await proxy.start()
    try:
        yield proxy
    finally:
        await proxy.close()


@asynccontextmanager
async def all_proxied(urls: Mapping[str, str]) -> AsyncIterator[dict[str, Proxy]]:
    """A proxy of its own before each source."""
    async with AsyncExitStack() as stack:
        yield {name: await stack.enter_async_context(proxied(url)) for name, url in urls.items()}


async def heal(proxies: Iterable[Proxy]) -> None:
    for proxy in proxies:
        if proxy.mode is not Mode.PASS:
            await proxy.switch(Mode.PASS)
