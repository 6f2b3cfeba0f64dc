"""Bounded map: an LRU cache that is bounded by its number of entries and by their size together."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from cachetools import LRUCache

K = TypeVar("K")
V = TypeVar("V")


class BoundedMap(LRUCache[K, V]):
    """The least recently used leave first. What alone is larger than all may be is not kept."""

    def __init__(self, entries_max: int, size_max: int, size_of: Callable[[V], int]) -> None:
        super().__init__(size_max, size_of)
        self._entries_max = entries_max

    def __setitem__(self, key: K, value: V) -> None:
        if self.getsizeof(value) > self.maxsize:
            self.pop(key, None)
            return
        super().__setitem__(key, value)
        while len(self) > self._entries_max:
            self.popitem()
