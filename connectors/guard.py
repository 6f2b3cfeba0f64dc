"""The guard: the only way to a source. It bounds how long a call may take, how many run, and what a source is asked.

At its deadline a call is abandoned: the caller gets its error at once, and a task of the guard's own waits for the
driver. A source that fails is left alone until a probe of the guard's own has been answered.
"""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import TypeVar

from connectors.abandoning import abandoned
from connectors.breaker import Breaker, BreakerState, Outcome
from connectors.load import COPY_LOAD, LoadContract
from connectors.pacing import Pace
from connectors.protocol import SourceBroken, SourceFailure, SourceTimeout, SourceUnreachable
from connectors.sources import Source
from models.batch import SourceState
from models.errors import DataQuality, DepartmentTimeout, DepartmentUnavailable, HubError
from models.request import Request

T = TypeVar("T")

ABANDONED_CALLS_MAX = 64
"""How many calls of one source may wait for their driver after their deadline, before new ones are refused."""
WAITING_CALLS_MAX = 256
"""How many calls of one source may wait for a connection, before new ones are refused."""
FAIR_BUDGET_S = 0.2
"""A call that had less time than this, once it had a connection, says nothing about its source when it runs out."""
SLOW_SHARE = 0.8
"""A call that took this much of what its source allows a statement is slow."""
PROBE_S_MAX = 0.6
"""A probe that began just before the source healed may take all of this, and the pause after it comes on top."""
RETRIES_PER_CALL = 0.1
RETRIES_SAVED_MAX = 5.0
"""Of ten calls one may be sent again, of the first ones five: retries never double the load of a source in trouble."""
RETRY_PAUSE_S = 0.02

Probe = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class CallEnd:
    """How one call ended, for whoever counts: a state as in extensions.sources, or REFUSED before it began.

    `is_local` where it was not the source that was asked, but a copy of it.
    """

    source: str
    state: str
    elapsed_s: float
    is_local: bool = False


REFUSED = "refused"


@dataclass(slots=True)
class Turn:
    """Since when a call has been with its source: what it waited before, for bounds of the hub, is not the source's."""

    began_s: float = math.inf

    @property
    def lasted_s(self) -> float:
        return time.perf_counter() - self.began_s


@dataclass(eq=False, slots=True)
class Door:
    """The state of one source: its free connections, its breaker, and the calls that nobody waits for any more."""

    load: LoadContract
    slots: asyncio.Semaphore
    pace: Pace
    breaker: Breaker = field(default_factory=Breaker)
    waiting: int = 0
    retries_saved: float = RETRIES_SAVED_MAX
    abandoned: set[asyncio.Task[None]] = field(default_factory=set)
    healing: asyncio.Task[None] | None = None
    probes_sent: int = 0


@dataclass(eq=False, slots=True)
class Guard:
    """Stands before every source of the hub. `log` is told why a call failed; the client never is.

    `probes` ask a source whether it is back, by its name; where there is none, the next call finds out. `zone` is the
    city's, whose clocks quiet hours go by.
    """

    log: Callable[[str, str, BaseException], None]
    probes: Mapping[str, Probe] = field(default_factory=dict)
    zone: tzinfo = UTC
    ended: Callable[[CallEnd], None] = lambda _: None
    changed: Callable[[str, BreakerState], None] = lambda _source, _state: None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    doors: dict[str, Door] = field(default_factory=dict)

    async def call(
        self,
        source: Source,
        department: str,
        request: Request,
        work: Callable[[], Awaitable[T]],
        *,
        is_local: bool = False,
    ) -> T:
        """Run `work` against a source within the request's deadline; `is_local` is a copy of it that the hub keeps.

        Raises DepartmentTimeout at the deadline, DepartmentUnavailable when the source cannot be reached, is overrun or
        left alone, and DataQuality when it refuses the statement. Each of these, and success, is noted in the request's
        source report; cancellation, and what `work` raises of its own before it asks the source, are not.
        """
        request.cancellation.raise_if_requested()
        started = time.perf_counter()
        door = self._door(source, is_local=is_local)
        admitted = False
        try:
            if not is_local:
                self._admit(source, door)
            admitted = True
            result = await self._bounded(door, source, request, work, is_local=is_local)
        except HubError as error:
            state = _STATES.get(type(error), SourceState.BROKEN)
            elapsed_s = self._report(request, source, started, state)
            self.ended(CallEnd(source.name, state.value if admitted else REFUSED, elapsed_s, is_local))
            raise error.named(source=source.name, department=department) from error.__cause__
        elapsed_s = self._report(request, source, started, SourceState.OK)
        self.ended(CallEnd(source.name, SourceState.OK.value, elapsed_s, is_local))
        return result

    def state_of(self, source: str) -> BreakerState:
        door = self.doors.get(source)
        return door.breaker.state if door is not None else BreakerState.CLOSED

    async def close(self) -> None:
        """End what waits for sources to heal."""
        healing = [door.healing for door in self.doors.values() if door.healing is not None]
        for task in healing:
            task.cancel()
        await asyncio.gather(*healing, return_exceptions=True)

    # --- Before a call ------------------------------------------------------------------------------------------------

    def _door(self, source: Source, *, is_local: bool) -> Door:
        name = f"{source.name} copy" if is_local else source.name
        door = self.doors.get(name)
        if door is None:
            load = COPY_LOAD if is_local else source.load
            pace = Pace(load.statements_per_second_max, sleep=self.sleep)
            door = self.doors[name] = Door(load, asyncio.Semaphore(load.connections_max), pace)
        return door

    def _admit(self, source: Source, door: Door) -> None:
        if source.load.quiet_hours and source.load.is_quiet(self.now().astimezone(self.zone)):
            raise DepartmentUnavailable("department_quiet")
        if not door.breaker.allows:
            raise DepartmentUnavailable("department_unavailable")
        if door.waiting >= WAITING_CALLS_MAX or len(door.abandoned) >= ABANDONED_CALLS_MAX:
            raise DepartmentUnavailable("department_busy")

    # --- A call -------------------------------------------------------------------------------------------------------

    async def _bounded(
        self, door: Door, source: Source, request: Request, work: Callable[[], Awaitable[T]], *, is_local: bool
    ) -> T:
        budget_s = request.deadline.remaining_s
        turn = Turn()
        task = asyncio.ensure_future(self._in_slot(door, turn, work))
        try:
            done, _ = await asyncio.wait({task}, timeout=budget_s)
        except asyncio.CancelledError:
            self._abandon(door, task)
            raise
        if not done:
            self._abandon(door, task)
            if not is_local and turn.lasted_s >= FAIR_BUDGET_S:
                self._record(source, door, Outcome.FAILED)
            raise DepartmentTimeout("department_timeout", waited_ms=round(budget_s * 1000))
        outcome = Outcome.FAILED
        try:
            result = task.result()
            is_slow = turn.lasted_s >= SLOW_SHARE * door.load.statement_ms_max / 1000
            outcome = Outcome.SLOW if is_slow else Outcome.GOOD
        except asyncio.CancelledError as failure:
            # The driver gave up by itself: nobody cancelled the caller.
            self.log(source.name, "unavailable", failure)
            raise DepartmentUnavailable("department_unavailable") from failure
        except SourceTimeout as failure:
            self.log(source.name, "timeout", failure)
            raise DepartmentTimeout("department_timeout", waited_ms=door.load.statement_ms_max) from failure
        except SourceBroken as failure:
            # It answered: it is there, and does not know what it was asked for.
            outcome = Outcome.GOOD
            self.log(source.name, "broken", failure)
            raise DataQuality("source_refused") from failure
        except SourceFailure as failure:
            self.log(source.name, "unavailable", failure)
            raise DepartmentUnavailable("department_unavailable") from failure
        except BaseException:
            outcome = Outcome.GOOD
            raise
        finally:
            if not is_local:
                self._record(source, door, outcome)
        return result

    async def _in_slot(self, door: Door, turn: Turn, work: Callable[[], Awaitable[T]]) -> T:
        door.waiting += 1
        try:
            await door.slots.acquire()
        finally:
            door.waiting -= 1
        try:
            if not door.breaker.allows:
                # Those before it in the line have failed.
                raise DepartmentUnavailable("department_unavailable")
            await door.pace.step()
            turn.began_s = time.perf_counter()
            return await self._tried(door, work)
        finally:
            door.slots.release()

    async def _tried(self, door: Door, work: Callable[[], Awaitable[T]]) -> T:
        """Once more where the connection was lost: everything that goes this way is a read."""
        door.retries_saved = min(door.retries_saved + RETRIES_PER_CALL, RETRIES_SAVED_MAX)
        try:
            return await work()
        except SourceUnreachable:
            if door.retries_saved < 1 or not door.breaker.allows or _is_abandoned():
                raise
        door.retries_saved -= 1
        await self.sleep(RETRY_PAUSE_S * (1 + random.random()))  # noqa: S311  # no secret
        return await work()

    def _abandon(self, door: Door, task: asyncio.Future[T]) -> None:
        """Stop waiting. The task is told to stop, and kept until it has, so that its connection is accounted for."""
        ending = abandoned(task)
        door.abandoned.add(ending)
        ending.add_done_callback(door.abandoned.discard)

    def _report(self, request: Request, source: Source, started: float, state: SourceState) -> float:
        elapsed_s = time.perf_counter() - started
        request.report.note(source.name, state, elapsed_ms=elapsed_s * 1000)
        return elapsed_s

    # --- Healing ------------------------------------------------------------------------------------------------------

    def _record(self, source: Source, door: Door, outcome: Outcome) -> None:
        if door.breaker.record(outcome):
            self.changed(source.name, door.breaker.state)
            door.healing = asyncio.ensure_future(self._heal(source, door))

    async def _heal(self, source: Source, door: Door) -> None:
        """Leave the source alone for a while, ask it once, and again after a longer while, until it answers."""
        while not door.breaker.allows:
            await self.sleep(door.breaker.pause_s())
            door.breaker.probing()
            door.breaker.probed(good=await self._answers(source, door))
        self.changed(source.name, door.breaker.state)

    async def _answers(self, source: Source, door: Door) -> bool:
        probe = self.probes.get(source.name)
        if probe is None:
            return True
        door.probes_sent += 1
        task = asyncio.ensure_future(self._probed(door, probe))
        try:
            done, _ = await asyncio.wait({task}, timeout=PROBE_S_MAX)
        except asyncio.CancelledError:
            self._abandon(door, task)
            raise
        if not done:
            self._abandon(door, task)
            return False
        return not task.cancelled() and (task.exception() is None or isinstance(task.exception(), SourceBroken))

    async def _probed(self, door: Door, probe: Probe) -> object:
        async with door.slots:
            return await probe()


_STATES: dict[type[HubError], SourceState] = {
    DepartmentTimeout: SourceState.TIMEOUT,
    DepartmentUnavailable: SourceState.UNAVAILABLE,
    DataQuality: SourceState.BROKEN,
}


def _is_abandoned() -> bool:
    """Whether nobody waits for the call that runs here: a driver that is told to stop may say that it was cut off."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
