"""Starving: tells whether this process was kept from working by others, so that no test blames the hub for that.

Time in which the hub itself kept the processor is not excused.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from dataclasses import dataclass, field

BEAT_S = 0.01
WINDOW_S = 3.0
"""What was starved is late for a while: breakers have opened, and are closed again by their probes."""
LOST_S_MAX = 0.4
BEATS_MAX = 1_000


@dataclass(slots=True)
class Starving:
    """The time that was lost, beat by beat."""

    _lost: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=BEATS_MAX))

    @property
    def is_so(self) -> bool:
        """Whether more was lost a moment ago than a test can bear."""
        since_s = time.monotonic() - WINDOW_S
        return sum(lost_s for at_s, lost_s in self._lost if at_s > since_s) > LOST_S_MAX

    async def watch(self) -> None:
        while True:
            wall_s, worked_s = time.monotonic(), time.process_time()
            await asyncio.sleep(BEAT_S)
            lost_s = time.monotonic() - wall_s - BEAT_S - (time.process_time() - worked_s)
            if lost_s > BEAT_S:
                self._lost.append((time.monotonic(), lost_s))
