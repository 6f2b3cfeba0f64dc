"""Mocking: a source in trouble on purpose, for those who build apps at a desk.

The trouble is made below the guard, so what follows from it is real: deadlines, breakers, fallbacks, copies and codes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from collections.abc import Mapping as Dictionary
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
from models.mocking import Trouble, TroubleKind
from models.records import KEY

T = TypeVar("T")
A = TypeVar("A", Rows, RawGroups)

OVERDUE = timedelta(hours=1)
"""How much older than its contract allows an answer of a stale source is."""
GARBAGE = "\0"
"""No decoder takes it: no clean text has NUL."""
LOOK_MS_MAX = 4_000
"""How long one may wait for what is no statement, such as a look at the tables of a source."""


@dataclass(slots=True)
class MockedConnector:
    """A connector in front of another, which it asks as far as the trouble allows. It is not asked for plans."""

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

    async def _after(self, ask: Callable[[], Awaitable[T]], statement_ms_max: int) -> T:
        """What the source says, once its trouble has had its say. Raises SourceFailure."""
        kind, slow_ms = self.trouble.kind, self.trouble.slow_ms
        if kind is TroubleKind.DOWN:
            raise SourceUnreachable("mocked: down")
        if kind is TroubleKind.BROKEN:
            raise SourceBroken("mocked: broken")
        if kind is TroubleKind.HANGS:
            # Whoever asked gives up, and cancels this.
            await asyncio.Event().wait()
        if kind is TroubleKind.SLOW:
            await self.sleep(min(slow_ms, statement_ms_max) / 1000)
            if slow_ms >= statement_ms_max:
                raise SourceTimeout("mocked: slower than a statement may be")
        return await ask()

    def _aged(self, mapping: Mapping, answer: A) -> A:
        """The answer as one of a copy that is overdue, where the source is stale."""
        if self.trouble.kind is not TroubleKind.STALE:
            return answer
        overdue = self.now() - (mapping.fresh_for or timedelta(0)) - OVERDUE
        return replace(answer, copied_at=overdue)


def _garbled(mapping: Mapping, columns: Dictionary[str, Sequence[object]]) -> Dictionary[str, Sequence[object]]:
    """The columns with garbage in all that may be null, so that the rows themselves are still there."""
    required = (name for name in mapping.columns if name == KEY or not mapping.record.fields[name].nullable)
    kept = frozenset(mapping.legacy_columns(tuple(required)))
    return {name: column if name in kept else [GARBAGE] * len(column) for name, column in columns.items()}


def mocked(connectors: Dictionary[str, Connector], troubles: Dictionary[str, Trouble]) -> dict[str, Connector]:
    """The connectors of sources, by name, with those in front that are to be in trouble."""
    return {
        name: MockedConnector(connector, troubles[name]) if name in troubles else connector
        for name, connector in connectors.items()
    }


def behind(connector: Connector) -> Connector:
    """The connector without its trouble: copies are loaded as from a source that has just fallen into it."""
    return connector.behind if isinstance(connector, MockedConnector) else connector
