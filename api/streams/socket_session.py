"""Speaks the protocol graphql-transport-ws on one WebSocket, with bounds on everything that may wait.

https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import orjson
from starlette.types import Receive, Send

from api.graphql.incoming import DOCUMENT_NAMES, Find, HttpRefusal, Incoming, from_payload, language_of, request_id_of
from api.graphql.operations import Ready
from api.graphql.outgoing import dumped, error_body
from api.identity.connection_auth import CREDENTIAL_HEADERS, ConnectionAuth, stated_purpose
from api.serving.frozen_head import Head
from api.streams.operations import StreamEnded, Streams
from models.errors import RateLimited
from models.policy.viewer import Purpose
from models.request import Request
from models.values.localized import Language

TOGETHER_MAX = 8
"""After this many messages of one socket, other tasks run, even if all messages came at once."""

_STATED = (*CREDENTIAL_HEADERS, "accept-language", "hub-purpose")
"""The headers that a browser cannot set on a WebSocket, and sends in the payload of connection_init instead."""


_CLOSE_CODES = {401: (4403, "Forbidden"), 403: (4403, "Forbidden"), 503: (1013, "Try again later")}
"""The close code and reason of a refused connection_init, by the HTTP status of the refusal."""


class SocketClosed(Exception):
    """Closes the socket with this code and reason."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code} {reason}")
        self.code = code
        self.reason = reason


@dataclass(frozen=True, slots=True)
class SocketLimits:
    """How long a socket may wait for connection_init and be idle, and how many operations it may run."""

    init_s_max: float = 3.0
    idle_s_max: float = 300.0
    operations_max: int = 32
    id_chars_max: int = 128


@dataclass(eq=False, slots=True)
class SocketSession:
    """One open socket. `takes_tokens` is whether the page that opened it may send a token."""

    streams: Streams
    find: Find
    limits: SocketLimits
    auth: ConnectionAuth
    head: Head
    send: Send
    takes_tokens: bool = field(kw_only=True)
    _language: Language = Language.ID
    _purpose: Purpose | None = None
    _began: bool = False
    _acknowledged: bool = False
    _operations: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _timer: asyncio.TimerHandle | None = None
    _end: asyncio.Future[None] = field(init=False)

    async def run(self, receive: Receive) -> None:
        """Serve until the client leaves. Raises SocketClosed when the hub ends it."""
        self._end = asyncio.get_running_loop().create_future()
        self._close_after(self.limits.init_s_max, 4408, "Connection initialisation timeout")
        reading = asyncio.ensure_future(self._read(receive))
        losing = asyncio.ensure_future(self._lose())
        try:
            done, _ = await asyncio.wait({reading, losing, self._end}, return_when=asyncio.FIRST_COMPLETED)
            for ended in done:
                ended.result()
        finally:
            self._stop_timer()
            tasks = [reading, losing, *self._operations.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            self._end.cancel()

    async def _lose(self) -> None:
        await self.auth.lost()
        raise SocketClosed(4403, "Forbidden")

    async def _read(self, receive: Receive) -> None:
        handlers: Mapping[str, Callable[[dict[str, Any]], Any]] = {
            "connection_init": self._on_init,
            "ping": self._on_ping,
            "pong": self._on_pong,
            "subscribe": self._on_subscribe,
            "complete": self._on_complete,
        }
        count = 0
        while (message := await receive())["type"] != "websocket.disconnect":
            told = _message(message.get("text"))
            handler = handlers.get(told["type"])
            if handler is None:
                raise SocketClosed(4400, "Invalid message type")
            await handler(told)
            count += 1
            if count % TOGETHER_MAX == 0:
                # Messages that have arrived already are received without waiting.
                await asyncio.sleep(0)

    # --- Messages -----------------------------------------------------------------------------------------------------

    async def _on_init(self, told: dict[str, Any]) -> None:
        if self._began:
            raise SocketClosed(4429, "Too many initialisation requests")
        self._began = True
        stated = self._stated(told.get("payload"))
        if "authorization" in stated and not self.takes_tokens:
            raise SocketClosed(4403, "Forbidden")
        self._language = language_of(stated.get("accept-language"), self.head.spoken)
        try:
            await self.auth.begin(stated)
            self._purpose = stated_purpose(stated, self.auth.viewer)
        except HttpRefusal as refusal:
            raise SocketClosed(*_CLOSE_CODES.get(refusal.status, (4400, "Invalid message"))) from None
        self._acknowledged = True
        self._be_idle()
        await self._tell({"type": "connection_ack"})

    def _stated(self, payload: object) -> dict[str, str]:
        """Credential, language and purpose of the client, from the payload or else the headers of the handshake."""
        if payload is not None and not isinstance(payload, dict):
            raise SocketClosed(4400, "Invalid message")
        fields = self.head.fields
        given: dict[str, str] = {}
        for name, value in (payload or {}).items():
            if name.lower() in _STATED:
                if not isinstance(value, str) or name.lower() in given:
                    raise SocketClosed(4400, "Invalid message")
                given[name.lower()] = value
        return {name: fields[name] for name in _STATED if name in fields} | given

    async def _on_ping(self, _: dict[str, Any]) -> None:
        await self._tell({"type": "pong"})

    async def _on_pong(self, _: dict[str, Any]) -> None:
        pass

    async def _on_subscribe(self, told: dict[str, Any]) -> None:
        if not self._acknowledged:
            raise SocketClosed(4401, "Unauthorized")
        identifier, payload = told.get("id"), told.get("payload")
        if not isinstance(identifier, str) or not 0 < len(identifier) <= self.limits.id_chars_max:
            raise SocketClosed(4400, "Invalid message")
        if not isinstance(payload, dict) or not _has_form(payload):
            raise SocketClosed(4400, "Invalid message")
        if identifier in self._operations:
            raise SocketClosed(4409, _bounded(f"Subscriber for {identifier} already exists"))
        try:
            if len(self._operations) >= self.limits.operations_max:
                raise HttpRefusal(429, RateLimited("subscriptions_many", maximum=self.limits.operations_max))
            incoming = from_payload(payload, self.find)
        except HttpRefusal as refusal:
            await self._tell_error(identifier, error_body(refusal.error, self._language, refusal.details))
            return
        self._stop_timer()
        self._operations[identifier] = asyncio.ensure_future(self._operate(identifier, incoming))

    async def _on_complete(self, told: dict[str, Any]) -> None:
        identifier = told.get("id")
        if not isinstance(identifier, str):
            raise SocketClosed(4400, "Invalid message")
        task = self._operations.get(identifier)
        if task is not None:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            self._forget(identifier)

    # --- Operations ---------------------------------------------------------------------------------------------------

    async def _operate(self, identifier: str, incoming: Incoming) -> None:
        failed = None
        try:
            viewer = self.auth.viewer
            ready = await self.streams.prepare(incoming, self._language, viewer, self.head, read_only=False)
            async with aclosing(self.streams.answers(ready, partial(self._request, ready), self.head)) as bodies:
                async for body in bodies:
                    await self._tell({"id": identifier, "type": "next", "payload": body})
        except StreamEnded as ended:
            failed = ended.body
        except HttpRefusal as refusal:
            failed = error_body(refusal.error, self._language, refusal.details)
        # The client may reuse the id from now on.
        self._forget(identifier)
        if failed is not None:
            await self._tell_error(identifier, failed)
        else:
            await self._tell({"id": identifier, "type": "complete"})

    def _request(self, ready: Ready) -> Request:
        viewer = self.auth.viewer
        return self.streams.operations.request(request_id_of(None), viewer, self._language, ready, self._purpose)

    def _forget(self, identifier: str) -> None:
        self._operations.pop(identifier, None)
        if not self._operations:
            self._be_idle()

    async def _tell_error(self, identifier: str, body: dict[str, Any]) -> None:
        await self._tell({"id": identifier, "type": "error", "payload": body["errors"]})

    async def _tell(self, message: dict[str, Any]) -> None:
        """Send a message, waiting while the client reads slowly. The server drops clients that read nothing."""
        await self.send({"type": "websocket.send", "text": dumped(message).decode()})

    # --- Time ---------------------------------------------------------------------------------------------------------

    def _be_idle(self) -> None:
        self._close_after(self.limits.idle_s_max, 1000, "Idle")

    def _close_after(self, after_s: float, code: int, reason: str) -> None:
        self._stop_timer()
        self._timer = asyncio.get_running_loop().call_later(after_s, self._close, SocketClosed(code, reason))

    def _close(self, closed: SocketClosed) -> None:
        if not self._end.done():
            self._end.set_exception(closed)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _message(text: object) -> dict[str, Any]:
    """A message of the protocol. Raises SocketClosed for anything else."""
    if not isinstance(text, str):
        raise SocketClosed(4400, "Invalid message")
    try:
        told = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise SocketClosed(4400, "Invalid message") from None
    if not isinstance(told, dict) or not isinstance(told.get("type"), str):
        raise SocketClosed(4400, "Invalid message")
    return told


def _has_form(payload: dict[str, Any]) -> bool:
    """Whether a payload has the form of an operation."""
    texts = [name for name in ("query", *DOCUMENT_NAMES) if payload.get(name) is not None]
    objects = [payload.get(name) for name in ("variables", "extensions")]
    return (
        bool(texts or "persistedQuery" in (payload.get("extensions") or ()))
        and all(isinstance(payload[name], str) for name in texts)
        and isinstance(payload.get("operationName"), str | None)
        and all(isinstance(value, dict | None) for value in objects)
    )


def _bounded(reason: str) -> str:
    """A reason, cut to the 123 bytes that a close frame holds."""
    return reason.encode()[:123].decode(errors="ignore")
