"""Within budget: a time budget and a circuit breaker for a storage that processes share.

A caller waits 20 ms at most, and not at all while the breaker is open. Only the hub's own probe closes it again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from connectors.guard.breaker import Breaker, Outcome
from models.mechanisms.bounded_wait import within

S = TypeVar("S")
T = TypeVar("T")

OPERATION_S_MAX = 0.02
"""How long one operation may take: about a hundred times the usual."""
ABANDONED_MAX = 64
"""How many timed-out operations may still be ending before new ones are refused."""
CLOSING_S_MAX = 1.0


class StoreFailed(Exception):
    """The operation failed. The text names no key and no value."""


class StoreTimedOut(StoreFailed):
    """The operation timed out."""


class StoreLeftAlone(StoreFailed):
    """The storage was not asked: its breaker is open."""


@dataclass(slots=True)
class WithinBudget(Generic[S]):
    """A storage. `budget_s` is the limit of an operation; None for a storage that never waits."""

    storage: S
    budget_s: float | None = None
    breaker: Breaker = field(default_factory=Breaker)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _abandoned: set[asyncio.Task[None]] = field(default_factory=set)
    _healing: asyncio.Task[None] | None = None

    async def within_budget(self, operation: Callable[[], Awaitable[T]]) -> T:
        """The result of an operation. Raises StoreFailed."""
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
        try:
            task = await within(budget_s, operation(), self._abandoned)
        except TimeoutError:
            raise StoreTimedOut from None
        failure = None if task.cancelled() else task.exception()
        if task.cancelled() or failure is not None:
            raise StoreFailed(type(failure).__name__) from None
        return task.result()

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
        """Cancel what waits for the storage; do not wait for one that hangs."""
        if self._healing is not None:
            self._healing.cancel()
        closing = asyncio.ensure_future(self._closed())
        tasks = {closing, *self._abandoned} if self._healing is None else {closing, self._healing, *self._abandoned}
        _, hanging = await asyncio.wait(tasks, timeout=CLOSING_S_MAX)
        for task in hanging:
            task.cancel()

    async def _asked(self) -> None:
        """Probe the storage cheaply."""
        raise NotImplementedError

    async def _closed(self) -> None:
        """Close the storage's connections."""
        raise NotImplementedError
