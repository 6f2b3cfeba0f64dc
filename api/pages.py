"""Pages: what people see in a browser. Rendered on the server, readable without a script."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
from graphql import GraphQLSyntaxError
from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.requests import Request as HttpRequest
from starlette.responses import HTMLResponse, Response

from api.incoming import language_of
from api.outgoing import ErrorLog, answer, error_body, refused_errors
from engine.limits import LimitExceeded
from engine.reference import InvalidDocument, ReferenceLane
from models.errors import BadRequest
from models.localized import Language
from models.request import Deadline, Request
from models.viewer import ANONYMOUS
from schema.context import Context, Services

_TEMPLATES = Path(__file__).resolve().parent.parent / "web" / "templates"

EXAMPLE = """{
  area(code: "36.71.05") {
    name
    levelLabel
    complaints(first: 3, filter: {status: {eq: OPEN}}, orderBy: [{requestedAt: DESC}]) {
      totalCount
      nodes {
        ticketNumber
        category { name }
        statusDetailLabel
        requestedAt
        department { abbreviation }
        provenance { asOf freshness }
      }
    }
  }
}"""

SECURITY_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
}


class QueryPage:
    """`/`: a form for a query, and its answer for an anonymous viewer."""

    def __init__(self, services: Services, lane: ReferenceLane, deadline_ms: int, log: ErrorLog) -> None:
        self._services = services
        self._lane = lane
        self._deadline_ms = deadline_ms
        self._log = log
        environment = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=select_autoescape(["html"]))
        self._templates = {language: environment.get_template(f"query.{language.value}.html") for language in Language}

    async def __call__(self, http: HttpRequest) -> Response:
        language = language_of(http.headers.get("accept-language"))
        query = http.query_params.get("query")
        body = await self._answer(query, language) if query else None
        shown = orjson.dumps(body, option=orjson.OPT_INDENT_2).decode() if body is not None else None
        page = self._templates[language].render(query=query or EXAMPLE, answer=shown, city=self._services.city)
        return HTMLResponse(page, headers={**SECURITY_HEADERS, "vary": "Accept-Language", "cache-control": "no-store"})

    async def _answer(self, query: str, language: Language) -> dict[str, Any]:
        try:
            prepared = self._lane.prepare(query)
        except LimitExceeded as limit:
            return error_body(BadRequest("document_limit", limit=limit.limit, allowed=limit.allowed), language)
        except GraphQLSyntaxError as error:
            return refused_errors([error], BadRequest.code)
        except InvalidDocument as invalid:
            return refused_errors(invalid.errors, BadRequest.code)
        request = Request("page", ANONYMOUS, Deadline.in_ms(self._deadline_ms), language)
        result = await self._lane.run(prepared, None, None, Context(request, self._services))
        return answer(result, request, self._services.city, self._log)
