"""Alerts: one CAP document (OASIS Common Alerting Protocol 1.1, 1.2) or a feed of them -> one row per alert."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from connectors.feeds.formats import XML_TYPES, Entry, Found, document
from connectors.feeds.origins import FeedOrigin
from connectors.feeds.xml_tree import Element, tree
from connectors.http.access import AnswerTooLarge, UnusableAnswer
from connectors.http.client import Validators
from models.sources.findings import FindingKind

_CAP = "urn:oasis:names:tc:emergency:cap:"
_IN_FORCE = frozenset({"Alert", "Update"})
_SUPERSEDING = frozenset({"Update", "Cancel"})
_OF_ALERT = {
    "identifier": "identifier",
    "sender": "sender",
    "sent": "sent",
    "status": "status",
    "msg_type": "msgType",
    "scope": "scope",
}
_OF_INFO = {
    "event": "event",
    "urgency": "urgency",
    "severity": "severity",
    "certainty": "certainty",
    "effective": "effective",
    "onset": "onset",
    "expires": "expires",
    "language": "language",
    "sender_name": "senderName",
    "headline": "headline",
    "description": "description",
    "instruction": "instruction",
    "web": "web",
}
_COMBINED = ("category", "area_desc", "polygon", "geocode")
_LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, eq=False, slots=True)
class Alerts:
    """CAP documents: a single one, or those that an Atom or RSS feed holds or links to on its own host.

    An alert's text is taken in the first available of `languages`. Only alerts with these `statuses` and `scopes`
    count, and only those in force: an Update or a Cancel ends the alerts that it refers to.
    """

    languages: tuple[str, ...] = ("id", "en")
    statuses: tuple[str, ...] = ("Actual",)
    scopes: tuple[str, ...] = ("Public",)
    documents_max: int = 200
    table: str = "alerts"

    def has(self, column: str) -> bool:
        return column in _OF_ALERT or column in _OF_INFO or column in _COMBINED

    def stays(self, before: datetime, now: datetime) -> bool:
        return True

    async def read(self, origin: FeedOrigin, known: Validators, now: datetime) -> Found | None:
        index = await document(origin, XML_TYPES, known)
        if index is None:
            return None
        root = await asyncio.to_thread(tree, index.body)
        embedded = _alerts_in(root)
        links = [] if embedded and root.name == "alert" else _links(root)
        if len(links) + len(embedded) > self.documents_max:
            raise AnswerTooLarge(f"more than {self.documents_max} alerts")
        flaws: Counter[FindingKind] = Counter()
        linked = await self._linked(origin, links, flaws)
        return Found(self.entries((*embedded, *linked), flaws), flaws, index.validators)

    async def _linked(self, origin: FeedOrigin, links: Sequence[str], flaws: Counter[FindingKind]) -> list[Element]:
        """The alerts in the linked documents; an unusable document is left out and counted.

        An unreachable one fails the load: an alert must not vanish because its document was slow.
        """

        async def fetch(link: str) -> list[Element]:
            try:
                got = await document(origin, XML_TYPES, Validators(), link)
                return _alerts_in(await asyncio.to_thread(tree, got.body)) if got is not None else []
            except UnusableAnswer as failure:
                flaws[failure.finding] += 1
                return []

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(fetch(link)) for link in links]
        except ExceptionGroup as failures:
            # The other fetches were cancelled; one reason is enough.
            raise failures.exceptions[0] from None
        return [alert for task in tasks for alert in task.result()]

    def entries(self, alerts: Iterable[Element], flaws: Counter[FindingKind]) -> list[Entry]:
        """The rows of the alerts in force, oldest first."""
        newest: dict[tuple[str, str], Element] = {}
        ended: set[tuple[str, str]] = set()
        for alert in alerts:
            sender, identifier = alert.said("sender"), alert.said("identifier")
            if sender is None or identifier is None:
                flaws[FindingKind.MISSING_KEY] += 1
            elif alert.said("status") in self.statuses and alert.said("scope") in self.scopes:
                before = newest.get((sender, identifier))
                newest[sender, identifier] = alert if before is None or _sent(alert) >= _sent(before) else before
                if alert.said("msgType") in _SUPERSEDING:
                    ended |= _references(alert)
        in_force = [alert for key, alert in newest.items() if key not in ended and alert.said("msgType") in _IN_FORCE]
        return [self._entry(alert) for alert in sorted(in_force, key=_sent)]

    def _entry(self, alert: Element) -> Entry:
        entry = {column: alert.said(name) for column, name in _OF_ALERT.items()}
        info = self._preferred(alert.all("info"))
        if info is None:
            return entry
        entry |= {column: info.said(name) for column, name in _OF_INFO.items()}
        areas = info.all("area")
        entry["category"] = _joined(category.text.strip() for category in info.all("category"))
        entry["area_desc"] = _joined(area.said("areaDesc") or "" for area in areas)
        entry["polygon"] = _joined(" ".join(polygon.text.split()) for area in areas for polygon in area.all("polygon"))
        entry["geocode"] = _joined(
            f"{code.said('valueName') or ''}={code.said('value') or ''}"
            for area in areas
            for code in area.all("geocode")
        )
        return entry

    def _preferred(self, infos: Sequence[Element]) -> Element | None:
        """The info in the first available language; in CAP an info without one is in English."""
        for language in self.languages:
            for info in infos:
                said = (info.said("language") or "en-US").lower()
                if said == language or said.startswith(f"{language}-"):
                    return info
        return infos[0] if infos else None


def _alerts_in(root: Element) -> list[Element]:
    return [element for element in root.below() if element.name == "alert" and element.namespace.startswith(_CAP)]


def _links(root: Element) -> list[str]:
    """The links of the entries of an Atom or RSS feed that do not hold their alert."""
    entries = [element for element in root.below() if element.name in {"entry", "item"}]
    found = (_link(entry) for entry in entries if not _alerts_in(entry))
    return list(dict.fromkeys(link for link in found if link))


def _link(entry: Element) -> str:
    """The link of an entry to its document: the one of CAP's content type, else the usual one."""
    links = [(link.attributes.get("href", "") or link.text.strip(), link.attributes) for link in entry.all("link")]
    links += [(one.attributes.get("url", ""), one.attributes) for one in entry.all("enclosure")]
    for href, attributes in links:
        if href and attributes.get("type", "").lower() == "application/cap+xml":
            return href
    usual = [href for href, attributes in links if href and attributes.get("rel", "alternate") == "alternate"]
    return usual[0] if usual else ""


def _references(alert: Element) -> set[tuple[str, str]]:
    """The (sender, identifier) of each alert that a message refers to, written `sender,identifier,sent`."""
    said = (reference.split(",") for reference in (alert.said("references") or "").split())
    return {(parts[0], parts[1]) for parts in said if len(parts) == 3}


def _sent(alert: Element) -> datetime:
    try:
        sent = datetime.fromisoformat(alert.said("sent") or "")
    except ValueError:
        return _LONG_AGO
    return sent if sent.tzinfo is not None else sent.replace(tzinfo=UTC)


def _joined(texts: Iterable[str]) -> str | None:
    return ";".join(text for text in texts if text) or None
