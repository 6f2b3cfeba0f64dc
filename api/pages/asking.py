"""Asking: how a page asks the graph: by the rules of everybody else, out of the same bucket, in the same turn."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request as HttpRequest

from api.admission import Admission
from api.charging import Charging
from api.incoming import HttpRefusal, Incoming
from api.operations import Operations, Refused
from api.outgoing import error_body
from models.localized import Language
from models.viewer import ANONYMOUS, Viewer


@dataclass(frozen=True, slots=True)
class Asking:
    """Asks the graph for the reader of a page."""

    operations: Operations
    admission: Admission
    charging: Charging

    async def ask(
        self,
        http: HttpRequest,
        query: str,
        language: Language,
        variables: dict[str, Any] | None = None,
        viewer: Viewer = ANONYMOUS,
    ) -> dict[str, Any]:
        """The answer as the graph gives it; a question that is refused has `errors` and no `data`."""
        incoming = Incoming(query, operation_name=None, variables=variables)
        try:
            ready = self.operations.prepare(incoming, language, read_only=True)
            request = self.operations.request(uuid.uuid4().hex, viewer, language, ready)
            await self.charging.charge(ready, viewer, http.scope, language)
            async with self.admission.turn(request.deadline):
                return await self.operations.run(ready, request)
        except Refused as refused:
            return refused.body
        except HttpRefusal as refusal:
            return error_body(refusal.error, language, refusal.details)
