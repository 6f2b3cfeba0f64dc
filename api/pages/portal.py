"""The portal: what the pages for developers, residents and operators share of the hub."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from api.charging import Charging
from api.pages.asking import Asking
from api.pages.catalogue import DataCatalogue
from api.pages.forms import FormRefused, form_of
from api.pages.frame import Frame
from api.pages.sessions import Sessions
from api.viewers import ViewerReader
from models.viewer import Role, Viewer
from store.database import HubDatabase


def now_utc() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Portal:
    """`is_sandbox` says that the city behind the hub is a sample: whoever asks for a key gets one at once."""

    frame: Frame
    asking: Asking
    charging: Charging
    viewers: ViewerReader
    database: HubDatabase
    catalogue: DataCatalogue
    sessions: Sessions
    is_sandbox: bool
    clock: Callable[[], datetime] = now_utc

    async def own_form(self, http: HttpRequest) -> Mapping[str, str]:
        """The fields of a form that the reader has sent from a page of their own session. Raises FormRefused."""
        given, session = await form_of(http), self.sessions.of(http)
        if session is None or not self.sessions.is_form_token(session, given.get("token", "")):
            raise FormRefused(403)
        return given

    def viewer_on(self, http: HttpRequest, *roles: Role) -> Viewer | None:
        """Who has signed in, if it is in one of these roles."""
        session = self.sessions.of(http)
        return session.viewer if session is not None and session.viewer.role in roles else None

    def refused(self, http: HttpRequest, refusal: FormRefused) -> Response:
        """The page that answers a form which no page of the hub has sent."""
        return self.frame.page(http, "form_refused.html", status=refusal.status)
