"""Health: whether the process lives, and whether it and its sources are ready.

What is said of a source is what was last seen of it: by the comparison with its mappings at start, or by an operation.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from connectors.catalog import Binding, Catalog
from connectors.guard import Guard
from models.batch import SourceState
from models.errors import DataQuality, DepartmentError, DepartmentTimeout
from models.findings import Finding
from models.localized import Language
from models.request import Deadline, Request, SourceReport
from models.viewer import Role, Viewer
from store.database import HubDatabase
from store.errors import StoreError
from store.migrate import require_head

T = TypeVar("T")

CHECK_S_MAX = 4.0
"""How long one comparison of a source with its mappings may take; a connection may take 3 seconds to be refused."""
WATCH_EVERY_S = 300.0
"""How often, about, every source is compared with its mappings while nobody asks for it."""
CHECK_AGAIN_AFTER_S = 10.0
"""A source that failed is asked again by whoever looks at its health, but not more often than this."""

_SEEN = {
    SourceState.OK: "ok",
    SourceState.STALE: "ok",
    SourceState.BROKEN: "broken",
    SourceState.TIMEOUT: "timeout",
    SourceState.UNAVAILABLE: "unavailable",
}


@dataclass(slots=True)
class _Seen:
    """What was last seen of a source, and when, on the monotonic clock."""

    state: str
    at_s: float
    reached: bool
    checked: bool = False


@dataclass(slots=True)
class Health:
    """Knows how the sources and the hub's database are. `missing` is told of fields that a source does not have."""

    catalog: Catalog
    guard: Guard
    database: HubDatabase
    note: Callable[[Finding], None]
    missing: Callable[[str, str, list[str]], None]
    clock: Callable[[], float] = time.monotonic
    _seen: dict[str, _Seen] = field(default_factory=dict)
    _one_check: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def check(self) -> None:
        """Compare every mapping with its source, source by source at once. One that is down is said to be so."""
        await self._check(set(self.catalog.connectors))

    async def watch(self) -> None:
        """Compare again and again, so that a drift is seen before somebody asks for it. Ends when cancelled."""
        while True:
            await asyncio.sleep(WATCH_EVERY_S * random.uniform(0.8, 1.2))  # noqa: S311  # no secret
            async with self._one_check:
                await self.check()

    def observe(self, report: SourceReport) -> None:
        """Take over how the sources did in one operation."""
        now_s = self.clock()
        for name, line in report.lines.items():
            if not line.calls:
                # What the hub had kept says nothing of how the source is.
                continue
            seen = self._seen.setdefault(name, _Seen("unknown", now_s, reached=False))
            seen.state, seen.at_s = _SEEN[line.state], now_s
            seen.reached = seen.reached or line.state in (SourceState.OK, SourceState.STALE, SourceState.BROKEN)

    async def ready(self) -> tuple[bool, dict[str, Any]]:
        """Whether requests can be answered, and the state of the hub's database, of each source and of each record.

        A source that is down or lacks columns makes the hub degraded, not unready: everything else still answers.
        """
        async with self._one_check:
            await self._check(self._due())
        stored = await self._stored()
        sources = {name: self._source(name) for name in sorted(self.catalog.connectors)}
        records: dict[str, dict[str, Any]] = {}
        for binding in self.catalog:
            # A fallback is told of beside what it stands in for.
            first = records.setdefault(binding.mapping.record.name, _record(binding))
            if first["source"] != binding.source.name:
                first.setdefault("fallbacks", []).append(_record(binding))
        parts = [*sources.values(), *(_record(binding) for binding in self.catalog)]
        good = all(part["state"] == "ok" for part in parts)
        state = "not ready" if stored != "ok" else "ready" if good else "degraded"
        return stored == "ok", {"state": state, "database": stored, "sources": sources, "records": records}

    def _due(self) -> set[str]:
        """Sources that were not well, or never compared, when they were last seen a while ago."""
        long_ago_s = self.clock() - CHECK_AGAIN_AFTER_S
        return {
            name
            for name, seen in self._seen.items()
            if seen.at_s <= long_ago_s and (seen.state != "ok" or not seen.checked)
        }

    async def _check(self, names: set[str]) -> None:
        await asyncio.gather(*(self._check_source(name) for name in sorted(names)))

    async def _check_source(self, name: str) -> None:
        bindings = [binding for binding in self.catalog if binding.source.name == name]
        seen = self._seen.setdefault(name, _Seen("unknown", self.clock(), reached=False))
        request = Request("health", Viewer(Role.OPERATOR), Deadline.in_ms(CHECK_S_MAX * 1000), Language.EN)
        try:
            for index, binding in enumerate(bindings):
                if index == 0:
                    await self._ask(binding, request, binding.connector.probe)
                self._tell(binding, await self._ask(binding, request, binding.check))
        except DepartmentError as failure:
            seen.state = _STATE_OF.get(type(failure), "unavailable")
            seen.reached = seen.reached or seen.state == "broken"
        else:
            seen.state, seen.reached, seen.checked = "ok", True, True
        seen.at_s = self.clock()

    async def _ask(self, binding: Binding, request: Request, work: Callable[[], Awaitable[T]]) -> T:
        department, is_local = binding.department.abbreviation, binding.connector.is_local
        return await self.guard.call(binding.source, department, request, work, is_local=is_local)

    def _tell(self, binding: Binding, found: list[Finding]) -> None:
        for finding in found:
            self.note(finding)
        if binding.missing:
            self.missing(binding.source.name, binding.mapping.record.name, sorted(binding.missing))

    async def _stored(self) -> str:
        try:
            await require_head(self.database)
        except StoreError as error:
            return str(error)
        except Exception:  # noqa: BLE001  # drivers raise what they like; none of it is for whoever asks
            return "The hub's database cannot be reached."
        return "ok"

    def _source(self, name: str) -> dict[str, Any]:
        """The state of a source, how many seconds ago it was seen, and whether it was ever reached since the start."""
        seen = self._seen.get(name)
        if seen is None:
            return {"state": "unknown", "seenSecondsAgo": None, "reachedSinceStart": False}
        seconds = round(self.clock() - seen.at_s)
        return {"state": seen.state, "seenSecondsAgo": seconds, "reachedSinceStart": seen.reached}


_STATE_OF: dict[type[DepartmentError], str] = {DataQuality: "broken", DepartmentTimeout: "timeout"}


def _record(binding: Binding) -> dict[str, Any]:
    state = "unreadable" if binding.unreadable else "degraded" if binding.missing else "ok"
    return {"source": binding.source.name, "state": state, "missing": sorted(binding.missing)}
