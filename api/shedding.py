"""Shedding: refuses what has no room before anything costly is done for it, so that it slows down nobody else."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from api.admission import RETRY_AFTER_S, Admission
from api.cors import Cors
from api.graphql import BODY_S_MAX
from api.incoming import JSON, language_of
from api.outgoing import dumped, error_body
from api.urgency import URGENT_WORDS
from models.errors import RateLimited
from models.localized import Language

_BODIES = {language: dumped(error_body(RateLimited("overloaded"), language)) for language in Language}


class Shedding:
    """Stands before the route /graphql. What names a field of the emergencies is left to be looked at properly."""

    def __init__(self, app: ASGIApp, admission: Admission, cors: Cors) -> None:
        self._app = app
        self._admission = admission
        self._cors = cors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_asked = scope["type"] == "http" and scope["path"] == "/graphql" and scope["method"] in ("GET", "POST")
        if not is_asked or not self._admission.is_full:
            await self._app(scope, receive, send)
            return
        first = await _first_part(scope, receive)
        if first is not None and _may_be_urgent(scope, first):
            await self._app(scope, _again(first, receive), send)
            return
        self._admission.refused_at_the_door()
        await self._refuse(Headers(scope=scope), send)

    async def _refuse(self, headers: Headers, send: Send) -> None:
        body = _BODIES[language_of(headers.get("accept-language"))]
        told = [
            ("content-type", f"{JSON}; charset=utf-8"),
            ("content-length", str(len(body))),
            ("retry-after", str(RETRY_AFTER_S)),
            ("cache-control", "no-store"),
            ("vary", "Accept-Language, Origin"),
            *self._cors.headers(headers),
        ]
        raw = [(name.encode(), value.encode()) for name, value in told]
        await send({"type": "http.response.start", "status": 503, "headers": raw})
        await send({"type": "http.response.body", "body": body})


async def _first_part(scope: Scope, receive: Receive) -> Any:
    """The first part of the body, mostly all of it; None where it does not come, or the client has left."""
    if scope["method"] == "GET":
        return {"type": "http.request", "body": b"", "more_body": False}
    try:
        async with asyncio.timeout(BODY_S_MAX):
            message = await receive()
    except TimeoutError:
        return None
    return message if message["type"] == "http.request" else None


def _may_be_urgent(scope: Scope, first: Any) -> bool:
    text = scope["query_string"] if scope["method"] == "GET" else first.get("body", b"")
    return first.get("more_body", False) or any(word in text for word in URGENT_WORDS)


def _again(first: Any, receive: Receive) -> Receive:
    """The same parts once more, the first of them included."""
    parts = [first]

    async def receive_again() -> Any:
        return parts.pop() if parts else await receive()

    return receive_again
