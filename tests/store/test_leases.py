"""Leases on both databases: one holder at a time, by the database's clock, with a token that grows."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from store.database.clock import database_now
from store.database.engine import HubDatabase
from store.leases import Lease, Leases
from tests.store.outboxes import NOON, Clock

LASTS = timedelta(seconds=30)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def leases(database: HubDatabase, clock: Clock) -> Leases:
    return Leases(database, clock)


async def test_one_of_many_has_it_and_the_next_has_a_larger_token(leases: Leases, clock: Clock) -> None:
    names = [f"process {number}" for number in range(8)]
    taken = [one for one in await asyncio.gather(*(leases.take("poller", name, LASTS) for name in names)) if one]
    (first,) = taken
    assert first == Lease("poller", first.holder, 1, NOON + LASTS)
    assert await leases.take("loader", "another", LASTS) == Lease("loader", "another", 1, NOON + LASTS)
    clock.now += LASTS - timedelta(milliseconds=1)
    assert await leases.holds(first)
    assert await leases.take("poller", "another", LASTS) is None
    clock.forward(milliseconds=1)
    assert not await leases.holds(first)
    second = await leases.take("poller", "another", LASTS)
    assert second == Lease("poller", "another", 2, clock.now + LASTS)
    assert not await leases.holds(first)


async def test_it_is_renewed_while_it_lasts_and_not_afterwards(leases: Leases, clock: Clock) -> None:
    taken = await leases.take("poller", "one", LASTS)
    assert taken is not None
    clock.forward(seconds=29)
    renewed = await leases.renew(taken, LASTS)
    assert renewed == replace(taken, until=clock.now + LASTS)
    clock.now = renewed.until
    assert await leases.renew(renewed, LASTS) is None


async def test_who_gives_it_back_has_it_no_more_and_takes_nothing_from_the_next(leases: Leases) -> None:
    first = await leases.take("poller", "one", LASTS)
    assert first is not None
    await leases.release(first)
    assert not await leases.holds(first)
    second = await leases.take("poller", "another", LASTS)
    assert second is not None
    await leases.release(first)
    assert await leases.holds(second)


async def test_the_clock_is_that_of_the_database(database: HubDatabase) -> None:
    async with database.reading() as connection:
        now = await connection.run_sync(database_now)
    assert abs(now - datetime.now(UTC)) < timedelta(seconds=30)
    lease = await Leases(database).take("poller", "one", LASTS)
    assert lease is not None
    assert timedelta() <= lease.until - LASTS - now < timedelta(seconds=30)
