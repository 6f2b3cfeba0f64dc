"""The cache of reads on a real Redis: shared, flushed, poisoned, dead and hung, with right answers always."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import pytest
from redis.asyncio import Redis

from connectors.cache import store as cache_store
from connectors.cache.reads import CacheEvent
from connectors.cache.store import NAMESPACE, erase_in_cache, store_at
from connectors.cache.within_budget import OPERATION_S_MAX
from connectors.guard.breaker import FAILURES_IN_A_ROW
from models.batch import ServedFrom
from models.policy.erasure import Searched, Sought
from models.predicates import is_in
from models.values.types import Nik
from tests.connectors.caching import FRESH_FOR, STALE_FOR, Desk, Library, asking, criteria, rows_of

SLACK = 5
"""On a busy machine nothing is as quick as it is."""
WORSE_S_MAX = 0.025


def desk_at(url: str, *, secret: bytes | None = None, library: Library | None = None) -> Desk:
    desk = Desk(library or Library(), store=store_at(url))
    return desk if secret is None else Desk(library or Library(), store=store_at(url), secret=secret)


@contextlib.asynccontextmanager
async def open_desk(url: str, **options: object) -> AsyncIterator[Desk]:
    desk = desk_at(url, **options)  # type: ignore[arg-type]  # the same options
    # A busy machine is no broken Redis; those that are broken here get the budget of the house again.
    desk.store.budget_s = 5.0
    try:
        yield desk
    finally:
        await desk.cache.close()
        await desk.guard.close()


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[Redis]:
    async with Redis.from_url(redis_url) as client:
        await forget(client)
        yield client
        await forget(client)


async def names(redis: Redis) -> list[bytes]:
    return [name async for name in redis.scan_iter(f"{NAMESPACE}:*")]


async def forget(redis: Redis) -> None:
    for name in await names(redis):
        await redis.delete(name)


async def kept(desk: Desk, redis: Redis, entries: int = 1) -> None:
    """Wait until the answers are in the Redis, which nobody who reads waits for."""
    await asyncio.gather(*desk.cache._flights._tasks)
    assert len(await names(redis)) == entries


async def test_processes_share_what_is_kept(redis: Redis, redis_url: str) -> None:
    async with open_desk(redis_url) as one, open_desk(redis_url, library=Library(rows_of("Saman"))) as other:
        await one.rows()
        await kept(one, redis)
        answer = await other.rows()
        assert (answer.value.columns["judul"], answer.served_from) == (["Bumi Manusia"], ServedFrom.CACHE)
        assert (one.calls, other.calls) == (1, 0)
        (name,) = await names(redis)
        left_s = await redis.pttl(name) / 1000
        assert 0 <= (FRESH_FOR + STALE_FOR).total_seconds() - left_s < 60
    async with open_desk(redis_url, secret=b"another secret of these tests, as long") as stranger:
        assert (await stranger.rows()).served_from is ServedFrom.SOURCE


async def test_many_on_a_cold_key_are_one_call(redis: Redis, redis_url: str) -> None:
    async with open_desk(redis_url) as desk:
        answers = await asyncio.gather(*(desk.rows() for _ in range(500)))
        assert (len(answers), desk.calls) == (500, 1)
        await kept(desk, redis)
        answers = await asyncio.gather(*(desk.rows() for _ in range(500)))
        assert ({answer.served_from for answer in answers}, desk.calls) == ({ServedFrom.CACHE}, 1)


async def test_flushed_it_asks_again(redis: Redis, redis_url: str) -> None:
    async with open_desk(redis_url) as desk:
        await desk.rows()
        await kept(desk, redis)
        await forget(redis)
        assert (await desk.rows()).served_from is ServedFrom.SOURCE
        await kept(desk, redis)
        assert ((await desk.rows()).served_from, desk.calls) == (ServedFrom.CACHE, 2)


@pytest.mark.parametrize("poison", ["garbage", "pickle", "list"])
async def test_poisoned_it_gives_right_answers_and_heals(redis: Redis, redis_url: str, poison: str) -> None:
    async with open_desk(redis_url) as desk:
        await desk.rows()
        await kept(desk, redis)
        (name,) = await names(redis)
        await redis.delete(name)
        if poison == "list":
            await redis.rpush(name, b"x")
        else:
            await redis.set(name, b"\xff\x00" * 400 if poison == "garbage" else b"cbuiltins\nexit\n(tR.")
        answer = await desk.rows()
        assert (answer.value.columns["judul"], answer.served_from) == (["Bumi Manusia"], ServedFrom.SOURCE)
        await kept(desk, redis)
        assert ((await desk.rows()).served_from, desk.calls) == (ServedFrom.CACHE, 2)
        event = CacheEvent.STORE_FAILED if poison == "list" else CacheEvent.POISONED
        assert desk.cache.counts["library", event] == 1


# --- Broken -----------------------------------------------------------------------------------------------------------


async def times_s(desk: Desk, reads: int) -> list[float]:
    """How long each of so many different reads took, in order of length. All are answered."""
    times: list[float] = []
    for number in range(reads):
        started = time.perf_counter()
        answer = await desk.rows(asking(), criteria(where=is_in("title", f"Judul {number}")))
        times.append(time.perf_counter() - started)
        assert answer.value.columns["judul"] == ["Bumi Manusia"]
    return sorted(times)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def test_dead_it_costs_next_to_nothing() -> None:
    async with open_desk(f"redis://127.0.0.1:{free_port()}/0") as desk:
        desk.store.budget_s = OPERATION_S_MAX
        times = await times_s(desk, 400)
    assert desk.calls == 400
    failed = desk.counts.get("store failed", 0) + desk.counts.get("store timed out", 0)
    assert FAILURES_IN_A_ROW <= failed <= 2 * FAILURES_IN_A_ROW
    assert times[395] < WORSE_S_MAX * SLACK


async def test_what_names_a_person_is_found_in_the_redis_and_dropped(
    redis: Redis, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    nik = Nik("3671054107900001")
    sought = Sought(nik, (str(nik), "36.71.05.410790.0001"))
    async with open_desk(redis_url) as desk:
        for number in range(1_000):
            await desk.store.put(f"plain {number}", b"\x93\xa5Saman", 60.0)
        await desk.store.put("dotted", b"\x93\xb4KTP 36.71.05.410790.0001\xc0", 60.0)
        await desk.store.put("plain", f"x{nik}y".encode(), 60.0)
        await redis.set("another's", str(nik))
        assert await erase_in_cache(desk.store.storage, sought) == Searched(1_002, 2, 2)
        assert (await desk.store.get("dotted"), await desk.store.get("plain 7")) == (None, b"\x93\xa5Saman")
        assert await redis.getdel("another's") == str(nik).encode()
        assert await erase_in_cache(desk.store.storage, sought) == Searched(1_000, 0, 0)
        monkeypatch.setattr(cache_store, "ENTRIES_MAX", 999)
        with pytest.raises(cache_store.TooManyEntries):
            await erase_in_cache(desk.store.storage, sought)


async def test_hung_it_costs_its_budget_a_few_times_and_then_nothing() -> None:
    async def hang(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            await _reader.read()
        writer.close()

    async with await asyncio.start_server(hang, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with open_desk(f"redis://127.0.0.1:{port}/0") as desk:
            desk.store.budget_s = OPERATION_S_MAX
            times = await times_s(desk, 400)
    assert desk.calls == 400
    assert FAILURES_IN_A_ROW <= desk.counts["store timed out"] <= 2 * FAILURES_IN_A_ROW
    assert times[395] < WORSE_S_MAX * SLACK
    assert times[-1] < WORSE_S_MAX * SLACK


@dataclass
class Relay:
    """Passes bytes to a server and back, until it is told to hold them."""

    host: str
    port: int
    passing: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there_reader, there_writer = await asyncio.open_connection(self.host, self.port)
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(self._pass(reader, there_writer), self._pass(there_reader, writer))

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(65_536):
                await self.passing.wait()
                writer.write(data)
        writer.close()


async def test_hung_in_the_middle_it_is_left_alone_and_used_again_when_it_is_back(redis: Redis, redis_url: str) -> None:
    place = urlsplit(redis_url)
    relay = Relay(place.hostname or "", place.port or 6379)
    relay.passing.set()
    async with await asyncio.start_server(relay.serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        async with open_desk(f"redis://127.0.0.1:{port}{place.path}") as desk:
            await desk.rows()
            await kept(desk, redis)
            assert (await desk.rows()).served_from is ServedFrom.CACHE
            relay.passing.clear()
            desk.store.budget_s = OPERATION_S_MAX
            await times_s(desk, 20)
            asked, left_alone = desk.calls, not desk.store.breaker.allows
            assert left_alone
            assert ((await desk.rows()).served_from, desk.calls) == (ServedFrom.SOURCE, asked + 1)
            relay.passing.set()
            desk.store.budget_s = 5.0
            assert desk.store._healing is not None
            await asyncio.wait_for(desk.store._healing, 10)
            assert desk.store.breaker.allows
            assert (await desk.rows()).served_from is ServedFrom.CACHE
            # The server waits for its connections to end before the context does.
            await desk.cache.close()
