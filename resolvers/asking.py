"""Asking: how a decided question gets to its source, through the cache and the guard, and what heals by itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from connectors.cache import Answer, ReadCache
from connectors.catalog import Binding
from connectors.criteria import CountCriteria, Criteria, GroupCriteria, KeysetMismatch
from connectors.guard import Guard
from connectors.mapping import Mapping
from connectors.protocol import Call, RawGroups, Rows, SourceFailure
from models.errors import BadInput, DataQuality, HubError
from models.findings import Finding
from models.request import Request
from resolvers.steps import stepped

T = TypeVar("T")
C = TypeVar("C", Criteria, CountCriteria, GroupCriteria)
Put = Callable[[Mapping, C, Call], Awaitable[T]]
Kept = Callable[[Request, Binding, C, Callable[[Request], Awaitable[T]]], Awaitable[Answer[T]]]


RECHECK_AFTER = timedelta(seconds=30)
"""How long a field that its source no longer had is left alone before the source is looked at again."""

LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class Asking:
    """Asks sources. `note` takes what is found missing in them.

    With a `cache`, what everybody may see is kept there for a while, and asked for once for all who want it.
    """

    guard: Guard
    note: Callable[[Finding], None]
    cache: ReadCache | None = None
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    _recheck_at: dict[tuple[str, str], datetime] = field(default_factory=dict)

    async def look_again(self, request: Request, binding: Binding) -> None:
        """What was missing is looked for again now and then, so that it heals by itself."""
        recheck_at = self._recheck_at.get((binding.mapping.record.name, binding.place), LONG_AGO)
        if binding.missing and self.clock() >= recheck_at:
            await self._recheck(request, binding)

    async def with_recheck(self, request: Request, binding: Binding, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask a source. Where it refuses, look what it still has; if a column is gone, ask once more without it.

        Raises what `ask` raises, and BadInput for a place in a list that does not fit.
        """
        known = binding.missing
        try:
            return await ask()
        except DataQuality:
            await self._recheck(request, binding)
            if binding.missing == known or binding.unreadable:
                raise
        except KeysetMismatch as error:
            raise BadInput("cursor_invalid") from error
        return await ask()

    async def rows(self, request: Request, binding: Binding, criteria: Criteria) -> Answer[Rows]:
        kept = self.cache.rows if self.cache is not None else None
        return await self._answer(request, binding, criteria, binding.connector.read, kept)

    async def count(self, request: Request, binding: Binding, criteria: CountCriteria) -> Answer[list[int]]:
        kept = self.cache.count if self.cache is not None else None
        return await self._answer(request, binding, criteria, binding.connector.count, kept)

    async def groups(self, request: Request, binding: Binding, criteria: GroupCriteria) -> Answer[RawGroups]:
        kept = self.cache.groups if self.cache is not None else None
        return await self._answer(request, binding, criteria, binding.connector.groups, kept)

    async def _answer(
        self, request: Request, binding: Binding, criteria: C, put: Put[C, T], kept: Kept[C, T] | None
    ) -> Answer[T]:
        """What the source says to a question, or the cache in its place."""

        async def ask(asking: Request) -> T:
            call = Call(asking.operation_name or "anonymous", binding.source.load.statement_ms_max)
            return await self._ask(asking, binding, lambda: put(binding.mapping, criteria, call))

        answering = kept(request, binding, criteria, ask) if kept is not None else self._uncached(request, ask)
        return await (answering if request.steps is None else stepped(request, binding, criteria, answering))

    async def _uncached(self, request: Request, ask: Callable[[Request], Awaitable[T]]) -> Answer[T]:
        return Answer(await ask(request), self.clock())

    async def _ask(self, request: Request, binding: Binding, work: Callable[[], Awaitable[T]]) -> T:
        department, is_local = binding.department.abbreviation, binding.connector.is_local
        return await self.guard.call(binding.source, department, request, work, is_local=is_local)

    async def _recheck(self, request: Request, binding: Binding) -> None:
        self._recheck_at[(binding.mapping.record.name, binding.place)] = self.clock() + RECHECK_AFTER

        async def check() -> None:
            for finding in await binding.check():
                self.note(finding)

        try:
            await self._ask(request, binding, check)
        except (HubError, SourceFailure):
            return
