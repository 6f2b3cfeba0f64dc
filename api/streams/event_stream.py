"""Sends the answers of an operation as server-sent events, in graphql-sse's distinct connections mode.

One request is one operation: `event: next` with each answer, and `event: complete` after the last. A browser's
EventSource and any HTTP client can read it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from starlette.types import Receive, Scope, Send

from api.graphql.incoming import EVENT_STREAM, Incoming
from api.graphql.outgoing import dumped, error_body
from api.identity.connection_auth import ConnectionAuth
from api.serving.bodies import left
from api.serving.frozen_head import Head
from api.streams.limits import StreamLimits
from api.streams.operations import Body, StreamEnded, Streams
from models.errors import Unauthenticated
from models.policy.viewer import Purpose
from models.request import Request
from models.values.localized import Language

STOPS = "simpul.stops"
"""The key in a request's scope under which the server finds the function that ends the stream."""
KEEP_ALIVE_S = 15.0
"""How often an idle stream sends a comment, so that no proxy takes the connection for dead."""

_KEEP_ALIVE = b":\n\n"
_COMPLETE = b"event: complete\ndata:\n\n"
_HEADERS = (
    ("content-type", f"{EVENT_STREAM}; charset=utf-8"),
    ("cache-control", "no-store"),
    ("vary", "Accept, Accept-Language, Authorization, Origin"),
    ("x-content-type-options", "nosniff"),
    # nginx would hold events back until its buffer is full.
    ("x-accel-buffering", "no"),
)


@dataclass(frozen=True, slots=True)
class StreamAsked:
    """A request for a stream. `more` are headers of its answer."""

    head: Head
    incoming: Incoming
    language: Language
    purpose: Purpose | None
    more: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class EventStreams:
    """Sends answers to clients that accept `text/event-stream`. WebSockets share its streams and limits."""

    streams: Streams
    limits: StreamLimits
    keep_alive_s: float = KEEP_ALIVE_S

    async def send(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        asked: StreamAsked,
        auth: ConnectionAuth,
    ) -> None:
        """Send answers until there are no more, the client leaves, the server stops, or the credential is lost.

        If the server stops, the stream ends without `complete`, and the client reconnects. Raises HttpRefusal, before
        anything is sent, if no slot is free or the operation may not be streamed.
        """
        await auth.begin(asked.head.fields)
        answers = await self._answers(asked, auth)
        stopping = asyncio.Event()
        scope[STOPS] = stopping.set
        with self.limits.slot(asked.head):
            raw = [
                (name.encode(), value.encode())
                for name, value in (*_HEADERS, ("x-request-id", asked.head.request_id), *asked.more)
            ]
            await send({"type": "http.response.start", "status": 200, "headers": raw})
            if asked.head.method == "HEAD":
                await send({"type": "http.response.body", "body": b""})
                return
            writing = asyncio.ensure_future(self._write(send, answers))
            leaving = asyncio.ensure_future(left(receive))
            lost = asyncio.ensure_future(auth.lost())
            stopped = asyncio.ensure_future(stopping.wait())
            tasks: set[asyncio.Future[Any]] = {writing, leaving, lost, stopped}
            try:
                done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
            if leaving in done:
                return
            last = b""
            if writing in done:
                writing.result()
                last = _COMPLETE
            elif lost in done:
                last = _next(error_body(Unauthenticated("token_invalid"), asked.language)) + _COMPLETE
            await send({"type": "http.response.body", "body": last, "more_body": False})

    async def _answers(self, asked: StreamAsked, auth: ConnectionAuth) -> AsyncGenerator[Body, None]:
        """The answers to come. A refusal of the document is one too, since EventSource reads nothing else."""
        try:
            ready = await self.streams.prepare(
                asked.incoming, asked.language, auth.viewer, asked.head, read_only=asked.head.reads
            )
        except StreamEnded as ended:
            return _refused(ended)

        def new_request() -> Request:
            operations = self.streams.operations
            return operations.request(asked.head.request_id, auth.viewer, asked.language, ready, asked.purpose)

        return self.streams.answers(ready, new_request, asked.head)

    async def _write(self, send: Send, answers: AsyncGenerator[Body, None]) -> None:
        async with aclosing(answers) as bodies:
            while True:
                coming = asyncio.ensure_future(anext(bodies, None))
                try:
                    while not (await asyncio.wait({coming}, timeout=self.keep_alive_s))[0]:
                        await _part(send, _KEEP_ALIVE)
                    body = coming.result()
                except StreamEnded as ended:
                    await _part(send, _next(ended.body))
                    return
                finally:
                    coming.cancel()
                    await asyncio.gather(coming, return_exceptions=True)
                if body is None:
                    return
                await _part(send, _next(body))


async def _refused(ended: StreamEnded) -> AsyncGenerator[Body, None]:
    yield ended.body


def _next(body: Body) -> bytes:
    return b"event: next\ndata: " + dumped(body) + b"\n\n"


async def _part(send: Send, part: bytes) -> None:
    await send({"type": "http.response.body", "body": part, "more_body": True})
