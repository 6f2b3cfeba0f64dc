"""Token buckets: what each client has left of its budget, in this process or in a Redis that all processes share.

A bucket stores its units and the time of the last change. The refill is computed when the bucket is used.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

from cachetools import LRUCache
from redis.asyncio import BlockingConnectionPool, Redis

from models.policy.budgets import Budget

CLIENTS_MAX: Final = 50_000
"""Buckets of one process. Beyond that the least recently used is dropped, so its client starts full again."""

CONNECTIONS_MAX: Final = 8
CONNECT_S_MAX: Final = 1
NAMESPACE: Final = "simpul:budgets:"

# Redis's clock, which all processes share: a process whose clock runs ahead would stop the refill for the others.
_TAKE: Final = """
local now = redis.call('TIME')
now = tonumber(now[1]) + tonumber(now[2]) / 1000000
local most, inflow, units = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local held, at = unpack(redis.call('HMGET', KEYS[1], 'held', 'at'))
held, at = tonumber(held) or most, tonumber(at) or now
held = math.min(most, held + math.max(0, now - at) * inflow)
local paid = 0
if units <= held then
    held, paid = held - units, 1
end
redis.call('HSET', KEYS[1], 'held', string.format('%.6f', held), 'at', string.format('%.6f', now))
redis.call('EXPIRE', KEYS[1], math.ceil(most / inflow) + 1)
return {paid, string.format('%.6f', held)}
"""


class Left(NamedTuple):
    """Whether the units were taken, and how many are left."""

    is_paid: bool
    units: float


class Buckets(Protocol):
    """Token buckets by client. The name of a client is a pseudonym, never an address or a subject."""

    async def take(self, client: str, budget: Budget, units: int) -> Left:
        """Take units from a client's bucket; all or none."""
        ...


class MemoryBuckets:
    """The buckets of one process; the least recently used is dropped first. `clock` is monotonic, in seconds."""

    def __init__(self, clients_max: int = CLIENTS_MAX, clock: Callable[[], float] = time.monotonic) -> None:
        self._held: LRUCache[str, tuple[float, float]] = LRUCache(clients_max)
        self._clock = clock

    def __len__(self) -> int:
        return len(self._held)

    async def take(self, client: str, budget: Budget, units: int) -> Left:
        now_s = self._clock()
        held, at_s = self._held.get(client, (float(budget.units_max), now_s))
        held = min(float(budget.units_max), held + (now_s - at_s) * budget.units_per_second)
        is_paid = units <= held
        held -= units if is_paid else 0
        self._held[client] = (held, now_s)
        return Left(is_paid, held)


class RedisBuckets:
    """The buckets of all processes: one round trip per operation. Full buckets expire.

    Raises the errors of the client library. `wait_s_max` bounds the wait for a free connection.
    """

    def __init__(self, url: str, wait_s_max: float) -> None:
        # By default the client reads its own version from disk for each connection, which takes 2 ms.
        pool = BlockingConnectionPool.from_url(
            url,
            max_connections=CONNECTIONS_MAX,
            timeout=wait_s_max,
            socket_connect_timeout=CONNECT_S_MAX,
            driver_info=None,
        )
        self._redis = Redis(connection_pool=pool)
        self._take = self._redis.register_script(_TAKE)

    async def take(self, client: str, budget: Budget, units: int) -> Left:
        arguments = [budget.units_max, budget.units_per_second, units]
        paid, held = await self._take(keys=[NAMESPACE + client], args=arguments)
        return Left(paid == 1, float(held))

    async def ping(self) -> None:
        await self._redis.ping()

    async def close(self) -> None:
        await self._redis.aclose()
        await self._redis.connection_pool.disconnect()
