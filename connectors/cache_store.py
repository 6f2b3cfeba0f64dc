"""Cache store: bytes by name in an aiocache storage, each operation within a budget, left alone while it fails.

A cache that is dead or hangs must cost less than what it saves: whoever reads waits for it 20 ms at most, and not at
all while its breaker is open. Only a probe of the store's own finds out that it is back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from aiocache.backends.redis import RedisCache
from aiocache.base import BaseCache
from aiocache.serializers import NullSerializer
from redis.asyncio import BlockingConnectionPool
from redis.asyncio.connection import SSLConnection, parse_url

from connectors.breaker import Breaker, Outcome
from connectors.cache_memory import BoundedMemory

T = TypeVar("T")

OPERATION_S_MAX = 0.02
"""How long one operation of a shared cache may take; about a hundred times what it takes."""
ABANDONED_MAX = 64
"""How many operations that ran out of time may still be on their way to their end, before no new ones are begun."""
CLOSING_S_MAX = 1.0
CONNECTIONS_MAX = 16
MEMORY_BYTES_MAX = 64 * 1024 * 1024
MEMORY_ENTRIES_MAX = 50_000
NAMESPACE = "simpul:reads"
_PROBE = "probe"


class StoreFailed(Exception):
    """The storage did not do it. The text names no key and no value."""


class StoreTimedOut(StoreFailed):
    """The storage did not do it in time."""


class StoreLeftAlone(StoreFailed):
    """The storage was not asked: it failed before, and nobody has found it well since."""


@dataclass(slots=True)
class CacheStore:
    """Bytes by name. `budget_s` is what an operation may take; None for a storage that never waits for anything."""

    storage: BaseCache
    budget_s: float | None = None
    breaker: Breaker = field(default_factory=Breaker)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _abandoned: set[asyncio.Task[Any]] = field(default_factory=set)
    _healing: asyncio.Task[None] | None = None

    async def get(self, name: str) -> bytes | None:
        """What is kept under a name. Raises StoreFailed."""
        value = await self._within_budget(lambda: self.storage.get(name))
        return value if isinstance(value, bytes) else None

    async def put(self, name: str, value: bytes, keep_s: float) -> None:
        """Keep a value for so long, if there is room. Raises StoreFailed."""
        await self._within_budget(lambda: self.storage.set(name, value, ttl=keep_s))

    async def delete(self, name: str) -> None:
        """Raises StoreFailed."""
        await self._within_budget(lambda: self.storage.delete(name))

    async def close(self) -> None:
        """End what waits for the storage. One that hangs is not waited for."""
        if self._healing is not None:
            self._healing.cancel()
        closing = asyncio.ensure_future(self.storage.close())
        tasks = {closing, *self._abandoned} if self._healing is None else {closing, self._healing, *self._abandoned}
        _, hanging = await asyncio.wait(tasks, timeout=CLOSING_S_MAX)
        for task in hanging:
            task.cancel()

    async def _within_budget(self, operation: Callable[[], Awaitable[T]]) -> T:
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
        task.cancel()
        ending = asyncio.ensure_future(_ended(task))
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
            await self._bounded(lambda: self.storage.get(_PROBE), OPERATION_S_MAX)
        except StoreFailed:
            return False
        return True


async def _ended(task: asyncio.Future[Any]) -> None:
    await asyncio.wait({task})
    if not task.cancelled():
        task.exception()


class _Redis(RedisCache):  # type: ignore[misc]  # aiocache has no types
    """aiocache 0.12 closes its client by a name that the client has given up."""

    async def _close(self, *args: object, _conn: object = None, **kwargs: object) -> None:
        await self.client.aclose()


def store_at(url: str | None) -> CacheStore:
    """A store in the Redis at a URL, or inside this process. Nothing is connected to yet. Raises ValueError."""
    if url is None:
        return CacheStore(BoundedMemory(bytes_max=MEMORY_BYTES_MAX, entries_max=MEMORY_ENTRIES_MAX))
    place = parse_url(url)
    storage = _Redis(
        serializer=NullSerializer(encoding=None),
        timeout=None,
        namespace=NAMESPACE,
        endpoint=place.get("host", "localhost"),
        port=place.get("port", 6379),
        db=place.get("db", 0),
        password=place.get("password"),
        pool_max_size=CONNECTIONS_MAX,
        create_connection_timeout=1,
        ssl=place.get("connection_class") is SSLConnection,
        connection_pool_class=BlockingConnectionPool,
        # Without `driver_info` the client would read its own version from the disk for each connection, in 2 ms.
        connection_pool_kwargs={
            "username": place.get("username"),
            "timeout": OPERATION_S_MAX,
            "driver_info": None,
        },
    )
    return CacheStore(storage, OPERATION_S_MAX)
