"""Admission: how many operations run at once and how many wait, so that too many never starve each other."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from api.incoming import HttpRefusal
from api.room import RUNNING_MAX, WAITING_MAX, Room
from models.errors import RateLimited
from models.request import Deadline

WAIT_SHARE = 0.5
"""Of its time an operation may wait so much: the rest is for its answer, which would come too late otherwise."""

RETRY_AFTER_S = 1

URGENT, ORDINARY = "urgent", "ordinary"


@dataclass(slots=True)
class Line:
    """The operations of one class that wait, in the order in which they came. A turn says when it was given."""

    waiters: deque[asyncio.Future[float]] = field(default_factory=deque)
    refused: int = 0

    @property
    def waiting(self) -> int:
        return len(self.waiters)


class Admission:
    """Lets operations in: urgent ones before ordinary ones, each first come first served. Belongs to one event loop.

    There is room for less than `running_max` and `waiting_max` where it shows that less is done as soon.
    """

    def __init__(
        self,
        running_max: int = RUNNING_MAX,
        waiting_max: int = WAITING_MAX,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.running = 0
        self.lines = {URGENT: Line(), ORDINARY: Line()}
        self._room = Room(running_max, waiting_max)
        self._urgent_max = waiting_max
        self._clock = clock

    @property
    def room(self) -> int:
        """For how many ordinary operations more there is room."""
        waiting = self.lines[ORDINARY].waiting
        return max(0, self._room.running - self.running) + max(0, self._room.waiting - waiting)

    @property
    def is_full(self) -> bool:
        """Whether there is no room for an ordinary operation, so that it is refused without looking at it."""
        return self.room == 0

    def refused_at_the_door(self) -> None:
        self.lines[ORDINARY].refused += 1

    @asynccontextmanager
    async def turn(self, deadline: Deadline, *, urgent: bool = False) -> AsyncIterator[None]:
        """Wait for a turn and keep it. Raises HttpRefusal (503) where too many wait, or none came in time."""
        if self.running < self._room.running:
            # Nobody waits: a turn that becomes free is handed on.
            self.running += 1
        else:
            await self._wait(self.lines[URGENT if urgent else ORDINARY], deadline)
        try:
            yield
        finally:
            self._end()

    async def _wait(self, line: Line, deadline: Deadline) -> None:
        is_ordinary = line is self.lines[ORDINARY]
        if line.waiting >= (self._room.waiting if is_ordinary else self._urgent_max):
            line.refused += 1
            raise _overloaded()
        came_s = self._clock()
        turn: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        line.waiters.append(turn)
        place = line.waiting
        try:
            async with asyncio.timeout(deadline.remaining_s * WAIT_SHARE):
                given_s = await turn
        except BaseException as error:
            if not turn.cancelled():
                # It came at the very moment at which nobody wanted it any more.
                self._end()
            if turn in line.waiters:
                line.waiters.remove(turn)
            if isinstance(error, TimeoutError):
                line.refused += 1
                raise _overloaded() from None
            raise
        self._room.began(self._clock() - given_s)
        if is_ordinary:
            self._room.waited(place, given_s - came_s)
        self._hand_on()

    def _end(self) -> None:
        self.running -= 1
        self._hand_on()

    def _hand_on(self) -> None:
        """Give the turns that are free to those who wait first."""
        for line in self.lines.values():
            while line.waiters and self.running < self._room.running:
                turn = line.waiters.popleft()
                # Who has just left is in line for a moment yet.
                if not turn.done():
                    self.running += 1
                    turn.set_result(self._clock())


def _overloaded() -> HttpRefusal:
    return HttpRefusal(503, RateLimited("overloaded"), {"retry-after": str(RETRY_AFTER_S)})
