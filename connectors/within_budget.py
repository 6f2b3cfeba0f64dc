"""Within budget: what the hub shares with other processes is asked within a budget, and left alone while it fails.

Whoever needs it waits 20 ms at most, and not at all while its breaker is open. Only a probe of the hub's own finds out
that it is back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from connectors.abandoning import abandoned
from connectors.breaker import Breaker, Outcome

S = TypeVar("S")
T = TypeVar("T")

OPERATION_S_MAX = 0.02
"""How long one operation of a shared storage may take; about a hundred times what it takes."""
ABANDONED_MAX = 64
"""How many operations that ran out of time may still be on their way to their end, before no new ones are begun."""
CLOSING_S_MAX = 1.0


class StoreFailed(Exception):
    """The storage did not do it. The text names no key and no value."""


class StoreTimedOut(StoreFailed):
    """The storage did not do it in time."""


class StoreLeftAlone(StoreFailed):
    """The storage was not asked: it failed before, and nobody has found it well since."""


@dataclass(slots=True)
class WithinBudget(Generic[S]):
    """A storage. `budget_s` is what an operation may take; None for one that never waits for anything."""

    storage: S
    budget_s: float | None = None
    breaker: Breaker = field(default_factory=Breaker)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _abandoned: set[asyncio.Task[None]] = field(default_factory=set)
    _healing: asyncio.Task[None] | None = None

    async def within_budget(self, operation: Callable[[], Awaitable[T]]) -> T:
        """What an operation of the storage brings. Raises StoreFailed."""
        if self.budget_s is None:
            return await operation()
        if not self.breaker.allows or len(self._abandoned) >= ABANDONED_MAX:
            raise StoreLeftAlone
        try:
            result = await self._bounded(operation, self.budget_s)
        except StoreFailed:
            self._record(Outcome.FAILED)
            raise
        self._record(Outcome.GOOD)
        return result

    async def _bounded(self, operation: Callable[[], Awaitable[T]], budget_s: float) -> T:
        """Nobody waits for a client library to clean up: what ran out of time is told to stop, and left to itself."""
        task = asyncio.ensure_future(operation())
        try:
            done, _ = await asyncio.wait({task}, timeout=budget_s)
        except asyncio.CancelledError:
            self._abandon(task)
            raise
        if not done:
            self._abandon(task)
            raise StoreTimedOut
        failure = None if task.cancelled() else task.exception()
        if task.cancelled() or failure is not None:
            raise StoreFailed(type(failure).__name__) from None
        return task.result()

    def _abandon(self, task: asyncio.Future[Any]) -> None:
        ending = abandoned(task)
        self._abandoned.add(ending)
        ending.add_done_callback(self._abandoned.discard)

    def _record(self, outcome: Outcome) -> None:
        if self.breaker.record(outcome):
            self._healing = asyncio.ensure_future(self._heal())

    async def _heal(self) -> None:
        while not self.breaker.allows:
            await self.sleep(self.breaker.pause_s())
            self.breaker.probing()
            self.breaker.probed(good=await self._answers())

    async def _answers(self) -> bool:
        try:
            await self._bounded(self._asked, OPERATION_S_MAX)
        except StoreFailed:
            return False
        return True

    async def close(self) -> None:
        """End what waits for the storage. One that hangs is not waited for."""
        if self._healing is not None:
            self._healing.cancel()
        closing = asyncio.ensure_future(self._closed())
        tasks = {closing, *self._abandoned} if self._healing is None else {closing, self._healing, *self._abandoned}
        _, hanging = await asyncio.wait(tasks, timeout=CLOSING_S_MAX)
        for task in hanging:
            task.cancel()

    async def _asked(self) -> None:
        """Ask the storage something that costs it nothing."""
        raise NotImplementedError

    async def _closed(self) -> None:
        """Give up the storage's connections."""
        raise NotImplementedError
