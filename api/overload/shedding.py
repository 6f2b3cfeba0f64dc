"""Load shedding: refuses requests that exceed the limit before any costly work is done for them.

At several times the load that the hub can serve, ordinary refusals would take all of its time.
"""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp, Receive, Scope, Send

from api.graphql.incoming import JSON
from api.graphql.outgoing import dumped, error_body
from api.overload.admission import RETRY_AFTER_S, Admission
from api.overload.urgency import URGENT_WORDS
from api.responses.kept import RawHeaders
from api.responses.layer import METHODS, PATH
from api.serving.bodies import Part, Replay
from api.serving.cors import Cors
from api.serving.frozen_head import Head, head_of
from models.errors import RateLimited
from models.values.localized import Language

_BODIES = {language: dumped(error_body(RateLimited("overloaded"), language)) for language in Language}
_HEADS: dict[Language, RawHeaders] = {
    language: (
        (b"content-type", f"{JSON}; charset=utf-8".encode()),
        (b"content-length", b"%d" % len(body)),
        (b"retry-after", b"%d" % RETRY_AFTER_S),
        (b"cache-control", b"no-store"),
        (b"vary", b"Accept-Language, Origin"),
    )
    for language, body in _BODIES.items()
}


class Shedding:
    """Sheds load in front of /graphql. Requests that may be about emergencies are left to admission."""

    def __init__(self, app: ASGIApp, admission: Admission, cors: Cors) -> None:
        self._app = app
        self._admission = admission
        self._cors = cors
        self._passing = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] not in METHODS:
            await self._app(scope, receive, send)
            return
        head = head_of(scope)
        if head.has_credential and self._admission.free > self._passing:
            self._let_pass()
            await self._app(scope, receive, send)
            return
        # Many anonymous requests may share one flight, and take one slot.
        if not head.has_credential and not self._admission.is_full:
            await self._app(scope, receive, send)
            return
        first = await receive() if head.method == "POST" else None
        if _may_be_urgent(head, first):
            await self._app(scope, Replay(first, receive) if first is not None else receive, send)
            return
        self._admission.shed()
        await self._refuse(head, send)

    async def _refuse(self, head: Head, send: Send) -> None:
        language = head.language
        told = ((name.encode(), value.encode()) for name, value in self._cors.headers(head.fields))
        await send({"type": "http.response.start", "status": 503, "headers": (*_HEADS[language], *told)})
        await send({"type": "http.response.body", "body": _BODIES[language]})

    def _let_pass(self) -> None:
        """Count a request until it reaches admission, since many may be read in one turn of the event loop.

        Its operation is a task of its own, so it gets there within two turns.
        """
        self._passing += 1
        loop = asyncio.get_running_loop()
        loop.call_soon(loop.call_soon, self._has_passed)

    def _has_passed(self) -> None:
        self._passing -= 1


def _may_be_urgent(head: Head, first: Part | None) -> bool:
    """Whether the part of the request that has arrived may be about emergencies."""
    if head.method != "POST":
        return any(word in head.query_string for word in URGENT_WORDS)
    if first is None or first["type"] != "http.request":
        return False
    return bool(first.get("more_body")) or any(word in first.get("body", b"") for word in URGENT_WORDS)
