"""Buckets: what each client has left of its budget, in this process or in a Redis that all processes share.

A bucket is two numbers: how many units it held, and when. What flowed in since then is worked out when it is looked at.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

from redis.asyncio import BlockingConnectionPool, Redis

from models.budgets import Budget

CLIENTS_MAX: Final = 50_000
"""Clients that are known in one process. Of more, whoever was away longest begins with a full bucket again."""

CONNECTIONS_MAX: Final = 8
CONNECT_S_MAX: Final = 1
NAMESPACE: Final = "simpul:budgets:"

# Redis's own clock, the same for all processes: one whose clock was set forward would stop the inflow for all others.
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
    """Whether a bucket held what was to be taken out, and what it holds now."""

    is_paid: bool
    units: float


class Buckets(Protocol):
    """Buckets by the name of a client, which is no address and no subject but a mark of it."""

    async def take(self, client: str, budget: Budget, units: int) -> Left:
        """Take so many units out of a client's bucket, or none where it does not hold so many."""
        ...


class MemoryBuckets:
    """The buckets of one process, the least recently used dropped first. `clock` is in seconds and never goes back."""

    def __init__(self, clients_max: int = CLIENTS_MAX, clock: Callable[[], float] = time.monotonic) -> None:
        self._held: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._clients_max = clients_max
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
        self._held.move_to_end(client)
        if len(self._held) > self._clients_max:
            self._held.popitem(last=False)
        return Left(is_paid, held)


class RedisBuckets:
    """The buckets of all processes. One round trip for each operation; a bucket that is full again is forgotten.

    Raises what the client library raises. `wait_s_max` is how long to wait for a free connection.
    """

    def __init__(self, url: str, wait_s_max: float) -> None:
        # Without `driver_info` the client would read its own version from the disk for each connection, in 2 ms.
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
