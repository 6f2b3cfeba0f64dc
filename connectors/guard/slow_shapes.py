"""Slow shapes: a circuit breaker per question shape, for questions that are slow by themselves.

Each pause is longer than the one before. After it one question of the shape may try while others are refused; if it is
answered in time, the shape is allowed again. Pure but for the clock.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from cachetools import TTLCache

from models.policy.viewer import CallerClass

SLOW_IN_A_ROW_MAX = 2
"""A single timeout may be due to a lock or a backup."""
PAUSE_S_FIRST = 1.0
PAUSE_S_MAX = 60.0
REMEMBERED_S = 600.0
"""A shape is forgotten after so long without a timeout."""
SHAPES_MAX = 256
"""Of how many shapes a source remembers that they were slow; those that were asked last."""
TRY_S_MAX = 10.0
"""Longer than any call takes: a trial that has not ended by then is lost."""

Shape = tuple[CallerClass, str]
"""The class of the caller, and the question shape: slow questions of strangers do not block staff."""


@dataclass(slots=True)
class _Slow:
    in_a_row: int = 0
    pause_s: float = PAUSE_S_FIRST
    refused_until_s: float = -math.inf
    trying_until_s: float = -math.inf


@dataclass(slots=True)
class SlowShapes:
    """The recently slow shapes of one source. False if there are none."""

    clock: Callable[[], float] = time.monotonic
    refusals: int = 0
    _slow: TTLCache[Shape, _Slow] = field(init=False)

    def __post_init__(self) -> None:
        self._slow = TTLCache(SHAPES_MAX, REMEMBERED_S, timer=self.clock)

    def __bool__(self) -> bool:
        return bool(self._slow)

    def wait_s(self, shape: Shape) -> float:
        """For how many seconds this shape is still refused; 0 admits the caller, as the trial if one is due."""
        slow = self._slow.get(shape)
        if slow is None or slow.in_a_row < SLOW_IN_A_ROW_MAX:
            return 0.0
        now_s = self.clock()
        until_s = max(slow.refused_until_s, slow.trying_until_s)
        if until_s > now_s:
            self.refusals += 1
            return until_s - now_s
        slow.trying_until_s = now_s + TRY_S_MAX
        return 0.0

    def ran_out(self, shape: Shape) -> None:
        """A question of this shape timed out."""
        now_s = self.clock()
        slow = self._slow[shape] = self._slow.get(shape) or _Slow()
        slow.trying_until_s = -math.inf
        if now_s < slow.refused_until_s:
            return  # It began before the shape was refused.
        slow.in_a_row += 1
        if slow.in_a_row >= SLOW_IN_A_ROW_MAX:
            slow.refused_until_s = now_s + slow.pause_s
            slow.pause_s = min(2 * slow.pause_s, PAUSE_S_MAX)

    def answered(self, shape: Shape) -> None:
        """A question of this shape was answered in time."""
        slow = self._slow.get(shape)
        # A call that began before the refusal proves nothing.
        if slow is not None and self.clock() >= slow.refused_until_s:
            self._slow.pop(shape, None)

    def left(self, shape: Shape) -> None:
        """A question of this shape ended without a verdict: another one may try."""
        slow = self._slow.get(shape)
        if slow is not None:
            slow.trying_until_s = -math.inf

    def clear(self) -> None:
        """The source was slow, not the questions."""
        self._slow.clear()

    def refused(self) -> dict[Shape, float]:
        """The refused shapes, and for how many more seconds; 0 if one question may try."""
        now_s = self.clock()
        return {
            shape: max(0.0, slow.refused_until_s - now_s)
            for shape, slow in self._slow.items()
            if slow.in_a_row >= SLOW_IN_A_ROW_MAX
        }
