"""The cache of reads: single flight and stale-while-revalidate for public answers of sources.

Fresh answers are served from the cache. Stale ones are served too and renewed in the background, as long as the mapping
allows. Personal columns never enter: see rules.py.
"""

from __future__ import annotations

import asyncio
import functools
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any, Generic, TypeVar

import msgspec

from connectors.cache.keys import CacheKeys, NotNameable, Question
from connectors.cache.row_codec import (
    NotStorable,
    Unreadable,
    packed_counts,
    packed_groups,
    packed_rows,
    unpacked_counts,
    unpacked_groups,
    unpacked_rows,
)
from connectors.cache.rules import may_be_kept
from connectors.cache.store import CacheStore
from connectors.cache.within_budget import StoreFailed, StoreLeftAlone, StoreTimedOut
from connectors.catalog import Binding
from connectors.criteria import CountCriteria, Criteria, GroupCriteria
from connectors.guard.breaker import BreakerState
from connectors.guard.connections import GUESTS
from connectors.guard.guard import Guard
from connectors.protocol import RawGroups, Rows
from models.batch import ServedFrom, SourceState
from models.errors import DepartmentTimeout, DepartmentUnavailable, HubError
from models.mechanisms.single_flight import Flight, FlightEnded, Flights, TooManyFlights
from models.policy.viewer import ANONYMOUS
from models.request import Deadline, Request, SourceReport

S = TypeVar("S")
T = TypeVar("T")

NEGATIVE_S = 0.25
"""How long a failure is cached for the same question."""
RENEW_AT = 0.9
JITTER = 0.1
"""Answers are renewed at 0.8 to 1.0 of their freshness time, so that they are not all renewed at once."""
CLOCKS_APART = timedelta(seconds=5)
"""An answer from further in the future was kept before the clock was set back, so its age is unknown."""
ENTRY_BYTES_MAX = 1024 * 1024


class CacheEvent(Enum):
    """Events, counted once per read: 500 reads that wait for one call are 500 misses."""

    __hash__ = object.__hash__  # as in Vocabulary

    HIT = "hit"
    STALE = "stale"
    MISS = "miss"
    SOURCE_FAILED = "source failed"
    POISONED = "poisoned"
    NOT_STORED = "not stored"
    STORE_FAILED = "store failed"
    STORE_TIMED_OUT = "store timed out"


@dataclass(slots=True)
class CachedAnswer(Generic[T]):
    """An answer of a source, and when it was given. `served_from` is SOURCE if the source was asked just now."""

    value: T
    at: datetime
    served_from: ServedFrom = ServedFrom.SOURCE


class _Entry(msgspec.Struct, array_like=True, frozen=True):
    """A cache entry: when the answer was given, when it is renewed, and the answer."""

    at: datetime
    renew_at: datetime
    value: msgspec.Raw


OLD_AFTER = 2
"""After so many times its freshness time, an answer is served only if the source gives none."""
STALE_RESERVE_S = 0.1
"""How much of a request's time is reserved for serving the stale answer if the source gives none."""


@dataclass(frozen=True, slots=True)
class _Codec(Generic[T]):
    packed: Callable[[T], bytes]
    unpacked: Callable[[msgspec.Raw], T]


_ROWS: _Codec[Rows] = _Codec(packed_rows, unpacked_rows)
_GROUPS: _Codec[RawGroups] = _Codec(packed_groups, unpacked_groups)
_COUNTS: _Codec[list[int]] = _Codec(packed_counts, unpacked_counts)
_ENCODER, _DECODER = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(_Entry)


@dataclass(frozen=True, slots=True)
class _Outcome(Generic[T]):
    """The shared result of a question: an answer or an error, and the source report."""

    report: SourceReport
    answer: CachedAnswer[T] | None = None
    error: HubError | None = None


@dataclass(frozen=True, slots=True)
class _PendingRead(Generic[T]):
    """A question and its cache name. `ask` sends it to the source through the guard, for a request."""

    name: str
    binding: Binding
    request: Request
    ask: Callable[[Request], Awaitable[T]]
    codec: _Codec[T]

    @property
    def flight(self) -> str:
        """The name of the flight, with the caller's class, so that staff never wait in a lower class's line."""
        return f"{self.name} of guests" if self.request.caller in GUESTS else self.name

    @property
    def source(self) -> str:
        return self.binding.source.name

    @property
    def department(self) -> str:
        return self.binding.department.abbreviation

    @property
    def fresh_for(self) -> timedelta:
        return self.binding.mapping.fresh_for or timedelta(0)

    @property
    def keep_for(self) -> timedelta:
        return self.fresh_for + (self.binding.mapping.stale_for or timedelta(0))


@dataclass(slots=True)
class ReadCache:
    """Caches reads in front of the guard. `counts` counts events by source.

    `now` is the wall clock; `random` is from 0 to 1.
    """

    keys: CacheKeys
    store: CacheStore
    guard: Guard
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    random: Callable[[], float] = random.random
    counts: Counter[tuple[str, CacheEvent]] = field(default_factory=Counter)
    _flights: Flights[_Outcome[Any]] = field(default_factory=Flights)

    async def rows(
        self, request: Request, binding: Binding, criteria: Criteria, ask: Callable[[Request], Awaitable[Rows]]
    ) -> CachedAnswer[Rows]:
        """The rows that answer a question. `ask` sends it to the source through the guard, for a request.

        Raises what `ask` raises, DepartmentTimeout at the request's deadline, and OperationCancelled.
        """
        return await self._answer(request, binding, criteria, ask, _ROWS)

    async def count(
        self,
        request: Request,
        binding: Binding,
        criteria: CountCriteria,
        ask: Callable[[Request], Awaitable[list[int]]],
    ) -> CachedAnswer[list[int]]:
        """The counts that answer a question; otherwise as `rows`."""
        return await self._answer(request, binding, criteria, ask, _COUNTS)

    async def groups(
        self,
        request: Request,
        binding: Binding,
        criteria: GroupCriteria,
        ask: Callable[[Request], Awaitable[RawGroups]],
    ) -> CachedAnswer[RawGroups]:
        """The groups that answer a question; otherwise as `rows`."""
        return await self._answer(request, binding, criteria, ask, _GROUPS)

    async def close(self) -> None:
        """Cancel the flights and close the storage."""
        await self._flights.close()
        await self.store.close()

    # --- For one client -----------------------------------------------------------------------------------------------

    async def _answer(
        self,
        request: Request,
        binding: Binding,
        question: Question,
        ask: Callable[[Request], Awaitable[T]],
        codec: _Codec[T],
    ) -> CachedAnswer[T]:
        request.cancellation.raise_if_requested()
        name = self._name(binding, question)
        if name is None:
            return await self._answered(ask, request)
        pending = _PendingRead(name, binding, request, ask, codec)
        is_missing = False
        if self.store.budget_s is None:
            # A storage that never waits needs no flight to look into it.
            kept = await self._kept(pending)
            if kept is not None and self.now() < kept[1]:
                return self._given(pending, _Outcome(SourceReport(), kept[0]))
            is_missing = kept is None
        budget_s = request.deadline.remaining_s
        try:
            looking = (
                self._begin(pending, budget_s)
                if is_missing
                else self._flights.begin(f"look {pending.flight}", functools.partial(self._look, pending))
            )
            told = await self._flights.wait(looking, budget_s)
        except TooManyFlights:
            return await self._answered(ask, request)
        except TimeoutError:
            request.report.note(pending.source, SourceState.TIMEOUT, elapsed_ms=budget_s * 1000)
            waited_ms = round(budget_s * 1000)
            raise DepartmentTimeout(
                "department_timeout", source=pending.source, department=pending.department, waited_ms=waited_ms
            ) from None
        except FlightEnded:
            raise DepartmentUnavailable(
                "department_unavailable", source=pending.source, department=pending.department
            ) from None
        return self._given(pending, told)

    def _name(self, binding: Binding, question: Question) -> str | None:
        """The cache name of a question; None if it is not cached."""
        if not may_be_kept(binding, question):
            return None
        try:
            return self.keys.name(binding, question)
        except NotNameable:
            return None

    def _given(self, pending: _PendingRead[T], told: _Outcome[T]) -> CachedAnswer[T]:
        """The shared outcome for one client: noted in its own report, with an error of its own."""
        report = pending.request.report
        for source, line in told.report.lines.items():
            report.note(source, line.state, elapsed_ms=line.elapsed_ms)
        if told.error is not None:
            self._count(pending, CacheEvent.SOURCE_FAILED)
            raise told.error.named() from told.error.__cause__
        answer = told.answer
        assert answer is not None
        if answer.served_from is ServedFrom.SOURCE:
            self._count(pending, CacheEvent.MISS)
            return answer
        is_stale = self.now() - answer.at > pending.fresh_for
        self._count(pending, CacheEvent.STALE if is_stale else CacheEvent.HIT)
        report.note_data(pending.source, pending.binding.mapping.record.name, as_of=answer.at, findings=0)
        line = report.lines[pending.source]
        if is_stale and line.state is SourceState.OK:
            line.state = SourceState.STALE
        return answer

    # --- For everybody who asks the same ------------------------------------------------------------------------------

    async def _look(self, pending: _PendingRead[T]) -> _Outcome[T]:
        """The cached answer, renewed in the background if due; without one, the source's answer."""
        kept = await self._kept(pending)
        if kept is None:
            return await self._flights.wait(self._begin(pending, pending.request.deadline.remaining_s))
        answer, renew_at = kept
        if self.now() - answer.at > OLD_AFTER * pending.fresh_for:
            return await self._younger(pending, answer)
        if self.now() >= renew_at:
            self._begin(pending, 0)
        return _Outcome(SourceReport(), answer)

    async def _younger(self, pending: _PendingRead[T], answer: CachedAnswer[T]) -> _Outcome[T]:
        """The source's answer if it comes in time, else the very stale one from the cache."""
        budget_s = pending.request.deadline.remaining_s - STALE_RESERVE_S
        try:
            told: _Outcome[T] = await self._flights.wait(self._begin(pending, budget_s), max(0.0, budget_s))
        except (TimeoutError, FlightEnded, TooManyFlights):
            return _Outcome(SourceReport(), answer)
        return told if told.error is None else _Outcome(SourceReport(), answer)

    def _begin(self, pending: _PendingRead[T], budget_s: float) -> Flight[_Outcome[Any]]:
        """Join or begin the flight that asks the source. It has a request of its own, so no client's end cancels it."""
        deadline = Deadline.in_ms(max(budget_s * 1000, pending.binding.source.load.statement_ms_max))
        first = pending.request
        own = Request(
            "cache",
            ANONYMOUS,
            deadline,
            first.language,
            operation_name=first.operation_name,
            asks_for=first.caller,
        )
        return self._flights.begin(
            f"ask {pending.flight}",
            functools.partial(self._asked, pending, own),
            functools.partial(self._after, pending),
        )

    async def _asked(self, pending: _PendingRead[T], own: Request) -> _Outcome[T]:
        try:
            return _Outcome(own.report, await self._answered(pending.ask, own))
        except HubError as error:
            return _Outcome(own.report, error=error)

    async def _answered(self, ask: Callable[[Request], Awaitable[T]], request: Request) -> CachedAnswer[T]:
        """The source's answer, dated when the question was sent: data may change while the source answers."""
        at = self.now()
        return CachedAnswer(await ask(request), at)

    async def _after(self, pending: _PendingRead[T], told: _Outcome[T]) -> None:
        """Keep an answer, or cache a failure for a moment unless it cost the source nothing."""
        if told.answer is not None:
            await self._keep(pending, told.answer)
            return
        is_asked = self.guard.state_of(pending.source) is BreakerState.CLOSED
        if is_asked and isinstance(told.error, DepartmentUnavailable | DepartmentTimeout):
            await self.sleep(NEGATIVE_S)

    # --- The storage --------------------------------------------------------------------------------------------------

    async def _kept(self, pending: _PendingRead[T]) -> tuple[CachedAnswer[T], datetime] | None:
        """The cached answer and when it is renewed; None if there is none that may still be served."""
        sealed = await self._tried(pending, self.store.get(pending.name))
        if sealed is None:
            return None
        try:
            entry, value = self._opened(pending, sealed)
        except Unreadable:
            self._count(pending, CacheEvent.POISONED)
            await self._tried(pending, self.store.delete(pending.name))
            return None
        age = self.now() - entry.at
        if not -CLOCKS_APART <= age <= pending.keep_for:
            return None
        return CachedAnswer(value, entry.at, ServedFrom.CACHE), entry.renew_at

    def _opened(self, pending: _PendingRead[T], sealed: bytes) -> tuple[_Entry, T]:
        """Raises Unreadable for data that this hub did not write under this name."""
        data = self.keys.opened(pending.name, sealed)
        if data is None:
            raise Unreadable("the seal is broken")
        try:
            entry = _DECODER.decode(data)
        except msgspec.MsgspecError as error:
            raise Unreadable(type(error).__name__) from None
        return entry, pending.codec.unpacked(entry.value)

    async def _keep(self, pending: _PendingRead[T], answer: CachedAnswer[T]) -> None:
        share = RENEW_AT + JITTER * (2 * self.random() - 1)
        try:
            value = msgspec.Raw(pending.codec.packed(answer.value))
            data = _ENCODER.encode(_Entry(answer.at, answer.at + pending.fresh_for * share, value))
        except NotStorable:
            self._count(pending, CacheEvent.NOT_STORED)
            return
        if len(data) > ENTRY_BYTES_MAX:
            self._count(pending, CacheEvent.NOT_STORED)
            return
        sealed = self.keys.sealed(pending.name, data)
        await self._tried(pending, self.store.put(pending.name, sealed, pending.keep_for.total_seconds()))

    async def _tried(self, pending: _PendingRead[Any], operation: Awaitable[S]) -> S | None:
        """The result of a storage operation; None if it fails, which is only counted."""
        try:
            return await operation
        except StoreLeftAlone:
            return None
        except StoreTimedOut:
            self._count(pending, CacheEvent.STORE_TIMED_OUT)
        except StoreFailed:
            self._count(pending, CacheEvent.STORE_FAILED)
        return None

    def _count(self, pending: _PendingRead[Any], event: CacheEvent) -> None:
        self.counts[pending.source, event] += 1
