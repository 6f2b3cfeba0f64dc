"""The route /export/<collection>.<form>: a list of the graph as a file, sent while it is read.

A failure before the first byte is answered with a status. A later one aborts the connection: a truncated file must
never look complete.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final
from urllib.parse import parse_qs

from starlette.types import Receive, Scope, Send

from api.exports.chunks import Chunks, Part, Sender
from api.exports.dictionary import DICTIONARY, DICTIONARY_FORMS, described, index_body, written
from api.exports.groupings import Grouping, collection_named
from api.exports.request import (
    CSV,
    GEOJSON,
    LANGUAGES,
    NDJSON,
    XLSX,
    ExportRequest,
    asked_of,
    named_file,
    parameters_of_body,
    parameters_of_query,
)
from api.exports.workbook import parts_of_file, workbook_of
from api.exports.writers import WRITERS
from api.graphql.incoming import JSON, HttpRefusal
from api.graphql.operations import RETRY_AFTER_S, Refused
from api.graphql.outgoing import dumped, error_body
from api.identity.connection_auth import signed_in, stated_purpose
from api.identity.viewers import ViewerReader
from api.serving.bodies import body_of, unless_left
from api.serving.cors import Cors
from api.serving.frozen_head import Head, head_of
from api.streams.limits import StreamLimits
from models.errors import (
    AccessError,
    BadRequest,
    DepartmentError,
    DepartmentTimeout,
    DepartmentUnavailable,
    Forbidden,
    HubError,
    Internal,
    LedgerUnavailable,
    NotConnected,
    NotFound,
    RequestError,
)
from models.policy.viewer import Scope as KeyScope
from models.values.localized import Language

BODY_BYTES_MAX: Final = 65_536
EXPORTS_MAX: Final = 8
"""How many exports one process sends at once, since each reads its source as fast as it can."""
EXPORTS_OF_CLIENT_MAX: Final = 2

MEDIA: Final[Mapping[str, str]] = {
    CSV: "text/csv; charset=utf-8; header=present",
    NDJSON: "application/x-ndjson; charset=utf-8",
    GEOJSON: "application/geo+json",
    XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_VARY: Final = "Accept-Language, Authorization, X-Api-Key, Hub-Purpose, Origin"


@dataclass(frozen=True, slots=True)
class _Exchange:
    """One request while it is answered."""

    head: Head
    file: str
    receive: Receive
    send: Send
    language: Language
    more: tuple[tuple[str, str], ...]


@dataclass(slots=True)
class ExportRoute:
    """GET and POST of one file. `limits` bounds how many are sent at once."""

    chunks: Chunks
    viewers: ViewerReader
    cors: Cors
    limits: StreamLimits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        head = head_of(scope)
        file: str = scope["path_params"].get("file", "")
        exchange = _Exchange(head, file, receive, send, head.language, self.cors.headers(head.fields))
        if head.method == "OPTIONS":
            await _answer(exchange, 204, self.cors.preflight(head.fields))
            return
        try:
            await self._export(exchange)
        except Refused as refused:
            await _answer(exchange, *_status_of_codes(refused.body), dumped(refused.body))
        except HttpRefusal as refusal:
            body = dumped(error_body(refusal.error, exchange.language, refusal.details))
            await _answer(exchange, refusal.status, tuple(refusal.headers.items()), body)
        except HubError as error:
            await _answer(exchange, *_status_of(error), dumped(error_body(error, exchange.language)))
        except Exception as error:  # noqa: BLE001  # the client gets a request id, not a stack
            self.chunks.operations.log(exchange.head.request_id, "an export failed in a way that nobody foresaw", error)
            internal = Internal("internal", request_id=exchange.head.request_id)
            await _answer(exchange, 500, (), dumped(error_body(internal, exchange.language)))

    async def _export(self, exchange: _Exchange) -> None:
        """Raises Refused, HttpRefusal or a HubError, but only before anything is sent."""
        head, name = exchange.head, exchange.file
        if head.reads and (about := self._described(name, _language(head))) is not None:
            await _send_whole(exchange, _Bytes(about[1]), (("content-type", about[0]),))
            return
        collection, form = named_file(name)
        viewer = (await signed_in(self.viewers, head.fields, KeyScope.EXPORT)).viewer
        purpose = stated_purpose(head.fields, viewer)
        parameters = await _parameters(exchange)
        if parameters is None:
            return
        catalog = self.chunks.operations.services.records.catalog
        asked = asked_of(collection, form, parameters, collection.columns_in(catalog))
        sender = Sender(viewer, purpose, asked.language or exchange.language, head, head.request_id)
        ready = await self.chunks.prepare(asked, sender, by_address=head.method != "POST")
        if isinstance(collection, Grouping):
            parts = self.chunks.groups(asked, sender, ready)
        else:
            parts = self.chunks.parts(asked, sender, self.chunks.listed(asked, ready))
        if head.method == "HEAD":
            await _answer(exchange, 200, self._headers(asked))
            return
        with self.limits.slot(head):
            await self._unless_left(exchange, asked, parts)

    def _described(self, name: str, language: Language) -> tuple[str, bytes] | None:
        """The index of all collections, or the dictionary of one; both are public."""
        if not name:
            return f"{JSON}; charset=utf-8", dumped(index_body())
        collection_name, _, rest = name.partition(".")
        kind, _, form = rest.partition(".")
        if kind != DICTIONARY or form not in DICTIONARY_FORMS:
            return None
        try:
            collection = collection_named(collection_name)
        except NotFound as error:
            raise HttpRefusal(404, error) from None
        services = self.chunks.operations.services
        return written(described(collection, services.records.catalog, services.city, language), form)

    async def _unless_left(self, exchange: _Exchange, asked: ExportRequest, parts: AsyncGenerator[Part, None]) -> None:
        """Send the export. If the client leaves, all work for it is cancelled."""
        operation = f"export_{asked.collection.name}"
        with self.chunks.operations.telemetry.operation(operation, "export") as observed:
            sending = self._send(exchange, asked, parts)
            is_whole = await unless_left(sending, exchange.receive)
            if is_whole is not None:
                observed.outcome = "ok" if is_whole else "failed"

    async def _send(self, exchange: _Exchange, asked: ExportRequest, parts: AsyncGenerator[Part, None]) -> bool:
        """Send the file. Returns whether it is complete; raises errors that occur before the first byte."""
        async with aclosing(parts):
            files = self._workbook(asked, parts) if asked.form == XLSX else self._written(asked, parts)
            async with aclosing(files):
                # The first part is made before anything is sent, since most failures occur in it.
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
                except Exception as error:  # noqa: BLE001  # too late for a status
                    self._log_truncated(exchange, error)
                    return False
                await exchange.send({"type": "http.response.body", "body": b"", "more_body": False})
                return True

    def _log_truncated(self, exchange: _Exchange, error: Exception) -> None:
        """Log a defect. Without a last chunk the server aborts the connection, so the client sees the truncation."""
        if not isinstance(error, HubError | HttpRefusal):
            self.chunks.operations.log(
                exchange.head.request_id, "an export broke off in a way that nobody foresaw", error
            )

    async def _written(self, asked: ExportRequest, parts: AsyncGenerator[Part, None]) -> AsyncGenerator[_Bytes, None]:
        writer = WRITERS[asked.form](asked)
        rows, waiting, is_personal = 0, writer.begun(), False
        async for part in parts:
            rows += part.chunk.length
            is_personal = is_personal or part.is_personal
            body = waiting + writer.rows(part.chunk) + (writer.ended(rows) if part.is_last else b"")
            yield _Bytes(body, is_whole=part.is_last and rows == part.chunk.length, is_personal=is_personal)
            waiting = b""

    async def _workbook(self, asked: ExportRequest, parts: AsyncGenerator[Part, None]) -> AsyncGenerator[_Bytes, None]:
        async with workbook_of(asked) as (book, path):
            async for part in parts:
                await asyncio.to_thread(book.add, part.chunk)
            await asyncio.to_thread(book.close)
            async with aclosing(parts_of_file(path)) as read:
                async for body in read:
                    yield _Bytes(body)

    def _headers(self, asked: ExportRequest) -> tuple[tuple[str, str], ...]:
        city = self.chunks.operations.services.city
        day = datetime.now(city.time_zone).date().isoformat()
        name = f"{asked.collection.name}-{day}.{asked.form}"
        dictionary = f"</export/{asked.collection.name}.dictionary.json>"
        return (
            ("content-type", MEDIA[asked.form]),
            ("content-disposition", f'attachment; filename="{name}"'),
            ("link", f'{dictionary}; rel="describedby"; type="{JSON}"'),
        )


@dataclass(frozen=True, slots=True)
class _Bytes:
    """A part of a file. `is_whole` if it is all of it, so that it can have an ETag."""

    body: bytes
    is_whole: bool = False
    is_personal: bool = False


_STATUS_OF_CODES: Final[Mapping[str, tuple[int, tuple[tuple[str, str], ...]]]] = {
    NotConnected.code: (404, ()),
    DepartmentUnavailable.code: (503, (("retry-after", str(RETRY_AFTER_S)),)),
    DepartmentTimeout.code: (503, (("retry-after", str(RETRY_AFTER_S)),)),
    Forbidden.code: (403, ()),
}


def _status_of_codes(body: Mapping[str, Any]) -> tuple[int, tuple[tuple[str, str], ...]]:
    """The status and headers of what the graph has refused, by the code of its first error."""
    return _STATUS_OF_CODES.get(body["errors"][0]["extensions"]["code"], (400, ()))


def _status_of(error: HubError) -> tuple[int, tuple[tuple[str, str], ...]]:
    """The status and headers of an export that fails before it begins."""
    if isinstance(error, NotConnected):
        return 404, ()
    if isinstance(error, LedgerUnavailable | DepartmentError):
        return 503, (("retry-after", str(RETRY_AFTER_S)),)
    if isinstance(error, AccessError):
        return 403, ()
    return (400, ()) if isinstance(error, RequestError) else (500, ())


def _language(head: Head) -> Language:
    """The language of a dictionary: that of the address, else the reader's."""
    chosen = parse_qs(head.query_string.decode("latin-1")).get("lang", [""])[0]
    return LANGUAGES.get(chosen, head.language)


async def _parameters(exchange: _Exchange) -> dict[str, Any] | None:
    """The parameters of the request; None if the client has left."""
    head = exchange.head
    if head.reads:
        return parameters_of_query(head.query_string)
    if head.method != "POST":
        raise HttpRefusal(405, BadRequest("method"), {"allow": "GET, HEAD, POST, OPTIONS"})
    if head.fields.get("content-type", "").partition(";")[0].strip().lower() != JSON:
        raise HttpRefusal(415, BadRequest("media_type"), {"accept": JSON})
    body = await body_of(head, exchange.receive, BODY_BYTES_MAX)
    return parameters_of_body(body) if body is not None else None


def _usual(exchange: _Exchange) -> tuple[tuple[str, str], ...]:
    return (
        ("x-request-id", exchange.head.request_id),
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
    """Send a file of one chunk with its ETag, or 304 to a client that has it."""
    tag = f'"{blake2b(whole.body, digest_size=16).hexdigest()}"'
    keeping = "no-store" if whole.is_personal else "private, no-cache"
    usual = (*_usual(exchange), ("etag", tag), ("cache-control", keeping))
    known = {one.strip().removeprefix("W/") for one in exchange.head.fields.get("if-none-match", "").split(",")}
    if tag in known or "*" in known:
        await _begin(exchange.send, 304, usual)
        await exchange.send({"type": "http.response.body", "body": b""})
        return
    await _begin(exchange.send, 200, (*headers, ("content-length", str(len(whole.body))), *usual))
    await exchange.send({"type": "http.response.body", "body": whole.body})


async def _answer(exchange: _Exchange, status: int, headers: tuple[tuple[str, str], ...], body: bytes = b"") -> None:
    """Send an answer that is no file."""
    told = [*headers, ("cache-control", "no-store"), *_usual(exchange)]
    if body:
        told += [("content-type", f"{JSON}; charset=utf-8"), ("content-length", str(len(body)))]
    await _begin(exchange.send, status, tuple(told))
    await exchange.send({"type": "http.response.body", "body": body})
