"""Admission: how many operations run at once and how many wait, so that too many never starve each other."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from api.incoming import HttpRefusal
from models.errors import RateLimited
from models.request import Deadline

RUNNING_MAX = 64
"""Operations at work at once. More would only share the same processor and the departments' few connections."""

WAITING_MAX = 64
"""Operations of a class that may wait for their turn. What comes on top could not be answered in time."""

WAIT_SHARE = 0.5
"""Of its time an operation may wait so much: the rest is for its answer, which would come too late otherwise."""

RETRY_AFTER_S = 1

URGENT, ORDINARY = "urgent", "ordinary"


@dataclass(slots=True)
class Line:
    """The operations of one class that wait, in the order in which they came."""

    waiters: deque[asyncio.Future[None]] = field(default_factory=deque)
    refused: int = 0

    @property
    def waiting(self) -> int:
        return len(self.waiters)


class Admission:
    """Lets operations in: urgent ones before ordinary ones, each first come first served. Belongs to one event loop."""

    def __init__(self, running_max: int = RUNNING_MAX, waiting_max: int = WAITING_MAX) -> None:
        self.running = 0
        self.lines = {URGENT: Line(), ORDINARY: Line()}
        self._running_max = running_max
        self._waiting_max = waiting_max

    @property
    def is_full(self) -> bool:
        """Whether there is no room for an ordinary operation, so that it is refused without looking at it."""
        return self.running >= self._running_max and self.lines[ORDINARY].waiting >= self._waiting_max

    def refused_at_the_door(self) -> None:
        self.lines[ORDINARY].refused += 1

    @asynccontextmanager
    async def turn(self, deadline: Deadline, *, urgent: bool = False) -> AsyncIterator[None]:
        """Wait for a turn and keep it. Raises HttpRefusal (503) where too many wait, or none came in time."""
        if self.running < self._running_max:
            # Nobody waits: a turn that becomes free is handed on.
            self.running += 1
        else:
            await self._wait(self.lines[URGENT if urgent else ORDINARY], deadline)
        try:
            yield
        finally:
            self._hand_on()

    async def _wait(self, line: Line, deadline: Deadline) -> None:
        if line.waiting >= self._waiting_max:
            line.refused += 1
            raise _overloaded()
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        line.waiters.append(turn)
        try:
            async with asyncio.timeout(deadline.remaining_s * WAIT_SHARE):
                await turn
        except BaseException as error:
            if not turn.cancelled():
                # It came at the very moment at which nobody wanted it any more.
                self._hand_on()
            if turn in line.waiters:
                line.waiters.remove(turn)
            if isinstance(error, TimeoutError):
                line.refused += 1
                raise _overloaded() from None
            raise

    def _hand_on(self) -> None:
        """Give a turn that has become free to whoever waits first."""
        for line in self.lines.values():
            while line.waiters:
                turn = line.waiters.popleft()
                # Who has just left is in line for a moment yet.
                if not turn.done():
                    turn.set_result(None)
                    return
        self.running -= 1


def _overloaded() -> HttpRefusal:
    return HttpRefusal(503, RateLimited("overloaded"), {"retry-after": str(RETRY_AFTER_S)})
