"""The route /metrics: for whoever is on this machine, and for an operator from anywhere."""

from __future__ import annotations

from ipaddress import ip_address

from prometheus_client import CONTENT_TYPE_LATEST
from starlette.requests import Request as HttpRequest
from starlette.responses import PlainTextResponse, Response

from api.gathering import Gathering
from api.graphql import ViewerReader
from models.errors import Unauthenticated
from models.viewer import Role

_FORWARDED = ("x-forwarded-for", "x-real-ip", "forwarded", "via")


class MetricsRoute:
    """The counts of all processes of the hub, as text."""

    def __init__(self, gathering: Gathering, viewers: ViewerReader) -> None:
        self._gathering = gathering
        self._viewers = viewers

    async def __call__(self, http: HttpRequest) -> Response:
        if not _is_from_here(http) and not self._is_operator(http.headers.get("authorization", "")):
            return PlainTextResponse("For this machine, or with the token of an operator.\n", status_code=403)
        headers = {"cache-control": "no-store", "content-type": CONTENT_TYPE_LATEST}
        return Response(self._gathering.text(), headers=headers)

    def _is_operator(self, authorization: str) -> bool:
        scheme, _, token = authorization.partition(" ")
        try:
            return scheme.lower() == "bearer" and self._viewers.viewer(token.strip()).role is Role.OPERATOR
        except Unauthenticated:
            return False


def _is_from_here(http: HttpRequest) -> bool:
    """Whether it was sent on this machine, and not handed on by a proxy that runs here."""
    if http.client is None or any(name in http.headers for name in _FORWARDED):
        return False
    try:
        return ip_address(http.client.host).is_loopback
    except ValueError:
        return False
