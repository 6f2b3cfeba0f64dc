"""Erasing in the cache of reads: looks through every answer that is kept, and drops those that name a person."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from typing import Any, Final

from aiocache.base import BaseCache

from connectors.cache_memory import BoundedMemory
from connectors.cache_store import NAMESPACE
from models.erasure import Searched, Sought

ENTRIES_MAX: Final = 200_000
"""More is not looked through, and the receipt says that the cache was not searched."""
ENTRIES_AT_ONCE: Final = 200


class TooManyEntries(Exception):
    """A shared cache holds more than one search looks through."""


async def erase_in_cache(storage: BaseCache, sought: Sought) -> Searched:
    """Look at all that is kept. Raises TooManyEntries, and what the storage raises."""
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
    """The names and values of a Redis, some hundred at a time: it answers others in between."""
    cursor = 0
    while True:
        cursor, names = await client.scan(cursor, match=f"{NAMESPACE}*", count=ENTRIES_AT_ONCE)
        if names:
            yield names, await client.mget(names)
        if cursor == 0:
            return
