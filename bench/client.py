"""The load: a closed loop over raw sockets, so that the client costs as little as it can beside the server."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

REQUEST_S_MAX = 30.0
_LENGTH = b"content-length:"


class Unanswered(Exception):
    """The server did not answer as it should; the sentence says how."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What one request sends besides its address."""

    headers: str
    body: bytes


@dataclass(slots=True)
class Slice:
    """What a slice of load found: how many answers there were, how long each took, and how long all took together."""

    requests: int = 0
    wall_s: float = 0.0
    latencies_s: list[float] = field(default_factory=list)


class Connection:
    """One connection that is kept alive, with one request at a time."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, port: int) -> Connection:
        return cls(*await asyncio.open_connection("127.0.0.1", port, limit=16_777_216))

    async def ask(self, asked: Asked) -> bytes:
        """The body of the answer. Raises Unanswered for any status but 200."""
        head = (
            f"POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Accept: application/json\r\nContent-Length: {len(asked.body)}\r\n{asked.headers}\r\n"
        )
        self._writer.write(head.encode() + asked.body)
        try:
            return await asyncio.wait_for(self._answer(), REQUEST_S_MAX)
        except (asyncio.IncompleteReadError, ConnectionError, TimeoutError) as error:
            raise Unanswered(f"a request was not answered ({type(error).__name__})") from error

    async def _answer(self) -> bytes:
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        at = head.find(_LENGTH)
        body = (
            await self._reader.readexactly(int(head[at + len(_LENGTH) : head.index(b"\r", at)]))
            if at >= 0
            else await self._chunks()
        )
        if not head.startswith(b"http/1.1 200"):
            raise Unanswered(f"the server answered {head[:12].decode()}: {body[:400].decode(errors='replace')}")
        return body

    async def _chunks(self) -> bytes:
        parts = []
        while size := int(await self._reader.readline(), 16):
            parts.append(await self._reader.readexactly(size))
            await self._reader.readline()
        await self._reader.readline()
        return b"".join(parts)

    def close(self) -> None:
        self._writer.close()


async def run_slice(
    port: int, asked: Callable[[], Asked], concurrency: int, seconds: float, requests_min: int
) -> Slice:
    """Keep `concurrency` requests in flight for some seconds, and longer until `requests_min` were answered."""
    found = Slice()
    connections = [await Connection.open(port) for _ in range(concurrency)]
    started = time.perf_counter()
    try:
        await asyncio.gather(
            *(_loop(connection, asked, found, started + seconds, requests_min) for connection in connections)
        )
    finally:
        for connection in connections:
            connection.close()
    found.wall_s = time.perf_counter() - started
    return found


async def _loop(
    connection: Connection, asked: Callable[[], Asked], found: Slice, until_s: float, requests_min: int
) -> None:
    while True:
        if time.perf_counter() >= until_s and found.requests >= requests_min:
            return
        following = asked()
        started = time.perf_counter()
        await connection.ask(following)
        found.latencies_s.append(time.perf_counter() - started)
        found.requests += 1
