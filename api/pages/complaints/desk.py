"""`/desk`: what waits at an officer's department, what is due first at the top."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from api.pages.frame import language_on
from api.pages.portal import Portal
from api.pages.queries import read
from api.pages.wording import Wording, moment_of
from models.policy.viewer import Purpose, Role

QUEUE: Final = """query Desk($department: String!, $after: String) {
  complaints(
    first: 50, after: $after, filter: {departmentCode: {eq: $department}, status: {eq: OPEN}}, orderBy: [{dueAt: ASC}]
  ) {
    totalCount
    pageInfo { hasNextPage endCursor }
    nodes {
      ticketNumber requestedAt dueAt isOverdue urgency urgencyLabel stageLabel supporters
      category { name } area { name } description
    }
  }
}"""


@dataclass(frozen=True, slots=True)
class DeskPage:
    """The queue of one department, fifty at a time."""

    portal: Portal

    async def __call__(self, http: HttpRequest) -> Response:
        officer, language = self.portal.viewer_on(http, Role.OFFICER), language_on(http)
        wording = Wording(language, self.portal.frame.city, self.portal.asking.now)
        answer = read({})
        department = None
        if officer is not None and officer.department_code is not None:
            department = self.portal.frame.city.department(officer.department_code)
            variables = {"department": officer.department_code, "after": http.query_params.get("after")}
            answer = read(
                await self.portal.asking.ask(
                    http, QUEUE, language, variables, officer, Purpose.COMPLAINT_HANDLING, is_own=True
                )
            )
        return self.portal.frame.page(
            http,
            "desk.html",
            officer=officer,
            department=department,
            queue=answer.data.get("complaints"),
            problems=answer.problems,
            freshness=wording.as_of(answer.oldest),
            say_time=lambda text: wording.time(moment_of(text)),
        )
