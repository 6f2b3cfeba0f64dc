"""ASGI middleware that serves cached answers to anonymous requests before anything else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from api.graphql.incoming import JSON
from api.graphql.operations import Ready
from api.graphql.outgoing import dumped, error_body
from api.responses.cache import Answered, Link, Pay, Responses, Run
from api.responses.kept import Kept, NotForThisViewer, RawHeaders
from api.responses.keys import Key
from api.serving.bodies import Part, Replay
from api.serving.cors import Cors
from api.serving.frozen_head import Head, head_of
from models.errors import Internal
from models.request import Request

PATH = "/graphql"
METHODS = frozenset({"GET", "HEAD", "POST"})
EXCHANGE = "simpul.exchange"
"""The key of the exchange in the scope of an anonymous request."""

BODY_BYTES_MAX = 16_384
"""A larger body is not looked up by its bytes, but only by its operation."""

_ALWAYS_ASKED = frozenset({b"hub-purpose", b"content-encoding"})
"""Who sends one of these asks for what is not the same for everybody, or is told why not."""


@dataclass(slots=True)
class Exchange:
    """An anonymous request on its way to the route, which leaves a cached answer here instead of sending it."""

    responses: Responses
    kept: Kept | None = None
    link: Link | None = None

    async def answer(self, ready: Ready, request: Request, media_type: str, run: Run, pay: Pay) -> bytes | None:
        """The bytes to send; None if the middleware sends a cached answer. Raises what `run` or `pay` raises."""
        key = self.responses.key_of(ready, request)
        answered: Answered = await self.responses.answer(key, ready, request, run, pay)
        if answered.kept is None:
            return answered.body
        self.kept, self.link = answered.kept, Link(key, media_type)
        return None


@dataclass(slots=True)
class ResponseLayer:
    """Answers from the cache, or passes the request on and caches its answer."""

    app: ASGIApp
    responses: Responses
    cors: Cors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] not in METHODS:
            return await self.app(scope, receive, send)
        head = head_of(scope)
        if head.has_credential or head.fields.has_any(_ALWAYS_ASKED):
            return await self.app(scope, receive, send)
        told: bytes | None = head.query_string
        if head.method == "POST" and _is_declared_long(head):
            # The route refuses it, or reads it; nobody waits for its first part here.
            told = None
        elif head.method == "POST":
            message = await receive()
            receive, told = Replay(message, receive), _whole(message)
        request_key = None
        if told is not None:
            raw = head.fields.raw
            said = [raw(b"accept"), raw(b"accept-language"), raw(b"content-type"), told]
            request_key = self.responses.keys.of_request([b"GET" if head.reads else b"POST", *said])
            linked = self.responses.linked(request_key)
            if linked is not None:
                self.responses.counts.hits += 1
                return await self._send(head, send, *linked)
        return await self._through(scope, receive, send, request_key)

    async def _through(self, scope: Scope, receive: Receive, send: Send, request_key: Key | None) -> None:
        """Let the route answer, and send the cached answer that it leaves in the exchange."""
        exchange = scope[EXCHANGE] = Exchange(self.responses)
        await self.app(scope, receive, send)
        if exchange.kept is not None and exchange.link is not None:
            if request_key is not None and exchange.kept.made_for is head_of(scope).kept_for:
                self.responses.link(request_key, exchange.link)
            await self._send(head_of(scope), send, exchange.kept, exchange.link.media_type)

    async def _send(self, head: Head, send: Send, kept: Kept, media_type: str) -> None:
        more = of_this_request(head, self.cors)
        try:
            await kept.send(send, head, head.kept_for, media_type, more, self.responses.clock())
        except NotForThisViewer as error:
            self.responses.operations.log(head.request_id, "a kept answer was about to be given to another", error)
            await _fail(head, send, more)


def of_this_request(head: Head, cors: Cors) -> RawHeaders:
    """The headers of an answer that depend on its request: its id, and CORS for its origin."""
    own = ((b"x-request-id", head.request_id.encode()),)
    if not head.fields.raw(b"origin"):
        return own
    return (*own, *((name.encode(), value.encode()) for name, value in cors.headers(head.fields)))


async def _fail(head: Head, send: Send, more: RawHeaders) -> None:
    body = dumped(error_body(Internal("internal", request_id=head.request_id), head.language))
    headers = [
        (b"content-type", f"{JSON}; charset=utf-8".encode()),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        *more,
    ]
    start: dict[str, Any] = {"type": "http.response.start", "status": 500, "headers": headers}
    await send(start)
    await send({"type": "http.response.body", "body": body})


def _is_declared_long(head: Head) -> bool:
    declared = head.fields.raw(b"content-length")
    return declared.isdigit() and int(declared) > BODY_BYTES_MAX


def _whole(message: Part) -> bytes | None:
    """The body, if it came in one part and is small enough."""
    if message["type"] != "http.request" or message.get("more_body"):
        return None
    body: bytes = message.get("body", b"")
    return body if len(body) <= BODY_BYTES_MAX else None
