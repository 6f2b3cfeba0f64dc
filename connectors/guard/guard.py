"""The guard: the only way to a source. It enforces deadlines, bulkheads, circuit breakers and load contracts.

At its deadline a call is abandoned: the caller gets its error at once, and a task of the guard waits for the driver. A
failing source is left alone until it answers the guard's probe. A question that is slow by itself is no failure of the
source: questions of its shape are refused for a while.
"""

from __future__ import annotations

import asyncio
import math
import random
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from functools import partial
from typing import TypeVar

from connectors.guard.breaker import BreakerState, Outcome
from connectors.guard.bulkheads import RETRIES_SAVED_MAX, Asked, Bulkhead, Call, Said
from connectors.guard.connections import TURN, Connections, LeftAlone, TooManyWaiting, Turn
from connectors.guard.slow_shapes import Shape
from connectors.load import COPY_LOAD
from connectors.protocol import SourceBroken, SourceFailure, SourceTimeout, SourceUnreachable
from connectors.sources import Source
from models.batch import SourceState
from models.errors import DataQuality, DepartmentTimeout, DepartmentUnavailable, HubError
from models.mechanisms.bounded_wait import abandon, within
from models.policy.viewer import CallerClass
from models.request import Request

T = TypeVar("T")

ABANDONED_CALLS_MAX = 64
"""How many abandoned calls of a source may still be ending before new ones are refused."""
FAIR_BUDGET_S = 0.2
"""A timeout says nothing about the source if the call had less time than this once it had a connection."""
FAIR_SHARE = 0.5
"""A timeout says nothing about the question's shape if it had less than this share of the statement limit."""
SLOW_SHARE = 0.8
"""A call that took this share of the statement limit is slow."""
PROBE_S_MAX = 0.6
"""The time limit of a probe. It adds to the time in which a healed source is noticed."""
PROBE_WAITS_MAX = 5
"""How many probe limits it waits for a connection. While all connections hang, the probe has no result."""
PROBE = "a probe"
"""The shape of a probe."""
RETRIES_PER_CALL = 0.1
"""One retry per ten calls, and five to begin with: retries never double the load of a source in trouble."""
RETRY_PAUSE_S = 0.02

Probe = Callable[[], Awaitable[object]]


@dataclass(slots=True)
class CallEnd:
    """How one call ended, for metrics: a state as in extensions.sources, or REFUSED before it began.

    `is_local`: a local copy was asked instead of the source.
    """

    source: str
    state: str
    elapsed_s: float
    is_local: bool = False


REFUSED = "refused"


@dataclass(eq=False, slots=True)
class Guard:
    """Guards every source of the hub. `log` receives the reasons of failures; clients never do.

    `probes`, by source, ask whether the source is back; without one the next call is the probe. `connections`, by
    source, are those of connectors that take them per statement; the guard takes them for the others. `zone` is the
    city's time zone, for quiet hours.
    """

    log: Callable[[str, str, BaseException], None]
    probes: Mapping[str, Probe] = field(default_factory=dict)
    zone: tzinfo = UTC
    ended: Callable[[CallEnd], None] = lambda _: None
    changed: Callable[[str, BreakerState], None] = lambda _source, _state: None
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    connections: Mapping[str, Connections] = field(default_factory=dict)
    bulkheads: dict[str, Bulkhead] = field(default_factory=dict)

    async def call(
        self,
        source: Source,
        department: str,
        request: Request,
        work: Callable[[], Awaitable[T]],
        *,
        is_local: bool = False,
        asked: Asked | None = None,
        writes: bool = False,
    ) -> T:
        """Run `work` against a source, or its local copy if `is_local`, within the request's deadline.

        If it `writes`, it is not sent again when the connection was lost. `asked` returns the shape of the question.
        Raises DepartmentTimeout at the deadline and for a shape that was too slow; DepartmentUnavailable if the source
        cannot be reached, is overloaded or left alone; DataQuality if it refuses the statement. The request's source
        report notes each of these, and success. It notes neither cancellation nor errors that `work` raises before it
        asks the source.
        """
        request.cancellation.raise_if_requested()
        started = time.perf_counter()
        bulkhead = self._bulkhead(source, is_local=is_local)
        may_begin = _always if is_local else lambda: bulkhead.breaker.allows
        call = Call(source, bulkhead, Turn(request.caller, may_begin), asked, is_local, writes)
        admitted = False
        try:
            self._admit(call)
            admitted = True
            result = await self._bounded(call, request, work)
        except HubError as error:
            state = _STATES.get(type(error), SourceState.BROKEN)
            elapsed_s = self._report(request, call, started, state)
            self.ended(CallEnd(source.name, state.value if admitted else REFUSED, elapsed_s, is_local))
            raise error.named(source=source.title, department=department) from error.__cause__
        elapsed_s = self._report(request, call, started, SourceState.OK)
        self.ended(CallEnd(source.name, SourceState.OK.value, elapsed_s, is_local))
        return result

    def left_alone(self, source: Source) -> str:
        """Why the source is not asked now, for the operators' log; nothing if it is."""
        if source.load.is_quiet(self.now().astimezone(self.zone)):
            return "it is within the quiet hours of the source"
        bulkhead = self.bulkheads.get(source.name)
        return "" if bulkhead is None or bulkhead.breaker.allows else "the source has failed, and is not well yet"

    def state_of(self, source: str) -> BreakerState:
        bulkhead = self.bulkheads.get(source)
        return bulkhead.breaker.state if bulkhead is not None else BreakerState.CLOSED

    def refused(self, source: str) -> dict[Shape, float]:
        """The question shapes that are refused for this source or its copy, and for how many more seconds."""
        bulkheads = [self.bulkheads[name] for name in (source, _copy_of(source)) if name in self.bulkheads]
        return {shape: wait_s for bulkhead in bulkheads for shape, wait_s in bulkhead.slow.refused().items()}

    async def close(self) -> None:
        """Cancel the probes and the tasks that wait for sources to heal."""
        tasks = [
            task
            for bulkhead in self.bulkheads.values()
            for task in (bulkhead.healing, bulkhead.doubting)
            if task is not None
        ]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # --- Before a call ------------------------------------------------------------------------------------------------

    def _bulkhead(self, source: Source, *, is_local: bool) -> Bulkhead:
        name = _copy_of(source.name) if is_local else source.name
        bulkhead = self.bulkheads.get(name)
        if bulkhead is None:
            load = COPY_LOAD if is_local else source.load
            kept = None if is_local else self.connections.get(source.name)
            own = Connections(load.connections_max, load.statements_per_second_max, self.sleep)
            bulkhead = self.bulkheads[name] = Bulkhead(load, kept or own, keeps_line=kept is not None)
        return bulkhead

    def _admit(self, call: Call) -> None:
        source, bulkhead = call.source, call.bulkhead
        if not call.is_local:
            if source.load.quiet_hours and source.load.is_quiet(self.now().astimezone(self.zone)):
                raise DepartmentUnavailable("department_quiet")
            if not bulkhead.breaker.allows:
                raise DepartmentUnavailable("department_unavailable")
            if bulkhead.connections.is_full(call.turn.caller) or len(bulkhead.abandoned) >= ABANDONED_CALLS_MAX:
                raise DepartmentUnavailable("department_busy")
        if bulkhead.slow and call.asked is not None:
            wait_s = bulkhead.slow.wait_s(call.shape)
            if wait_s:
                call.by_question = True
                raise DepartmentTimeout("question_slow", retry_s=math.ceil(wait_s))

    # --- A call -------------------------------------------------------------------------------------------------------

    async def _bounded(self, call: Call, request: Request, work: Callable[[], Awaitable[T]]) -> T:
        budget_s = request.deadline.remaining_s
        try:
            task = await within(budget_s, self._in_turn(call, work), call.bulkhead.abandoned)
        except asyncio.CancelledError:
            self._left(call)
            raise
        except TimeoutError:
            self._unanswered(call)
            raise DepartmentTimeout("department_timeout", waited_ms=round(budget_s * 1000)) from None
        try:
            result = task.result()
        except LeftAlone as failure:
            self._left(call)
            raise DepartmentUnavailable("department_unavailable") from failure
        except TooManyWaiting as failure:
            self._left(call)
            raise DepartmentUnavailable("department_busy") from failure
        except asyncio.CancelledError as failure:
            # The driver cancelled itself: nobody cancelled the caller.
            self._failed(call, "unavailable", failure)
            raise DepartmentUnavailable("department_unavailable") from failure
        except SourceTimeout as failure:
            self._ran_out(call, failure)
            raise DepartmentTimeout("department_timeout", waited_ms=call.bulkhead.load.statement_ms_max) from failure
        except SourceBroken as failure:
            # It answered, so it is alive.
            self.log(call.source.name, "broken", failure)
            self._answered(call)
            raise DataQuality("source_refused") from failure
        except SourceFailure as failure:
            self._failed(call, "unavailable", failure)
            raise DepartmentUnavailable("department_unavailable") from failure
        except BaseException:
            self._answered(call)
            raise
        self._answered(call)
        return result

    async def _in_turn(self, call: Call, work: Callable[[], Awaitable[T]]) -> T:
        TURN.set(call.turn)
        run = work if call.writes else partial(self._tried, call.bulkhead, work)
        if call.bulkhead.keeps_line:
            return await run()
        async with call.bulkhead.connections.one():
            return await run()

    async def _tried(self, bulkhead: Bulkhead, work: Callable[[], Awaitable[T]]) -> T:
        """Retry once if the connection was lost: it is a read."""
        bulkhead.retries_saved = min(bulkhead.retries_saved + RETRIES_PER_CALL, RETRIES_SAVED_MAX)
        try:
            return await work()
        except SourceUnreachable:
            if bulkhead.retries_saved < 1 or not bulkhead.breaker.allows or _is_abandoned():
                raise
        bulkhead.retries_saved -= 1
        await self.sleep(RETRY_PAUSE_S * (1 + random.random()))  # noqa: S311  # no secret
        return await work()

    def _report(self, request: Request, call: Call, started: float, state: SourceState) -> float:
        elapsed_s = time.perf_counter() - started
        request.report.note(call.source.name, state, elapsed_ms=elapsed_s * 1000, by_question=call.by_question)
        return elapsed_s

    # --- What a call says of its source and of its shape --------------------------------------------------------------

    def _answered(self, call: Call) -> None:
        if not call.turn.began:
            # It never asked the source.
            self._left(call)
            return
        call.bulkhead.heard_s = time.perf_counter()
        if call.bulkhead.slow and call.asked is not None:
            call.bulkhead.slow.answered(call.shape)
        is_slow = call.turn.lasted_s >= SLOW_SHARE * call.statement_s_max
        self._record(call, Outcome.SLOW if is_slow else Outcome.GOOD)

    def _failed(self, call: Call, kind: str, failure: BaseException) -> None:
        self.log(call.source.name, kind, failure)
        self._left(call)
        self._record(call, Outcome.FAILED)

    def _left(self, call: Call) -> None:
        if call.bulkhead.slow and call.asked is not None:
            call.bulkhead.slow.left(call.shape)

    def _ran_out(self, call: Call, failure: SourceTimeout) -> None:
        """Its statement was stopped: by the source, which is alive, or by the hub after silence."""
        self.log(call.source.name, "timeout", failure)
        if call.asked is not None:
            call.bulkhead.slow.ran_out(call.shape)
        if failure.said:
            call.by_question = True
            call.bulkhead.heard_s = time.perf_counter()
            self._record(call, Outcome.GOOD)
        elif not self._heard_meanwhile(call):
            self._record(call, Outcome.SILENT)

    def _unanswered(self, call: Call) -> None:
        """The deadline passed, and the source has not said that it stopped the statement."""
        lasted_s = call.turn.lasted_s
        if call.asked is not None and lasted_s >= FAIR_SHARE * call.statement_s_max:
            call.bulkhead.slow.ran_out(call.shape)
        else:
            self._left(call)
        if lasted_s >= FAIR_BUDGET_S and not self._heard_meanwhile(call):
            # A living source would have stopped it at the statement limit.
            self._record(call, Outcome.SILENT if lasted_s >= call.statement_s_max else Outcome.DOUBTFUL)

    def _heard_meanwhile(self, call: Call) -> bool:
        """Whether the source has answered other calls meanwhile, so that this question is slow by itself."""
        call.by_question = call.bulkhead.heard_s > call.turn.began_s
        return call.by_question

    def _record(self, call: Call, outcome: Outcome) -> None:
        if call.is_local:
            return
        bulkhead, shape = (
            call.bulkhead,
            "" if outcome is Outcome.GOOD else " ".join((call.shape[0].value, call.shape[1])),
        )
        self._note(call.source, bulkhead, outcome, shape)

    def _note(self, source: Source, bulkhead: Bulkhead, outcome: Outcome, shape: str) -> None:
        if bulkhead.breaker.record(outcome, shape):
            bulkhead.slow.clear()
            self.changed(source.name, bulkhead.breaker.state)
            bulkhead.healing = asyncio.ensure_future(self._heal(source, bulkhead))
            return
        is_doubted = outcome not in (Outcome.GOOD, Outcome.FAILED) and bulkhead.breaker.in_doubt
        if is_doubted and source.name in self.probes and (bulkhead.doubting is None or bulkhead.doubting.done()):
            bulkhead.doubting = asyncio.ensure_future(self._doubt(source, bulkhead))

    # --- Healing ------------------------------------------------------------------------------------------------------

    async def _heal(self, source: Source, bulkhead: Bulkhead) -> None:
        """Probe the source after growing pauses until it answers."""
        while not bulkhead.breaker.allows:
            await self.sleep(bulkhead.breaker.pause_s())
            bulkhead.breaker.probing()
            bulkhead.breaker.probed(good=(await self._probe(source, bulkhead)) in (Said.ANSWERED, Said.NOT_ASKED))
        self.changed(source.name, bulkhead.breaker.state)

    async def _doubt(self, source: Source, bulkhead: Bulkhead) -> None:
        """Questions timed out and no call was answered meanwhile: probe with a question that cannot be slow."""
        said = await self._probe(source, bulkhead)
        if said is Said.ANSWERED:
            bulkhead.heard_s = time.perf_counter()
            bulkhead.breaker.vouched()
        elif said in (Said.NOTHING, Said.LOST):
            self._note(source, bulkhead, Outcome.SILENT if said is Said.NOTHING else Outcome.FAILED, PROBE)

    async def _probe(self, source: Source, bulkhead: Bulkhead) -> Said:
        probe = self.probes.get(source.name)
        if probe is None:
            return Said.NOT_ASKED
        bulkhead.probes_sent += 1
        turn = Turn(CallerClass.EMERGENCY)
        task = asyncio.ensure_future(self._probed(bulkhead, turn, probe))
        try:
            for _ in range(PROBE_WAITS_MAX):
                await asyncio.wait({task}, timeout=max(0.0, PROBE_S_MAX - turn.lasted_s))
                if task.done() or turn.lasted_s >= PROBE_S_MAX:
                    break
        except asyncio.CancelledError:
            abandon(task, bulkhead.abandoned)
            raise
        if not task.done():
            abandon(task, bulkhead.abandoned)
            return Said.NOTHING if turn.began else Said.IN_LINE
        if not task.cancelled() and (task.exception() is None or isinstance(task.exception(), SourceBroken)):
            return Said.ANSWERED if turn.began else Said.NOT_ASKED
        return Said.LOST

    async def _probed(self, bulkhead: Bulkhead, turn: Turn, probe: Probe) -> object:
        TURN.set(turn)
        if bulkhead.keeps_line:
            return await probe()
        async with bulkhead.connections.one():
            return await probe()


def _copy_of(source: str) -> str:
    return f"{source} copy"


def _always() -> bool:
    return True


_STATES: dict[type[HubError], SourceState] = {
    DepartmentTimeout: SourceState.TIMEOUT,
    DepartmentUnavailable: SourceState.UNAVAILABLE,
    DataQuality: SourceState.BROKEN,
}


def _is_abandoned() -> bool:
    """Whether the current call was abandoned: a cancelled driver may report a lost connection."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
