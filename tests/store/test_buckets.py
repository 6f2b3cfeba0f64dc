"""Buckets: what flows in is all that can be taken out for long, in one process and in the Redis that several share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from models.policy.budgets import Budget
from store.buckets import NAMESPACE, Left, MemoryBuckets, RedisBuckets

TEN_A_SECOND = Budget("test", 100, 10, 100)
STILL = Budget("test", 1_000, 0.001, 1_000)
"""Of which nothing flows in while a test runs."""
WAIT_S_MAX = 5.0


@dataclass
class Clock:
    now_s: float = 50.0

    def __call__(self) -> float:
        return self.now_s


# --- In one process ---------------------------------------------------------------------------------------------------


async def test_a_bucket_begins_full_and_fills_again() -> None:
    clock = Clock()
    buckets = MemoryBuckets(clock=clock)
    assert await buckets.take("ana", TEN_A_SECOND, 60) == Left(is_paid=True, units=40.0)
    assert await buckets.take("ana", TEN_A_SECOND, 45) == Left(is_paid=False, units=40.0)
    clock.now_s += 0.5
    assert await buckets.take("ana", TEN_A_SECOND, 45) == Left(is_paid=True, units=0.0)
    clock.now_s += 9.5
    assert await buckets.take("ana", TEN_A_SECOND, 100) == Left(is_paid=False, units=95.0)
    clock.now_s += 1_000
    assert await buckets.take("ana", TEN_A_SECOND, 100) == Left(is_paid=True, units=0.0)


async def test_everybody_has_a_bucket_of_their_own() -> None:
    buckets = MemoryBuckets(clock=Clock())
    assert await buckets.take("ana", TEN_A_SECOND, 100) == Left(is_paid=True, units=0.0)
    assert await buckets.take("budi", TEN_A_SECOND, 1) == Left(is_paid=True, units=99.0)


async def test_as_many_clients_are_known_as_may_be() -> None:
    buckets = MemoryBuckets(clients_max=2, clock=Clock())
    for client in ("ana", "budi", "ana", "citra"):
        await buckets.take(client, TEN_A_SECOND, 10)
    assert len(buckets) == 2
    # The one that was used last but two was forgotten.
    assert await buckets.take("ana", TEN_A_SECOND, 10) == Left(is_paid=True, units=70.0)
    assert await buckets.take("budi", TEN_A_SECOND, 10) == Left(is_paid=True, units=90.0)


@given(
    st.lists(st.tuples(st.floats(0, 30), st.integers(1, 120)), min_size=1, max_size=60),
    st.integers(1, 200),
    st.floats(0.01, 50),
)
async def test_no_stretch_of_time_brings_more_than_a_bucket_and_its_inflow(
    asked: list[tuple[float, int]], units_max: int, inflow: float
) -> None:
    budget = Budget("test", units_max, inflow, 1)
    clock = Clock()
    buckets = MemoryBuckets(clock=clock)
    spent: list[tuple[float, int]] = []
    for pause_s, units in asked:
        clock.now_s += pause_s
        before = sum(units for _, units in spent)
        left = await buckets.take("ana", budget, units)
        if left.is_paid:
            spent.append((clock.now_s, units))
        assert 0 <= left.units <= units_max
        assert sum(units for _, units in spent) - before in (0, units)
    for start, (from_s, _) in enumerate(spent):
        total = 0
        for at_s, units in spent[start:]:
            total += units
            assert total <= units_max + inflow * (at_s - from_s) + 1e-6


# --- In Redis ---------------------------------------------------------------------------------------------------------


@pytest.fixture
async def shared(redis_url: str) -> AsyncIterator[RedisBuckets]:
    """The buckets of a process, all of them full."""
    await forget(redis_url)
    buckets = RedisBuckets(redis_url, WAIT_S_MAX)
    yield buckets
    await buckets.close()


async def forget(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as redis:
        async for key in redis.scan_iter(NAMESPACE + "*"):
            await redis.delete(key)


async def test_redis_counts_as_a_process_does(shared: RedisBuckets) -> None:
    own = MemoryBuckets(clock=Clock())
    for units in (1, 400, 700, 599, 1, 1_000, 0):
        theirs, ours = await shared.take("ana", STILL, units), await own.take("ana", STILL, units)
        assert theirs.is_paid == ours.is_paid
        assert theirs.units == pytest.approx(ours.units, abs=0.1)


async def test_redis_lets_flow_in_what_was_missed(shared: RedisBuckets, redis_url: str) -> None:
    await shared.take("ana", TEN_A_SECOND, 100)
    async with Redis.from_url(redis_url) as redis:
        at_s = float(await redis.hget(NAMESPACE + "ana", "at") or 0)
        await redis.hset(NAMESPACE + "ana", mapping={"held": "0", "at": str(at_s - 4)})
        left = await shared.take("ana", TEN_A_SECOND, 30)
        assert left.is_paid
        assert 10 <= left.units < 20
        # Full again in ten seconds, and then as good as one that was never used.
        assert 10 <= await redis.ttl(NAMESPACE + "ana") <= 11
        # A clock that was set back takes nothing away.
        await redis.hset(NAMESPACE + "ana", mapping={"held": "50", "at": str(at_s + 3_600)})
    assert await shared.take("ana", TEN_A_SECOND, 10) == Left(is_paid=True, units=40.0)


async def test_processes_share_a_bucket(shared: RedisBuckets, redis_url: str) -> None:
    other = RedisBuckets(redis_url, WAIT_S_MAX)
    try:
        takes = [one.take("ana", STILL, 30) for _ in range(50) for one in (shared, other)]
        left = await asyncio.gather(*takes)
    finally:
        await other.close()
    # 33 times 30 of 1,000, whoever came first.
    assert [one.is_paid for one in left].count(True) == 33
    assert min(one.units for one in left) == pytest.approx(10, abs=0.1)


async def test_a_redis_that_forgot_its_scripts_is_told_again(shared: RedisBuckets, redis_url: str) -> None:
    await shared.take("ana", STILL, 10)
    async with Redis.from_url(redis_url) as redis:
        await redis.script_flush()
    assert (await shared.take("ana", STILL, 10)).units == pytest.approx(980, abs=0.1)
