"""`/my-data`: a resident's own data, who has read it and why, and their subject requests and consents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from starlette.requests import Request as HttpRequest
from starlette.responses import RedirectResponse, Response

from api.pages.frame import headers_of, language_on
from api.pages.own_records import SELECTED, own_sections, waiting_for
from api.pages.portal import FormRefused, Portal
from api.pages.trail_words import sentences_of
from api.pages.wording import Wording, moment_in
from models.policy.purposes import GROUNDS
from models.policy.viewer import Role, Viewer
from schema.privacy.subject_requests import departments_of_people

SHOWN = (
    """query MyData {
  me {
    fullName
    area { name }"""
    + SELECTED
    + """
    dataAccess(first: 20) { totalCount nodes { at role department purpose record fields } }
    consents { purpose withdrawnAt }
    rightsRequests(first: 20) {
      nodes {
        id kindLabel stateLabel openedAt dueAt closedAt isOverdue department { name } steps { at stateLabel note }
      }
    }
  }
}"""
)

EXPORTED = """mutation ExportMyData {
  exportMyData {
    isComplete
    sections {
      record department { code name } fetchedAt count isComplete missing { field code message } data
    }
  }
}"""

ACTIONS: Mapping[str, str] = {
    "erase": """mutation RequestErasure($departments: [String!], $reason: String) {
      requestErasure(departments: $departments, reason: $reason) { requests { id } } }""",
    "withdraw": "mutation ($purpose: Purpose!) { withdrawConsent(purpose: $purpose) { consents { purpose } } }",
    "give": "mutation ($purpose: Purpose!) { giveConsent(purpose: $purpose) { consents { purpose } } }",
}
"""The mutations of the page, by the action of the form."""


@dataclass(frozen=True, slots=True)
class MyDataPage:
    """The data of the signed-in resident. Nobody else sees it, and each view is in the ledger."""

    portal: Portal

    async def __call__(self, http: HttpRequest) -> Response:
        resident = self.portal.viewer_on(http, Role.CITIZEN)
        failed: list[str] = []
        if http.method == "POST":
            try:
                given = await self.portal.own_form(http)
                if resident is None or given.get("action") not in ACTIONS:
                    raise FormRefused(403)
            except FormRefused as refusal:
                return self.portal.refused(http, refusal)
            failed = await self._act(http, given, resident)
            if not failed:
                return RedirectResponse("/my-data#requests", 303)
        return await self._shown(http, resident, failed)

    async def _act(self, http: HttpRequest, given: Mapping[str, str], resident: Viewer) -> list[str]:
        """Carry out an action, and return its error messages."""
        action, language = ACTIONS[given["action"]], language_on(http)
        variables: dict[str, Any] = {name: given[name] for name in ("purpose", "reason") if given.get(name)}
        if given.get("department"):
            variables["departments"] = [given["department"]]
        answer = await self.portal.asking.ask(http, action, language, variables, resident)
        return messages_of(answer)

    async def _shown(self, http: HttpRequest, resident: Viewer | None, failed: list[str]) -> Response:
        language, city = language_on(http), self.portal.frame.city
        answer = await self.portal.asking.ask(http, SHOWN, language, viewer=resident) if resident else {}
        me = (answer.get("data") or {}).get("me")
        wording = Wording(language, city, self.portal.asking.now)
        sections = own_sections(me, wording) if me else []
        trail = me.get("dataAccess") if me else None
        holding = departments_of_people(self.portal.catalogue.catalog)
        return self.portal.frame.page(
            http,
            "my_data.html",
            resident=resident,
            wrong_role=self.portal.wrong_role(http, Role.CITIZEN),
            me=me,
            sections=sections,
            waiting=list(waiting_for(sections)),
            looks=sentences_of(trail["nodes"], wording) if trail else [],
            failed=[*failed, *messages_of(answer)],
            departments=[one for one in city.departments if one.code in holding],
            grounds={purpose.value: ground.about.in_language(language) for purpose, ground in GROUNDS.items()},
            moment=lambda text: moment_in(language, datetime.fromisoformat(text), city.time_zone),
        )


@dataclass(frozen=True, slots=True)
class MyDataFile:
    """`/my-data/export`: subject access as a file, which pages of other sites cannot request."""

    portal: Portal

    async def __call__(self, http: HttpRequest) -> Response:
        try:
            await self.portal.own_form(http)
        except FormRefused as refusal:
            return self.portal.refused(http, refusal)
        resident = self.portal.viewer_on(http, Role.CITIZEN)
        if resident is None:
            return self.portal.refused(http, FormRefused(403))
        answer = await self.portal.asking.ask(http, EXPORTED, language_on(http), viewer=resident)
        body = orjson.dumps(answer, option=orjson.OPT_INDENT_2)
        headers = {**headers_of(()), "content-disposition": 'attachment; filename="my-data.json"'}
        del headers["content-security-policy"]
        return Response(body, headers=headers, media_type="application/json")


def messages_of(answer: Mapping[str, Any]) -> list[str]:
    """The error messages of an answer, each once."""
    return list(dict.fromkeys(error["message"] for error in answer.get("errors", ())))
