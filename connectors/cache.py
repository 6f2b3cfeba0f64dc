"""The cache of reads: asks a source once for what many want at once, and keeps what everybody may see of its answer.

Young answers are given as they are. Older ones are given at once, too, and renewed behind the client's back, for as
long as the mapping allows stale ones: so a source that fails is not missed. Personal columns never enter: see
cache_rules.py.
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

from connectors.breaker import BreakerState
from connectors.cache_keys import CacheKeys, NotNameable, Question
from connectors.cache_rules import may_be_kept
from connectors.cache_store import CacheStore
from connectors.catalog import Binding
from connectors.criteria import CountCriteria, Criteria, GroupCriteria
from connectors.guard import Guard
from connectors.protocol import RawGroups, Rows
from connectors.row_codec import (
    NotStorable,
    Unreadable,
    packed_counts,
    packed_groups,
    packed_rows,
    unpacked_counts,
    unpacked_groups,
    unpacked_rows,
)
from connectors.single_flight import Flight, FlightEnded, Flights, TooManyFlights
from connectors.within_budget import StoreFailed, StoreLeftAlone, StoreTimedOut
from models.batch import ServedFrom, SourceState
from models.errors import DepartmentTimeout, DepartmentUnavailable, HubError
from models.request import Deadline, Request, SourceReport
from models.viewer import ANONYMOUS

S = TypeVar("S")
T = TypeVar("T")

NEGATIVE_S = 0.25
"""For how long a failure of a source answers those who ask the same again."""
RENEW_AT = 0.9
JITTER = 0.1
"""An answer is renewed at 0.9 of its contract, a tenth of the contract sooner or later: not all at one moment."""
CLOCKS_APART = timedelta(seconds=5)
"""What was kept later than this from now was kept before the clock was set back, so its age is not known."""
ENTRY_BYTES_MAX = 1024 * 1024


class CacheEvent(Enum):
    """What is counted, once for each read that it happens to: 500 that wait for one call are 500 misses."""

    HIT = "hit"
    STALE = "stale"
    MISS = "miss"
    SOURCE_FAILED = "source failed"
    POISONED = "poisoned"
    NOT_STORED = "not stored"
    STORE_FAILED = "store failed"
    STORE_TIMED_OUT = "store timed out"


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What a source answered, and when. `served_from` is SOURCE where it was asked for those who wait now."""

    value: T
    at: datetime
    served_from: ServedFrom = ServedFrom.SOURCE


class _Entry(msgspec.Struct, array_like=True, frozen=True):
    """An answer as it is kept: when it was given, when it is to be renewed, and the answer itself."""

    at: datetime
    renew_at: datetime
    value: msgspec.Raw


OLD_AFTER = 2
"""After so many times the time for which it is fresh, an answer is given only where the source gives none."""
STALE_RESERVE_S = 0.1
"""What of a request's time is kept for giving what is kept, when the source gives nothing."""


@dataclass(frozen=True, slots=True)
class _Codec(Generic[T]):
    packed: Callable[[T], bytes]
    unpacked: Callable[[msgspec.Raw], T]


_ROWS: _Codec[Rows] = _Codec(packed_rows, unpacked_rows)
_GROUPS: _Codec[RawGroups] = _Codec(packed_groups, unpacked_groups)
_COUNTS: _Codec[list[int]] = _Codec(packed_counts, unpacked_counts)
_ENCODER, _DECODER = msgspec.msgpack.Encoder(), msgspec.msgpack.Decoder(_Entry)


@dataclass(frozen=True, slots=True)
class _Told(Generic[T]):
    """How a question ended for everybody who asked it: an answer or an error, and how the source did."""

    report: SourceReport
    answer: Answer[T] | None = None
    error: HubError | None = None


@dataclass(frozen=True, slots=True)
class _Asking(Generic[T]):
    """One question under its name. `ask` puts it to the source through the guard, for a request."""

    name: str
    binding: Binding
    request: Request
    ask: Callable[[Request], Awaitable[T]]
    codec: _Codec[T]

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
    """Stands before the guard. `counts` says how often each event was, by source.

    `now` is the wall clock; `random` is from 0 to 1.
    """

    keys: CacheKeys
    store: CacheStore
    guard: Guard
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    random: Callable[[], float] = random.random
    counts: Counter[tuple[str, CacheEvent]] = field(default_factory=Counter)
    _flights: Flights[_Told[Any]] = field(default_factory=Flights)

    async def rows(
        self, request: Request, binding: Binding, criteria: Criteria, ask: Callable[[Request], Awaitable[Rows]]
    ) -> Answer[Rows]:
        """The rows that answer a question. `ask` puts it to the source, through the guard, for a request.

        Raises what `ask` raises, DepartmentTimeout at the request's deadline, and OperationCancelled.
        """
        return await self._answer(request, binding, criteria, ask, _ROWS)

    async def count(
        self,
        request: Request,
        binding: Binding,
        criteria: CountCriteria,
        ask: Callable[[Request], Awaitable[list[int]]],
    ) -> Answer[list[int]]:
        """The numbers that answer a question; otherwise as `rows`."""
        return await self._answer(request, binding, criteria, ask, _COUNTS)

    async def groups(
        self,
        request: Request,
        binding: Binding,
        criteria: GroupCriteria,
        ask: Callable[[Request], Awaitable[RawGroups]],
    ) -> Answer[RawGroups]:
        """The groups that answer a question; otherwise as `rows`."""
        return await self._answer(request, binding, criteria, ask, _GROUPS)

    async def close(self) -> None:
        """End the calls that are under way, and leave the storage."""
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
    ) -> Answer[T]:
        request.cancellation.raise_if_requested()
        name = self._name(binding, question)
        if name is None:
            return await self._answered(ask, request)
        asking = _Asking(name, binding, request, ask, codec)
        budget_s = request.deadline.remaining_s
        try:
            looking = self._flights.begin(f"look {name}", functools.partial(self._look, asking))
            told = await self._flights.wait(looking, budget_s)
        except TooManyFlights:
            return await self._answered(ask, request)
        except TimeoutError:
            request.report.note(asking.source, SourceState.TIMEOUT, elapsed_ms=budget_s * 1000)
            waited_ms = round(budget_s * 1000)
            raise DepartmentTimeout(
                "department_timeout", source=asking.source, department=asking.department, waited_ms=waited_ms
            ) from None
        except FlightEnded:
            raise DepartmentUnavailable(
                "department_unavailable", source=asking.source, department=asking.department
            ) from None
        return self._given(asking, told)

    def _name(self, binding: Binding, question: Question) -> str | None:
        """The name under which a question is kept; None for one that is not."""
        if not may_be_kept(binding, question):
            return None
        try:
            return self.keys.name(binding, question)
        except NotNameable:
            return None

    def _given(self, asking: _Asking[T], told: _Told[T]) -> Answer[T]:
        """What a client gets of an answer that may be everybody's: its own report, and an error of its own."""
        report = asking.request.report
        for source, line in told.report.lines.items():
            report.note(source, line.state, elapsed_ms=line.elapsed_ms)
        if told.error is not None:
            self._count(asking, CacheEvent.SOURCE_FAILED)
            raise told.error.named() from told.error.__cause__
        answer = told.answer
        assert answer is not None
        if answer.served_from is ServedFrom.SOURCE:
            self._count(asking, CacheEvent.MISS)
            return answer
        is_stale = self.now() - answer.at > asking.fresh_for
        self._count(asking, CacheEvent.STALE if is_stale else CacheEvent.HIT)
        report.note_data(asking.source, as_of=answer.at, findings=0)
        line = report.lines[asking.source]
        if is_stale and line.state is SourceState.OK:
            line.state = SourceState.STALE
        return answer

    # --- For everybody who asks the same ------------------------------------------------------------------------------

    async def _look(self, asking: _Asking[T]) -> _Told[T]:
        """What is kept, renewed behind its back where that is due; where nothing is kept, what the source says."""
        kept = await self._kept(asking)
        if kept is None:
            return await self._flights.wait(self._begin(asking, asking.request.deadline.remaining_s))
        answer, renew_at = kept
        if self.now() - answer.at > OLD_AFTER * asking.fresh_for:
            return await self._younger(asking, answer)
        if self.now() >= renew_at:
            self._begin(asking, 0)
        return _Told(SourceReport(), answer)

    async def _younger(self, asking: _Asking[T], answer: Answer[T]) -> _Told[T]:
        """What the source says, if it says something in time, else what is kept: nobody is given hours for a moment."""
        budget_s = asking.request.deadline.remaining_s - STALE_RESERVE_S
        try:
            told: _Told[T] = await self._flights.wait(self._begin(asking, budget_s), max(0.0, budget_s))
        except (TimeoutError, FlightEnded, TooManyFlights):
            return _Told(SourceReport(), answer)
        return told if told.error is None else _Told(SourceReport(), answer)

    def _begin(self, asking: _Asking[T], budget_s: float) -> Flight[_Told[Any]]:
        """Ask the source, unless that is under way. Who asks is nobody's client, so that no client's end ends it."""
        deadline = Deadline.in_ms(max(budget_s * 1000, asking.binding.source.load.statement_ms_max))
        first = asking.request
        own = Request("cache", ANONYMOUS, deadline, first.language, operation_name=first.operation_name)
        return self._flights.begin(
            f"ask {asking.name}", functools.partial(self._asked, asking, own), functools.partial(self._after, asking)
        )

    async def _asked(self, asking: _Asking[T], own: Request) -> _Told[T]:
        try:
            return _Told(own.report, await self._answered(asking.ask, own))
        except HubError as error:
            return _Told(own.report, error=error)

    async def _answered(self, ask: Callable[[Request], Awaitable[T]], request: Request) -> Answer[T]:
        """What the source says. It is as old as the question: while the source answers, it changes."""
        at = self.now()
        return Answer(await ask(request), at)

    async def _after(self, asking: _Asking[T], told: _Told[T]) -> None:
        """Keep an answer, or let a failure stand for a moment. One that cost the source nothing need not stand."""
        if told.answer is not None:
            await self._keep(asking, told.answer)
            return
        is_asked = self.guard.state_of(asking.source) is BreakerState.CLOSED
        if is_asked and isinstance(told.error, DepartmentUnavailable | DepartmentTimeout):
            await self.sleep(NEGATIVE_S)

    # --- The storage --------------------------------------------------------------------------------------------------

    async def _kept(self, asking: _Asking[T]) -> tuple[Answer[T], datetime] | None:
        """What is kept and when it is to be renewed; None where there is nothing that may still be given."""
        sealed = await self._tried(asking, self.store.get(asking.name))
        if sealed is None:
            return None
        try:
            entry, value = self._opened(asking, sealed)
        except Unreadable:
            self._count(asking, CacheEvent.POISONED)
            await self._tried(asking, self.store.delete(asking.name))
            return None
        age = self.now() - entry.at
        if not -CLOCKS_APART <= age <= asking.keep_for:
            return None
        return Answer(value, entry.at, ServedFrom.CACHE), entry.renew_at

    def _opened(self, asking: _Asking[T], sealed: bytes) -> tuple[_Entry, T]:
        """Raises Unreadable for what this hub did not write under this name."""
        data = self.keys.opened(asking.name, sealed)
        if data is None:
            raise Unreadable("the seal is broken")
        try:
            entry = _DECODER.decode(data)
        except msgspec.MsgspecError as error:
            raise Unreadable(type(error).__name__) from None
        return entry, asking.codec.unpacked(entry.value)

    async def _keep(self, asking: _Asking[T], answer: Answer[T]) -> None:
        share = RENEW_AT + JITTER * (2 * self.random() - 1)
        try:
            value = msgspec.Raw(asking.codec.packed(answer.value))
            data = _ENCODER.encode(_Entry(answer.at, answer.at + asking.fresh_for * share, value))
        except NotStorable:
            self._count(asking, CacheEvent.NOT_STORED)
            return
        if len(data) > ENTRY_BYTES_MAX:
            self._count(asking, CacheEvent.NOT_STORED)
            return
        sealed = self.keys.sealed(asking.name, data)
        await self._tried(asking, self.store.put(asking.name, sealed, asking.keep_for.total_seconds()))

    async def _tried(self, asking: _Asking[Any], operation: Awaitable[S]) -> S | None:
        """What the storage gives; None where it fails, which nobody else is told."""
        try:
            return await operation
        except StoreLeftAlone:
            return None
        except StoreTimedOut:
            self._count(asking, CacheEvent.STORE_TIMED_OUT)
        except StoreFailed:
            self._count(asking, CacheEvent.STORE_FAILED)
        return None

    def _count(self, asking: _Asking[Any], event: CacheEvent) -> None:
        self.counts[asking.source, event] += 1
