"""Event streams: the answers of an operation as server-sent events, by graphql-sse's distinct connections mode.

One request is one operation: `event: next` with each answer, and `event: complete` after the last one. A browser's
EventSource and any HTTP client can read it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, MutableMapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from api.incoming import EVENT_STREAM, Incoming
from api.outgoing import dumped, error_body
from api.standing import Standing
from api.stream_places import StreamPlaces
from api.streams import Body, StreamEnded, Streams
from models.errors import Unauthenticated
from models.localized import Language
from models.request import Request
from models.viewer import Purpose

STOPS = "simpul.stops"
"""Where a server finds, in the scope of a request, what to call when it wants the answer to end."""
SIGN_OF_LIFE_S = 15.0
"""How often something is said where nothing happens, so that nobody between takes the connection for dead."""

_SIGN_OF_LIFE = b":\n\n"
_COMPLETE = b"event: complete\ndata:\n\n"
_HEADERS = (
    ("content-type", f"{EVENT_STREAM}; charset=utf-8"),
    ("cache-control", "no-store"),
    ("vary", "Accept, Accept-Language, Authorization, Origin"),
    ("x-content-type-options", "nosniff"),
    # nginx would keep events back until a buffer is full.
    ("x-accel-buffering", "no"),
)


@dataclass(frozen=True, slots=True)
class StreamAsked:
    """What a request asks that is to be answered by a stream; `more` are headers to answer with."""

    headers: Headers
    incoming: Incoming
    language: Language
    purpose: Purpose | None
    request_id: str
    more: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class EventStreams:
    """Sends streams of answers to clients that accept `text/event-stream`. Sockets share its streams and places."""

    streams: Streams
    places: StreamPlaces
    sign_of_life_s: float = SIGN_OF_LIFE_S

    async def send(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        asked: StreamAsked,
        standing: Standing,
    ) -> None:
        """Send answers until there are no more, the client leaves, the server stops, or the credential is lost.

        Where the server stops the stream ends without `complete`, and the client comes again. Raises HttpRefusal,
        before anything is sent, where there is no place, or the operation may not be asked in this way.
        """
        await standing.begin(asked.headers)
        answers = self._answers(asked, standing, scope)
        stopping = asyncio.Event()
        scope[STOPS] = stopping.set
        with self.places.place(scope):
            raw = [
                (name.encode(), value.encode())
                for name, value in (*_HEADERS, ("x-request-id", asked.request_id), *asked.more)
            ]
            await send({"type": "http.response.start", "status": 200, "headers": raw})
            writing = asyncio.ensure_future(self._write(send, answers))
            leaving = asyncio.ensure_future(_disconnected(receive))
            lost = asyncio.ensure_future(standing.lost())
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

    def _answers(self, asked: StreamAsked, standing: Standing, scope: Scope) -> AsyncGenerator[Body, None]:
        """The answers to come; a document that is refused is one of them, since EventSource reads nothing else."""
        try:
            ready = self.streams.prepare(asked.incoming, asked.language, read_only=scope["method"] == "GET")
        except StreamEnded as ended:
            return _refused(ended)

        def new_request() -> Request:
            operations = self.streams.operations
            return operations.request(asked.request_id, standing.viewer, asked.language, ready, asked.purpose)

        return self.streams.answers(ready, new_request, scope)

    async def _write(self, send: Send, answers: AsyncGenerator[Body, None]) -> None:
        async with aclosing(answers) as bodies:
            while True:
                coming = asyncio.ensure_future(anext(bodies, None))
                try:
                    while not (await asyncio.wait({coming}, timeout=self.sign_of_life_s))[0]:
                        await _part(send, _SIGN_OF_LIFE)
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


async def _disconnected(receive: Receive) -> None:
    message: MutableMapping[str, Any] = {}
    while message.get("type") != "http.disconnect":
        message = await receive()
