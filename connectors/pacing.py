"""Pacing: no more statements in a second than a source allows, a moment's wait instead of a refusal."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass


@dataclass(slots=True)
class Pace:
    """Lets one step through every `1 / per_second_max` seconds; after a quiet second, that many at once."""

    per_second_max: float = math.inf
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _free_at_s: float = -math.inf

    async def step(self) -> None:
        """Wait for one's turn. Who is cancelled while waiting has used it up."""
        if math.isinf(self.per_second_max):
            return
        now_s = self.clock()
        # What was not used up in the last second is still there.
        self._free_at_s = max(self._free_at_s, now_s - 1) + 1 / self.per_second_max
        if self._free_at_s > now_s:
            await self.sleep(self._free_at_s - now_s)
