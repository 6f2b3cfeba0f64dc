"""Connections: a weighted fair queue for the connections of one load contract, and the pace of its statements.

A class of callers borrows connections that others leave idle. A freed connection goes to the class that is furthest
below its share. Belongs to one event loop.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from connectors.protocol import SourceFailure
from models.policy.viewer import CallerClass


@dataclass(slots=True)
class Pace:
    """A token bucket: one step every `1 / per_second_max` seconds, with a burst of one second's steps."""

    per_second_max: float = math.inf
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _free_at_s: float = -math.inf

    async def step(self) -> None:
        """Wait for a token. A cancelled wait has used it up."""
        if math.isinf(self.per_second_max):
            return
        now_s = self.clock()
        # Tokens of the last second are kept.
        self._free_at_s = max(self._free_at_s, now_s - 1) + 1 / self.per_second_max
        if self._free_at_s > now_s:
            await self.sleep(self._free_at_s - now_s)


WEIGHTS = {
    CallerClass.EMERGENCY: 8,
    CallerClass.STAFF: 4,
    CallerClass.RESIDENTS: 2,
    CallerClass.KEYS: 1,
    CallerClass.STRANGERS: 1,
}
"""The shares of the classes that wait at the same time."""
GUESTS = (CallerClass.KEYS, CallerClass.STRANGERS)
"""Callers unknown to the city. They never hold the last of several connections, so that nobody waits for them."""
WAITING_CALLS_MAX = 256
"""How many calls of one class may wait for a source; more are refused."""
BY_ITSELF = CallerClass.STAFF
"""The class of the hub's own questions, such as looks at the catalog."""


class LeftAlone(SourceFailure):
    """The source was not asked: while the call waited, the breaker opened."""


class TooManyWaiting(SourceFailure):
    """The source was not asked: too many calls of this class wait already."""


@dataclass(slots=True)
class Turn:
    """One guarded call: its class, and how long the source has worked on it.

    Time spent waiting in line does not count against the source.
    """

    caller: CallerClass = BY_ITSELF
    may_begin: Callable[[], bool] = lambda: True
    held: int = 0
    """How many connections it holds."""
    began: int = 0
    """How many connections it has been given so far."""
    began_s: float = math.inf
    _longest_s: float = 0.0

    def begin(self) -> None:
        if not self.held:
            self.began_s = time.perf_counter()
        self.held += 1
        self.began += 1

    def end(self) -> None:
        self.held -= 1
        if not self.held:
            self._longest_s = max(self._longest_s, time.perf_counter() - self.began_s)

    @property
    def lasted_s(self) -> float:
        """The longest time for which it has held connections without a break."""
        return max(self._longest_s, time.perf_counter() - self.began_s) if self.held else self._longest_s


TURN: ContextVar[Turn | None] = ContextVar("turn", default=None)
"""The guarded call that runs in this context; None for the hub's own work."""


@dataclass(eq=False, slots=True)
class Held:
    """A taken connection; it can be given back once."""

    of: Connections
    caller: CallerClass
    turn: Turn | None
    since_s: float

    def give_back(self) -> None:
        if self.turn is not None:
            self.turn.end()
        self.of.take_back(self)


@dataclass(eq=False, slots=True)
class Connections:
    """The connections of one contract, `most` at once, and the pace of its statements."""

    most: int
    statements_per_second_max: float = math.inf
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    clock: Callable[[], float] = time.monotonic
    taken: int = 0
    waiting: int = 0
    held: dict[CallerClass, int] = field(default_factory=lambda: dict.fromkeys(CallerClass, 0))
    lines: dict[CallerClass, deque[asyncio.Future[Held]]] = field(
        default_factory=lambda: {caller: deque() for caller in CallerClass}
    )
    _pace: Pace = field(init=False)
    _used_s: dict[CallerClass, float] = field(default_factory=lambda: dict.fromkeys(CallerClass, 0.0))
    """How long each class held connections, divided by its weight: ties go to the class with the least."""
    _idle: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self._pace = Pace(self.statements_per_second_max, sleep=self.sleep)
        self._idle.set()

    def is_full(self, caller: CallerClass) -> bool:
        """Whether the line of this class is full."""
        return len(self.lines[caller]) >= WAITING_CALLS_MAX

    async def take(self) -> Held:
        """Wait for a connection for the current call. Raises LeftAlone and TooManyWaiting."""
        turn = TURN.get()
        held = await self._next(turn.caller if turn is not None else BY_ITSELF)
        if turn is None:
            return held
        try:
            if not turn.may_begin():
                raise LeftAlone("those before it have failed")
            await self._pace.step()
        except BaseException:
            held.give_back()
            raise
        held.turn = turn
        turn.begin()
        return held

    def take_at_once(self) -> Held | None:
        """A free connection for the hub's own work, without waiting; None if there is none."""
        return self._given(BY_ITSELF) if self.taken < self.most else None

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """Hold a connection within this context. Raises as `take` does."""
        held = await self.take()
        try:
            yield
        finally:
            held.give_back()

    async def paced(self) -> None:
        """Wait until the contract allows another statement, for what holds a connection over several."""
        await self._pace.step()

    async def idle(self) -> None:
        """Wait until nobody holds a connection or waits for one."""
        while self.taken or self.waiting:
            self._idle.clear()
            await self._idle.wait()

    def take_back(self, held: Held) -> None:
        self.held[held.caller] -= 1
        self.taken -= 1
        self._used_s[held.caller] += (self.clock() - held.since_s) / WEIGHTS[held.caller]
        self._hand_on()
        if not self.taken and not self.waiting:
            self._idle.set()

    async def _next(self, caller: CallerClass) -> Held:
        line = self.lines[caller]
        if not line and self._may(caller):
            return self._given(caller)
        if len(line) >= WAITING_CALLS_MAX:
            raise TooManyWaiting(f"{len(line)} wait already")
        if not line:
            # A class that was idle gains no credit.
            busy = [self._used_s[other] for other in CallerClass if self.held[other] or self.lines[other]]
            self._used_s[caller] = max(self._used_s[caller], min(busy, default=0.0))
        turn: asyncio.Future[Held] = asyncio.get_running_loop().create_future()
        line.append(turn)
        self.waiting += 1
        try:
            return await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                # The connection came in the same moment as the cancellation.
                turn.result().give_back()
            elif turn in line:
                line.remove(turn)
                self.waiting -= 1
            raise

    def _may(self, caller: CallerClass) -> bool:
        if self.taken >= self.most:
            return False
        return self.most == 1 or caller not in GUESTS or sum(self.held[guest] for guest in GUESTS) < self.most - 1

    def _given(self, caller: CallerClass) -> Held:
        self.taken += 1
        self.held[caller] += 1
        return Held(self, caller, None, self.clock())

    def _hand_on(self) -> None:
        """Give free connections to those who wait."""
        while self.waiting and self.taken < self.most:
            ready = [caller for caller, line in self.lines.items() if line and self._may(caller)]
            if not ready:
                return
            caller = min(ready, key=self._had)
            turn = self.lines[caller].popleft()
            self.waiting -= 1
            # A cancelled waiter stays in line for a moment.
            if not turn.done():
                turn.set_result(self._given(caller))

    def _had(self, caller: CallerClass) -> tuple[float, float]:
        return self.held[caller] / WEIGHTS[caller], self._used_s[caller]


@runtime_checkable
class KeepsLine(Protocol):
    """A connector that takes a connection for each statement by itself."""

    @property
    def connections(self) -> Connections: ...


def lines_of(connectors: Mapping[str, object]) -> dict[str, Connections]:
    """By source, the connections of the connectors that take them per statement."""
    return {name: one.connections for name, one in connectors.items() if isinstance(one, KeepsLine)}
