"""A WebSocket below any client: the hub's application is told what a server would tell it, message by message."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp

from api.serving.frozen_head import FrozenHead

SOON_S = 5.0
NO_HEADERS: Mapping[str, str] = {}
STATES = "subscription { sourceStateChanged { name state } }"


@dataclass(slots=True)
class RawSocket:
    """One socket. `sent` are the application's messages in ASGI's form, as far as nobody has taken them."""

    told: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)
    sent: asyncio.Queue[Any] = field(default_factory=asyncio.Queue)

    def say(self, message: dict[str, Any]) -> None:
        self.told.put_nowait({"type": "websocket.receive", "text": json.dumps(message)})

    def leave(self) -> None:
        self.told.put_nowait({"type": "websocket.disconnect", "code": 1001})

    async def next_sent(self) -> Any:
        async with asyncio.timeout(SOON_S):
            return await self.sent.get()

    async def heard(self) -> Any:
        """The next message of the protocol."""
        message = await self.next_sent()
        assert message["type"] == "websocket.send", message
        return json.loads(message["text"])

    async def closed(self) -> tuple[int, str]:
        """Code and reason, when nothing else has been said before."""
        message = await self.next_sent()
        assert message["type"] == "websocket.close", message
        return message["code"], message["reason"]

    async def begin(self, **payload: str) -> None:
        """Begin, in English, with what the payload states."""
        self.say({"type": "connection_init", "payload": {"Accept-Language": "en", **payload}})
        assert await self.heard() == {"type": "connection_ack"}

    def subscribe(self, identifier: str, query: str, **variables: Any) -> None:
        self.say({"type": "subscribe", "id": identifier, "payload": {"query": query, "variables": variables}})


def scope_of(headers: Mapping[str, str], client: str = "127.0.0.1") -> dict[str, Any]:
    return {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "scheme": "ws",
        "path": "/graphql",
        "raw_path": b"/graphql",
        "query_string": b"",
        "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in {"host": "hub", **headers}.items()],
        "subprotocols": ["graphql-transport-ws"],
        "client": (client, 1),
        "server": ("127.0.0.1", 2),
        "extensions": {"websocket.http.response": {}},
    }


@asynccontextmanager
async def connected(
    app: ASGIApp, headers: Mapping[str, str] = NO_HEADERS, client: str = "127.0.0.1"
) -> AsyncIterator[RawSocket]:
    """A socket that has asked to be opened; at the end the client leaves, and the application has to have ended."""
    socket = RawSocket()
    socket.told.put_nowait({"type": "websocket.connect"})

    async def took(message: Any) -> None:
        socket.sent.put_nowait(message)

    serving = asyncio.ensure_future(FrozenHead(app)(scope_of(headers, client), socket.told.get, took))
    try:
        yield socket
    finally:
        socket.leave()
        async with asyncio.timeout(SOON_S):
            await serving


@asynccontextmanager
async def opened(
    app: ASGIApp, headers: Mapping[str, str] = NO_HEADERS, client: str = "127.0.0.1"
) -> AsyncIterator[RawSocket]:
    """A socket that is open, and has not begun."""
    async with connected(app, headers, client) as socket:
        assert await socket.next_sent() == {"type": "websocket.accept", "subprotocol": "graphql-transport-ws"}
        yield socket
