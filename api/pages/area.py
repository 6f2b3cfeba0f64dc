"""`/areas/<code>`: all that happens in an area and below it, with the ways up and down."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from api.pages.answers import read
from api.pages.area_questions import AREA
from api.pages.area_views import KINDS, Kind, Section, section
from api.pages.asking import Asking
from api.pages.frame import Frame, language_on
from api.pages.wording import Wording
from models.values import AreaCode


@dataclass(frozen=True, slots=True)
class AreaPage:
    """One area. What one department cannot say is missing in its section alone."""

    frame: Frame
    asking: Asking

    async def __call__(self, http: HttpRequest) -> Response:
        language = language_on(http)
        wording = Wording(language, self.frame.city, self.asking.now)
        try:
            code = AreaCode(http.path_params["code"])
        except ValueError:
            return self.frame.page(http, "missing.html", status=404)
        answer = read(await self.asking.ask(http, AREA, language, {"code": code}))
        area: Mapping[str, Any] | None = answer.data.get("area")
        if area is None and not answer.problems:
            return self.frame.page(http, "missing.html", status=404)
        return self.frame.page(
            http,
            "area.html",
            status=200 if area is not None else 503,
            code=code,
            area=area,
            answer=answer,
            freshness=wording.as_of(answer.oldest),
            sections=[await self._section(http, kind, code, wording) for kind in KINDS] if area is not None else [],
        )

    async def _section(self, http: HttpRequest, kind: Kind, code: AreaCode, wording: Wording) -> Section:
        variables = {"code": code} | ({"now": wording.now.isoformat()} if "$now" in kind.question else {})
        return section(kind, await self.asking.ask(http, kind.question, wording.language, variables), wording)
