"""The pages by their addresses: one line for each."""

from __future__ import annotations

from starlette.routing import Route

from api.pages.asking import Asking
from api.pages.explorer import ExplorerPage
from api.pages.frame import Frame
from api.pages.home import HomePage
from api.pages.query import QueryPage


def page_routes(frame: Frame, asking: Asking) -> list[Route]:
    """What people open in a browser."""
    return [
        Route("/", HomePage(frame).__call__),
        Route("/explorer", ExplorerPage(frame).__call__),
        Route("/explorer/plain", QueryPage(frame, asking).__call__),
    ]
