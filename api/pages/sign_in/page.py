"""`/sign-in`: at an issuer of the city, or in the dev profile as a persona."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.requests import Request as HttpRequest
from starlette.responses import RedirectResponse, Response

from api.identity.dev_tokens import DevTokens
from api.pages.portal import ROLE_NAMES, FormRefused, Portal, form_of
from api.pages.sign_in.code_flow import COOKIE, CodeFlow, SignInFailed, local_path
from models.policy.viewer import Role


@dataclass(frozen=True, slots=True)
class Choice:
    """A persona to sign in as, in the dev profile."""

    role: Role
    department: str | None = None
    nik: str | None = None


@dataclass(frozen=True, slots=True)
class SignIn:
    """Signs in at issuers, and in the dev profile as one of `choices`, whose tokens the hub signs itself."""

    portal: Portal
    flow: CodeFlow
    choices: tuple[Choice, ...] = ()
    dev_tokens: DevTokens | None = None

    async def page(self, http: HttpRequest) -> Response:
        """`/sign-in`: who is signed in, and the ways to sign in."""
        return self._page(http)

    async def start(self, http: HttpRequest) -> Response:
        """`/sign-in/start`: redirect to an issuer."""
        number = http.query_params.get("issuer", "")
        if not (number.isascii() and number.isdecimal() and int(number[:3]) < len(self.flow.issuers)):
            return self._page(http, "failed", 404)
        try:
            return await self.flow.begin(http, int(number[:3]), local_path(http.query_params.get("next")))
        except SignInFailed:
            return self._page(http, "away", 503)

    async def done(self, http: HttpRequest) -> Response:
        """`/sign-in/done`: the redirect URI of issuers."""
        try:
            who, back_to = await self.flow.finish(http)
        except SignInFailed as failed:
            return self._page(http, "away" if failed.is_away else "failed", 503 if failed.is_away else 400)
        response = RedirectResponse(back_to, 303)
        self.portal.sessions.begin(response, http, who.viewer)
        response.delete_cookie(COOKIE, httponly=True, samesite="lax")
        return response

    async def persona(self, http: HttpRequest) -> Response:
        """`/sign-in/persona`: sign in as a persona; none exist in prod."""
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
        """`/sign-out`: end the session."""
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
