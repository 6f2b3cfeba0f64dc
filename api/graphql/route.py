"""The route /graphql: our own ASGI application, so that limits, media types, errors and cancellation are ours.

See docs/adr for why it is not one of Strawberry's views.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from starlette.types import Receive, Scope, Send

from api.graphql.charging import Charged, Charging, paced, prepared_for
from api.graphql.incoming import (
    BODY_BYTES_MAX,
    EVENT_STREAM,
    GRAPHQL_RESPONSE,
    JSON,
    HttpRefusal,
    Incoming,
    from_body,
    from_query_string,
    is_browser,
    key_of,
    media_type_for,
    steps_for,
)
from api.graphql.known_documents import KnownDocuments
from api.graphql.operations import Operations, Ready, Refused
from api.graphql.outgoing import dumped, error_body
from api.identity.callers import Callers
from api.identity.connection_auth import ConnectionAuth, signed_in, stated_purpose
from api.identity.viewers import ViewerReader
from api.overload.admission import Admission
from api.responses.cache import is_shared
from api.responses.layer import EXCHANGE, Exchange
from api.serving.bodies import body_of, unless_left
from api.serving.cors import Cors
from api.serving.frozen_head import Head, head_of
from api.streams.event_stream import EventStreams, StreamAsked
from api.streams.limits import StreamLimits
from api.streams.operations import Streams
from engine.documents.kept import is_introspection
from models.errors import BadRequest, Internal
from models.mechanisms.bounded_map import BoundedMap
from models.mechanisms.single_flight import Flights
from models.request import Cancellation, Request

INTROSPECTIONS_MAX = 32
INTROSPECTIONS_BYTES_MAX = 8_000_000


@dataclass(frozen=True, slots=True)
class HttpAnswer:
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
    head: Head
    charged: Charged | None = None

    async def pay(self) -> None:
        """Raises Refused or HttpRefusal where it cannot be paid."""
        if self.charging is not None:
            request = self.request
            self.charged = await self.charging.charge(self.ready, request.viewer, self.head, request.language)

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        return self.charged.headers if self.charged is not None else ()

    def shown_in(self, answer: dict[str, Any]) -> dict[str, Any]:
        """An answer with what it was charged, where it says what it costs."""
        if self.charged is not None and "cost" in answer.get("extensions", ()):
            answer["extensions"]["cost"].update(self.charged.shown)
        return answer


class GraphqlRoute:
    """POST, GET and HEAD of one operation: whatever it is sent, the answer is GraphQL's, or a 4xx that says why."""

    def __init__(  # parts of the hub, of which tests leave out what they do not try
        self,
        operations: Operations,
        viewers: ViewerReader,
        cors: Cors,
        *,
        admission: Admission | None = None,
        documents: KnownDocuments | None = None,
        charging: Charging | None = None,
        event_streams: EventStreams | None = None,
    ) -> None:
        self._operations = operations
        self._viewers = viewers
        self._cors = cors
        self._admission = admission or Admission()
        self._documents = documents or KnownDocuments()
        self._charging = charging
        places = StreamLimits(Callers(b"", ()).address_of)
        self._event_streams = event_streams or EventStreams(Streams(operations, self._admission, charging), places)
        self._introspections: BoundedMap[tuple[str, str | None], bytes] = BoundedMap(
            INTROSPECTIONS_MAX, INTROSPECTIONS_BYTES_MAX, len
        )
        self._introspecting: Flights[bytes] = Flights()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        head = head_of(scope)
        request_id, language = head.request_id, head.language
        if head.method == "OPTIONS":
            await _send(send, HttpAnswer(204, JSON, b"", self._cors.preflight(head.fields)), request_id)
            return
        try:
            reply = await self._reply(scope, head, receive, send)
        except HttpRefusal as refusal:
            body = dumped(error_body(refusal.error, language, refusal.details))
            reply = HttpAnswer(refusal.status, JSON, body, tuple(refusal.headers.items()))
        except Exception as error:  # noqa: BLE001  # the last line of defence: the client gets a request id, not a stack
            self._operations.log(request_id, "a request failed in a way that nobody foresaw", error)
            reply = HttpAnswer(500, JSON, dumped(error_body(Internal("internal", request_id=request_id), language)))
        if reply is not None:
            await _send(send, reply, request_id, self._cors.headers(head.fields))

    async def _reply(self, scope: Scope, head: Head, receive: Receive, send: Send) -> HttpAnswer | None:
        """The answer; None when the client has left, and where it was sent as a stream or the response layer does."""
        fields, language = head.fields, head.language
        if head.reads and not head.query_string and is_browser(fields.get("accept")):
            return HttpAnswer(303, JSON, b"", (("location", "/explorer"),))
        media_type = media_type_for(fields.get("accept"))
        viewer = (await signed_in(self._viewers, fields)).viewer
        purpose, steps = stated_purpose(fields, viewer), steps_for(fields, viewer)
        incoming = await self._incoming(head, receive)
        if incoming is None:
            return None
        if media_type == EVENT_STREAM:
            asked = StreamAsked(head, incoming, language, purpose, self._cors.headers(fields))
            await self._event_streams.send(scope, receive, send, asked, ConnectionAuth(self._viewers))
            return None
        try:
            async with paced(self._charging, incoming, viewer, head):
                prepare = partial(self._operations.prepare, incoming, language, read_only=head.reads)
                ready = await prepared_for(self._charging, prepare, incoming, viewer, head)
                if head.reads:
                    self._operations.refuse_personal_url(ready)
                request = self._operations.request(head.request_id, viewer, language, ready, purpose, steps)
                bill = Bill(self._charging, ready, request, head)
                work = self._work(scope.get(EXCHANGE), bill, media_type)
                body = await unless_left(work, receive, request.cancellation.cancel)
        except Refused as refused:
            return HttpAnswer(400 if media_type == GRAPHQL_RESPONSE else 200, media_type, dumped(refused.body))
        return HttpAnswer(200, media_type, body, bill.headers) if body is not None else None

    async def _incoming(self, head: Head, receive: Receive) -> Incoming | None:
        if head.reads:
            return from_query_string(head.query_string, self._documents.find)
        if head.method != "POST":
            raise HttpRefusal(405, BadRequest("method"), {"allow": "GET, HEAD, POST, OPTIONS"})
        if head.fields.get("content-encoding", "identity").lower() != "identity":
            raise HttpRefusal(415, BadRequest("content_encoding"), {"accept-encoding": "identity"})
        body = await body_of(head, receive, BODY_BYTES_MAX)
        if body is None:
            return None
        incoming = from_body(head.fields.get("content-type", ""), body, self._documents.find)
        return replace(incoming, idempotency_key=key_of(head.fields))

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
        if not is_kept or operation is None or not is_introspection(ready.prepared, operation):
            return dumped(bill.shown_in(await self._operations.run(ready, request)))
        place = (incoming.query, incoming.operation_name)
        kept = self._introspections.get(place)
        if kept is not None:
            return kept
        # Who asked first may leave while others wait.
        own = replace(request, cancellation=Cancellation())
        return await self._introspecting.share((*place, request.language), partial(self._introspected, ready, own))

    async def _introspected(self, ready: Ready, request: Request) -> bytes:
        answer = await self._operations.run(ready, request)
        body = dumped(answer)
        # One must not drive out all others.
        if "errors" not in answer and len(body) <= INTROSPECTIONS_BYTES_MAX // 2:
            self._introspections[ready.incoming.query, ready.incoming.operation_name] = body
        return body


_ALWAYS = (
    (b"cache-control", b"no-store"),
    (b"vary", b"Accept, Accept-Encoding, Accept-Language, Authorization, X-Api-Key, Origin"),
    (b"x-content-type-options", b"nosniff"),
)


async def _send(send: Send, reply: HttpAnswer, request_id: str, more: tuple[tuple[str, str], ...] = ()) -> None:
    headers = [(b"x-request-id", request_id.encode()), *_ALWAYS]
    headers += [(name.encode(), value.encode()) for name, value in (*reply.headers, *more)]
    if reply.status != 204:
        # 204 has no content, and so neither a type nor a length of it (RFC 9110).
        headers += [
            (b"content-type", f"{reply.media_type}; charset=utf-8".encode()),
            (b"content-length", b"%d" % len(reply.body)),
        ]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})
