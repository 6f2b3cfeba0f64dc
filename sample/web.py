"""The sample city's web: its feeds, and its bed service in the shape of BPJS Aplicares, as one ASGI application."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response
from starlette.routing import Route

from sample.hospitals import beds_feed
from sample.news import feed as news_feed

BEDS_PATH = "/aplicares/rest"
"""Where the bed service lies; the hub's URL of it ends here."""
PAGE_ITEMS_MAX = 100

_FEEDS = {"alerts.atom": ("alerts", "peringatan.atom"), "events.ics": ("events", "kegiatan.ics"),
          "news.rss": ("news_feed", news_feed.FILE)}  # fmt: skip
_TYPES = {
    ".atom": "application/atom+xml",
    ".cap": "application/cap+xml",
    ".ics": "text/calendar",
    ".rss": "application/rss+xml",
}
_CAP_FILE = re.compile(r"[0-9A-Za-z_-]+\.cap")


def app(folder: Path) -> Starlette:
    """The web over what `sample.write` put into a folder; a file that is not there is 404."""

    async def feed(request: Request) -> Response:
        name = request.path_params["name"]
        if _CAP_FILE.fullmatch(name):
            return _file(folder / "alerts" / name)
        drop, file = _FEEDS.get(name, ("", ""))
        return _file(folder / drop / file) if drop else Response(status_code=404)

    async def beds(request: Request) -> Response:
        file = folder / "beds" / beds_feed.FILE
        if not file.is_file():
            return Response(status_code=404)
        items = json.loads(file.read_text(encoding="utf-8"))
        return JSONResponse(_page(items, **request.path_params))

    return Starlette(
        routes=[
            Route("/feeds/{name}", feed),
            Route(f"{BEDS_PATH}/bed/read/{{start:int}}/{{limit:int}}", beds),
            Route(f"{BEDS_PATH}/bed/read/{{kodeppk}}/{{start:int}}/{{limit:int}}", beds),
        ]
    )


def _file(file: Path) -> Response:
    """A file with its ETag and its type."""
    if not file.is_file():
        return Response(status_code=404)
    return FileResponse(file, media_type=_TYPES.get(file.suffix))


def _page(items: list[dict[str, Any]], start: int, limit: int, kodeppk: str = "") -> dict[str, Any]:
    """A part of the listing, `start` counted from 1, in the envelope of the service."""
    found = [item for item in items if kodeppk in ("", item["kodeppk"])]
    first = max(start, 1) - 1
    page = found[first : first + min(limit, PAGE_ITEMS_MAX)]
    return {
        "metadata": {"code": 1, "message": "OK", "totalitems": len(found)},
        "response": {"list": [{**item, "rownumber": first + at} for at, item in enumerate(page, 1)]},
    }
