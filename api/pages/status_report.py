"""Status report: how every source is, and how old what it gives is, without asking for anybody in particular."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.requests import Request as HttpRequest

from api.pages.asking import Asking
from connectors.catalog import Catalog
from connectors.source_board import SourceBoard
from models.batch import SourceState
from models.city import Department
from models.localized import Language
from models.source_states import SourceCondition
from store.database import HubDatabase
from store.source_changes import Outage, outages

ASKED_EVERY_S = 30.0
"""However many people read the page, the departments are asked this often, and by one question."""
OUTAGES_FOR = timedelta(days=30)
OUTAGES_MAX = 50

QUESTION = """query Status {
  areas(first: 1) { nodes { provenance { asOf } } }
  complaints(first: 1, orderBy: [{requestedAt: DESC}]) { nodes { provenance { asOf } } }
  licenses(first: 1) { nodes { provenance { asOf } } }
  jobPostings(first: 1) { nodes { provenance { asOf } } }
  hospitals(first: 100) { nodes { beds { provenance { asOf } } } }
  newsArticles(first: 1) { nodes { provenance { asOf } } }
  alerts(first: 1) { nodes { provenance { asOf } } }
  marketPrices(first: 1, orderBy: [{day: DESC}]) { nodes { provenance { asOf } } }
  schools(first: 1) { nodes { provenance { asOf } } }
  events(first: 1) { nodes { provenance { asOf } } }
  services(first: 1) { nodes { provenance { asOf } } }
}"""
"""Something public of every subject. Sources of personal records alone are not asked for a page that anybody opens."""


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """A source as people may know it. `answered` is how it did when it was last asked for this page."""

    title: str
    connected: bool
    condition: SourceCondition
    since: datetime | None
    answered: SourceState | None
    as_of: datetime | None
    fresh_for: timedelta | None
    is_stale: bool

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
    """What the status page and its feed tell. Belongs to one event loop."""

    asking: Asking
    catalog: Catalog
    board: SourceBoard
    database: HubDatabase
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    clock: Callable[[], float] = time.monotonic
    _asked_s: float = float("-inf")
    _lines: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    _one_question: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def departments(self, http: HttpRequest) -> tuple[DepartmentStatus, ...]:
        """Every department with its sources, connected or not, in the order in which the city states them."""
        lines = await self._answered(http)
        found: dict[str, list[SourceStatus]] = {}
        for source in self.catalog.sources:
            found.setdefault(source.department, []).append(self._status(source.name, source.title, lines))
        return tuple(
            DepartmentStatus(one, tuple(found[one.code])) for one in self.catalog.city.departments if one.code in found
        )

    async def outages(self) -> tuple[Outage, ...]:
        """What was out of order in the last weeks, the newest first."""
        return (await outages(self.database, self.now() - OUTAGES_FOR))[:OUTAGES_MAX]

    def title_of(self, source: str) -> str:
        """The name of a source among people; of one that the city has no more, the name in this hub."""
        return next((one.title for one in self.catalog.sources if one.name == source), source)

    async def _answered(self, http: HttpRequest) -> Mapping[str, Mapping[str, Any]]:
        async with self._one_question:
            if self.clock() - self._asked_s >= ASKED_EVERY_S:
                body = await self.asking.ask(http, QUESTION, Language.EN)
                told = body.get("extensions", {}).get("sources")
                if told is not None:
                    # Refused for want of budget or room, the last answer still stands.
                    self._lines = {line["source"]: line for line in told}
                    self._asked_s = self.clock()
        return self._lines

    def _status(self, name: str, title: str, lines: Mapping[str, Mapping[str, Any]]) -> SourceStatus:
        shown = {change.source: change for change in self.board.present}
        change, line = shown.get(name), lines.get(name, {})
        as_of = datetime.fromisoformat(line["asOf"]) if line.get("asOf") else None
        promises = [
            binding.mapping.fresh_for
            for binding in self.catalog
            if binding.source.name == name and binding.mapping.fresh_for is not None
        ]
        fresh_for = max(promises, default=None)
        return SourceStatus(
            title,
            name in self.catalog.connectors,
            change.condition if change is not None else SourceCondition.UNKNOWN,
            change.since if change is not None else None,
            SourceState(line["state"]) if line else None,
            as_of,
            fresh_for,
            as_of is not None and fresh_for is not None and self.now() - as_of > fresh_for,
        )
