"""`/status`: how departments' systems are and were, in words; `/status.atom` tells it to readers of feeds."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from xml.etree import ElementTree as ET

from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from api.pages.frame import Frame, language_on
from api.pages.status_report import StatusReports
from api.pages.wording import moment_in, span_in
from models.localized import Language
from store.source_changes import Outage

ATOM = "http://www.w3.org/2005/Atom"
FEED_FRESH_S = 60
_IDENTITIES = uuid.UUID("7d0f7a4e-6a9f-4e56-9a3c-6a2f4f1c2b10")
"""Of entries and feeds: made up once, so that ids stay the same for ever (RFC 4287, section 4.2.6)."""


@dataclass(frozen=True, slots=True)
class StatusPage:
    """Departments with their sources, and what was out of order."""

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
        # The feed is as old as what it tells last: readers then see that nothing is new.
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
            text = words.gettext("Since %(since)s. It is not over.") % {"since": since}
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
