"""Pages: what people see in a browser. Rendered on the server, readable without a script."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any

import orjson
from jinja2 import Environment, FileSystemLoader, select_autoescape
from starlette.requests import Request as HttpRequest
from starlette.responses import HTMLResponse, Response

from api.admission import Admission
from api.charging import Charging
from api.incoming import HttpRefusal, Incoming, language_of
from api.operations import Operations, Refused
from api.outgoing import error_body
from models.localized import Language
from models.viewer import ANONYMOUS

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

    def __init__(self, operations: Operations, admission: Admission, charging: Charging) -> None:
        self._operations = operations
        self._admission = admission
        self._charging = charging
        environment = Environment(loader=FileSystemLoader(_TEMPLATES), autoescape=select_autoescape(["html"]))
        self._templates = {language: environment.get_template(f"query.{language.value}.html") for language in Language}

    async def __call__(self, http: HttpRequest) -> Response:
        language = language_of(http.headers.get("accept-language"))
        query = http.query_params.get("query")
        body = await self._answer(query, language, http) if query else None
        shown = orjson.dumps(body, option=orjson.OPT_INDENT_2).decode() if body is not None else None
        city = self._operations.services.city
        page = self._templates[language].render(query=query or EXAMPLE, answer=shown, city=city)
        return HTMLResponse(page, headers={**SECURITY_HEADERS, "vary": "Accept-Language", "cache-control": "no-store"})

    async def _answer(self, query: str, language: Language, http: HttpRequest) -> dict[str, Any]:
        incoming = Incoming(query, operation_name=None, variables=None)
        try:
            ready = self._operations.prepare(incoming, language, read_only=True)
            request = self._operations.request(uuid.uuid4().hex, ANONYMOUS, language, ready)
            await self._charging.charge(ready, ANONYMOUS, http.scope, language)
            async with self._admission.turn(request.deadline):
                return await self._operations.run(ready, request)
        except Refused as refused:
            return refused.body
        except HttpRefusal as refusal:
            return error_body(refusal.error, language, refusal.details)
