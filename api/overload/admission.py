"""Admission: limits how many operations run and wait, by an adaptive concurrency limit and a queue per class."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from api.graphql.incoming import HttpRefusal
from models.errors import RateLimited
from models.request import Deadline

RUNNING_MAX = 64
"""Operations that run at once. More would only share the same processor and the departments' few connections."""
RUNNING_MIN = 8
"""With fewer, the processor could idle while a department is slow."""

WAITING_MAX = 64
"""Operations of a class that may wait. Further ones could not be answered in time."""
WAITING_MIN = 4

LATE_S_MAX = 0.005
"""The longest delay between admitting an operation and its start. A longer one means that operations wait for the
processor, not for departments: fewer at once are done as soon, and others are refused sooner."""
WAIT_S_AIM = 0.1
"""As many may wait as are admitted in this time, so that none waits in vain."""
WEIGHT = 1 / 8
"""The weight of the last wait in the moving average."""
WAIT_SHARE = 0.5
"""The part of its deadline that an operation may wait; the rest is for its answer."""

RETRY_AFTER_S = 1

URGENT, ORDINARY = "urgent", "ordinary"


@dataclass(slots=True)
class AdaptiveLimit:
    """The adaptive concurrency limit: how many may run and wait now, learned from those that waited. Pure."""

    running_max: int = RUNNING_MAX
    waiting_max: int = WAITING_MAX
    running: int = field(init=False)
    waiting: int = field(init=False)
    _apart_s: float | None = None

    def __post_init__(self) -> None:
        self.running, self.waiting = self.running_max, self.waiting_max

    def began(self, late_s: float) -> None:
        """Note how long after its admission an operation started."""
        if late_s > LATE_S_MAX:
            self.running = max(min(RUNNING_MIN, self.running_max), self.running - 1)
        else:
            self.running = min(self.running_max, self.running + 1)

    def waited(self, position: int, waited_s: float) -> None:
        """Note how long an ordinary operation waited at a position of its queue, from 1."""
        apart_s = waited_s / position
        self._apart_s = apart_s if self._apart_s is None else self._apart_s + WEIGHT * (apart_s - self._apart_s)
        # Bounded before `int`, since the quotient of a tiny number may be infinite.
        fitting = min(self.waiting_max, WAIT_S_AIM / self._apart_s) if self._apart_s > 0 else self.waiting_max
        self.waiting = max(min(WAITING_MIN, self.waiting_max), int(fitting))


@dataclass(slots=True)
class Line:
    """The queue of one class. A waiter is resolved with the time of its admission."""

    waiters: deque[asyncio.Future[float]] = field(default_factory=deque)
    refused: int = 0

    @property
    def waiting(self) -> int:
        return len(self.waiters)


class Admission:
    """Admits urgent operations before ordinary ones, each class first come first served. For one event loop.

    The adaptive limit stays within `running_max` and `waiting_max`.
    """

    def __init__(
        self,
        running_max: int = RUNNING_MAX,
        waiting_max: int = WAITING_MAX,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.running = 0
        self.lines = {URGENT: Line(), ORDINARY: Line()}
        self._limit = AdaptiveLimit(running_max, waiting_max)
        self._urgent_max = waiting_max
        self._clock = clock

    @property
    def free(self) -> int:
        """How many more ordinary operations may run or wait."""
        waiting = self.lines[ORDINARY].waiting
        return max(0, self._limit.running - self.running) + max(0, self._limit.waiting - waiting)

    @property
    def is_full(self) -> bool:
        """Whether an ordinary operation would be refused, so that it can be shed."""
        return self.free == 0

    def shed(self) -> None:
        """Count an operation that was shed before admission."""
        self.lines[ORDINARY].refused += 1

    def turn(self, deadline: Deadline, *, urgent: bool = False) -> Slot:
        """Wait for a slot and hold it. Raises HttpRefusal (503) if too many wait, or none is free in time."""
        return Slot(self, deadline, urgent)

    async def take(self, deadline: Deadline, *, urgent: bool) -> None:
        if self.running < self._limit.running:
            # Nobody waits: freed slots go to waiters at once.
            self.running += 1
        else:
            await self._wait(self.lines[URGENT if urgent else ORDINARY], deadline)

    async def _wait(self, line: Line, deadline: Deadline) -> None:
        is_ordinary = line is self.lines[ORDINARY]
        if line.waiting >= (self._limit.waiting if is_ordinary else self._urgent_max):
            line.refused += 1
            raise overloaded()
        came_s = self._clock()
        waiter: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        line.waiters.append(waiter)
        position = line.waiting
        try:
            async with asyncio.timeout(deadline.remaining_s * WAIT_SHARE):
                admitted_s = await waiter
        except BaseException as error:
            if not waiter.cancelled():
                # It was admitted in the moment in which it gave up.
                self.end()
            if waiter in line.waiters:
                line.waiters.remove(waiter)
            if isinstance(error, TimeoutError):
                line.refused += 1
                raise overloaded() from None
            raise
        self._limit.began(self._clock() - admitted_s)
        if is_ordinary:
            self._limit.waited(position, admitted_s - came_s)
        self._admit_waiters()

    def end(self) -> None:
        self.running -= 1
        self._admit_waiters()

    def _admit_waiters(self) -> None:
        """Admit the first waiters while slots are free."""
        for line in self.lines.values():
            while line.waiters and self.running < self._limit.running:
                waiter = line.waiters.popleft()
                # A waiter that has just given up is still queued for a moment.
                if not waiter.done():
                    self.running += 1
                    waiter.set_result(self._clock())


@dataclass(slots=True)
class Slot:
    """A slot that is held within its context."""

    admission: Admission
    deadline: Deadline
    urgent: bool

    async def __aenter__(self) -> None:
        await self.admission.take(self.deadline, urgent=self.urgent)

    async def __aexit__(self, *_: object) -> None:
        self.admission.end()


def overloaded() -> HttpRefusal:
    """The refusal of what could not be answered in time."""
    return HttpRefusal(503, RateLimited("overloaded"), {"retry-after": str(RETRY_AFTER_S)})
