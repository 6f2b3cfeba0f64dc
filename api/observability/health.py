"""Whether the process lives, and whether it and its sources are ready.

The state of a source is the last one seen, by comparing it with its mappings or by an operation.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from connectors.catalog import Binding, Catalog
from connectors.guard.guard import Guard
from models.batch import SourceState
from models.errors import DataQuality, DepartmentError, DepartmentTimeout
from models.policy.viewer import Role, Viewer
from models.request import Deadline, Request, SourceReport
from models.sources.findings import Finding
from models.values.localized import Language
from store.database.engine import HubDatabase
from store.database.errors import StoreError
from store.database.migrate import require_head

T = TypeVar("T")

CHECK_S_MAX = 4.0
"""How long one comparison of a source with its mappings may take. A refused connection may take 3 seconds."""
WATCH_EVERY_S = 300.0
"""About how often every source is compared with its mappings in the background."""
CHECK_AGAIN_AFTER_S = 10.0
"""A request for the health checks a failed source again, but not more often than this."""

_SEEN = {
    SourceState.OK: "ok",
    SourceState.STALE: "ok",
    SourceState.BROKEN: "broken",
    SourceState.TIMEOUT: "timeout",
    SourceState.UNAVAILABLE: "unavailable",
}


@dataclass(slots=True)
class _Seen:
    """The last seen state of a source, and when, on the monotonic clock."""

    state: str
    at_s: float
    reached: bool
    checked: bool = False


@dataclass(slots=True)
class Health:
    """The state of the sources and of the hub's database. `missing` is called with fields that a source lacks."""

    catalog: Catalog
    guard: Guard
    database: HubDatabase
    note: Callable[[Finding], None]
    missing: Callable[[str, str, list[str]], None]
    clock: Callable[[], float] = time.monotonic
    late: Callable[[], list[str]] = list
    """The sources for which something has waited too long to be delivered."""
    _seen: dict[str, _Seen] = field(default_factory=dict)
    _one_check: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def check(self) -> None:
        """Compare every mapping with its source, all sources concurrently."""
        await self._check(set(self.catalog.connectors))

    async def watch(self) -> None:
        """Compare again and again, so that schema drift is seen before a client hits it. Ends when cancelled."""
        while True:
            await asyncio.sleep(WATCH_EVERY_S * random.uniform(0.8, 1.2))  # noqa: S311  # no secret
            async with self._one_check:
                await self.check()

    def observe(self, report: SourceReport) -> None:
        """Note how the sources did in one operation."""
        now_s = self.clock()
        for name, line in report.lines.items():
            if not line.calls:
                # An answer from the cache says nothing about the source.
                continue
            if line.state is SourceState.TIMEOUT and line.slow_questions:
                continue  # Nor does a query that is slow by itself.
            seen = self._seen.setdefault(name, _Seen("unknown", now_s, reached=False))
            seen.state, seen.at_s = _SEEN[line.state], now_s
            seen.reached = seen.reached or line.state in (SourceState.OK, SourceState.STALE, SourceState.BROKEN)

    async def ready(self) -> tuple[bool, dict[str, Any]]:
        """Whether requests can be answered, and the state of the hub's database, of each source and of each record.

        A source that is down or lacks columns makes the hub degraded, not unready: other sources still answer. So does
        one for which something has waited too long.
        """
        async with self._one_check:
            await self._check(self._due())
        stored = await self._stored()
        sources = {name: self._source(name) for name in sorted(self.catalog.connectors)}
        records: dict[str, dict[str, Any]] = {}
        for binding in self.catalog:
            # Fallbacks are listed with their primary source.
            first = records.setdefault(binding.mapping.record.name, _record(binding))
            if first["source"] != binding.source.name:
                first.setdefault("fallbacks", []).append(_record(binding))
        parts = [*sources.values(), *(_record(binding) for binding in self.catalog)]
        late = self.late()
        good = not late and all(part["state"] == "ok" for part in parts)
        state = "not ready" if stored != "ok" else "ready" if good else "degraded"
        body = {"state": state, "database": stored, "sources": sources, "records": records}
        return stored == "ok", body | ({"undelivered": late} if late else {})

    def _due(self) -> set[str]:
        """Sources last seen a while ago, and then failed or never compared."""
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
            # First, since a deleted database has no revision.
            await self.database.require_same()
            await require_head(self.database)
        except StoreError as error:
            return str(error)
        except Exception:  # noqa: BLE001  # drivers raise anything; clients see none of it
            return "The hub's database cannot be reached."
        return "ok"

    def _source(self, name: str) -> dict[str, Any]:
        """The state of a source, its age in seconds, and whether it was reached since the start."""
        seen = self._seen.get(name)
        if seen is None:
            return {"state": "unknown", "seenSecondsAgo": None, "reachedSinceStart": False}
        seconds = round(self.clock() - seen.at_s)
        return {"state": seen.state, "seenSecondsAgo": seconds, "reachedSinceStart": seen.reached}


_STATE_OF: dict[type[DepartmentError], str] = {DataQuality: "broken", DepartmentTimeout: "timeout"}


def _record(binding: Binding) -> dict[str, Any]:
    state = "unreadable" if binding.unreadable else "degraded" if binding.missing else "ok"
    return {"source": binding.source.name, "state": state, "missing": sorted(binding.missing)}
