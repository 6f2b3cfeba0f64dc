"""The response layer: answers in front of everything else what anonymous clients ask again and again."""

from __future__ import annotations

import asyncio
import re
import types
from collections.abc import Generator, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.cors import Cors
from api.incoming import request_id_of
from api.operations import Ready
from api.response_kept import Kept, RawHeaders
from api.response_keys import Key
from api.responses import Answered, Link, Pay, Responses, Run
from models.request import Request

PATH = "/graphql"
EXCHANGE = "simpul.exchange"
"""Where the route finds the exchange of a request in its scope; what is not anonymous has none."""

BODY_BYTES_MAX = 16_384
"""What is larger is not looked up by its bytes; what it asks still is."""

_KEYED = frozenset({b"accept", b"accept-language", b"content-type", b"content-encoding"})
_SIGNED = frozenset({b"authorization", b"x-api-key", b"hub-purpose"})
_GZIP_REFUSED = re.compile(rb"gzip\s*;\s*q\s*=\s*0(?:\.0*)?\s*(?:,|$)")


@dataclass(slots=True)
class Exchange:
    """An anonymous request on its way to the route, which leaves here what is kept, instead of sending it."""

    responses: Responses
    kept: Kept | None = None
    link: Link | None = None

    async def answer(self, ready: Ready, request: Request, media_type: str, run: Run, pay: Pay) -> bytes | None:
        """The bytes to send; None for what the layer sends. Raises what `run` or `pay` raises."""
        key = self.responses.key_of(ready, request)
        answered: Answered = await self.responses.answer(key, ready, request, run, pay)
        if answered.kept is None:
            return answered.body
        self.kept, self.link = answered.kept, Link(key, media_type)
        return None


@dataclass(slots=True)
class Asked:
    """What the layer needs of a request's headers, in one walk over them."""

    keyed: list[bytes]
    takes_gzip: bool = False
    has_origin: bool = False
    request_id: bytes | None = None
    if_none_match: bytes = b""


@dataclass(slots=True)
class ResponseLayer:
    """ASGI middleware. `body_s_max` is how long a client may take to send its body, in seconds."""

    app: ASGIApp
    responses: Responses
    cors: Cors
    body_s_max: float = field(default=10.0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] not in ("GET", "POST"):
            return await self.app(scope, receive, send)
        asked = asked_by(scope["method"].encode(), scope["headers"])
        if asked is None:
            return await self.app(scope, receive, send)
        message, told = None, scope["query_string"]
        if scope["method"] == "POST":
            message = await self._first_part(receive)
            told = _whole(message)
        request_key = None
        if told is not None:
            request_key = self.responses.keys.of_request([*asked.keyed, b"", told])
            linked = self.responses.linked(request_key)
            if linked is not None:
                self.responses.counts.hits += 1
                return await self._send(scope, send, asked, *linked)
        if scope["method"] == "POST":
            receive = _Again(message, receive)
        return await self._through(scope, receive, send, asked, request_key)

    async def _through(self, scope: Scope, receive: Receive, send: Send, asked: Asked, request_key: Key | None) -> None:
        """Let the route answer, and send what it leaves to the layer."""
        exchange = scope[EXCHANGE] = Exchange(self.responses)
        await self.app(scope, receive, send)
        if exchange.kept is not None and exchange.link is not None:
            if request_key is not None:
                self.responses.link(request_key, exchange.link)
            await self._send(scope, send, asked, exchange.kept, exchange.link.media_type)

    async def _send(self, scope: Scope, send: Send, asked: Asked, kept: Kept, media_type: str) -> None:
        more = of_this_request(asked, Headers(scope=scope) if asked.has_origin else None, self.cors)
        # If-None-Match speaks of what GET would bring; with any other method it means that nothing is to be done.
        known = asked.if_none_match if scope["method"] == "GET" else b""
        await kept.send(send, media_type, known, more, self.responses.clock(), packed=asked.takes_gzip)

    async def _first_part(self, receive: Receive) -> MutableMapping[str, Any] | None:
        """The first part of a body; None where it does not come in time.

        Nearly always it is there already. A timer would cost as much as all else that is done here.
        """
        receiving = receive().__await__()
        try:
            waits_for = next(receiving)
            async with asyncio.timeout(self.body_s_max):
                return await _rest(waits_for, receiving)
        except StopIteration as there:
            message: MutableMapping[str, Any] = there.value
            return message
        except TimeoutError:
            return None


@types.coroutine
def _rest(
    waits_for: Any, receiving: Generator[Any, Any, MutableMapping[str, Any]]
) -> Generator[Any, Any, MutableMapping[str, Any]]:
    """What comes of an awaitable that has been begun, and has said what it waits for."""
    yield waits_for
    return (yield from receiving)


def asked_by(method: bytes, headers: RawHeaders) -> Asked | None:
    """What a request says, None where it is not anonymous. Of a repeated header all values are in the key."""
    asked = Asked([method])
    for name, value in headers:
        if name in _KEYED:
            asked.keyed += (name, value)
        elif name in _SIGNED:
            return None
        elif name == b"accept-encoding":
            asked.takes_gzip = asked.takes_gzip or (b"gzip" in value and not _GZIP_REFUSED.search(value))
        elif name == b"origin":
            asked.has_origin = True
        elif name == b"if-none-match":
            asked.if_none_match += b"," + value if asked.if_none_match else value
        elif name == b"x-request-id" and asked.request_id is None:
            asked.request_id = value
    return asked


def of_this_request(asked: Asked, headers: Headers | None, cors: Cors) -> RawHeaders:
    """The headers of an answer that are of its request: its id, and what its origin may do, if it has one."""
    given = asked.request_id
    more: RawHeaders = [(b"x-request-id", request_id_of(given.decode("latin-1") if given else None).encode())]
    if headers is not None:
        more += [(name.encode(), value.encode()) for name, value in cors.headers(headers)]
    return more


def _whole(message: MutableMapping[str, Any] | None) -> bytes | None:
    """The body, if it came in one part and is small enough to be looked up."""
    if message is None or message["type"] != "http.request" or message.get("more_body"):
        return None
    body: bytes = message.get("body", b"")
    return body if len(body) <= BODY_BYTES_MAX else None


class _Again:
    """What was received already, and then what comes; that it did not come in time is said again, too."""

    def __init__(self, message: MutableMapping[str, Any] | None, receive: Receive) -> None:
        self._first = message
        self._is_first = True
        self._receive = receive

    async def __call__(self) -> MutableMapping[str, Any]:
        if not self._is_first:
            return await self._receive()
        if self._first is None:
            raise TimeoutError
        self._is_first = False
        return self._first
