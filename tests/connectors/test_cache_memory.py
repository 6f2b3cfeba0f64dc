"""Cache memory: bounded by bytes and by entries, what was used longest ago goes first, what is too old is gone."""

from __future__ import annotations

from connectors.cache.memory import ENTRY_BYTES, BoundedMemory

ROOM = 3 * (ENTRY_BYTES + 100)


class Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def memory(clock: Clock | None = None, *, entries_max: int = 100) -> BoundedMemory:
    return BoundedMemory(bytes_max=ROOM, entries_max=entries_max, clock=clock or Clock())


async def kept(memory: BoundedMemory, *names: str) -> list[str]:
    return [name for name in names if await memory.get(name) is not None]


async def test_it_keeps_what_it_is_given_through_aiocaches_door() -> None:
    cache = memory()
    assert await cache.get("a") is None
    assert await cache.set("a", b"1", ttl=5)
    assert await cache.set("a", b"22", ttl=5)
    assert (await cache.get("a"), len(cache), cache.bytes_kept) == (b"22", 1, 2 + ENTRY_BYTES)
    assert (await cache.delete("a"), await cache.delete("a")) == (1, 0)
    assert (await cache.get("a"), len(cache), cache.bytes_kept) == (None, 0, 0)


async def test_bytes_are_bounded_and_the_longest_unused_goes_first() -> None:
    cache = memory()
    for name in "abc":
        await cache.set(name, b"x" * 100, ttl=5)
    assert (cache.bytes_kept, len(cache)) == (ROOM, 3)
    await cache.get("a")
    await cache.set("d", b"x", ttl=5)
    assert await kept(cache, *"abcd") == ["a", "c", "d"]
    await cache.set("e", b"x" * (2 * ENTRY_BYTES + 300), ttl=5)
    assert await kept(cache, *"abcde") == ["e"]
    assert cache.bytes_kept == 3 * ENTRY_BYTES + 300


async def test_what_never_fits_puts_nothing_out() -> None:
    cache = memory()
    await cache.set("a", b"1", ttl=5)
    assert await cache.set("b", b"x" * ROOM, ttl=5) is False
    assert await kept(cache, "a", "b") == ["a"]
    await cache.set("a", b"x" * ROOM, ttl=5)
    assert (await kept(cache, "a"), cache.bytes_kept) == ([], 0)


async def test_entries_are_bounded() -> None:
    cache = memory(entries_max=2)
    for name in "abc":
        await cache.set(name, b"", ttl=5)
    assert await kept(cache, *"abc") == ["b", "c"]


async def test_what_is_too_old_is_gone() -> None:
    clock = Clock()
    cache = memory(clock)
    await cache.set("a", b"1", ttl=5)
    await cache.set("b", b"1")
    clock.now_s = 4.9
    assert await kept(cache, "a", "b") == ["a", "b"]
    clock.now_s = 5.0
    assert await kept(cache, "a", "b") == ["b"]
    assert cache.bytes_kept == 1 + ENTRY_BYTES


async def test_all_can_go_at_once() -> None:
    cache = memory()
    await cache.set("a", b"1")
    await cache.clear()
    assert (len(cache), cache.bytes_kept) == (0, 0)
