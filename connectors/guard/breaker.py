"""Circuit breaker: when to stop asking a failing source, and when to ask it again. Pure state, without a clock.

Unlike in the libraries that were tried, no client's request is the half-open probe.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from enum import Enum

CALLS_SEEN = 20
"""The window of calls for the failure rate."""
CALLS_MIN = 4
"""The smallest number of calls for a rate."""
FAILURE_SHARE_MAX = 0.5
SLOW_SHARE_MAX = 0.9
FAILURES_IN_A_ROW = 3
"""So many failures in a row open it, whatever the rate."""
SHAPES_MIN = 2
"""Timeouts must hit so many question shapes to open it: a single shape may be slow by itself."""
PAUSE_S_FIRST = 0.25
PAUSE_S_MAX = 1.0
"""A healed source is asked again within two seconds, including jitter and a hanging probe."""
JITTER = 0.2
PROVEN_AFTER_CALLS = 8
"""After so many good calls the next pause is short again."""


class BreakerState(Enum):
    """CLOSED: calls pass. OPEN: none pass. HALF_OPEN: only one probe passes."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half open"


class Outcome(Enum):
    """How a call ended.

    SLOW: answered late. DOUBTFUL: timed out with too little time to judge. SILENT: no answer even after the statement
    limit. FAILED: connection refused or lost.
    """

    GOOD = "good"
    SLOW = "slow"
    DOUBTFUL = "doubtful"
    SILENT = "silent"
    FAILED = "failed"


_FAILURES = frozenset({Outcome.SILENT, Outcome.FAILED})


@dataclass(slots=True)
class Breaker:
    """The state of one source. `random` is from 0 to 1."""

    random: Callable[[], float] = random.random
    state: BreakerState = BreakerState.CLOSED
    _seen: deque[tuple[Outcome, str]] = field(default_factory=lambda: deque(maxlen=CALLS_SEEN))
    _bad_in_a_row: deque[tuple[Outcome, str]] = field(default_factory=lambda: deque(maxlen=CALLS_SEEN))
    _pause_s: float = PAUSE_S_FIRST
    _good_since: int = PROVEN_AFTER_CALLS

    @property
    def allows(self) -> bool:
        return self.state is BreakerState.CLOSED

    @property
    def in_doubt(self) -> bool:
        """Whether a probe should tell a slow source from slow questions."""
        return self.allows and any(outcome is not Outcome.FAILED for outcome, _ in self._bad_in_a_row)

    def record(self, outcome: Outcome, shape: str = "") -> bool:
        """Record how a call of a shape ended; returns whether that opened the breaker."""
        if not self.allows:
            # It began before the breaker opened.
            return False
        if outcome is not Outcome.DOUBTFUL:
            self._seen.append((outcome, shape))
        if outcome is Outcome.GOOD:
            self._good_since += 1
            self._bad_in_a_row.clear()
            if self._good_since >= PROVEN_AFTER_CALLS:
                self._pause_s = PAUSE_S_FIRST
            return False
        if outcome is not Outcome.SLOW or self._share_of({Outcome.SLOW, *_FAILURES}) >= SLOW_SHARE_MAX:
            self._bad_in_a_row.append((outcome, shape))
        if outcome not in _FAILURES or not self._is_bad():
            return False
        self.state = BreakerState.OPEN
        return True

    def vouched(self) -> None:
        """A probe was answered at once, so the slow calls were slow because of their questions: forget them."""
        self._bad_in_a_row.clear()
        told = [seen for seen in self._seen if seen[0] in (Outcome.GOOD, Outcome.FAILED)]
        self._seen.clear()
        self._seen.extend(told)

    def pause_s(self) -> float:
        """The length of this pause; each pause is longer than the one before."""
        pause_s, self._pause_s = self._pause_s, min(self._pause_s * 2, PAUSE_S_MAX)
        return pause_s * (1 + JITTER * (2 * self.random() - 1))

    def probing(self) -> None:
        self.state = BreakerState.HALF_OPEN

    def probed(self, *, good: bool) -> None:
        """A good probe closes it on probation, where one failure opens it again; a bad one keeps it open."""
        self.state = BreakerState.CLOSED if good else BreakerState.OPEN
        self._seen.clear()
        self._bad_in_a_row.clear()
        self._good_since = 0

    def _is_bad(self) -> bool:
        if self._good_since < PROVEN_AFTER_CALLS:
            return True
        if len(self._bad_in_a_row) >= FAILURES_IN_A_ROW and _is_of_the_source(self._bad_in_a_row):
            return True
        failures = [seen for seen in self._seen if seen[0] in _FAILURES]
        return self._share_of(_FAILURES) >= FAILURE_SHARE_MAX and _is_of_the_source(failures)

    def _share_of(self, outcomes: Collection[Outcome]) -> float:
        """The share of these outcomes among the last calls; 0 if there were too few calls."""
        if len(self._seen) < CALLS_MIN:
            return 0.0
        return sum(outcome in outcomes for outcome, _ in self._seen) / len(self._seen)


def _is_of_the_source(failures: Collection[tuple[Outcome, str]]) -> bool:
    """Whether the failures are not due to a single question shape."""
    lost = any(outcome is Outcome.FAILED for outcome, _ in failures)
    return lost or len({shape for _, shape in failures}) >= SHAPES_MIN
