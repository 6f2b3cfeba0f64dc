"""`/admin/deliveries`: what was told to departments and is not settled, for a signed-in operator."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request as HttpRequest
from starlette.responses import RedirectResponse, Response

from api.pages.frame import gettext_noop, language_on
from api.pages.portal import FormRefused, Portal
from api.pages.wording import Wording
from models.actions.receipts import ReceiptState
from models.errors import HubError
from models.policy.viewer import Role, Viewer
from models.request import Deadline, Request
from models.values.localized import Language
from resolvers.tending import Remedy, Tending
from store.database.patience import DATABASE_AWAY
from store.outbox.told import AttemptOutcome

_N = gettext_noop

OUTCOMES: Mapping[AttemptOutcome, str] = {
    AttemptOutcome.WRITTEN: _N("it was written"),
    AttemptOutcome.REFUSED: _N("the system refused it"),
    AttemptOutcome.IN_DOUBT: _N("nobody knows whether it was written"),
    AttemptOutcome.UNREACHABLE: _N("the system could not be reached"),
    AttemptOutcome.TIMEOUT: _N("the system did not answer in time"),
    AttemptOutcome.BROKEN: _N("the system refused the statement"),
    AttemptOutcome.LEASE_LOST: _N("another process took it over"),
    AttemptOutcome.UNREADABLE: _N("its contents cannot be read any more"),
    AttemptOutcome.UNFORESEEN: _N("a defect of the hub"),
}


@dataclass(frozen=True, slots=True)
class DeliveriesPage:
    """Lists what waits, and what needs a person, who decides with a reason."""

    portal: Portal
    tending: Tending

    async def __call__(self, http: HttpRequest) -> Response:
        operator, language = self.portal.viewer_on(http, Role.OPERATOR), language_on(http)
        failed = ""
        if http.method == "POST":
            try:
                given = await self.portal.own_form(http)
                if operator is None or given.get("remedy") not in {one.value for one in Remedy}:
                    raise FormRefused(403)
            except FormRefused as refusal:
                return self.portal.refused(http, refusal)
            try:
                request, remedy = _request(operator, language), Remedy(given["remedy"])
                await self.tending.remedy(request, given.get("id", ""), remedy, given.get("reason", ""))
                return RedirectResponse("/admin/deliveries", 303)
            except HubError as error:
                failed = error.text(language)
        return await self._shown(http, operator, failed)

    async def _shown(self, http: HttpRequest, operator: Viewer | None, failed: str) -> Response:
        language, city = language_on(http), self.portal.frame.city
        wording = Wording(language, city, self.portal.clock())
        try:
            items = await self.tending.work_list(_request(operator, language)) if operator is not None else []
        except DATABASE_AWAY:
            return self.portal.frame.page(http, "developers_keys.html", status=503, what="away", code="")

        def since(when: datetime) -> str:
            return wording.time(when)

        return self.portal.frame.page(
            http,
            "deliveries.html",
            operator=operator,
            failed=failed,
            attention=[one for one in items if one.receipt.state is ReceiptState.NEEDS_ATTENTION],
            waiting=[one for one in items if one.receipt.state is ReceiptState.ACCEPTED],
            outcome=lambda one: wording.gettext(OUTCOMES[one]),
            label=lambda one: one.label_in(language),
            titles={source.name: source.title for source in self.portal.catalogue.catalog.sources},
            since=since,
        )


def _request(operator: Viewer, language: Language) -> Request:
    return Request(uuid.uuid4().hex, operator, Deadline.in_ms(5_000), language)
