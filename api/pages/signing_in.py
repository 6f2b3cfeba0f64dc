"""`/sign-in`: at an issuer of the city; in the dev profile as one of the people of the sample city."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request as HttpRequest
from starlette.responses import RedirectResponse, Response

from api.credentials import DevTokens
from api.pages.code_flow import COOKIE, CodeFlow, SignInFailed, local_path
from api.pages.forms import FormRefused, form_of
from api.pages.frame import gettext_noop
from api.pages.portal import Portal
from models.viewer import Role

_N = gettext_noop

ROLE_NAMES = {
    Role.CITIZEN: _N("resident"),
    Role.OFFICER: _N("officer"),
    Role.ANALYST: _N("analyst"),
    Role.AUDITOR: _N("auditor"),
    Role.OPERATOR: _N("operator"),
    Role.DPO: _N("data protection officer"),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """Somebody to be in the dev profile."""

    role: Role
    department: str | None = None
    nik: str | None = None


@dataclass(frozen=True, slots=True)
class SignIn:
    """The ways to sign in: issuers, and in the dev profile choices, whose tokens the hub signs itself."""

    portal: Portal
    flow: CodeFlow
    choices: tuple[Choice, ...] = ()
    dev_tokens: DevTokens | None = None

    async def page(self, http: HttpRequest) -> Response:
        """`/sign-in`: who somebody is now, and how to become somebody."""
        return self._page(http)

    async def start(self, http: HttpRequest) -> Response:
        """`/sign-in/start`: off to an issuer."""
        number = http.query_params.get("issuer", "")
        if not (number.isascii() and number.isdecimal() and int(number[:3]) < len(self.flow.issuers)):
            return self._page(http, "failed", 404)
        try:
            return await self.flow.begin(http, int(number[:3]), local_path(http.query_params.get("next")))
        except SignInFailed:
            return self._page(http, "away", 503)

    async def done(self, http: HttpRequest) -> Response:
        """`/sign-in/done`: back from an issuer."""
        try:
            who, back_to = await self.flow.finish(http)
        except SignInFailed as failed:
            return self._page(http, "away" if failed.is_away else "failed", 503 if failed.is_away else 400)
        response = RedirectResponse(back_to, 303)
        self.portal.sessions.begin(response, http, who.viewer)
        response.delete_cookie(COOKIE, httponly=True, samesite="lax")
        return response

    async def persona(self, http: HttpRequest) -> Response:
        """`/sign-in/persona`: as somebody of the sample city. In prod there is nobody to choose."""
        try:
            given = await form_of(http)
        except FormRefused as refusal:
            return self.portal.refused(http, refusal)
        chosen = next((one for one in self.choices if one.role.value == given.get("role")), None)
        if chosen is None or self.dev_tokens is None:
            return self._page(http, "failed", 404)
        token = self.dev_tokens.issue(chosen.role, department=chosen.department, nik=chosen.nik)
        response = RedirectResponse(local_path(given.get("next")), 303)
        self.portal.sessions.begin(response, http, (await self.portal.viewers.read(token)).viewer)
        return response

    async def out(self, http: HttpRequest) -> Response:
        """`/sign-out`: nobody any more."""
        try:
            await self.portal.own_form(http)
        except FormRefused as refusal:
            return self.portal.refused(http, refusal)
        response = RedirectResponse("/sign-in", 303)
        self.portal.sessions.end(response)
        return response

    def _page(self, http: HttpRequest, what: str = "", status: int = 200) -> Response:
        return self.portal.frame.page(
            http,
            "sign_in.html",
            status=status,
            what=what,
            issuers=[documents.issuer.host for documents in self.flow.issuers],
            choices=self.choices,
            role_names=ROLE_NAMES,
            back_to=local_path(http.query_params.get("next")),
        )
