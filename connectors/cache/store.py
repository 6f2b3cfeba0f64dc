"""Cache store: bytes by name in Redis or memory, with a time budget and a circuit breaker, and erasure in it.

A cache that is down must cost less than it saves.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Any, Final

from aiocache.backends.redis import RedisCache
from aiocache.base import BaseCache
from aiocache.serializers import NullSerializer
from redis.asyncio import BlockingConnectionPool
from redis.asyncio.connection import SSLConnection, parse_url

from connectors.cache.memory import BoundedMemory
from connectors.cache.within_budget import OPERATION_S_MAX, WithinBudget
from models.policy.erasure import Searched, Sought

CONNECTIONS_MAX = 16
MEMORY_BYTES_MAX = 64 * 1024 * 1024
MEMORY_ENTRIES_MAX = 50_000
ENTRIES_MAX: Final = 200_000
"""How many entries an erasure looks through; beyond that the receipt says that the cache was not searched."""
ENTRIES_AT_ONCE: Final = 200
NAMESPACE = "simpul:reads"
_PROBE = "probe"


@dataclass(slots=True)
class CacheStore(WithinBudget[BaseCache]):
    """Bytes by name. A storage that never waits needs no budget."""

    async def get(self, name: str) -> bytes | None:
        """The value of a name. Raises StoreFailed."""
        value = await self.within_budget(lambda: self.storage.get(name))
        return value if isinstance(value, bytes) else None

    async def put(self, name: str, value: bytes, keep_s: float) -> None:
        """Keep a value for `keep_s` seconds, if there is room. Raises StoreFailed."""
        await self.within_budget(lambda: self.storage.set(name, value, ttl=keep_s))

    async def delete(self, name: str) -> None:
        """Raises StoreFailed."""
        await self.within_budget(lambda: self.storage.delete(name))

    async def _asked(self) -> None:
        await self.storage.get(_PROBE)

    async def _closed(self) -> None:
        await self.storage.close()


class _Redis(RedisCache):  # type: ignore[misc]  # aiocache has no types
    """aiocache 0.12 closes its client by a method that the client no longer has."""

    async def _close(self, *args: object, _conn: object = None, **kwargs: object) -> None:
        await self.client.aclose()


def store_at(url: str | None) -> CacheStore:
    """A store in the Redis at a URL, or in this process. Connects lazily. Raises ValueError."""
    if url is None:
        return CacheStore(BoundedMemory(bytes_max=MEMORY_BYTES_MAX, entries_max=MEMORY_ENTRIES_MAX))
    address = parse_url(url)
    storage = _Redis(
        serializer=NullSerializer(encoding=None),
        timeout=None,
        namespace=NAMESPACE,
        endpoint=address.get("host", "localhost"),
        port=address.get("port", 6379),
        db=address.get("db", 0),
        password=address.get("password"),
        pool_max_size=CONNECTIONS_MAX,
        create_connection_timeout=1,
        ssl=address.get("connection_class") is SSLConnection,
        connection_pool_class=BlockingConnectionPool,
        # Else the client reads its own version from the disk for each connection, in 2 ms.
        connection_pool_kwargs={
            "username": address.get("username"),
            "timeout": OPERATION_S_MAX,
            "driver_info": None,
        },
    )
    return CacheStore(storage, OPERATION_S_MAX)


class TooManyEntries(Exception):
    """A shared cache holds more entries than one erasure looks through."""


async def erase_in_cache(storage: BaseCache, sought: Sought) -> Searched:
    """Delete every entry that names the person. Raises TooManyEntries, and what the storage raises."""
    if isinstance(storage, BoundedMemory):
        return storage.forget_where(sought.is_in)
    found = Searched()
    async for names, values in _pages(storage.client):
        named = [name for name, value in zip(names, values, strict=True) if value is not None and sought.is_in(value)]
        if named:
            await storage.client.delete(*named)
        found = found.plus(Searched(len(names), len(named), len(named)))
        if found.looked > ENTRIES_MAX:
            raise TooManyEntries
    return found


async def _pages(client: Any) -> AsyncIterator[tuple[list[bytes], Iterable[bytes | None]]]:
    """The names and values of a Redis, some hundreds at a time, so that it serves others in between."""
    cursor = 0
    while True:
        cursor, names = await client.scan(cursor, match=f"{NAMESPACE}*", count=ENTRIES_AT_ONCE)
        if names:
            yield names, await client.mget(names)
        if cursor == 0:
            return
