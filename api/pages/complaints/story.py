"""`/complaints/<ticket>`: the story of a complaint, and what its reader may do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request as HttpRequest
from starlette.responses import RedirectResponse, Response

from api.pages.complaints.telling import new_key, tell
from api.pages.frame import language_on
from api.pages.portal import FormRefused, Portal
from api.pages.queries import PageAnswer, read
from api.pages.wording import Wording, moment_of
from models.policy.viewer import ANONYMOUS, Purpose, Role, Viewer

STORY: Final = """query Story($ticket: String!, $signedIn: Boolean!, $resident: Boolean!) {
  complaint(ticketNumber: $ticket) {
    id ticketNumber status stage stageLabel publicationLabel channelLabel requestedAt dueAt isOverdue supporters
    category { name } department { code name } area { code name }
    description @include(if: $signedIn) address @include(if: $signedIn)
    reporterNik @include(if: $resident)
    feedback { averageRating mine }
    history(first: 50, orderBy: [{at: ASC}]) { nodes { at statusDetailLabel note @include(if: $signedIn) } }
    provenance { asOf freshness }
  }
}"""

RECEIPT: Final = "query Told($id: ID!) { receipt(id: $id) { state stateLabel reasonLabel } }"

REPORTERS: Final = ("addToComplaint", "withdrawComplaint", "reopenComplaint", "confirmComplaint", "rateComplaint")
RESIDENTS: Final = ("supportComplaint",)
OFFICERS: Final = ("respondToComplaint", "resolveComplaint", "routeComplaint")
_INPUTS: Final[Mapping[str, tuple[str, ...]]] = {
    "addToComplaint": ("text",),
    "withdrawComplaint": ("reason",),
    "reopenComplaint": ("reason",),
    "confirmComplaint": (),
    "rateComplaint": ("rating",),
    "supportComplaint": (),
    "respondToComplaint": ("note",),
    "resolveComplaint": ("note",),
    "routeComplaint": ("departmentCode", "reason"),
}
"""The inputs of each action of the page, beside the complaint."""


@dataclass(frozen=True, slots=True)
class StoryPage:
    """Everybody may follow what is public; residents and officers act on it by forms."""

    portal: Portal

    async def __call__(self, http: HttpRequest) -> Response:
        viewer, ticket = self.portal.viewer_on(http, Role.CITIZEN, Role.OFFICER), http.path_params["ticket"]
        problems: Mapping[str, str] = {}
        given: Mapping[str, str] = {}
        if http.method == "POST":
            try:
                given = await self.portal.own_form(http)
                if viewer is None or given.get("action") not in _INPUTS:
                    raise FormRefused(403)
            except FormRefused as refusal:
                return self.portal.refused(http, refusal)
            told = await tell(self.portal, http, viewer, given["action"], _input(given), given.get("key", ""))
            if told.receipt is not None:
                return RedirectResponse(f"/complaints/{ticket}?receipt={told.receipt}#told", 303)
            problems = told.problems
        return await self._shown(http, viewer, given, problems)

    async def _shown(
        self, http: HttpRequest, viewer: Viewer | None, given: Mapping[str, str], problems: Mapping[str, str]
    ) -> Response:
        language, city = language_on(http), self.portal.frame.city
        wording = Wording(language, city, self.portal.asking.now)
        variables = {
            "ticket": http.path_params["ticket"],
            "signedIn": viewer is not None,
            "resident": viewer is not None and viewer.role is Role.CITIZEN,
        }
        answer = read(await self._asked(http, STORY, variables, viewer))
        complaint = answer.data.get("complaint")
        if complaint is None and not answer.problems:
            return self.portal.frame.page(http, "missing.html", status=404)
        return self.portal.frame.page(
            http,
            "complaint.html",
            status=200 if complaint is not None else 503,
            ticket=http.path_params["ticket"],
            viewer=viewer,
            complaint=complaint,
            answer=answer,
            actions=_actions(viewer, complaint),
            departments=city.departments,
            given=given,
            problems=problems,
            told=await self._told(http, viewer),
            new_key=new_key,
            say_time=lambda text: wording.time(moment_of(text)),
            freshness=wording.as_of(answer.oldest),
        )

    async def _told(self, http: HttpRequest, viewer: Viewer | None) -> Mapping[str, Any] | None:
        """The receipt of what was told on this page last."""
        receipt = http.query_params.get("receipt")
        if receipt is None or viewer is None:
            return None
        answer: PageAnswer = read(await self._asked(http, RECEIPT, {"id": receipt}, viewer))
        return answer.data.get("receipt")

    async def _asked(
        self, http: HttpRequest, query: str, variables: dict[str, Any], viewer: Viewer | None
    ) -> dict[str, Any]:
        purpose = Purpose.COMPLAINT_HANDLING if viewer is not None and viewer.role is Role.OFFICER else None
        return await self.portal.asking.ask(
            http, query, language_on(http), variables, viewer or ANONYMOUS, purpose, is_own=True
        )


def _input(given: Mapping[str, str]) -> dict[str, Any]:
    names = _INPUTS[given["action"]]
    told: dict[str, Any] = {name: given[name] for name in names if given.get(name) or name != "reason"}
    if "rating" in told:
        told["rating"] = int(told["rating"]) if told["rating"].isdecimal() else 0
    return {"id": given.get("id", ""), **told}


def _actions(viewer: Viewer | None, complaint: Mapping[str, Any] | None) -> tuple[str, ...]:
    """What this viewer may do about it now; the graph decides again."""
    if viewer is None or complaint is None:
        return ()
    is_open = complaint["status"] == "OPEN"
    if viewer.role is Role.OFFICER:
        handles = complaint["department"] is not None and complaint["department"]["code"] == viewer.department_code
        return OFFICERS if handles and is_open else ()
    if viewer.nik is not None and complaint.get("reporterNik") == viewer.nik:
        return REPORTERS[:2] if is_open else _closed(complaint["stage"])
    return RESIDENTS if is_open and "SUPPORTED" not in complaint["feedback"]["mine"] else ()


def _closed(stage: str) -> tuple[str, ...]:
    """What a reporter may do about a complaint that the department calls done."""
    return tuple(name for name in REPORTERS[2:] if stage != "CONFIRMED" or name == "rateComplaint")
