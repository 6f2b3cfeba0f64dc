"""`/areas/<code>`: an area with its parents and children, and a section per department."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from api.pages.frame import Frame, gettext_noop, language_on
from api.pages.queries import PageQueries, read
from api.pages.wording import NONE, Wording, day_of, moment_of
from models.values.types import AreaCode

AREA = """query Area($code: AreaCode!) {
  area(code: $code) {
    code
    name
    levelName
    depth
    provenance { asOf freshness }
    parent { code name parent { code name } }
    children(first: 100, orderBy: [{code: ASC}]) { nodes { code name } }
  }
}"""

ALERTS = """query AreaAlerts($code: AreaCode!) {
  area(code: $code) {
    alerts { headline event severityLabel expires provenance { asOf freshness } }
  }
}"""

INCIDENTS = """query AreaIncidents($code: AreaCode!) {
  area(code: $code) {
    incidents(first: 5, filter: {disposition: {eq: EMERGENCY}}, orderBy: [{reportedAt: DESC}]) {
      totalCount
      nodes { kindLabel reportedAt department { abbreviation } provenance { asOf freshness } }
    }
  }
}"""

COMPLAINTS = """query AreaComplaints($code: AreaCode!) {
  area(code: $code) {
    complaints(first: 5, filter: {status: {eq: OPEN}}, orderBy: [{requestedAt: DESC}]) {
      totalCount
      nodes { ticketNumber category { name } statusDetailLabel requestedAt provenance { asOf freshness } }
    }
  }
}"""

HOSPITALS = """query AreaHospitals($code: AreaCode!) {
  area(code: $code) {
    hospitals(first: 10, orderBy: [{name: ASC}]) {
      totalCount
      nodes { name kindLabel phone provenance { asOf freshness } }
    }
  }
}"""

EVENTS = """query AreaEvents($code: AreaCode!, $now: DateTime!) {
  area(code: $code) {
    events(
      first: 5, filter: {startDate: {gte: $now}, status: {in: [SCHEDULED, TENTATIVE]}}, orderBy: [{startDate: ASC}]
    ) {
      totalCount
      nodes { name startDate location provenance { asOf freshness } }
    }
  }
}"""

JOB_POSTINGS = """query AreaJobPostings($code: AreaCode!) {
  area(code: $code) {
    jobPostings(first: 5, filter: {status: {eq: OPEN}}, orderBy: [{datePosted: DESC}]) {
      totalCount
      nodes { title hiringOrganization datePosted provenance { asOf freshness } }
    }
  }
}"""

LICENSES = """query AreaLicenses($code: AreaCode!) {
  area(code: $code) {
    licenses(first: 5, filter: {status: {eq: ACTIVE}}, orderBy: [{issuedAt: DESC}]) {
      totalCount
      nodes { type { name } businessName issuedAt provenance { asOf freshness } }
    }
  }
}"""

SCHOOLS = """query AreaSchools($code: AreaCode!) {
  area(code: $code) {
    schools(first: 10, orderBy: [{name: ASC}]) {
      totalCount
      nodes { name levelLabel quota provenance { asOf freshness } }
    }
  }
}"""

WHOLE_ALERTS = """alerts(first: 100, filter: {isInForce: {eq: true}}, orderBy: [{sent: DESC}]) {
    totalCount
    nodes { headline event severityLabel expires provenance { asOf freshness } }
  }"""

_N = gettext_noop
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class SectionKind:
    """One kind of section: its query, its columns, and the texts of a row."""

    field: str
    question: str
    title: str
    columns: tuple[str, ...]
    texts: Callable[[Row, Wording], tuple[str | None, ...]]

    def asked_of(self, *, is_whole: bool) -> str:
        """The query for an area, or for the whole city: what lies in no known area too, as `whole`."""
        if not is_whole:
            return self.question
        begun, inner = self.question.split(_AREA)
        listed = WHOLE_ALERTS if self.field == "alerts" else inner.removesuffix("\n  }\n}")
        return f"{begun}{_WHOLE}: {listed.strip()}\n  {_AREA}{inner}"


_AREA, _WHOLE = "area(code: $code) {", "whole"


@dataclass(frozen=True, slots=True)
class Section:
    """A section: its first rows, their total, how many of them lie in no known area, and the errors."""

    field: str
    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    total: str
    unknown: str
    problems: tuple[str, ...]
    freshness: str
    is_stale: bool


def _moment(row: Row, name: str, wording: Wording) -> str:
    return wording.time(moment_of(row[name]))


def _day(row: Row, name: str, wording: Wording) -> str:
    return wording.day(day_of(row[name]))


KINDS: tuple[SectionKind, ...] = (
    SectionKind("alerts", ALERTS, _N("Alerts in force"), (_N("What"), _N("Severity"), _N("until")),
         lambda row, say: (row["headline"] or row["event"], row["severityLabel"], _moment(row, "expires", say))),
    SectionKind("incidents", INCIDENTS, _N("Emergencies on record"), (_N("Kind"), _N("reported"), _N("Department")),
         lambda row, say: (row["kindLabel"], _moment(row, "reportedAt", say),
                           _within(row["department"], "abbreviation"))),
    SectionKind("complaints", COMPLAINTS, _N("Open complaints"),
         (_N("Ticket"), _N("Kind"), _N("Status"), _N("reported")),
         lambda row, say: (row["ticketNumber"], _within(row["category"], "name"), row["statusDetailLabel"],
                           _moment(row, "requestedAt", say))),
    SectionKind("hospitals", HOSPITALS, _N("Hospitals and clinics"),
         (_N("Name"), _N("Kind"), _N("Telephone")),
         lambda row, _: (row["name"], row["kindLabel"], row["phone"])),
    SectionKind("events", EVENTS, _N("Next events"), (_N("When"), _N("Event"), _N("Where")),
         lambda row, say: (_moment(row, "startDate", say), row["name"], row["location"])),
    SectionKind("jobPostings", JOB_POSTINGS, _N("Open jobs"), (_N("Job"), _N("Employer"), _N("posted")),
         lambda row, say: (row["title"], row["hiringOrganization"], _day(row, "datePosted", say))),
    SectionKind("licenses", LICENSES, _N("Licences in force"), (_N("Kind"), _N("Business"), _N("issued")),
         lambda row, say: (_within(row["type"], "name"), row["businessName"], _day(row, "issuedAt", say))),
    SectionKind("schools", SCHOOLS, _N("Schools"), (_N("Name"), _N("Level"), _N("places")),
         lambda row, say: (row["name"], row["levelLabel"], say.number(row["quota"]))),
)  # fmt: skip


def _within(part: Row | None, name: str) -> str | None:
    return part[name] if part is not None else None


def section(kind: SectionKind, body: Mapping[str, Any], wording: Wording) -> Section:
    """The section of an answer. The alerts of an area are a list, everything else is a connection."""
    answer = read(body)
    given = answer.part("area").get(kind.field)
    whole = answer.part(_WHOLE)
    located = len(given) if isinstance(given, list) else (given or {}).get("totalCount")
    total = whole.get("totalCount", located)
    nodes = whole.get("nodes") or (given if isinstance(given, list) else (given or {}).get("nodes")) or []
    unknown = total - located if total is not None and located is not None else 0
    return Section(
        kind.field,
        kind.title,
        kind.columns,
        tuple(tuple(text or NONE for text in kind.texts(row, wording)) for row in nodes),
        wording.number(total),
        wording.number(unknown) if unknown else "",
        answer.problems,
        wording.as_of(answer.oldest) if given is not None else "",
        answer.is_stale,
    )


@dataclass(frozen=True, slots=True)
class AreaPage:
    """The page of one area. A department that fails affects its own section only."""

    frame: Frame
    asking: PageQueries

    async def __call__(self, http: HttpRequest) -> Response:
        language = language_on(http)
        wording = Wording(language, self.frame.city, self.asking.now)
        try:
            code = AreaCode(http.path_params["code"])
        except ValueError:
            return self.frame.page(http, "missing.html", status=404)
        answer = read(await self.asking.ask(http, AREA, language, {"code": code}, is_own=True))
        area: Mapping[str, Any] | None = answer.data.get("area")
        if area is None and not answer.problems:
            return self.frame.page(http, "missing.html", status=404)
        return self.frame.page(
            http,
            "area.html",
            status=200 if area is not None else 503,
            code=code,
            area=area,
            answer=answer,
            freshness=wording.as_of(answer.oldest),
            sections=[await self._section(http, kind, area, wording) for kind in KINDS] if area is not None else [],
        )

    async def _section(self, http: HttpRequest, kind: SectionKind, area: Row, wording: Wording) -> Section:
        question = kind.asked_of(is_whole=area["depth"] == 0)
        variables = {"code": area["code"]} | ({"now": wording.now.isoformat()} if "$now" in question else {})
        return section(kind, await self.asking.ask(http, question, wording.language, variables, is_own=True), wording)
