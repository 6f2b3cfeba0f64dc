"""Pacing: a client that has spent much of its budget leaves most of the event loop to others.

Its next operation waits, after each, three times as long as that one kept the loop busy: so it takes a quarter of it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from cachetools import LRUCache

from api.overload.admission import overloaded

SPENT_SHARE_MIN = 0.1
"""Of its bucket; with less a client is not paced, so that a page that asks for many things at once is quick."""
PAUSE_TIMES = 3.0
RUNNING_MAX = 2
"""Operations of a paced client that run at once: while one waits for a department, another can run."""
WAITING_MAX = 16
"""Operations of a paced client that wait. Its further ones could not be answered in time."""
WAITING_S_MAX = 5.0
CLIENTS_MAX = 10_000
"""Paced clients. Beyond that the least recently used is dropped, and is paced again when it is charged."""


@dataclass(slots=True)
class _Pace:
    """The pace of one client."""

    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(RUNNING_MAX))
    free_at_s: float = 0.0
    waiting: int = 0


class Pacing:
    """The paces of those clients that have one. For one event loop, whose processor time `busy` tells."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, busy: Callable[[], float] = time.thread_time
    ) -> None:
        self._clock = clock
        self._busy = busy
        self._paces: LRUCache[str, _Pace] = LRUCache(CLIENTS_MAX)
        self._running = 0

    def spent(self, client: str, share: float) -> None:
        """Note what share of its bucket a client has spent."""
        if share >= SPENT_SHARE_MIN:
            self._paces.setdefault(client, _Pace())
        else:
            self._paces.pop(client, None)

    @asynccontextmanager
    async def turn(self, client: str) -> AsyncIterator[None]:
        """Wait until it is a client's turn, and hold it. Raises HttpRefusal (503) where too many of it wait."""
        pace = self._paces.get(client)
        if pace is not None:
            await self._wait(pace)
        self._running += 1
        started_s = self._busy()
        try:
            yield
        finally:
            # What else ran meanwhile took its part.
            busy_s = (self._busy() - started_s) / self._running
            self._running -= 1
            if pace is not None:
                pace.free_at_s = max(pace.free_at_s, self._clock()) + PAUSE_TIMES * busy_s
                pace.turns.release()

    async def _wait(self, pace: _Pace) -> None:
        if pace.waiting >= WAITING_MAX:
            raise overloaded()
        pace.waiting += 1
        try:
            async with asyncio.timeout(WAITING_S_MAX):
                await self._admitted(pace)
        except TimeoutError:
            raise overloaded() from None
        finally:
            pace.waiting -= 1

    async def _admitted(self, pace: _Pace) -> None:
        await pace.turns.acquire()
        try:
            while (pause_s := pace.free_at_s - self._clock()) > 0:  # noqa: ASYNC110  # the moment moves meanwhile
                await asyncio.sleep(pause_s)
        except BaseException:
            pace.turns.release()
            raise
