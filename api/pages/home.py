"""`/`: what the hub is, and where to go on."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from api.pages.frame import Frame


@dataclass(frozen=True, slots=True)
class HomePage:
    """The first page that anybody sees."""

    frame: Frame

    async def __call__(self, http: HttpRequest) -> Response:
        return self.frame.page(http, "home.html")
