"""Asks a source, through the cache and the guard, and checks again for columns that were missing."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TypeVar

from connectors.cache.reads import CachedAnswer, ReadCache
from connectors.catalog import Binding
from connectors.criteria import CountCriteria, Criteria, GroupCriteria, KeysetMismatch
from connectors.guard.bulkheads import Asked
from connectors.guard.guard import Guard
from connectors.guard.question_shapes import shape_of
from connectors.mapping import Mapping
from connectors.protocol import Call, RawGroups, Rows, SourceFailure
from models.errors import BadInput, DataQuality, HubError
from models.policy.viewer import ANONYMOUS
from models.request import Request
from models.sources.findings import Finding
from resolvers.steps import stepped

T = TypeVar("T")
C = TypeVar("C", Criteria, CountCriteria, GroupCriteria)
Put = Callable[[Mapping, C, Call], Awaitable[T]]
Kept = Callable[[Request, Binding, C, Callable[[Request], Awaitable[T]]], Awaitable[CachedAnswer[T]]]


RECHECK_AFTER = timedelta(seconds=30)
"""How long after a column went missing the source is checked again."""

LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(slots=True)
class SourceReader:
    """Asks sources. `note` is called with findings. With a `cache`, public answers are kept for a while and shared.

    `newest` has, by source, when the youngest data was true that strangers were shown of it.
    """

    guard: Guard
    note: Callable[[Finding], None]
    cache: ReadCache | None = None
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    newest: dict[str, datetime] = field(default_factory=dict)
    _recheck_at: dict[tuple[str, str], datetime] = field(default_factory=dict)

    def note_newest(self, request: Request, source: str, as_of: datetime | None) -> None:
        """Note the age of the youngest data of an answer to a stranger: when others read is nobody's business."""
        if as_of is not None and request.viewer == ANONYMOUS:
            self.newest[source] = max(as_of, self.newest.get(source, as_of))

    async def look_again(self, request: Request, binding: Binding) -> None:
        """Check from time to time whether missing columns are back."""
        recheck_at = self._recheck_at.get((binding.mapping.record.name, binding.place), LONG_AGO)
        if binding.missing and self.clock() >= recheck_at:
            await self._recheck(request, binding)

    async def with_recheck(self, request: Request, binding: Binding, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask a source. If it refuses, check its columns; if one is gone, ask once more without it.

        Raises the errors of `ask`, and BadInput for a cursor that does not fit.
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

    async def rows(self, request: Request, binding: Binding, criteria: Criteria) -> CachedAnswer[Rows]:
        kept = self.cache.rows if self.cache is not None else None
        return await self._answer(request, binding, criteria, binding.connector.read, kept)

    async def count(self, request: Request, binding: Binding, criteria: CountCriteria) -> CachedAnswer[list[int]]:
        kept = self.cache.count if self.cache is not None else None
        return await self._answer(request, binding, criteria, binding.connector.count, kept)

    async def groups(self, request: Request, binding: Binding, criteria: GroupCriteria) -> CachedAnswer[RawGroups]:
        kept = self.cache.groups if self.cache is not None else None
        return await self._answer(request, binding, criteria, binding.connector.groups, kept)

    async def _answer(
        self, request: Request, binding: Binding, criteria: C, put: Put[C, T], kept: Kept[C, T] | None
    ) -> CachedAnswer[T]:
        """The answer of the source, or of the cache."""

        async def ask(asking: Request) -> T:
            call = Call(asking.operation_name or "anonymous", binding.source.load.statement_ms_max)
            asked = partial(shape_of, criteria)
            return await self._ask(asking, binding, lambda: put(binding.mapping, criteria, call), asked)

        answering = kept(request, binding, criteria, ask) if kept is not None else self._uncached(request, ask)
        return await (answering if request.steps is None else stepped(request, binding, criteria, answering))

    async def _uncached(self, request: Request, ask: Callable[[Request], Awaitable[T]]) -> CachedAnswer[T]:
        return CachedAnswer(await ask(request), self.clock())

    async def _ask(
        self, request: Request, binding: Binding, work: Callable[[], Awaitable[T]], asked: Asked | None = None
    ) -> T:
        department, is_local = binding.department.abbreviation, binding.connector.is_local
        return await self.guard.call(binding.source, department, request, work, is_local=is_local, asked=asked)

    async def _recheck(self, request: Request, binding: Binding) -> None:
        self._recheck_at[(binding.mapping.record.name, binding.place)] = self.clock() + RECHECK_AFTER

        async def check() -> None:
            for finding in await binding.check():
                self.note(finding)

        try:
            await self._ask(request, binding, check)
        except (HubError, SourceFailure):
            return
