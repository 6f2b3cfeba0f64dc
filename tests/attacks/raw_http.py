"""HTTP/1.1 as bytes: sends what no client would send, and reads what comes back, as strictly as a client has to."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

ANSWER_S_MAX: Final = 5.0
BODILESS: Final = frozenset({204, 304})


class BrokenAnswer(Exception):
    """What came is no HTTP."""


@dataclass(frozen=True, slots=True)
class Response:
    """One answer. Names of headers are in lower case."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    def header(self, name: bytes) -> bytes:
        return b", ".join(value for given, value in self.headers if given == name)


class Line:
    """A connection to a hub, on which anything can be sent."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @staticmethod
    async def to(place: str) -> Line:
        host, _, port = place.partition(":")
        return Line(*await asyncio.open_connection(host, int(port), limit=2**24))

    async def send(self, data: bytes) -> None:
        """Nothing is wrong where the hub has closed it: what it said before can still be read."""
        if data and not self._writer.is_closing():
            self._writer.write(data)
            try:
                await self._writer.drain()
            except ConnectionError:
                return

    def half_close(self) -> None:
        if not self._writer.is_closing():
            self._writer.write_eof()

    async def response(self, wait_s: float = ANSWER_S_MAX) -> Response | None:
        """The next answer; None where the hub closes the connection. Raises BrokenAnswer and TimeoutError."""
        try:
            async with asyncio.timeout(wait_s):
                return await self._response()
        except ConnectionError:
            return None

    async def _response(self) -> Response | None:
        while True:
            try:
                head = await self._reader.readuntil(b"\r\n\r\n")
            except asyncio.IncompleteReadError as error:
                if error.partial.strip():
                    raise BrokenAnswer(repr(error.partial[:200])) from None
                return None
            status, headers = _head(head)
            if status != 100:
                return Response(status, headers, await self._body(status, dict(headers)))

    async def _body(self, status: int, headers: dict[bytes, bytes]) -> bytes:
        if status in BODILESS:
            return b""
        try:
            if headers.get(b"transfer-encoding") == b"chunked":
                return await self._chunks()
            return await self._reader.readexactly(int(headers.get(b"content-length", b"0")))
        except (asyncio.IncompleteReadError, ValueError) as error:
            raise BrokenAnswer(f"a body that is not whole: {error}") from None

    async def _chunks(self) -> bytes:
        body = b""
        while size := int(await self._reader.readuntil(b"\r\n"), 16):
            body += (await self._reader.readexactly(size + 2))[:-2]
        await self._reader.readexactly(2)
        return body

    async def rest(self, wait_s: float) -> bytes | None:
        """What comes until the hub closes the connection; None where it does not in that time."""
        try:
            async with asyncio.timeout(wait_s):
                return await self._reader.read()
        except ConnectionError:
            return b""
        except TimeoutError:
            return None

    def close(self) -> None:
        self._writer.transport.abort()


def _head(head: bytes) -> tuple[int, tuple[tuple[bytes, bytes], ...]]:
    line, *rest = head.rstrip().split(b"\r\n")
    words = line.split(b" ", 2)
    if len(words) < 2 or words[0] != b"HTTP/1.1" or not words[1].isdigit():
        raise BrokenAnswer(repr(head[:200]))
    pairs = (one.partition(b":") for one in rest)
    return int(words[1]), tuple((name.lower(), value.strip()) for name, _, value in pairs)


async def exchange(place: str, *requests: bytes) -> list[Response]:
    """The answers to whole requests, each on a connection of its own."""
    answers = []
    for request in requests:
        line = await Line.to(place)
        try:
            await line.send(request)
            response = await line.response()
        finally:
            line.close()
        if response is None:
            raise BrokenAnswer("a whole request was not answered")
        answers.append(response)
    return answers
