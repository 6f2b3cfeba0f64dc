"""Cache memory: an in-process storage with aiocache's interface, bounded by bytes and entries.

aiocache's own memory cache has no bound and sets a timer for each entry.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from aiocache.base import BaseCache
from aiocache.serializers import NullSerializer

from models.mechanisms.bounded_map import BoundedMap
from models.policy.erasure import Searched

ENTRY_BYTES = 400
"""About what an entry takes besides its value: key, order and expiry."""


class BoundedMemory(BaseCache):  # type: ignore[misc]  # aiocache has no types
    """Keeps bytes and evicts the least recently used. `clock` is monotonic, in seconds."""

    NAME = "bounded memory"

    def __init__(self, *, bytes_max: int, entries_max: int, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(serializer=NullSerializer(encoding=None), timeout=None)
        self.clock = clock
        self._kept: BoundedMap[str, tuple[bytes, float]] = BoundedMap(
            entries_max, bytes_max, lambda kept: len(kept[0]) + ENTRY_BYTES
        )

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def bytes_kept(self) -> int:
        return int(self._kept.currsize)

    async def _get(self, key: str, encoding: str | None = None, _conn: object = None) -> bytes | None:
        kept = self._kept.get(key)
        if kept is None:
            return None
        value, expires_at_s = kept
        if self.clock() >= expires_at_s:
            del self._kept[key]
            return None
        return value

    async def _set(
        self, key: str, value: bytes, ttl: float | None = None, _cas_token: object = None, _conn: object = None
    ) -> bool:
        self._kept[key] = (value, self.clock() + ttl if ttl is not None else float("inf"))
        return key in self._kept

    async def _delete(self, key: str, _conn: object = None) -> int:
        return int(self._kept.pop(key, None) is not None)

    async def _clear(self, namespace: str | None = None, _conn: object = None) -> bool:
        self._kept.clear()
        return True

    def forget_where(self, is_unwanted: Callable[[bytes], bool]) -> Searched:
        """Delete each value for which this is true."""
        looked, unwanted = len(self._kept), [key for key, (value, _) in self._kept.items() if is_unwanted(value)]
        for key in unwanted:
            del self._kept[key]
        return Searched(looked, len(unwanted), len(unwanted))
