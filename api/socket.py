"""The WebSocket at /graphql: who may open one, and which protocol is spoken on it."""

from __future__ import annotations

from dataclasses import dataclass, field

from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from api.cors import Cors
from api.event_stream import EventStreams
from api.incoming import Find, HttpRefusal, language_of
from api.outgoing import dumped, error_body
from api.socket_session import SocketClosed, SocketLimits, SocketSession
from api.standing import Standing
from api.viewers import ViewerReader
from models.errors import Forbidden

PROTOCOL = "graphql-transport-ws"
"""The only one that is spoken. Its predecessor, `graphql-ws`, lets operations begin before anybody has signed in."""
MESSAGE_BYTES_MAX = 262_144
"""As much as the body of a POST may have."""


@dataclass(frozen=True, slots=True)
class GraphqlSocket:
    """Opens sockets for pages of the origins that may send tokens, and for any other page without one."""

    event_streams: EventStreams
    cors: Cors
    viewers: ViewerReader
    find: Find
    limits: SocketLimits = field(default_factory=SocketLimits)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        headers = Headers(scope=scope)
        is_trusted = self._is_trusted(headers)
        try:
            if not is_trusted and ("cookie" in headers or "authorization" in headers):
                # The browser has added it, for a page that may not have it.
                raise HttpRefusal(403, Forbidden("origin_foreign"))
            with self.event_streams.places.place(scope):
                await self._open(scope, receive, send, is_trusted=is_trusted)
        except HttpRefusal as refusal:
            await _refuse(send, refusal, headers)

    async def _open(self, scope: Scope, receive: Receive, send: Send, *, is_trusted: bool) -> None:
        if PROTOCOL not in scope["subprotocols"]:
            await send({"type": "websocket.accept"})
            await send({"type": "websocket.close", "code": 4406, "reason": "Subprotocol not acceptable"})
            return
        await send({"type": "websocket.accept", "subprotocol": PROTOCOL})
        session = SocketSession(
            self.event_streams.streams,
            self.find,
            self.limits,
            Standing(self.viewers),
            scope,
            send,
            takes_tokens=is_trusted,
        )
        try:
            await session.run(receive)
        except SocketClosed as closed:
            await send({"type": "websocket.close", "code": closed.code, "reason": closed.reason})

    def _is_trusted(self, headers: Headers) -> bool:
        """Whether it is no page of a foreign origin: what is no browser names none."""
        origin = headers.get("origin")
        if origin is None or origin in self.cors.origins:
            return True
        return origin.partition("://")[2] == headers.get("host")


async def _refuse(send: Send, refusal: HttpRefusal, headers: Headers) -> None:
    body = dumped(error_body(refusal.error, language_of(headers.get("accept-language")), refusal.details))
    told = [("content-type", "application/json; charset=utf-8"), *refusal.headers.items()]
    raw = [(name.encode(), value.encode()) for name, value in told]
    await send({"type": "websocket.http.response.start", "status": refusal.status, "headers": raw})
    await send({"type": "websocket.http.response.body", "body": body, "more_body": False})
