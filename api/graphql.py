"""The route /graphql: our own ASGI application, so that limits, media types, errors and cancellation are ours (ADR 4)."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections import OrderedDict
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any, Protocol

from graphql import GraphQLError, GraphQLSyntaxError, OperationDefinitionNode, OperationType
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from api.cors import Cors
from api.incoming import (
    BODY_BYTES_MAX,
    GRAPHQL_RESPONSE,
    JSON,
    HttpRefusal,
    Incoming,
    from_body,
    from_query_string,
    language_of,
    media_type_for,
    purpose_of,
)
from api.outgoing import ErrorLog, answer, dumped, error_body, refused_errors
from engine.limits import LimitExceeded
from engine.reference import InvalidDocument, Prepared, ReferenceLane, is_introspection
from models.errors import BadInput, BadRequest, HubError, Internal, Unauthenticated
from models.localized import Language
from models.request import Deadline, Request
from models.viewer import ANONYMOUS, Viewer
from schema.context import Context, Services

INTROSPECTIONS_MAX = 32
_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,64}")


class ViewerReader(Protocol):
    """Turns a bearer token into a viewer, or raises Unauthenticated."""

    def viewer(self, token: str) -> Viewer: ...


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes out: status, media type, bytes and headers."""

    status: int
    media_type: str
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


class GraphqlRoute:
    """POST and GET of one GraphQL operation. Whatever it is sent, the answer is a GraphQL answer or a 4xx that says why."""

    def __init__(
        self,
        services: Services,
        lane: ReferenceLane,
        viewers: ViewerReader,
        cors: Cors,
        deadline_ms: int,
        log: ErrorLog,
    ) -> None:
        self._services = services
        self._lane = lane
        self._viewers = viewers
        self._cors = cors
        self._deadline_ms = deadline_ms
        self._log = log
        self._introspections: OrderedDict[tuple[str, str | None], bytes] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        request_id = _request_id(headers.get("x-request-id"))
        origin_headers = self._cors.headers(headers)
        if scope["method"] == "OPTIONS":
            await _send(send, Answer(204, JSON, b"", self._cors.preflight(headers)), request_id)
            return
        language = language_of(headers.get("accept-language"))
        try:
            reply = await self._reply(scope, headers, receive, request_id, language)
        except HttpRefusal as refusal:
            body = dumped(error_body(refusal.error, language))
            reply = Answer(refusal.status, JSON, body, tuple(refusal.headers.items()))
        except Exception as error:  # noqa: BLE001  # the last line of defence: the client gets a request id, not a stack
            self._log(request_id, "a request failed in a way that nobody foresaw", error)
            reply = Answer(500, JSON, dumped(error_body(Internal("internal", request_id=request_id), language)))
        if reply is not None:
            await _send(send, reply, request_id, origin_headers)

    async def _reply(
        self, scope: Scope, headers: Headers, receive: Receive, request_id: str, language: Language
    ) -> Answer | None:
        """The answer, or None when the client has left."""
        media_type = media_type_for(headers.get("accept"))
        viewer = self._viewer(headers.get("authorization"))
        purpose = purpose_of(headers.get("hub-purpose"))
        incoming = await _incoming(scope, headers, receive)
        prepared, operation = self._prepared(incoming, media_type, language, read_only=scope["method"] == "GET")
        if isinstance(prepared, Answer):
            return prepared
        request = Request(
            id=request_id,
            viewer=viewer,
            deadline=Deadline.in_ms(self._deadline_ms),
            language=language,
            purpose=purpose,
            operation_name=operation.name.value if operation is not None and operation.name else None,
        )
        work = asyncio.ensure_future(self._run(prepared, operation, incoming, request, media_type))
        return await _unless_disconnected(work, receive, request)

    def _viewer(self, authorization: str | None) -> Viewer:
        if authorization is None:
            return ANONYMOUS
        scheme, _, token = authorization.partition(" ")
        try:
            if scheme.lower() != "bearer":
                raise Unauthenticated("token_invalid")
            return self._viewers.viewer(token.strip())
        except Unauthenticated as error:
            raise HttpRefusal(401, error, {"www-authenticate": "Bearer"}) from None

    def _prepared(
        self, incoming: Incoming, media_type: str, language: Language, *, read_only: bool
    ) -> tuple[Prepared | Answer, OperationDefinitionNode | None]:
        refused = 400 if media_type == GRAPHQL_RESPONSE else 200
        try:
            prepared = self._lane.prepare(incoming.query)
        except LimitExceeded as limit:
            error = BadRequest("document_limit", limit=limit.limit, allowed=limit.allowed)
            return Answer(refused, media_type, dumped(error_body(error, language))), None
        except GraphQLSyntaxError as error:
            return Answer(refused, media_type, dumped(refused_errors([error], BadRequest.code))), None
        except InvalidDocument as invalid:
            return Answer(refused, media_type, dumped(refused_errors(invalid.errors, BadRequest.code))), None
        operation = prepared.operation(incoming.operation_name)
        if read_only and operation is not None and operation.operation is not OperationType.QUERY:
            raise HttpRefusal(405, BadRequest("get_mutation"), {"allow": "POST"})
        return prepared, operation

    async def _run(
        self,
        prepared: Prepared,
        operation: OperationDefinitionNode | None,
        incoming: Incoming,
        request: Request,
        media_type: str,
    ) -> Answer:
        kept = (incoming.query, incoming.operation_name)
        known = self._introspections.get(kept)
        if known is not None:
            return Answer(200, media_type, known)
        context = Context(request, self._services)
        result = await self._lane.run(prepared, incoming.operation_name, incoming.variables, context)
        if result.data is None and result.errors and all(error.path is None for error in result.errors):
            status = 400 if media_type == GRAPHQL_RESPONSE else 200
            return Answer(status, media_type, dumped(refused_errors(_plain(result.errors), BadInput.code)))
        body = dumped(answer(result, request, self._services.city, self._log))
        if operation is not None and not incoming.variables and not result.errors and is_introspection(operation):
            self._keep_introspection(kept, body)
        return Answer(200, media_type, body)

    def _keep_introspection(self, kept: tuple[str, str | None], body: bytes) -> None:
        self._introspections[kept] = body
        if len(self._introspections) > INTROSPECTIONS_MAX:
            self._introspections.popitem(last=False)


def _plain(errors: list[GraphQLError]) -> list[GraphQLError]:
    return [error for error in errors if not isinstance(error.original_error, HubError)]


async def _incoming(scope: Scope, headers: Headers, receive: Receive) -> Incoming:
    if scope["method"] == "GET":
        return from_query_string(scope["query_string"])
    if scope["method"] != "POST":
        raise HttpRefusal(405, BadRequest("method"), {"allow": "GET, POST"})
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise HttpRefusal(415, BadRequest("content_encoding"), {"accept-encoding": "identity"})
    return from_body(headers.get("content-type", ""), await _body(headers, receive))


async def _body(headers: Headers, receive: Receive) -> bytes:
    """The whole body, refused as soon as it is known to be too large."""
    declared = headers.get("content-length", "0")
    if declared.isdigit() and int(declared) > BODY_BYTES_MAX:
        raise HttpRefusal(413, BadRequest("body_too_large", maximum_bytes=BODY_BYTES_MAX))
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise HttpRefusal(400, BadRequest("body_not_json"))
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > BODY_BYTES_MAX:
            raise HttpRefusal(413, BadRequest("body_too_large", maximum_bytes=BODY_BYTES_MAX))
        if not message.get("more_body"):
            return b"".join(parts)


async def _unless_disconnected(work: asyncio.Future[Answer], receive: Receive, request: Request) -> Answer | None:
    """The answer; or None, with everything that was still running for it cancelled, when the client leaves first."""
    leaving = asyncio.ensure_future(_disconnected(receive))
    try:
        await asyncio.wait({work, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            return work.result()
        request.cancellation.cancel()
        return None
    finally:
        for task in (work, leaving):
            task.cancel()


async def _disconnected(receive: Receive) -> None:
    message: MutableMapping[str, Any] = {}
    while message.get("type") != "http.disconnect":
        message = await receive()


def _request_id(given: str | None) -> str:
    return given if given is not None and _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex


async def _send(send: Send, reply: Answer, request_id: str, more: tuple[tuple[str, str], ...] = ()) -> None:
    headers = [
        (b"content-type", f"{reply.media_type}; charset=utf-8".encode()),
        (b"content-length", str(len(reply.body)).encode()),
        (b"x-request-id", request_id.encode()),
        (b"cache-control", b"no-store"),
        (b"vary", b"Accept, Accept-Language, Authorization, Origin"),
        *((name.encode(), value.encode()) for name, value in (*reply.headers, *more)),
    ]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})
