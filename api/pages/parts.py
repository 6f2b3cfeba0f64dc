"""Caches the parts of pages that are the same for all readers of a language, with single flight."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Generic, TypeVar

from models.mechanisms.single_flight import Flights
from models.values.localized import Language

T = TypeVar("T")
Key = tuple[str, Language]


@dataclass(slots=True)
class Parts(Generic[T]):
    """Makes each part once at a time per name and language, however many readers ask for it.

    Bounded, since the names are the hub's own. A part is reused for `life_s` seconds, or until `state` changes. A part
    that shows an error is kept too; one whose making raises is not.
    """

    make: Callable[[str, Language], Awaitable[T]]
    life_s: float
    state: Callable[[], object] = lambda: None
    clock: Callable[[], float] = time.monotonic
    made: int = 0
    _kept: dict[Key, tuple[float, object, T]] = field(default_factory=dict)
    _making: Flights[T] = field(default_factory=Flights)

    async def get(self, name: str, language: Language) -> T:
        """A part that is not older than `life_s`."""
        key = (name, language)
        kept = self._kept.get(key)
        if kept is not None and self.clock() < kept[0] + self.life_s and kept[1] == self.state():
            return kept[2]
        return await self._making.share(key, partial(self._made, key))

    async def _made(self, key: Key) -> T:
        self.made += 1
        # Read before, since a change meanwhile may be missing in the part.
        state = self.state()
        part = await self.make(*key)
        self._kept[key] = (self.clock(), state, part)
        return part
