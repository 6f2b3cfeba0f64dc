"""Cache store: a storage that hangs costs its budget a few times, then nothing, until a probe finds it well."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiocache.base import BaseCache
from aiocache.serializers import NullSerializer

from connectors.cache.memory import BoundedMemory
from connectors.cache.store import (
    MEMORY_BYTES_MAX,
    CacheStore,
    store_at,
)
from connectors.cache.within_budget import ABANDONED_MAX, StoreFailed, StoreLeftAlone, StoreTimedOut
from connectors.guard.breaker import FAILURES_IN_A_ROW, BreakerState
from tests.connectors.caching import settled


class Storage(BaseCache):  # type: ignore[misc]  # aiocache has no types
    """Keeps one value; hangs or fails when it is told to, and takes its time to stop."""

    def __init__(self) -> None:
        super().__init__(serializer=NullSerializer(encoding=None), timeout=None)
        self.asked: list[str] = []
        self.failure: Exception | None = None
        self.hangs = False
        self.stops = asyncio.Event()
        self.stopped = 0

    async def _do(self, what: str) -> bytes:
        self.asked.append(what)
        if self.hangs:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                await self.stops.wait()
                self.stopped += 1
                raise
        if self.failure is not None:
            raise self.failure
        return b"value"

    async def _get(self, key: str, encoding: object = None, _conn: object = None) -> bytes:
        return await self._do(f"get {key}")

    async def _set(self, key: str, value: bytes, ttl: float, _cas_token: object = None, _conn: object = None) -> Any:
        return await self._do(f"set {key} {value!r} {ttl}")

    async def _delete(self, key: str, _conn: object = None) -> Any:
        return await self._do(f"delete {key}")


@dataclass
class Shelf:
    """A store with a budget that is over at once; its pauses end when a test says so."""

    storage: Storage = field(default_factory=Storage)
    pauses: list[float] = field(default_factory=list)
    over: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    def __post_init__(self) -> None:
        self.store = CacheStore(self.storage, 0.001, sleep=self._sleep)

    async def _sleep(self, pause_s: float) -> None:
        self.pauses.append(pause_s)
        await self.over.acquire()

    async def fail(self, times: int) -> None:
        for _ in range(times):
            with pytest.raises(StoreFailed):
                await self.store.get("a")


def state_of(store: CacheStore) -> BreakerState:
    return store.breaker.state


@pytest.fixture
async def shelf() -> AsyncIterator[Shelf]:
    shelf = Shelf()
    yield shelf
    shelf.storage.stops.set()
    await shelf.store.close()


async def test_operations_reach_the_storage(shelf: Shelf) -> None:
    assert await shelf.store.get("a") == b"value"
    await shelf.store.put("a", b"1", 5.5)
    await shelf.store.delete("a")
    assert shelf.storage.asked == ["get a", "set a b'1' 5.5", "delete a"]


async def test_what_hangs_costs_its_budget_and_then_nothing(shelf: Shelf) -> None:
    shelf.storage.hangs = True
    for _ in range(FAILURES_IN_A_ROW):
        with pytest.raises(StoreTimedOut):
            await shelf.store.get("a")
    for operation in (shelf.store.get("a"), shelf.store.put("a", b"1", 5), shelf.store.delete("a")):
        with pytest.raises(StoreLeftAlone):
            await operation
    assert shelf.storage.asked == ["get a"] * FAILURES_IN_A_ROW
    await settled()
    assert (shelf.storage.stopped, len(shelf.store._abandoned)) == (0, FAILURES_IN_A_ROW)
    shelf.storage.stops.set()
    await settled()
    assert (shelf.storage.stopped, len(shelf.store._abandoned)) == (FAILURES_IN_A_ROW, 0)


async def test_what_fails_is_left_alone_and_its_words_stay_behind(shelf: Shelf) -> None:
    shelf.storage.failure = ConnectionError("redis://secret@host refused")
    with pytest.raises(StoreFailed, match=r"^ConnectionError$") as failed:
        await shelf.store.get("a")
    assert (failed.value.__cause__, failed.value.__context__) == (None, None)
    await shelf.fail(FAILURES_IN_A_ROW - 1)
    with pytest.raises(StoreLeftAlone):
        await shelf.store.get("a")
    assert len(shelf.storage.asked) == FAILURES_IN_A_ROW


async def test_one_probe_at_a_time_finds_out_that_it_is_back(shelf: Shelf) -> None:
    shelf.storage.failure = ConnectionError()
    await shelf.fail(FAILURES_IN_A_ROW)
    await settled()
    shelf.over.release()
    await settled()
    assert shelf.storage.asked == ["get a"] * FAILURES_IN_A_ROW + ["get probe"]
    assert state_of(shelf.store) is BreakerState.OPEN
    await shelf.fail(20)
    shelf.storage.failure = None
    shelf.over.release()
    await settled()
    assert shelf.storage.asked == ["get a"] * FAILURES_IN_A_ROW + ["get probe"] * 2
    assert state_of(shelf.store) is BreakerState.CLOSED
    assert await shelf.store.get("a") == b"value"
    assert len(shelf.pauses) == 2
    first_s, second_s = shelf.pauses
    assert 0.2 <= first_s <= 0.3
    assert 0.4 <= second_s <= 0.6


async def test_leftovers_are_bounded(shelf: Shelf) -> None:
    shelf.storage.hangs, shelf.store.budget_s = True, 60
    waiting = [asyncio.ensure_future(shelf.store.get("a")) for _ in range(ABANDONED_MAX)]
    await settled()
    for task in waiting:
        task.cancel()
    await settled()
    assert shelf.store.breaker.allows
    with pytest.raises(StoreLeftAlone):
        await shelf.store.get("a")
    shelf.storage.stops.set()
    shelf.storage.hangs = False
    await settled()
    assert await shelf.store.get("a") == b"value"


async def test_without_a_url_answers_are_kept_in_the_process() -> None:
    store = store_at(None)
    assert isinstance(store.storage, BoundedMemory)
    assert (store.storage._kept.maxsize, store.budget_s) == (MEMORY_BYTES_MAX, None)
    assert await store.get("a") is None
    await store.put("a", b"1", 5)
    assert await store.get("a") == b"1"


def test_a_url_says_everything_about_a_redis() -> None:
    storage = store_at("rediss://reader:p%40ss@cache.local:6390/3").storage
    connection = storage.client.connection_pool.make_connection()
    said = (connection.host, connection.port, connection.db, connection.username, connection.password)
    assert said == ("cache.local", 6390, 3, "reader", "p@ss")
    assert type(connection).__name__ == "SSLConnection"
    assert storage.client.connection_pool.max_connections == 16
