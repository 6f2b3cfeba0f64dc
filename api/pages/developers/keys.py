"""`/developers/keys`: issues an API key at once in a sandbox; elsewhere files a request, and later shows the key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from starlette.requests import Request as HttpRequest
from starlette.responses import RedirectResponse, Response

from api.pages.developers.page import address_of, quick_starts
from api.pages.frame import language_on
from api.pages.portal import FormRefused, Portal, form_of
from api.pages.wording import moment_in
from api.serving.frozen_head import head_of
from models.policy.budgets import KEYS
from models.policy.viewer import ANONYMOUS, SELF_SERVED
from store.clients import IssuedKey, add_client
from store.database.patience import DATABASE_AWAY
from store.key_requests import TooManyWait, fetch_key, file_key_request

SANDBOX_DAYS = 30
NAME_CHARS_MAX = 80
CONTACT_CHARS_MAX = 200
INTENT_CHARS_MAX = 1_000


@dataclass(frozen=True, slots=True)
class KeysPage:
    """Issues a key, or files a request for one."""

    portal: Portal

    async def __call__(self, http: HttpRequest) -> Response:
        if http.method != "POST":
            return RedirectResponse("/developers#key", 303)
        try:
            given = await form_of(http)
        except FormRefused as refusal:
            return self.portal.refused(http, refusal)
        if not _is_complete(given, is_sandbox=self.portal.is_sandbox):
            return self._say(http, "incomplete", 400)
        if not await may_ask(self.portal, http):
            return self._say(http, "too_often", 429)
        try:
            return await (self._issued(http, given) if self.portal.is_sandbox else self._filed(http, given))
        except DATABASE_AWAY:
            return self._say(http, "away", 503)

    async def _issued(self, http: HttpRequest, given: Mapping[str, str]) -> Response:
        clock = self.portal.clock
        issued = await add_client(
            self.portal.database,
            name=given["name"],
            contact=given.get("contact", ""),
            scopes=[scope.value for scope in SELF_SERVED],
            clock=clock,
            expires_at=clock() + timedelta(days=SANDBOX_DAYS),
        )
        return key_shown(self.portal, http, issued)

    async def _filed(self, http: HttpRequest, given: Mapping[str, str]) -> Response:
        try:
            code = await file_key_request(
                self.portal.database,
                name=given["name"],
                contact=given["contact"],
                intent=given["intent"],
                clock=self.portal.clock,
            )
        except TooManyWait:
            return self._say(http, "too_many", 503)
        return self._say(http, "filed", code=code)

    def _say(self, http: HttpRequest, what: str, status: int = 200, code: str = "") -> Response:
        return self.portal.frame.page(http, "developers_keys.html", status=status, what=what, code=code)


@dataclass(frozen=True, slots=True)
class FetchPage:
    """`/developers/keys/fetch`: shows a granted key once to the holder of the request's code."""

    portal: Portal

    async def __call__(self, http: HttpRequest) -> Response:
        if http.method != "POST":
            return RedirectResponse("/developers#key", 303)
        try:
            code = (await form_of(http)).get("code", "")
        except FormRefused as refusal:
            return self.portal.refused(http, refusal)
        what, status = "unknown", 404
        if not await may_ask(self.portal, http):
            what, status = "too_often", 429
        else:
            try:
                found = await fetch_key(self.portal.database, code, clock=self.portal.clock)
            except DATABASE_AWAY:
                what, status = "away", 503
            else:
                if isinstance(found, IssuedKey):
                    return key_shown(self.portal, http, found)
                if found is not None:
                    what, status = ("waiting" if found.is_waiting else "fetched" if found.is_granted else "denied"), 200
        return self.portal.frame.page(http, "developers_keys.html", status=status, what=what, code="")


async def may_ask(portal: Portal, http: HttpRequest) -> bool:
    """Whether the address is within its budget of keys, in dev too."""
    pseudonym = portal.charging.callers.mark_of(ANONYMOUS, head_of(http.scope))
    return (await portal.charging.fallback_buckets.take(f"{KEYS.name}:{pseudonym}", KEYS, 1)).is_paid


def key_shown(portal: Portal, http: HttpRequest, issued: IssuedKey) -> Response:
    """The only page that ever shows a key."""
    ends = issued.client.expires_at
    language, address = language_on(http), address_of(http)
    return portal.frame.page(
        http,
        "developers_key.html",
        key=issued.key,
        name=issued.client.name,
        ends=moment_in(language, ends, portal.frame.city.time_zone) if ends is not None else None,
        address=address,
        quick_starts=quick_starts(address, portal.frame.city),
    )


def _is_complete(given: Mapping[str, str], *, is_sandbox: bool) -> bool:
    bounds = {"name": NAME_CHARS_MAX, "contact": CONTACT_CHARS_MAX, "intent": INTENT_CHARS_MAX}
    needed = {"name"} if is_sandbox else set(bounds)
    fits = all(len(given.get(name, "")) <= most for name, most in bounds.items())
    return fits and all(given.get(name) for name in needed) and all("\0" not in value for value in given.values())
