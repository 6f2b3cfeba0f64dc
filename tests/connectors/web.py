"""Web servers of tests: real ones on the loopback that say whatever a test wants, byte by byte."""

from __future__ import annotations

import asyncio
import gzip
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

from connectors.http.access import HttpAccess
from connectors.kinds import Opening
from connectors.load import LoadContract
from connectors.mapping import Mapping
from models.sources.findings import Finding

LOOPBACK = HttpAccess(private_hosts=frozenset({"127.0.0.1", "localhost"}))
HTML = b"<!doctype html><title>Gateway</title><h1>Sorry</h1>"


@dataclass(frozen=True)
class Asked:
    """One request as the server got it."""

    target: str
    headers: dict[str, str]

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def parameters(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))


Handler = Callable[[Asked], "bytes | AsyncIterator[bytes]"]


@dataclass
class Web:
    """A server that runs: where it is, what it was asked, and how many connections were open at once."""

    handler: Handler
    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    open: int = 0
    open_most: int = 0
    answering: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.answering.add(task)
        self.open += 1
        self.open_most = max(self.open_most, self.open)
        with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
            asked = Asked(head[0].split(" ")[1], headers)
            self.asked.append(asked)
            said = self.handler(asked)
            if isinstance(said, bytes):
                writer.write(said)
            else:
                async for part in said:
                    writer.write(part)
                    await writer.drain()
            await writer.drain()
        self.open -= 1
        self.answering.discard(task)
        writer.close()


@asynccontextmanager
async def served(handler: Handler, context: ssl.SSLContext | None = None) -> AsyncIterator[Web]:
    """A server on the loopback for as long as the block runs; over TLS with a context."""
    web = Web(handler)
    server = await asyncio.start_server(web.answer, "127.0.0.1", 0, ssl=context)
    web.port = server.sockets[0].getsockname()[1]
    try:
        yield web
    finally:
        server.close()
        for task in (still := tuple(web.answering)):
            task.cancel()
        await asyncio.gather(*still)
        # The transports close themselves in the next turn.
        await asyncio.sleep(0)


def said(
    body: bytes | str, content_type: str = "application/json", status: str = "200 OK", *headers: str, length: int = -1
) -> bytes:
    """A whole answer; `length` lies about that of the body."""
    body = body.encode() if isinstance(body, str) else body
    lines = (f"HTTP/1.1 {status}", f"Content-Type: {content_type}", *headers, "Connection: close")
    size = f"Content-Length: {len(body) if length < 0 else length}"
    return "\r\n".join((*lines, size, "", "")).encode() + body


def redirect(location: str) -> bytes:
    return said("", "text/plain", "302 Found", f"Location: {location}")


def zipped(body: bytes, content_type: str = "application/json") -> bytes:
    return said(gzip.compress(body), content_type, "200 OK", "Content-Encoding: gzip")


def opening(
    url: str,
    folder: Path,
    *mappings: Mapping,
    credential: str | None = None,
    access: HttpAccess = LOOPBACK,
    load: LoadContract | None = None,
    found: list[Finding] | None = None,
) -> Opening:
    """How a test opens a kind; what it finds wrong goes to `found`."""
    note = found.append if found is not None else _refused
    source = mappings[0].source
    return Opening(source, url, credential, load or LoadContract(), mappings, folder, note, access)


def _refused(finding: Finding) -> None:
    raise AssertionError(finding)
