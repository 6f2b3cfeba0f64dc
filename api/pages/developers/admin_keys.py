"""`/admin/keys`: the API keys and pending requests, for a signed-in operator."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request as HttpRequest
from starlette.responses import RedirectResponse, Response

from api.pages.frame import language_on
from api.pages.portal import FormRefused, Portal
from api.pages.wording import moment_in
from models.policy.viewer import Role
from store.clients import list_clients, revoke_client
from store.database.patience import DATABASE_AWAY
from store.key_requests import decide_key_request, waiting_key_requests

LISTED_MAX = 200
DAYS = (30, 90, 365)
NUMBER_MAX = 2**31 - 1


@dataclass(frozen=True, slots=True)
class AdminKeysPage:
    """Lists, grants, refuses and revokes keys. Shows only the prefix of a key."""

    portal: Portal

    async def __call__(self, http: HttpRequest) -> Response:
        if http.method == "POST":
            try:
                given = await self.portal.own_form(http)
                if self.portal.viewer_on(http, Role.OPERATOR) is None or not await self._done(given):
                    raise FormRefused(403)
            except FormRefused as refusal:
                return self.portal.refused(http, refusal)
            except DATABASE_AWAY:
                return self.portal.frame.page(http, "developers_keys.html", status=503, what="away", code="")
            return RedirectResponse("/admin/keys", 303)
        return await self._shown(http)

    async def _done(self, given: Mapping[str, str]) -> bool:
        """Carry out the action of a form; False for an unknown one."""
        action, number = given.get("action", ""), _number(given.get("number", ""))
        database, clock = self.portal.database, self.portal.clock
        if action == "revoke":
            return await revoke_client(database, number, clock=clock) is not None
        days = _number(given.get("days", "")) if action == "grant" else None
        if action not in ("grant", "refuse") or (days is not None and days not in DAYS):
            return False
        # A decision of another operator meanwhile stands, and the page shows it.
        await decide_key_request(database, number, days, clock=clock)
        return True

    async def _shown(self, http: HttpRequest) -> Response:
        operator, language = self.portal.viewer_on(http, Role.OPERATOR), language_on(http)
        zone, now = self.portal.frame.city.time_zone, self.portal.clock()

        def moment(when: datetime | None) -> str:
            return moment_in(language, when, zone) if when is not None else ""

        try:
            waiting = await waiting_key_requests(self.portal.database) if operator is not None else ()
            clients = await list_clients(self.portal.database, LISTED_MAX) if operator is not None else ()
        except DATABASE_AWAY:
            return self.portal.frame.page(http, "developers_keys.html", status=503, what="away", code="")
        return self.portal.frame.page(
            http,
            "admin_keys.html",
            operator=operator,
            wrong_role=self.portal.wrong_role(http, Role.OPERATOR),
            waiting=waiting,
            clients=clients,
            now=now,
            days=DAYS,
            moment=moment,
        )


def _number(text: str) -> int:
    """The number in a form; 0, which nothing has, for anything else."""
    number = int(text) if text.isascii() and text.isdecimal() and len(text) <= 10 else 0
    return number if number <= NUMBER_MAX else 0
