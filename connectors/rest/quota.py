"""Quota: how many calls an agreement with the owner of a service allows, counted in this process."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from connectors.protocol import SourceUnreachable

MINUTE_S, DAY_S = 60.0, 86_400.0
CALLS_MAX = 1_000_000
"""The largest quota of a day that can be kept count of."""


@dataclass(frozen=True, slots=True)
class Quota:
    """Calls in any minute, and in any 24 hours."""

    calls_per_minute_max: int
    calls_per_day_max: int

    def __post_init__(self) -> None:
        if not 0 < self.calls_per_minute_max <= self.calls_per_day_max <= CALLS_MAX:
            raise ValueError(f"a quota allows a call a minute, and at most {CALLS_MAX} a day")


@dataclass(slots=True)
class Calls:
    """The calls that were made under a quota."""

    quota: Quota
    clock: Callable[[], float] = time.monotonic
    _made: deque[float] = field(default_factory=deque)

    def take(self, calls: int = 1) -> None:
        """Note so many calls. Raises SourceUnreachable, and notes none, when they are more than the quota leaves."""
        now = self.clock()
        while self._made and self._made[0] <= now - DAY_S:
            self._made.popleft()
        recent = 0
        for made in reversed(self._made):
            if made <= now - MINUTE_S:
                break
            recent += 1
        if recent + calls > self.quota.calls_per_minute_max:
            raise SourceUnreachable(f"the quota of {self.quota.calls_per_minute_max} calls a minute is used up")
        if len(self._made) + calls > self.quota.calls_per_day_max:
            raise SourceUnreachable(f"the quota of {self.quota.calls_per_day_max} calls a day is used up")
        self._made.extend([now] * calls)
