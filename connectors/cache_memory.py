"""Cache memory: the storage of a cache inside the process, behind aiocache's interface, bounded by bytes and entries.

aiocache's own memory cache has no bound, and sets a timer for each entry.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable

from aiocache.base import BaseCache
from aiocache.serializers import NullSerializer

from models.erasure import Searched

ENTRY_BYTES = 400
"""About what an entry takes besides its value: its key, its place in the order, its expiry."""


class BoundedMemory(BaseCache):  # type: ignore[misc]  # aiocache has no types
    """Keeps bytes; what was used longest ago goes first. `clock` is monotonic, in seconds."""

    NAME = "bounded memory"

    def __init__(self, *, bytes_max: int, entries_max: int, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(serializer=NullSerializer(encoding=None), timeout=None)
        self.bytes_max, self.entries_max, self.clock = bytes_max, entries_max, clock
        self.bytes_kept = 0
        self._kept: OrderedDict[str, tuple[bytes, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._kept)

    async def _get(self, key: str, encoding: str | None = None, _conn: object = None) -> bytes | None:
        kept = self._kept.get(key)
        if kept is None:
            return None
        value, expires_at_s = kept
        if self.clock() >= expires_at_s:
            self._forget(key)
            return None
        self._kept.move_to_end(key)
        return value

    async def _set(
        self, key: str, value: bytes, ttl: float | None = None, _cas_token: object = None, _conn: object = None
    ) -> bool:
        self._forget(key)
        size = len(value) + ENTRY_BYTES
        if size > self.bytes_max:
            return False
        while self._kept and (self.bytes_kept + size > self.bytes_max or len(self._kept) >= self.entries_max):
            self._forget(next(iter(self._kept)))
        self._kept[key] = (value, self.clock() + ttl if ttl is not None else float("inf"))
        self.bytes_kept += size
        return True

    async def _delete(self, key: str, _conn: object = None) -> int:
        return self._forget(key)

    async def _clear(self, namespace: str | None = None, _conn: object = None) -> bool:
        self._kept.clear()
        self.bytes_kept = 0
        return True

    def forget_where(self, is_unwanted: Callable[[bytes], bool]) -> Searched:
        """Forget each value of which this is true."""
        looked, unwanted = len(self._kept), [key for key, (value, _) in self._kept.items() if is_unwanted(value)]
        return Searched(looked, len(unwanted), sum(map(self._forget, unwanted)))

    def _forget(self, key: str) -> int:
        kept = self._kept.pop(key, None)
        if kept is None:
            return 0
        self.bytes_kept -= len(kept[0]) + ENTRY_BYTES
        return 1
