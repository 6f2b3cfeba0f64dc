"""Opens WebSockets at /graphql: checks the origin and the subprotocol."""

from __future__ import annotations

from dataclasses import dataclass, field

from starlette.types import Receive, Scope, Send

from api.graphql.incoming import Find, HttpRefusal
from api.graphql.outgoing import dumped, error_body
from api.identity.connection_auth import ConnectionAuth
from api.identity.viewers import ViewerReader
from api.serving.cors import Cors
from api.serving.frozen_head import Head, head_of
from api.streams.event_stream import EventStreams
from api.streams.socket_session import SocketClosed, SocketLimits, SocketSession
from models.errors import Forbidden

PROTOCOL = "graphql-transport-ws"
"""The only supported subprotocol. Its predecessor, `graphql-ws`, lets operations begin before authentication."""
MESSAGE_BYTES_MAX = 262_144
"""The same as the limit of a POST body."""


@dataclass(frozen=True, slots=True)
class GraphqlSocket:
    """Opens sockets for pages of trusted origins, and for pages of other origins without a token."""

    event_streams: EventStreams
    cors: Cors
    viewers: ViewerReader
    find: Find
    limits: SocketLimits = field(default_factory=SocketLimits)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        head = head_of(scope)
        is_trusted = self._is_trusted(head)
        try:
            if not is_trusted and ("cookie" in head.fields or "authorization" in head.fields):
                # The browser has added the credential for a page that may not use it.
                raise HttpRefusal(403, Forbidden("origin_foreign"))
            with self.event_streams.limits.slot(head):
                await self._open(head, scope, receive, send, is_trusted=is_trusted)
        except HttpRefusal as refusal:
            await _refuse(send, refusal, head)

    async def _open(self, head: Head, scope: Scope, receive: Receive, send: Send, *, is_trusted: bool) -> None:
        if PROTOCOL not in scope["subprotocols"]:
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.close", "code": 4406, "reason": "Subprotocol not acceptable"})
            return
        await send({"type": "websocket.accept", "subprotocol": PROTOCOL})
        session = SocketSession(
            self.event_streams.streams,
            self.find,
            self.limits,
            ConnectionAuth(self.viewers),
            head,
            send,
            takes_tokens=is_trusted,
        )
        try:
            await session.run(receive)
        except SocketClosed as closed:
            await send({"type": "websocket.close", "code": closed.code, "reason": closed.reason})

    def _is_trusted(self, head: Head) -> bool:
        """Whether the request is not from a page of an untrusted origin. Clients that are no browser send none."""
        return head.names_no_other_origin or head.fields.get("origin") in self.cors.origins


async def _refuse(send: Send, refusal: HttpRefusal, head: Head) -> None:
    body = dumped(error_body(refusal.error, head.language, refusal.details))
    told = [("content-type", "application/json; charset=utf-8"), *refusal.headers.items()]
    raw = [(name.encode(), value.encode()) for name, value in told]
    await send({"type": "websocket.http.response.start", "status": refusal.status, "headers": raw})
    await send({"type": "websocket.http.response.body", "body": body, "more_body": False})
