"""`/explorer/plain`: a form for a query, and its answer for an anonymous viewer. It needs no script at all."""

from __future__ import annotations

from dataclasses import dataclass

import orjson
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from api.pages.asking import Asking
from api.pages.frame import Frame, language_on
from api.pages.saved_queries import BY_NAME, FIRST, SAVED


@dataclass(frozen=True, slots=True)
class QueryPage:
    """A form for a query, and its answer. `saved` names a query that is shown, and asked when the form is sent."""

    frame: Frame
    asking: Asking

    async def __call__(self, http: HttpRequest) -> Response:
        query = http.query_params.get("query")
        chosen = BY_NAME.get(http.query_params.get("saved"), FIRST)
        body = await self.asking.ask(http, query, language_on(http)) if query else None
        shown = orjson.dumps(body, option=orjson.OPT_INDENT_2).decode() if body is not None else None
        return self.frame.page(http, "query.html", query=query or chosen.text, answer=shown, saved=SAVED)
