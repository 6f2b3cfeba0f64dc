"""`/status`: the state and outages of the departments' systems; `/status.atom` is the feed of the outages."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from api.graphql.age import provenances_in
from api.pages.frame import Frame, language_on
from api.pages.queries import PageQueries
from api.pages.wording import moment_in, span_in
from connectors.catalog import Catalog
from connectors.source_board import SourceBoard
from models.admissions import School
from models.areas import Area
from models.batch import Freshness, SourceState
from models.city import Department
from models.complaints import Complaint
from models.emergencies import Alert
from models.events import Event
from models.hospitals import BedAvailability, Hospital
from models.jobs import JobPosting
from models.licenses import License
from models.news import NewsArticle
from models.prices import MarketPrice
from models.records import Record
from models.services import PublicService
from models.sources.states import SourceCondition
from models.values.localized import Language
from store.database.engine import HubDatabase
from store.source_changes import Outage, outages

ATOM = "http://www.w3.org/2005/Atom"
FEED_FRESH_S = 60
_IDENTITIES = uuid.UUID("7d0f7a4e-6a9f-4e56-9a3c-6a2f4f1c2b10")
"""The UUID namespace of feeds and entries, so that their ids never change (RFC 4287, section 4.2.6)."""
ASKED_EVERY_S = 30.0
"""How often the departments are queried for the page, however many people read it."""
OUTAGES_FOR = timedelta(days=30)
OUTAGES_MAX = 50
SLOW_SHOWN_MAX = 5
"""How many slow query shapes of a source are shown."""

ASKED: Mapping[str, tuple[type[Record], str]] = {
    "areas": (Area, "(first: 1)"),
    "complaints": (Complaint, "(first: 1, orderBy: [{requestedAt: DESC}])"),
    "licenses": (License, "(first: 1)"),
    "jobPostings": (JobPosting, "(first: 1)"),
    "hospitals": (Hospital, "(first: 1)"),
    "bedAvailabilityGroups": (BedAvailability, ""),
    "newsArticles": (NewsArticle, "(first: 1)"),
    "alerts": (Alert, "(first: 1)"),
    "marketPrices": (MarketPrice, "(first: 1, orderBy: [{day: DESC}])"),
    "schools": (School, "(first: 1)"),
    "events": (Event, "(first: 1)"),
    "services": (PublicService, "(first: 1)"),
}
"""Public data of every subject by root field: its record and the arguments. Personal records are not asked for here."""


def _selected(name: str, arguments: str) -> str:
    """A root field with how old what it brings is; of groups each row is looked at."""
    aged = "provenance { asOf freshness }"
    inner = f"totals {{ staleCount }} {aged}" if name.endswith("Groups") else f"nodes {{ {aged} }}"
    return f"{name}{arguments} {{ {inner} }}"


QUESTION = f"query Status {{ {' '.join(_selected(name, arguments) for name, (_, arguments) in ASKED.items())} }}"


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """The public state of a source. `answered` is its state in the last query of this page.

    `as_of` is when its youngest data was true; it is stale where the oldest is older than agreed.
    """

    title: str
    connected: bool
    condition: SourceCondition
    since: datetime | None
    answered: SourceState | None
    as_of: datetime | None
    fresh_for: timedelta | None
    is_stale: bool
    slow: tuple[str, ...] = ()
    """The query shapes that are refused now because they were too slow."""

    @property
    def is_well(self) -> bool:
        told = self.condition in (SourceCondition.OK, SourceCondition.UNKNOWN)
        return told and self.answered in (SourceState.OK, None) and not self.is_stale


@dataclass(frozen=True, slots=True)
class DepartmentStatus:
    department: Department
    sources: tuple[SourceStatus, ...]


@dataclass(slots=True)
class StatusReports:
    """The data of the status page and its feed. For one event loop."""

    asking: PageQueries
    catalog: Catalog
    board: SourceBoard
    database: HubDatabase
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    clock: Callable[[], float] = time.monotonic
    _asked_s: float = float("-inf")
    _lines: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    _stale: frozenset[str] = frozenset()
    _one_question: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def departments(self, http: HttpRequest) -> tuple[DepartmentStatus, ...]:
        """Every department with its sources, connected or not, in the order of the city's package."""
        lines = await self._answered(http)
        found: dict[str, list[SourceStatus]] = {}
        for source in self.catalog.sources:
            found.setdefault(source.department, []).append(self._status(source.name, source.title, lines))
        return tuple(
            DepartmentStatus(one, tuple(found[one.code])) for one in self.catalog.city.departments if one.code in found
        )

    async def outages(self) -> tuple[Outage, ...]:
        """The outages of the last 30 days, newest first."""
        return (await outages(self.database, self.now() - OUTAGES_FOR))[:OUTAGES_MAX]

    def title_of(self, source: str) -> str:
        """The title of a source; the technical name of one that the city no longer has."""
        return next((one.title for one in self.catalog.sources if one.name == source), source)

    async def _answered(self, http: HttpRequest) -> Mapping[str, Mapping[str, Any]]:
        async with self._one_question:
            if self.clock() - self._asked_s >= ASKED_EVERY_S:
                body = await self.asking.ask(http, QUESTION, Language.EN)
                told = body.get("extensions", {}).get("sources")
                if told is not None:
                    # If the query is refused, the last answer stays.
                    self._lines = {line["source"]: line for line in told}
                    self._stale = frozenset(self._stale_in(body.get("data") or {}))
                    self._asked_s = self.clock()
        return self._lines

    def _stale_in(self, data: Mapping[str, Any]) -> Iterator[str]:
        """The sources of what the graph calls stale."""
        for name, (record, _) in ASKED.items():
            binding = self.catalog.binding(record)
            found = provenances_in(data.get(name))
            if binding is not None and any(one["freshness"] == Freshness.STALE.value for one in found):
                yield binding.source.name

    def _status(self, name: str, title: str, lines: Mapping[str, Mapping[str, Any]]) -> SourceStatus:
        shown = {change.source: change for change in self.board.present}
        change, line = shown.get(name), lines.get(name, {})
        return SourceStatus(
            title,
            name in self.catalog.connectors,
            change.condition if change is not None else SourceCondition.UNKNOWN,
            change.since if change is not None else None,
            SourceState(line["state"]) if line else None,
            self.asking.newest.get(name),
            self.catalog.promise_of(name),
            name in self._stale,
            tuple(sorted({shape for _, shape in self.board.guard.refused(name)}))[:SLOW_SHOWN_MAX],
        )


@dataclass(frozen=True, slots=True)
class StatusPage:
    """Departments with the states of their sources, and past outages."""

    frame: Frame
    reports: StatusReports

    async def __call__(self, http: HttpRequest) -> Response:
        departments = await self.reports.departments(http)
        language, zone = language_on(http), self.frame.city.time_zone
        connected = [source for one in departments for source in one.sources if source.connected]
        return self.frame.page(
            http,
            "status.html",
            departments=departments,
            asked=len(connected),
            ill=sum(not source.is_well for source in connected),
            outages=await self.reports.outages(),
            title_of=self.reports.title_of,
            spoken=language,
            moment=lambda moment: moment_in(language, moment, zone),
            span=lambda span: span_in(language, span),
            now=self.reports.now(),
        )


@dataclass(frozen=True, slots=True)
class StatusFeed:
    """The same outages as an Atom feed (RFC 4287)."""

    frame: Frame
    reports: StatusReports

    async def __call__(self, http: HttpRequest) -> Response:
        language = language_on(http)
        body = self._feed(language, await self.reports.outages(), self.reports.now())
        headers = {
            "content-type": "application/atom+xml; charset=utf-8",
            "cache-control": f"public, max-age={FEED_FRESH_S}",
            "vary": "Accept-Language, Cookie",
        }
        return Response(ET.tostring(body, encoding="utf-8", xml_declaration=True), headers=headers)

    def _feed(self, language: Language, outages: tuple[Outage, ...], now: datetime) -> ET.Element:
        city, words = self.frame.city, self.frame.words_in(language)
        feed = ET.Element("feed", {"xmlns": ATOM, "xml:lang": language.value})
        _add(feed, "id", _identity(city.code))
        _add(feed, "title", words.gettext("State of the systems of %(city)s") % {"city": city.name})
        # The time of the latest outage, so that feed readers see when nothing is new.
        told = [outage.until or outage.since for outage in outages]
        _add(feed, "updated", max(told, default=now).isoformat())
        _add(_add(feed, "author"), "name", f"Simpul, {city.name}")
        _add(feed, "link", rel="self", type="application/atom+xml", href=f"/status.atom?lang={language.value}")
        _add(feed, "link", rel="alternate", type="text/html", href=f"/status?lang={language.value}")
        for outage in outages:
            self._entry(feed, language, outage)
        return feed

    def _entry(self, feed: ET.Element, language: Language, outage: Outage) -> None:
        city, words = self.frame.city, self.frame.words_in(language)
        entry = _add(feed, "entry")
        state = outage.condition.label_in(language)
        _add(entry, "id", _identity(city.code, outage.source, outage.since.isoformat()))
        _add(entry, "title", f"{self.reports.title_of(outage.source)}: {state}")
        _add(entry, "published", outage.since.isoformat())
        _add(entry, "updated", (outage.until or outage.since).isoformat())
        _add(entry, "link", rel="alternate", type="text/html", href=f"/status?lang={language.value}")
        _add(entry, "category", term=outage.condition.value, label=state)
        since = moment_in(language, outage.since, city.time_zone)
        if outage.until is None:
            text = words.gettext("Since %(since)s. Ongoing.") % {"since": since}
        else:
            until = moment_in(language, outage.until, city.time_zone)
            text = words.gettext("From %(since)s to %(until)s.") % {"since": since, "until": until}
        _add(entry, "summary", text, type="text")


def _identity(*parts: str) -> str:
    return uuid.uuid5(_IDENTITIES, "/".join(parts)).urn


def _add(parent: ET.Element, tag: str, text: str | None = None, **attributes: str) -> ET.Element:
    child = ET.SubElement(parent, tag, attributes)
    child.text = text
    return child
