"""The measures of the briefing: what is counted by the day, and the questions that bring each number and its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from api.pages.answers import Answer
from api.pages.frame import gettext_noop
from api.pages.wording import Wording, day_of, moment_of

_N = gettext_noop
DAY = timedelta(days=1)
WEEK = timedelta(days=7)
ROWS_MAX = 50


@dataclass(frozen=True, slots=True)
class Measure:
    """Records of one day: `many` lists them, `groups` counts them, `field` is when they were, as a `scalar`.

    `only` is what else a record has to be, and `shows` is what its rows show.
    """

    title: str
    many: str
    groups: str
    field: str
    scalar: str
    shows: str
    only: str = ""

    @property
    def last(self) -> str:
        """Asks for the last day that has any."""
        return (
            f"query BriefingLast($now: {self.scalar}!) {{ {self.many}(first: 1, filter: {{{self.field}: {{lte: $now}}"
            f"{self.only}}}, orderBy: [{{{self.field}: DESC}}]) "
            f"{{ nodes {{ {self.field} provenance {{ asOf freshness }} }} }} }}"
        )

    @property
    def counts(self) -> str:
        """Asks for three days at once."""
        names = ("day", "before", "week")
        given = ", ".join(f"${name}: {self.scalar}!, ${name}End: {self.scalar}!" for name in names)
        counted = " ".join(
            f"{name}: {self.groups}(filter: {{{self.field}: {{gte: ${name}, lt: ${name}End}}{self.only}}}) "
            "{ totals { count } provenance { asOf freshness } }"
            for name in names
        )
        return f"query BriefingCounts({given}) {{ {counted} }}"

    def rows(self, day: date, wording: Wording) -> str:
        """Asks for the records of a day, as somebody who doubts a number would."""
        start, end = self.edge(day, wording), self.edge(day + DAY, wording)
        return (
            f"{{\n  {self.many}(first: {ROWS_MAX}, "
            f'filter: {{{self.field}: {{gte: "{start}", lt: "{end}"}}{self.only}}}) '
            f"{{\n    totalCount\n    nodes {{ {self.shows} {self.field} provenance {{ asOf freshness }} }}\n  }}\n}}"
        )

    def edge(self, day: date, wording: Wording) -> str:
        """Where a day begins: on the calendar, or on the city's clock."""
        if self.scalar == "Date":
            return day.isoformat()
        return datetime.combine(day, time(), wording.city.time_zone).isoformat()

    def now(self, wording: Wording) -> str:
        return wording.today.isoformat() if self.scalar == "Date" else wording.now.isoformat()

    def last_day(self, answer: Answer, wording: Wording) -> date | None:
        """The day of the only row of an answer to `last`."""
        value = next((row[self.field] for row in answer.rows(self.many)), None)
        if self.scalar == "Date":
            return day_of(value)
        moment = moment_of(value)
        return wording.here(moment).date() if moment is not None else None

    def variables(self, day: date, wording: Wording) -> Mapping[str, Any]:
        """Those of `counts`."""
        days = {"day": day, "before": day - DAY, "week": day - WEEK}
        starts = {name: self.edge(one, wording) for name, one in days.items()}
        return starts | {f"{name}End": self.edge(one + DAY, wording) for name, one in days.items()}


MEASURES: tuple[Measure, ...] = (
    Measure(_N("Complaints reported"), "complaints", "complaintGroups", "requestedAt", "DateTime",
            "ticketNumber category { name } area { name } statusDetailLabel"),
    Measure(_N("Emergencies"), "incidents", "incidentGroups", "reportedAt", "DateTime",
            "number kindLabel area { name }", ", disposition: {eq: EMERGENCY}"),
    Measure(_N("Licences issued"), "licenses", "licenseGroups", "issuedAt", "Date",
            "number type { name } area { name }"),
    Measure(_N("Jobs posted"), "jobPostings", "jobPostingGroups", "datePosted", "Date", "title hiringOrganization"),
    Measure(_N("News published"), "newsArticles", "newsArticleGroups", "datePublished", "DateTime",
            "headline articleSection"),
)  # fmt: skip

STANDS: Mapping[str, str] = {
    "complaints": """{
  complaints(first: 50, filter: {status: {eq: OPEN}}, orderBy: [{requestedAt: ASC}]) {
    totalCount
    nodes { ticketNumber category { name } urgencyLabel dueAt department { abbreviation } area { name } }
  }
}""",
    "emergencies": """{
  alerts(first: 20, orderBy: [{expires: DESC}]) { nodes { headline severityLabel effective expires areaDescription } }
}""",
    "beds": """{
  hospitals(first: 50, orderBy: [{name: ASC}]) {
    nodes { name beds { careClassLabel capacity available provenance { asOf freshness } } }
  }
}""",
    "responses": """{
  complaintGroups(by: [DEPARTMENT], first: 20) {
    groups { key { department { name } } count timeToFirstResponse { known medianWorkingHours p90WorkingHours } }
  }
}""",
    "licenses": "{ licenseApplicationStatistics(by: [KIND, STATUS]) { cells { kindLabel statusLabel count } total } }",
    "jobs": """{
  jobPostings(first: 50, filter: {status: {eq: OPEN}}) {
    totalCount
    nodes { title hiringOrganization industry validThrough area { name } }
  }
}""",
}
"""By the panels of the control room whose headlines stand on the sheet: what brings the rows behind each."""

PRICES = """{{
  marketPrices(first: 50, filter: {{day: {{eq: "{day}"}}}}, orderBy: [{{day: DESC}}]) {{
    totalCount
    nodes {{ marketName commodityName unitLabel price {{ amount currency }} }}
  }}
}}"""
