"""Asking: how a page asks the graph: by the rules of everybody else, out of the same bucket, in the same turn."""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from starlette.requests import Request as HttpRequest

from api.admission import Admission
from api.charging import Charging
from api.incoming import HttpRefusal, Incoming
from api.operations import Operations, Ready, Refused
from api.outgoing import error_body
from models.localized import Language
from models.viewer import ANONYMOUS, Purpose, Viewer

Pay = Callable[[Ready], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Asking:
    """Asks the graph for the reader of a page."""

    operations: Operations
    admission: Admission
    charging: Charging

    @property
    def now(self) -> datetime:
        """The moment, by the hub's clock."""
        return self.operations.services.records.asking.clock()

    async def ask(
        self,
        http: HttpRequest,
        query: str,
        language: Language,
        variables: dict[str, Any] | None = None,
        viewer: Viewer = ANONYMOUS,
        purpose: Purpose | None = None,
    ) -> dict[str, Any]:
        """The answer as the graph gives it; a question that is refused has `errors` and no `data`.

        Only a form that was sent may change something: what is loaded by an address only reads.
        """

        async def pay(ready: Ready) -> None:
            await self.charging.charge(ready, viewer, http.scope, language)

        incoming = Incoming(query, operation_name=None, variables=variables)
        return await self._answer(incoming, language, viewer, pay, purpose, read_only=http.method != "POST")

    async def ask_for_all(
        self, query: str, language: Language, variables: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """The answer to a question of the hub's own, which any number of readers share: none of them pays for it."""
        incoming = Incoming(query, operation_name=None, variables=variables)
        return await self._answer(incoming, language, ANONYMOUS, _nobody_pays)

    async def _answer(
        self,
        incoming: Incoming,
        language: Language,
        viewer: Viewer,
        pay: Pay,
        purpose: Purpose | None = None,
        *,
        read_only: bool = True,
    ) -> dict[str, Any]:
        try:
            ready = self.operations.prepare(incoming, language, read_only=read_only)
            request = self.operations.request(uuid.uuid4().hex, viewer, language, ready, purpose)
            await pay(ready)
            async with self.admission.turn(request.deadline):
                return await self.operations.run(ready, request)
        except Refused as refused:
            return refused.body
        except HttpRefusal as refusal:
            return error_body(refusal.error, language, refusal.details)


async def _nobody_pays(_: Ready) -> None:
    pass
