"""Cache store: bytes by name in an aiocache storage, each operation within a budget, left alone while it fails.

A cache that is dead or hangs must cost less than what it saves.
"""

from __future__ import annotations

from dataclasses import dataclass

from aiocache.backends.redis import RedisCache
from aiocache.base import BaseCache
from aiocache.serializers import NullSerializer
from redis.asyncio import BlockingConnectionPool
from redis.asyncio.connection import SSLConnection, parse_url

from connectors.cache_memory import BoundedMemory
from connectors.within_budget import OPERATION_S_MAX, WithinBudget

CONNECTIONS_MAX = 16
MEMORY_BYTES_MAX = 64 * 1024 * 1024
MEMORY_ENTRIES_MAX = 50_000
NAMESPACE = "simpul:reads"
_PROBE = "probe"


@dataclass(slots=True)
class CacheStore(WithinBudget[BaseCache]):
    """Bytes by name. One without a budget is a storage that never waits for anything."""

    async def get(self, name: str) -> bytes | None:
        """What is kept under a name. Raises StoreFailed."""
        value = await self.within_budget(lambda: self.storage.get(name))
        return value if isinstance(value, bytes) else None

    async def put(self, name: str, value: bytes, keep_s: float) -> None:
        """Keep a value for so long, if there is room. Raises StoreFailed."""
        await self.within_budget(lambda: self.storage.set(name, value, ttl=keep_s))

    async def delete(self, name: str) -> None:
        """Raises StoreFailed."""
        await self.within_budget(lambda: self.storage.delete(name))

    async def _asked(self) -> None:
        await self.storage.get(_PROBE)

    async def _closed(self) -> None:
        await self.storage.close()


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
