"""What the pages for developers, residents and operators share: forms, sessions and parts of the hub."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from api.graphql.charging import Charging
from api.graphql.incoming import HttpRefusal
from api.identity.viewers import ViewerReader
from api.pages.developers.catalogue import DataCatalogue
from api.pages.frame import Frame, gettext_noop
from api.pages.queries import PageQueries
from api.pages.sign_in.sessions import Sessions
from api.serving.bodies import body_of
from api.serving.frozen_head import Head, head_of
from models.policy.viewer import Role, Viewer
from store.database.engine import HubDatabase

_N = gettext_noop
ROLE_NAMES = {
    Role.CITIZEN: _N("resident"),
    Role.OFFICER: _N("officer"),
    Role.ANALYST: _N("analyst"),
    Role.AUDITOR: _N("auditor"),
    Role.OPERATOR: _N("operator"),
    Role.DPO: _N("data protection officer"),
}
"""The roles in which people sign in on the pages."""

FORM_BYTES_MAX = 16_384
FIELDS_MAX = 20
MEDIA = "application/x-www-form-urlencoded"


class FormRefused(Exception):
    """A form that no page of the hub has sent. `status` is the status of the answer."""

    def __init__(self, status: int) -> None:
        super().__init__(f"a form was refused: {status}")
        self.status = status


async def form_of(http: HttpRequest) -> Mapping[str, str]:
    """The fields of a form. Raises FormRefused for one of another site, a large, a malformed or an incomplete one."""
    head = head_of(http.scope)
    if not _is_from_here(head):
        raise FormRefused(403)
    if head.fields.get("content-type", "").partition(";")[0].strip().lower() != MEDIA:
        raise FormRefused(415)
    try:
        body = await body_of(head, http.receive, FORM_BYTES_MAX)
    except HttpRefusal as refusal:
        raise FormRefused(refusal.status) from refusal
    if body is None:
        raise FormRefused(400)
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=FIELDS_MAX)
    except ValueError as error:
        raise FormRefused(400) from error
    return {name: value.strip() for name, value in pairs}


def _is_from_here(head: Head) -> bool:
    """Whether a page of the hub or no page has sent the request, by the browser's headers."""
    site = head.fields.get("sec-fetch-site")
    if site is not None:
        return site in ("same-origin", "none")
    return head.names_no_other_origin


def now_utc() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Portal:
    """The parts of the hub that these pages use. In a sandbox, keys are issued at once."""

    frame: Frame
    asking: PageQueries
    charging: Charging
    viewers: ViewerReader
    database: HubDatabase
    catalogue: DataCatalogue
    sessions: Sessions
    is_sandbox: bool
    clock: Callable[[], datetime] = now_utc

    async def own_form(self, http: HttpRequest) -> Mapping[str, str]:
        """The fields of a form with the token of the reader's own session. Raises FormRefused."""
        given, session = await form_of(http), self.sessions.of(http)
        if session is None or not self.sessions.is_form_token(session, given.get("token", "")):
            raise FormRefused(403)
        return given

    def viewer_on(self, http: HttpRequest, *roles: Role) -> Viewer | None:
        """The signed-in viewer, if they have one of these roles."""
        session = self.sessions.of(http)
        return session.viewer if session is not None and session.viewer.role in roles else None

    def wrong_role(self, http: HttpRequest, *roles: Role) -> str | None:
        """The name of the role of a reader who signed in with another one than these, to be translated."""
        session = self.sessions.of(http)
        return None if session is None or session.viewer.role in roles else ROLE_NAMES[session.viewer.role]

    def refused(self, http: HttpRequest, refusal: FormRefused) -> Response:
        """The page that answers a refused form."""
        return self.frame.page(http, "form_refused.html", status=refusal.status)
