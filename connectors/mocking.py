"""Mocking: simulate a source in trouble, for developers of apps.

The trouble is made below the guard, so deadlines, circuit breakers, fallbacks, copies and error codes are real.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from collections.abc import Mapping as Dictionary
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from connectors.criteria import CountCriteria, Criteria, GroupCriteria
from connectors.indexes import Indexes
from connectors.mapping import Mapping
from connectors.protocol import (
    Call,
    Capabilities,
    Connector,
    RawGroups,
    Rows,
    SourceBroken,
    SourceTimeout,
    SourceUnreachable,
)
from models.records import KEY
from models.sources.mocking import Trouble, TroubleKind

T = TypeVar("T")
A = TypeVar("A", Rows, RawGroups)

OVERDUE = timedelta(hours=1)
"""By how much an answer of a stale source exceeds its freshness contract."""
GARBAGE = "\0"
"""No decoder accepts it: no clean text holds NUL."""
LOOK_MS_MAX = 4_000
"""How long a probe or a look at the catalog may take; statements have a limit of their own."""


@dataclass(slots=True)
class MockedConnector:
    """A connector that wraps another and adds trouble. It gives no plans."""

    behind: Connector
    trouble: Trouble
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    capabilities: Capabilities = field(init=False)
    is_local: bool = field(init=False)

    def __post_init__(self) -> None:
        self.capabilities, self.is_local = self.behind.capabilities, self.behind.is_local

    async def probe(self) -> Capabilities:
        self.capabilities = await self._after(self.behind.probe, LOOK_MS_MAX)
        return self.capabilities

    async def read(self, mapping: Mapping, criteria: Criteria, call: Call) -> Rows:
        rows = await self._after(lambda: self.behind.read(mapping, criteria, call), call.statement_ms_max)
        if self.trouble.kind is TroubleKind.GARBAGE:
            joined = zip(criteria.joins, rows.joined, strict=True)
            return replace(
                rows,
                columns=_garbled(mapping, rows.columns),
                joined=tuple(_garbled(join.target, columns) for join, columns in joined),
            )
        return self._aged(mapping, rows)

    async def count(self, mapping: Mapping, criteria: CountCriteria, call: Call) -> list[int]:
        return await self._after(lambda: self.behind.count(mapping, criteria, call), call.statement_ms_max)

    async def groups(self, mapping: Mapping, criteria: GroupCriteria, call: Call) -> RawGroups:
        groups = await self._after(lambda: self.behind.groups(mapping, criteria, call), call.statement_ms_max)
        return self._aged(mapping, groups)

    async def columns_of(self, mapping: Mapping) -> Dictionary[str, str] | None:
        return await self._after(lambda: self.behind.columns_of(mapping), LOOK_MS_MAX)

    async def indexes_of(self, mapping: Mapping) -> Indexes:
        return await self._after(lambda: self.behind.indexes_of(mapping), LOOK_MS_MAX)

    async def close(self) -> None:
        await self.behind.close()

    @asynccontextmanager
    async def after_trouble(self, room: Callable[[], AbstractAsyncContextManager[None]]) -> AsyncIterator[None]:
        """A connection of the source behind it for a session that writes, if the trouble lets it through."""
        await self._after(_nothing, LOOK_MS_MAX)
        async with room():
            yield

    async def _after(self, ask: Callable[[], Awaitable[T]], statement_ms_max: int) -> T:
        """Make the trouble, then ask the source. Raises SourceFailure."""
        kind, slow_ms = self.trouble.kind, self.trouble.slow_ms
        if kind is TroubleKind.DOWN:
            raise SourceUnreachable("mocked: down")
        if kind is TroubleKind.BROKEN:
            raise SourceBroken("mocked: broken")
        if kind is TroubleKind.HANGS:
            # The caller times out and cancels this.
            await asyncio.Event().wait()
        if kind is TroubleKind.SLOW:
            await self.sleep(min(slow_ms, statement_ms_max) / 1000)
            if slow_ms >= statement_ms_max:
                raise SourceTimeout("mocked: slower than a statement may be")
        return await ask()

    def _aged(self, mapping: Mapping, answer: A) -> A:
        """The answer, dated as overdue if the source is stale."""
        if self.trouble.kind is not TroubleKind.STALE:
            return answer
        overdue = self.now() - (mapping.fresh_for or timedelta(0)) - OVERDUE
        return replace(answer, copied_at=overdue)


async def _nothing() -> None:
    """What is asked where only the trouble counts."""


def _garbled(mapping: Mapping, columns: Dictionary[str, Sequence[object]]) -> Dictionary[str, Sequence[object]]:
    """The columns, with garbage in every nullable one, so that the rows still exist."""
    required = (name for name in mapping.columns if name == KEY or not mapping.record.fields[name].nullable)
    kept = frozenset(mapping.legacy_columns(tuple(required)))
    return {name: column if name in kept else [GARBAGE] * len(column) for name, column in columns.items()}


def mocked(connectors: Dictionary[str, Connector], troubles: Dictionary[str, Trouble]) -> dict[str, Connector]:
    """The connectors by source, wrapped where there is trouble to make."""
    return {
        name: MockedConnector(connector, troubles[name]) if name in troubles else connector
        for name, connector in connectors.items()
    }


def behind(connector: Connector) -> Connector:
    """The wrapped connector: copies are loaded as if the trouble had just begun."""
    return connector.behind if isinstance(connector, MockedConnector) else connector
