"""`/admin/rights`: the subject requests for the data protection officer, by due date."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request as HttpRequest
from starlette.responses import RedirectResponse, Response

from api.pages.frame import language_on
from api.pages.my_data import messages_of
from api.pages.portal import FormRefused, Portal
from api.pages.wording import moment_in
from models.policy.subject_requests import FOLLOWING, RightsState
from models.policy.viewer import Purpose, Role

LISTED = """query RightsInbox($open: Boolean!) {
  rightsRequests(first: 50) {
    totalCount
    nodes {
      id kindLabel stateLabel openedAt dueAt isOverdue department { name }
      nationalId @include(if: $open) reason @include(if: $open)
    }
  }
}"""

ANSWERED = """mutation AnswerRightsRequest($id: ID!, $state: RightsState!, $note: String) {
  answerRightsRequest(id: $id, state: $state, note: $note) { state }
}"""


@dataclass(frozen=True, slots=True)
class RightsInboxPage:
    """Lists and answers requests. Who made them is shown on demand only, which is recorded in the ledger."""

    portal: Portal

    async def __call__(self, http: HttpRequest) -> Response:
        officer, language, city = self.portal.viewer_on(http, Role.DPO), language_on(http), self.portal.frame.city
        failed: list[str] = []
        if http.method == "POST":
            try:
                given = await self.portal.own_form(http)
            except FormRefused as refusal:
                return self.portal.refused(http, refusal)
            if officer is None:
                return self.portal.refused(http, FormRefused(403))
            variables = {name: given.get(name) or None for name in ("id", "state", "note")}
            answered = await self.portal.asking.ask(
                http, ANSWERED, language, variables, officer, Purpose.LEGAL_OBLIGATION
            )
            failed = messages_of(answered)
            if not failed:
                return RedirectResponse("/admin/rights", 303)
        is_open = http.query_params.get("open") == "1"
        answer = (
            await self.portal.asking.ask(http, LISTED, language, {"open": is_open}, officer, Purpose.LEGAL_OBLIGATION)
            if officer is not None
            else {}
        )
        states = [*FOLLOWING[RightsState.OPEN]]
        return self.portal.frame.page(
            http,
            "rights_inbox.html",
            officer=officer,
            wrong_role=self.portal.wrong_role(http, Role.DPO),
            is_open=is_open,
            listed=(answer.get("data") or {}).get("rightsRequests"),
            failed=[*failed, *messages_of(answer)],
            states=sorted((state.value, state.label_in(language)) for state in states),
            moment=lambda text: moment_in(language, datetime.fromisoformat(text), city.time_zone),
        )
