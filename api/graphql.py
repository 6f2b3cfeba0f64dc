"""The route /graphql: our own ASGI application, so that limits, media types, errors and cancellation are ours.

See docs/adr for why it is not one of Strawberry's views.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from api.admission import Admission
from api.callers import Callers
from api.charging import Charged, Charging
from api.cors import Cors
from api.event_stream import EventStreams, StreamAsked
from api.explaining import steps_for
from api.incoming import (
    BODY_BYTES_MAX,
    EVENT_STREAM,
    GRAPHQL_RESPONSE,
    JSON,
    HttpRefusal,
    Incoming,
    from_body,
    from_query_string,
    language_of,
    media_type_for,
    request_id_of,
)
from api.known_documents import KnownDocuments
from api.operations import Operations, Ready, Refused
from api.outgoing import dumped, error_body
from api.response_layer import EXCHANGE, Exchange
from api.responses import is_shared
from api.standing import Standing, signed_in, stated_purpose
from api.stream_places import StreamPlaces
from api.streams import Streams
from api.viewers import ViewerReader
from engine.documents import is_introspection
from models.errors import BadRequest, Internal
from models.localized import Language
from models.request import Request

BODY_S_MAX = 10.0
"""How long a client may take to send its body."""

INTROSPECTIONS_MAX = 32
INTROSPECTIONS_BYTES_MAX = 8_000_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes out: status, media type, bytes and headers."""

    status: int
    media_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Bill:
    """One operation, and what it was charged. Without `charging` nothing is."""

    charging: Charging | None
    ready: Ready
    request: Request
    scope: Scope
    charged: Charged | None = None

    async def pay(self) -> None:
        """Raises Refused or HttpRefusal where it cannot be paid."""
        if self.charging is not None:
            request = self.request
            self.charged = await self.charging.charge(self.ready, request.viewer, self.scope, request.language)

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        return self.charged.headers if self.charged is not None else ()

    def shown_in(self, answer: dict[str, Any]) -> dict[str, Any]:
        """An answer with what it was charged, where it says what it costs."""
        if self.charged is not None and "cost" in answer.get("extensions", ()):
            answer["extensions"]["cost"].update(self.charged.shown)
        return answer


class GraphqlRoute:
    """POST and GET of one GraphQL operation: whatever it is sent, the answer is GraphQL's, or a 4xx that says why.

    `body_s_max` is in seconds.
    """

    def __init__(  # noqa: PLR0913  # parts of the hub, of which tests leave out what they do not try
        self,
        operations: Operations,
        viewers: ViewerReader,
        cors: Cors,
        *,
        admission: Admission | None = None,
        documents: KnownDocuments | None = None,
        charging: Charging | None = None,
        event_streams: EventStreams | None = None,
        body_s_max: float = BODY_S_MAX,
    ) -> None:
        self._operations = operations
        self._viewers = viewers
        self._cors = cors
        self._admission = admission or Admission()
        self._documents = documents or KnownDocuments()
        self._charging = charging
        places = StreamPlaces(Callers(b"", ()).address_of)
        self._event_streams = event_streams or EventStreams(Streams(operations, self._admission, charging), places)
        self._body_s_max = body_s_max
        self._introspections: OrderedDict[tuple[str, str | None], bytes] = OrderedDict()
        self._introspections_bytes = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        request_id = request_id_of(headers.get("x-request-id"))
        origin_headers = self._cors.headers(headers)
        if scope["method"] == "OPTIONS":
            await _send(send, Answer(204, JSON, b"", self._cors.preflight(headers)), request_id)
            return
        language = language_of(headers.get("accept-language"))
        try:
            reply = await self._reply(scope, headers, receive, send, request_id, language)
        except HttpRefusal as refusal:
            body = dumped(error_body(refusal.error, language, refusal.details))
            reply = Answer(refusal.status, JSON, body, tuple(refusal.headers.items()))
        except Exception as error:  # noqa: BLE001  # the last line of defence: the client gets a request id, not a stack
            self._operations.log(request_id, "a request failed in a way that nobody foresaw", error)
            reply = Answer(500, JSON, dumped(error_body(Internal("internal", request_id=request_id), language)))
        if reply is not None:
            await _send(send, reply, request_id, origin_headers)

    async def _reply(
        self, scope: Scope, headers: Headers, receive: Receive, send: Send, request_id: str, language: Language
    ) -> Answer | None:
        """The answer; None when the client has left, and where it was sent as a stream or the response layer does."""
        media_type = media_type_for(headers.get("accept"))
        viewer = (await signed_in(self._viewers, headers)).viewer
        purpose, steps = stated_purpose(headers, viewer), steps_for(headers, viewer)
        incoming = await self._incoming(scope, headers, receive)
        if incoming is None:
            return None
        if media_type == EVENT_STREAM:
            asked = StreamAsked(headers, incoming, language, purpose, request_id, self._cors.headers(headers))
            await self._event_streams.send(scope, receive, send, asked, Standing(self._viewers))
            return None
        try:
            ready = self._operations.prepare(incoming, language, read_only=scope["method"] == "GET")
            if scope["method"] == "GET":
                self._operations.refuse_personal_url(ready)
            request = self._operations.request(request_id, viewer, language, ready, purpose, steps)
            bill = Bill(self._charging, ready, request, scope)
            work = asyncio.ensure_future(self._work(scope.get(EXCHANGE), bill, media_type))
            body = await _unless_disconnected(work, receive, request)
        except Refused as refused:
            return Answer(400 if media_type == GRAPHQL_RESPONSE else 200, media_type, dumped(refused.body))
        return Answer(200, media_type, body, bill.headers) if body is not None else None

    async def _incoming(self, scope: Scope, headers: Headers, receive: Receive) -> Incoming | None:
        if scope["method"] == "GET":
            return from_query_string(scope["query_string"], self._documents.find)
        if scope["method"] != "POST":
            raise HttpRefusal(405, BadRequest("method"), {"allow": "GET, POST, OPTIONS"})
        if headers.get("content-encoding", "identity").lower() != "identity":
            raise HttpRefusal(415, BadRequest("content_encoding"), {"accept-encoding": "identity"})
        try:
            async with asyncio.timeout(self._body_s_max):
                body = await _body(headers, receive)
        except TimeoutError:
            error = BadRequest("body_slow", maximum_s=self._body_s_max)
            raise HttpRefusal(408, error, {"connection": "close"}) from None
        return from_body(headers.get("content-type", ""), body, self._documents.find) if body is not None else None

    async def _work(self, exchange: Exchange | None, bill: Bill, media_type: str) -> bytes | None:
        """The bytes to send, or None where the response layer sends them."""
        ready, request = bill.ready, bill.request
        if exchange is not None and is_shared(ready):
            return await exchange.answer(ready, request, media_type, self._shared, bill.pay)
        await bill.pay()
        async with self._admission.turn(request.deadline, urgent=ready.is_urgent):
            return await self._body_of(bill)

    async def _shared(self, ready: Ready, request: Request) -> dict[str, Any]:
        async with self._admission.turn(request.deadline, urgent=ready.is_urgent):
            return await self._operations.run(ready, request)

    async def _body_of(self, bill: Bill) -> bytes:
        """The answer as bytes; those of an introspection are kept, since they are the same for everybody."""
        ready, request = bill.ready, bill.request
        incoming, operation = ready.incoming, ready.operation
        is_kept = not incoming.variables and request.steps is None
        if not is_kept or operation is None or not is_introspection(operation):
            return dumped(bill.shown_in(await self._operations.run(ready, request)))
        place = (incoming.query, incoming.operation_name)
        kept = self._introspections.get(place)
        if kept is None:
            answer = await self._operations.run(ready, request)
            kept = dumped(answer)
            if "errors" not in answer:
                self._keep_introspection(place, kept)
        return kept

    def _keep_introspection(self, place: tuple[str, str | None], body: bytes) -> None:
        if place in self._introspections:
            return  # two were asked for at once
        self._introspections[place] = body
        self._introspections_bytes += len(body)
        while len(self._introspections) > INTROSPECTIONS_MAX or self._introspections_bytes > INTROSPECTIONS_BYTES_MAX:
            _, dropped = self._introspections.popitem(last=False)
            self._introspections_bytes -= len(dropped)


async def _body(headers: Headers, receive: Receive) -> bytes | None:
    """The whole body, refused as soon as it is known to be too large; None when the client has left."""
    declared = headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > BODY_BYTES_MAX:
        raise HttpRefusal(413, BadRequest("body_too_large", maximum_bytes=BODY_BYTES_MAX))
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > BODY_BYTES_MAX:
            raise HttpRefusal(413, BadRequest("body_too_large", maximum_bytes=BODY_BYTES_MAX))
        if not message.get("more_body"):
            return b"".join(parts)


async def _unless_disconnected(work: asyncio.Future[bytes | None], receive: Receive, request: Request) -> bytes | None:
    """The result of `work`; None, with all that was running for it cancelled, when the client leaves first."""
    leaving = asyncio.ensure_future(_disconnected(receive))
    both: set[asyncio.Future[Any]] = {work, leaving}
    try:
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            return work.result()
        request.cancellation.cancel()
        return None
    finally:
        for task in both:
            task.cancel()
        # Until they have ended, so that nothing runs on unseen and what they raise is nobody's surprise.
        await asyncio.gather(*both, return_exceptions=True)


async def _disconnected(receive: Receive) -> None:
    message: MutableMapping[str, Any] = {}
    while message.get("type") != "http.disconnect":
        message = await receive()


async def _send(send: Send, reply: Answer, request_id: str, more: tuple[tuple[str, str], ...] = ()) -> None:
    headers = [
        ("x-request-id", request_id),
        ("cache-control", "no-store"),
        ("vary", "Accept, Accept-Language, Authorization, X-Api-Key, Origin"),
        ("x-content-type-options", "nosniff"),
        *reply.headers,
        *more,
    ]
    if reply.status != 204:
        # 204 has no content, and so neither a type nor a length of it (RFC 9110).
        headers += [
            ("content-type", f"{reply.media_type}; charset=utf-8"),
            ("content-length", str(len(reply.body))),
        ]
    raw = [(name.encode(), value.encode()) for name, value in headers]
    await send({"type": "http.response.start", "status": reply.status, "headers": raw})
    await send({"type": "http.response.body", "body": reply.body})
