"""Admission: how many operations run at once and how many wait, so that too many never starve each other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from api.incoming import HttpRefusal
from models.errors import RateLimited
from models.request import Deadline

RUNNING_MAX = 64
"""Operations at work at once. More would only share the same processor and the departments' few connections."""

WAITING_MAX = 256
"""Operations that may wait for their turn. What comes on top is refused at once: it could not be answered in time."""

RETRY_AFTER_S = 1


class Admission:
    """Lets operations in, first come first served. Belongs to one event loop."""

    def __init__(self, running_max: int = RUNNING_MAX, waiting_max: int = WAITING_MAX) -> None:
        self._free = asyncio.Semaphore(running_max)
        self._waiting = 0
        self._waiting_max = waiting_max

    @asynccontextmanager
    async def turn(self, deadline: Deadline) -> AsyncIterator[None]:
        """Wait for a turn and keep it. Raises HttpRefusal (503) where too many wait, or none came by the deadline."""
        if self._free.locked():
            await self._wait(deadline)
        else:
            await self._free.acquire()
        try:
            yield
        finally:
            self._free.release()

    async def _wait(self, deadline: Deadline) -> None:
        if self._waiting >= self._waiting_max:
            raise _overloaded()
        self._waiting += 1
        try:
            async with asyncio.timeout(deadline.remaining_s):
                await self._free.acquire()
        except TimeoutError:
            raise _overloaded() from None
        finally:
            self._waiting -= 1


def _overloaded() -> HttpRefusal:
    return HttpRefusal(503, RateLimited("overloaded"), {"retry-after": str(RETRY_AFTER_S)})
