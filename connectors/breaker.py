"""Breaker: when to stop asking a source that fails, and when to ask again. Pure state: no clock runs here.

The libraries that were tried let everybody through when a breaker is half open; here nobody's request is the probe.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

CALLS_SEEN = 20
"""Over how many of the last calls a rate is taken."""
CALLS_MIN = 4
"""With fewer than these nothing is concluded: one call that fails is no failing source."""
FAILURE_SHARE_MAX = 0.5
SLOW_SHARE_MAX = 0.9
PAUSE_S_FIRST = 0.25
PAUSE_S_MAX = 1.0
"""A source is asked again within two seconds of its healing, jitter and a probe that hangs included."""
JITTER = 0.2
PROVEN_AFTER_CALLS = 8
"""How many good calls after a pause make the next pause short again."""


class BreakerState(Enum):
    """CLOSED: asked. OPEN: left alone. HALF_OPEN: left alone but for one probe."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half open"


class Outcome(Enum):
    GOOD = "good"
    SLOW = "slow"
    FAILED = "failed"


@dataclass(slots=True)
class Breaker:
    """The state of one source. `random` is from 0 to 1."""

    random: Callable[[], float] = random.random
    state: BreakerState = BreakerState.CLOSED
    _seen: deque[Outcome] = field(default_factory=lambda: deque(maxlen=CALLS_SEEN))
    _pause_s: float = PAUSE_S_FIRST
    _good_since: int = PROVEN_AFTER_CALLS

    @property
    def allows(self) -> bool:
        return self.state is BreakerState.CLOSED

    def record(self, outcome: Outcome) -> bool:
        """Note how a call ended; whether the breaker has opened by it."""
        if not self.allows:
            # It began before the breaker opened.
            return False
        self._seen.append(outcome)
        self._good_since = self._good_since + 1 if outcome is Outcome.GOOD else self._good_since
        if self._good_since >= PROVEN_AFTER_CALLS:
            self._pause_s = PAUSE_S_FIRST
        if not self._is_bad(outcome):
            return False
        self.state = BreakerState.OPEN
        return True

    def pause_s(self) -> float:
        """How long to leave the source alone now; each pause is longer than the one before."""
        pause_s, self._pause_s = self._pause_s, min(self._pause_s * 2, PAUSE_S_MAX)
        return pause_s * (1 + JITTER * (2 * self.random() - 1))

    def probing(self) -> None:
        self.state = BreakerState.HALF_OPEN

    def probed(self, *, good: bool) -> None:
        """How the probe ended: closed on probation, in which one failure opens it again, or open as before."""
        self.state = BreakerState.CLOSED if good else BreakerState.OPEN
        self._seen.clear()
        self._good_since = 0

    def _is_bad(self, outcome: Outcome) -> bool:
        if outcome is Outcome.FAILED and self._good_since < PROVEN_AFTER_CALLS:
            return True
        if outcome is Outcome.GOOD or len(self._seen) < CALLS_MIN:
            return False
        failed = self._seen.count(Outcome.FAILED)
        slow = self._seen.count(Outcome.SLOW)
        return failed >= FAILURE_SHARE_MAX * len(self._seen) or slow + failed >= SLOW_SHARE_MAX * len(self._seen)
