"""`/briefing`: the morning sheet: the latest day beside the day and the week before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from markupsafe import Markup
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from api.pages.frame import Frame, gettext_noop, language_on
from api.pages.liveroom import questions
from api.pages.liveroom.panels import PANELS, RESPONSES_OF, Days, Panel
from api.pages.liveroom.views import Shown
from api.pages.parts import Parts
from api.pages.queries import PageAnswer, PageQueries, read
from api.pages.wording import NONE, Wording, day_of, moment_of
from models.values.localized import Language

_N = gettext_noop
SHEET_S = 15.0
"""How long a rendered sheet is reused."""

MOVERS = 5
DAY = timedelta(days=1)
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Measure:
    """Records of one day: the root field `many` lists them, `groups` counts them, `field` holds their time as `scalar`.

    `chosen` are further values that rows must have, by their field.
    """

    title: str
    many: str
    groups: str
    field: str
    scalar: str
    chosen: tuple[tuple[str, str], ...] = ()

    @property
    def only(self) -> str:
        """The further filter."""
        return "".join(f", {name}: {{eq: {value}}}" for name, value in self.chosen)

    @property
    def last(self) -> str:
        """The query for the latest record."""
        return (
            f"query BriefingLast($now: {self.scalar}!) {{ {self.many}(first: 1, filter: {{{self.field}: {{lte: $now}}"
            f"{self.only}}}, orderBy: [{{{self.field}: DESC}}]) "
            f"{{ nodes {{ {self.field} provenance {{ asOf freshness }} }} }} }}"
        )

    @property
    def counts(self) -> str:
        """The query for the counts of three days."""
        names = ("day", "before", "week")
        given = ", ".join(f"${name}: {self.scalar}!, ${name}End: {self.scalar}!" for name in names)
        counted = " ".join(
            f"{name}: {self.groups}(filter: {{{self.field}: {{gte: ${name}, lt: ${name}End}}{self.only}}}) "
            "{ totals { count } provenance { asOf freshness } }"
            for name in names
        )
        return f"query BriefingCounts({given}) {{ {counted} }}"

    def rows(self, day: date) -> str:
        """Where the records of a day are shown, so that a reader can check the number."""
        return data_at(self.many, {f"{self.field}.from": day, f"{self.field}.to": day, **dict(self.chosen)})

    def edge(self, day: date, wording: Wording) -> str:
        """The start of a day, as a date or as a time in the city's time zone."""
        if self.scalar == "Date":
            return day.isoformat()
        return datetime.combine(day, time(), wording.city.time_zone).isoformat()

    def now(self, wording: Wording) -> str:
        return wording.today.isoformat() if self.scalar == "Date" else wording.now.isoformat()

    def last_day(self, answer: PageAnswer, wording: Wording) -> date | None:
        """The day of the latest record, from an answer to `last`."""
        value = next((row[self.field] for row in answer.rows(self.many)), None)
        if self.scalar == "Date":
            return day_of(value)
        moment = moment_of(value)
        return wording.here(moment).date() if moment is not None else None

    def variables(self, day: date, wording: Wording) -> Mapping[str, Any]:
        """The variables of `counts`."""
        days = {"day": day, "before": day - DAY, "week": day - WEEK}
        starts = {name: self.edge(one, wording) for name, one in days.items()}
        return starts | {f"{name}End": self.edge(one + DAY, wording) for name, one in days.items()}


MEASURES: tuple[Measure, ...] = (
    Measure(_N("Complaints reported"), "complaints", "complaintGroups", "requestedAt", "DateTime"),
    Measure(
        _N("Emergencies"), "incidents", "incidentGroups", "reportedAt", "DateTime", (("disposition", "EMERGENCY"),)
    ),
    Measure(_N("Licences issued"), "licenses", "licenseGroups", "issuedAt", "Date"),
    Measure(_N("Jobs posted"), "jobPostings", "jobPostingGroups", "datePosted", "Date"),
    Measure(_N("News published"), "newsArticles", "newsArticleGroups", "datePublished", "DateTime"),
)

STANDS: Mapping[str, Callable[[Days], str]] = {
    "complaints": lambda _: data_at("complaints", {"status": "OPEN", "sort": "requestedAt"}),
    "emergencies": lambda days: data_at("alerts", {"expires.from": days.now.date(), "sort": "-expires"}),
    "beds": lambda _: data_at("beds", {"available.min": 1}),
    "responses": lambda days: data_at("complaints", _reported_in(days.until(days.complaints, RESPONSES_OF))),
    # Applications are their applicants': of those there is only the table of the panel.
    "licenses": lambda _: "/liveroom#panel-licenses",
    "jobs": lambda _: data_at("jobPostings", {"status": "OPEN"}),
}
"""The panels whose headlines are on the sheet, each with where the rows behind it are shown."""


def _reported_in(span: Mapping[str, str]) -> Mapping[str, str]:
    """The filter of what was reported from one day up to another, the last one left out."""
    last = date.fromisoformat(span["until"][:10]) - timedelta(days=1)
    return {"requestedAt.from": span["since"][:10], "requestedAt.to": last.isoformat()}


def data_at(collection: str, given: Mapping[str, object]) -> str:
    """The page of a collection with these filters."""
    return f"/data/{collection}?{urlencode(given)}"


@dataclass(frozen=True, slots=True)
class Number:
    """A number, and the URL of the rows behind it."""

    text: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A measure: its latest day, the day before and the week before; or why there is none."""

    title: str
    day: str
    numbers: tuple[Number, ...]
    freshness: str
    answer: PageAnswer


@dataclass(frozen=True, slots=True)
class Stand:
    """A current state, taken from the headline of its panel in the control room."""

    title: str
    shown: Shown
    href: str
    freshness: str
    answer: PageAnswer


@dataclass(slots=True)
class BriefingPage:
    """Serves the sheet, which is the same for all readers of a language."""

    frame: Frame
    asking: PageQueries
    parts: Parts[Markup] = field(init=False)

    def __post_init__(self) -> None:
        self.parts = Parts(self._sheet, SHEET_S)

    async def __call__(self, http: HttpRequest) -> Response:
        sheet = await self.parts.get("briefing", language_on(http))
        return self.frame.page(http, "briefing.html", sheet=sheet)

    async def _sheet(self, _: str, language: Language) -> Markup:
        wording = Wording(language, self.frame.city, self.asking.now)
        variables = {"now": wording.now.isoformat(), "today": wording.today.isoformat()}
        days = Days.of(read(await self.asking.ask_for_all(questions.DAYS, language, variables)), wording)
        lines = [await self._line(measure, wording) for measure in MEASURES]
        stands = [await self._stand(panel, days, wording) for panel in PANELS if panel.name in STANDS]
        prices = next(panel for panel in PANELS if panel.name == "prices")
        answer = read(await self.asking.ask_for_all(prices.question, language, prices.variables(days)))
        return self.frame.part(
            language, "briefing_sheet.html", city=self.frame.city, today=wording.day(wording.today, weekday=True),
            made=wording.time(wording.now), lines=lines, stands=stands, prices=answer,
            movers=prices.view(answer, wording).rows[:MOVERS], nothing=NONE,
            prices_day=days.prices and wording.day(days.prices),
            prices_href=data_at("marketPrices", {"day.from": days.prices, "day.to": days.prices}),
        )  # fmt: skip

    async def _line(self, measure: Measure, wording: Wording) -> Line:
        asked = {"now": measure.now(wording)}
        last = read(await self.asking.ask_for_all(measure.last, wording.language, asked))
        day = measure.last_day(last, wording)
        if day is None:
            return Line(measure.title, NONE, (), "", last)
        variables = dict(measure.variables(day, wording))
        answer = read(await self.asking.ask_for_all(measure.counts, wording.language, variables))
        numbers = tuple(
            Number(wording.number(part["totals"]["count"]), measure.rows(of))
            if (part := answer.part(name))
            else Number(NONE)
            for name, of in (("day", day), ("before", day - DAY), ("week", day - WEEK))
        )
        return Line(measure.title, wording.day(day), numbers, wording.as_of(answer.oldest), answer)

    async def _stand(self, panel: Panel, days: Days, wording: Wording) -> Stand:
        variables = panel.variables(days)
        answer = read(await self.asking.ask_for_all(panel.question, wording.language, variables))
        shown = panel.view(answer, wording)
        return Stand(panel.title, shown, STANDS[panel.name](days), wording.as_of(answer.oldest), answer)
