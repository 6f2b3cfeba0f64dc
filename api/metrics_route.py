"""The route /metrics: for whoever is on this machine, and for an operator from anywhere."""

from __future__ import annotations

from ipaddress import ip_address

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request as HttpRequest
from starlette.responses import PlainTextResponse, Response

from api.gathering import Gathering
from api.viewers import ViewerReader, viewer_of
from models.errors import SignInUnavailable, Unauthenticated
from models.viewer import Role

_FORWARDED = ("x-forwarded-for", "x-real-ip", "forwarded", "via")


class MetricsRoute:
    """The counts of all processes of the hub, as text."""

    def __init__(self, gathering: Gathering, viewers: ViewerReader) -> None:
        self._gathering = gathering
        self._viewers = viewers

    async def __call__(self, http: HttpRequest) -> Response:
        if not _is_from_here(http) and not await self._is_operator(http):
            return PlainTextResponse("For this machine, or with the token of an operator.\n", status_code=403)
        headers = {"cache-control": "no-store", "content-type": CONTENT_TYPE_LATEST}
        return Response(self._gathering.text(), headers=headers)

    async def _is_operator(self, http: HttpRequest) -> bool:
        try:
            return (await viewer_of(self._viewers, http.headers)).viewer.role is Role.OPERATOR
        except (Unauthenticated, SignInUnavailable):
            return False


def _is_from_here(http: HttpRequest) -> bool:
    """Whether it was sent on this machine, and not handed on by a proxy that runs here."""
    if http.client is None or any(name in http.headers for name in _FORWARDED):
        return False
    try:
        return ip_address(http.client.host).is_loopback
    except ValueError:
        return False
