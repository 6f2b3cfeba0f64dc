"""Parts: what is the same for every reader of a language is worked out once, and given to all for some seconds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from models.localized import Language

T = TypeVar("T")
Key = tuple[str, Language]


@dataclass(slots=True)
class Parts(Generic[T]):
    """Made once at a time for each name and language, however many ask: a thousand screens are one question.

    Bounded by its names, which are the hub's own. What fails is kept as well, since it says so, and asked again after
    `life_s` seconds, or as soon as `state` is another one; what raises is not kept.
    """

    make: Callable[[str, Language], Awaitable[T]]
    life_s: float
    state: Callable[[], object] = lambda: None
    clock: Callable[[], float] = time.monotonic
    made: int = 0
    _kept: dict[Key, tuple[float, object, T]] = field(default_factory=dict)
    _making: dict[Key, asyncio.Task[T]] = field(default_factory=dict)

    async def get(self, name: str, language: Language) -> T:
        """A part that is not older than `life_s`."""
        key = (name, language)
        kept = self._kept.get(key)
        if kept is not None and self.clock() < kept[0] + self.life_s and kept[1] == self.state():
            return kept[2]
        task = self._making.get(key)
        if task is None:
            task = self._making[key] = asyncio.create_task(self._made(key))
            task.add_done_callback(lambda _: self._making.pop(key, None))
        # Who leaves does not take it away from the others.
        return await asyncio.shield(task)

    async def _made(self, key: Key) -> T:
        self.made += 1
        # As it was before: what changes meanwhile may be missing.
        state = self.state()
        part = await self.make(*key)
        self._kept[key] = (self.clock(), state, part)
        return part
