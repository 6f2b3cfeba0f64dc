"""The route /export/<collection>.<form>: a list of the graph as a file, sent while it is read.

What fails before the first byte is an answer with a status. What fails later breaks the connection off: a file that
ends early must never look like one that is whole.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, MutableMapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final

from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from api.cors import Cors
from api.exports.asking import (
    CSV,
    GEOJSON,
    NDJSON,
    XLSX,
    Asked,
    asked_of,
    named_file,
    parameters_of_body,
    parameters_of_query,
)
from api.exports.chunks import Chunks, Part, Sender
from api.exports.collections import COLLECTIONS
from api.exports.dictionary import DICTIONARY, DICTIONARY_FORMS, described, index_body, written
from api.exports.workbook import parts_of_file, workbook_of
from api.exports.writers import WRITERS
from api.incoming import JSON, HttpRefusal, language_of, request_id_of
from api.operations import RETRY_AFTER_S, Refused
from api.outgoing import dumped, error_body
from api.standing import signed_in, stated_purpose
from api.stream_places import StreamPlaces
from api.viewers import ViewerReader
from engine.lanes import Listed
from models.errors import (
    AccessError,
    BadRequest,
    DepartmentError,
    HubError,
    Internal,
    LedgerUnavailable,
    NotConnected,
    RequestError,
)
from models.localized import Language
from models.viewer import Scope as KeyScope

BODY_BYTES_MAX: Final = 65_536
BODY_S_MAX: Final = 10.0
EXPORTS_MAX: Final = 8
"""How many exports one process sends at once: each reads its source as fast as it can."""
EXPORTS_OF_CLIENT_MAX: Final = 2

MEDIA: Final[Mapping[str, str]] = {
    CSV: "text/csv; charset=utf-8; header=present",
    NDJSON: "application/x-ndjson; charset=utf-8",
    GEOJSON: "application/geo+json",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_READING: Final = ("GET", "HEAD")
_VARY: Final = "Accept-Language, Authorization, X-Api-Key, Hub-Purpose, Origin"


@dataclass(frozen=True, slots=True)
class _Exchange:
    """One request while it is answered."""

    scope: Scope
    headers: Headers
    receive: Receive
    send: Send
    request_id: str
    language: Language
    more: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class ExportRoute:
    """GET and POST of one file. `places` are how many may be sent at once."""

    chunks: Chunks
    viewers: ViewerReader
    cors: Cors
    places: StreamPlaces
    _media: Mapping[str, str] = field(default_factory=lambda: MEDIA)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        exchange = _Exchange(
            scope,
            headers,
            receive,
            send,
            request_id_of(headers.get("x-request-id")),
            language_of(headers.get("accept-language")),
            self.cors.headers(headers),
        )
        if scope["method"] == "OPTIONS":
            await _answer(exchange, 204, self.cors.preflight(headers))
            return
        try:
            await self._export(exchange)
        except Refused as refused:
            await _answer(exchange, 400, (), dumped(refused.body))
        except HttpRefusal as refusal:
            body = dumped(error_body(refusal.error, exchange.language, refusal.details))
            await _answer(exchange, refusal.status, tuple(refusal.headers.items()), body)
        except HubError as error:
            await _answer(exchange, *_status_of(error), dumped(error_body(error, exchange.language)))
        except Exception as error:  # noqa: BLE001  # the last line of defence: the client gets a request id, not a stack
            self.chunks.operations.log(exchange.request_id, "an export failed in a way that nobody foresaw", error)
            internal = Internal("internal", request_id=exchange.request_id)
            await _answer(exchange, 500, (), dumped(error_body(internal, exchange.language)))

    async def _export(self, exchange: _Exchange) -> None:
        """Raises Refused, HttpRefusal or a HubError only where nothing was sent yet."""
        scope, headers = exchange.scope, exchange.headers
        name: str = scope["path_params"].get("file", "")
        if scope["method"] in _READING and (about := self._described(name, exchange.language)) is not None:
            await _send_whole(exchange, _Bytes(about[1]), (("content-type", about[0]),))
            return
        collection, form = named_file(name)
        viewer = (await signed_in(self.viewers, headers, KeyScope.EXPORT)).viewer
        purpose = stated_purpose(headers, viewer)
        asked = asked_of(collection, form, await _parameters(exchange))
        sender = Sender(viewer, purpose, exchange.language, scope, exchange.request_id)
        by_address = scope["method"] != "POST"
        _, listed = self.chunks.prepare(asked, sender, by_address=by_address)
        if scope["method"] == "HEAD":
            await _answer(exchange, 200, self._headers(asked))
            return
        with self.places.place(scope):
            await self._unless_left(exchange, asked, sender, listed)

    def _described(self, name: str, language: Language) -> tuple[str, bytes] | None:
        """The index of all collections, or the dictionary of one: what they hold is nobody's secret."""
        if not name:
            return f"{JSON}; charset=utf-8", dumped(index_body())
        collection_name, _, rest = name.partition(".")
        kind, _, form = rest.partition(".")
        collection = COLLECTIONS.get(collection_name)
        if collection is None or kind != DICTIONARY or form not in DICTIONARY_FORMS:
            return None
        services = self.chunks.operations.services
        return written(described(collection, services.records.catalog, services.city, language), form)

    async def _unless_left(self, exchange: _Exchange, asked: Asked, sender: Sender, listed: Listed) -> None:
        """Send it; when the client leaves, all that is done for it ends."""
        operation = f"export_{asked.collection.name}"
        with self.chunks.operations.telemetry.operation(operation, "export") as observed:
            sending = asyncio.ensure_future(self._send(exchange, asked, self.chunks.parts(asked, sender, listed)))
            leaving = asyncio.ensure_future(_left(exchange.receive))
            both: set[asyncio.Future[Any]] = {sending, leaving}
            try:
                await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
                if sending.done():
                    observed.outcome = "ok" if sending.result() else "failed"
            finally:
                for task in both:
                    task.cancel()
                await asyncio.gather(*both, return_exceptions=True)

    async def _send(self, exchange: _Exchange, asked: Asked, parts: AsyncGenerator[Part, None]) -> bool:
        """Whether the file went out whole. Raises what happens before the first byte."""
        async with aclosing(parts):
            files = self._workbook(asked, parts) if asked.form == XLSX else self._written(asked, parts)
            async with aclosing(files):
                # The first part is made before anything is sent: mostly what fails does so at once.
                first = await anext(files)
                headers = self._headers(asked)
                if first.is_whole:
                    await _send_whole(exchange, first, headers)
                    return True
                await _begin(exchange.send, 200, (*headers, ("cache-control", "no-store"), *_usual(exchange)))
                try:
                    await _send_part(exchange.send, first.body)
                    async for one in files:
                        await _send_part(exchange.send, one.body)
                except Exception as error:  # noqa: BLE001  # nothing can be said any more, but that it is not whole
                    self._broken_off(exchange, error)
                    return False
                await exchange.send({"type": "http.response.body", "body": b"", "more_body": False})
                return True

    def _broken_off(self, exchange: _Exchange, error: Exception) -> None:
        """Leave without an end: the server closes the connection, and every client of HTTP knows what that means."""
        if not isinstance(error, HubError | HttpRefusal):
            self.chunks.operations.log(exchange.request_id, "an export broke off in a way that nobody foresaw", error)

    async def _written(self, asked: Asked, parts: AsyncGenerator[Part, None]) -> AsyncGenerator[_Bytes, None]:
        writer = WRITERS[asked.form](asked)
        rows, waiting, is_personal = 0, writer.begun(), False
        async for part in parts:
            rows += part.chunk.length
            is_personal = is_personal or part.is_personal
            body = waiting + writer.rows(part.chunk) + (writer.ended(rows) if part.is_last else b"")
            yield _Bytes(body, is_whole=part.is_last and rows == part.chunk.length, is_personal=is_personal)
            waiting = b""

    async def _workbook(self, asked: Asked, parts: AsyncGenerator[Part, None]) -> AsyncGenerator[_Bytes, None]:
        async with workbook_of(asked) as (book, path):
            async for part in parts:
                await asyncio.to_thread(book.add, part.chunk)
            await asyncio.to_thread(book.close)
            async with aclosing(parts_of_file(path)) as read:
                async for body in read:
                    yield _Bytes(body)

    def _headers(self, asked: Asked) -> tuple[tuple[str, str], ...]:
        city = self.chunks.operations.services.city
        day = datetime.now(city.time_zone).date().isoformat()
        name = f"{asked.collection.name}-{day}.{asked.form}"
        dictionary = f"</export/{asked.collection.name}.dictionary.json>"
        return (
            ("content-type", self._media[asked.form]),
            ("content-disposition", f'attachment; filename="{name}"'),
            ("link", f'{dictionary}; rel="describedby"; type="{JSON}"'),
        )


@dataclass(frozen=True, slots=True)
class _Bytes:
    """A part of a file; `is_whole` where it is all of it, and so can be named by what it holds."""

    body: bytes
    is_whole: bool = False
    is_personal: bool = False


def _status_of(error: HubError) -> tuple[int, tuple[tuple[str, str], ...]]:
    """The status and headers of an export that fails before it begins, after what the client can do about it."""
    if isinstance(error, NotConnected):
        return 404, ()
    if isinstance(error, LedgerUnavailable | DepartmentError):
        return 503, (("retry-after", str(RETRY_AFTER_S)),)
    if isinstance(error, AccessError):
        return 403, ()
    return (400, ()) if isinstance(error, RequestError) else (500, ())


async def _parameters(exchange: _Exchange) -> dict[str, Any]:
    scope = exchange.scope
    if scope["method"] in _READING:
        return parameters_of_query(scope["query_string"])
    if scope["method"] != "POST":
        raise HttpRefusal(405, BadRequest("method"), {"allow": "GET, HEAD, POST, OPTIONS"})
    if exchange.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
        raise HttpRefusal(415, BadRequest("media_type"), {"accept": JSON})
    try:
        async with asyncio.timeout(BODY_S_MAX):
            return parameters_of_body(await _body(exchange.receive))
    except TimeoutError:
        raise HttpRefusal(408, BadRequest("body_slow", maximum_s=BODY_S_MAX), {"connection": "close"}) from None


async def _body(receive: Receive) -> bytes:
    body = b""
    while True:
        message: MutableMapping[str, Any] = await receive()
        body += bytes(message.get("body", b""))
        if len(body) > BODY_BYTES_MAX:
            raise HttpRefusal(413, BadRequest("body_too_large", maximum_bytes=BODY_BYTES_MAX))
        if message["type"] == "http.disconnect" or not message.get("more_body"):
            return body


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _usual(exchange: _Exchange) -> tuple[tuple[str, str], ...]:
    return (
        ("x-request-id", exchange.request_id),
        ("vary", _VARY),
        ("x-content-type-options", "nosniff"),
        *exchange.more,
    )


async def _begin(send: Send, status: int, headers: tuple[tuple[str, str], ...]) -> None:
    raw = [(name.encode(), value.encode()) for name, value in headers]
    await send({"type": "http.response.start", "status": status, "headers": raw})


async def _send_part(send: Send, body: bytes) -> None:
    if body:
        await send({"type": "http.response.body", "body": body, "more_body": True})


async def _send_whole(exchange: _Exchange, whole: _Bytes, headers: tuple[tuple[str, str], ...]) -> None:
    """A file of one chunk, named by what it holds: whoever has the same is told so."""
    tag = f'"{blake2b(whole.body, digest_size=16).hexdigest()}"'
    keeping = "no-store" if whole.is_personal else "private, no-cache"
    usual = (*_usual(exchange), ("etag", tag), ("cache-control", keeping))
    known = {one.strip().removeprefix("W/") for one in exchange.headers.get("if-none-match", "").split(",")}
    if tag in known or "*" in known:
        await _begin(exchange.send, 304, usual)
        await exchange.send({"type": "http.response.body", "body": b""})
        return
    await _begin(exchange.send, 200, (*headers, ("content-length", str(len(whole.body))), *usual))
    await exchange.send({"type": "http.response.body", "body": whole.body})


async def _answer(exchange: _Exchange, status: int, headers: tuple[tuple[str, str], ...], body: bytes = b"") -> None:
    """An answer that is no file."""
    told = [*headers, ("cache-control", "no-store"), *_usual(exchange)]
    if body:
        told += [("content-type", f"{JSON}; charset=utf-8"), ("content-length", str(len(body)))]
    await _begin(exchange.send, status, tuple(told))
    await exchange.send({"type": "http.response.body", "body": body})
