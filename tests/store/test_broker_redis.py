"""The broker between processes, over a real Redis: what one publishes all hear, also after Redis was away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
import pytest
from redis.asyncio import Redis

from store.broker import Event, Mailbox
from store.broker_redis import RedisBroker
from tests.faults.proxy import Mode, Proxy, target_of, through

SECRET = b"a secret of these tests, which is long enough"
SOON_S = 10.0
ONE = Event("t", "a", b"\x00one")


@asynccontextmanager
async def running(url: str, secret: bytes = SECRET) -> AsyncIterator[RedisBroker]:
    """A broker that is connected."""
    connected = asyncio.Event()
    broker = RedisBroker(url, secret, connected=lambda is_connected: connected.set() if is_connected else None)
    work = asyncio.ensure_future(broker.run())
    try:
        async with asyncio.timeout(SOON_S):
            await connected.wait()
        yield broker
    finally:
        work.cancel()
        async with asyncio.timeout(SOON_S):
            await asyncio.gather(work, return_exceptions=True)


@asynccontextmanager
async def proxied(url: str) -> AsyncIterator[Proxy]:
    proxy = Proxy(target_of(url))
    await proxy.start()
    try:
        yield proxy
    finally:
        await proxy.close()


async def heard(mailbox: Mailbox) -> Event:
    async with asyncio.timeout(SOON_S):
        return await mailbox.next()


async def test_what_one_process_publishes_every_process_hears_once(redis_url: str) -> None:
    async with running(redis_url) as one, running(redis_url) as two, running(redis_url, SECRET[::-1]) as stranger:
        with one.listening("t") as own, two.listening("t") as others, stranger.listening("t") as strangers:
            one.publish(ONE)
            assert [await heard(own), await heard(others)] == [ONE, ONE]
            last = Event("t", "z", b"last")
            two.publish(last)
            stranger.publish(last)
            # Its own came back from Redis before this did, if it ever would.
            assert [await heard(own), await heard(others), await heard(strangers)] == [last] * 3
    assert (one.counts.published, two.counts.published, stranger.counts.published) == (2, 2, 1)


@pytest.mark.parametrize("turns", range(40))
async def test_it_stops_wherever_it_is_in_sending(redis_url: str, turns: int) -> None:
    async with running(redis_url) as one:
        one.publish(ONE)
        for _ in range(turns):
            await asyncio.sleep(0)


@pytest.mark.parametrize(
    "poison",
    [b"", b"\xff", b"cbuiltins\nexit\n(tR.", msgspec.msgpack.encode([1, 2, 3, 4]), b"\x90", b"x" * 100_000],
)
async def test_what_is_no_event_is_not_heard(redis_url: str, poison: bytes) -> None:
    async with running(redis_url) as one, running(redis_url) as two, Redis.from_url(redis_url) as client:
        with one.listening("t") as mailbox:
            assert await client.publish(one.channel, poison) == 2
            two.publish(ONE)
            assert await heard(mailbox) == ONE
    assert one.counts.published == 1


@pytest.mark.parametrize("mode", [Mode.REFUSE, Mode.BLACK_HOLE, Mode.GARBAGE])
async def test_without_redis_the_process_goes_on_and_the_latest_is_told_when_it_is_back(
    redis_url: str, mode: Mode
) -> None:
    async with proxied(redis_url) as proxy, running(redis_url) as far, running(through(redis_url, proxy)) as near:
        with near.listening("t") as own, far.listening("t") as others:
            near.publish(ONE)
            assert [await heard(own), await heard(others)] == [ONE, ONE]
            await proxy.switch(mode)
            latest = [Event("t", "a", bytes([number])) for number in range(3)]
            for event in latest:
                near.publish(event)
                assert await heard(own) == event
                await asyncio.sleep(0)
            await proxy.switch(Mode.PASS)
            event = ONE
            while event != latest[-1]:
                event = await heard(others)
            assert near.counts.dropped == 0
