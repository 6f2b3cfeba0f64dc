"""Schedule: which source has which fault at what time, at random from a seed; the same seed gives the same again."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tests.faults.proxy import FAULTS, Mode

WELL_S = (1.0, 7.0)
ILL_S = (0.2, 3.0)
"""How long a source is well, and how long ill, at least and at most."""
QUIET_S = 3.0
"""At the end everything is well for so long."""


@dataclass(frozen=True, slots=True)
class Step:
    """From a moment on, in seconds since the start, a source behaves so."""

    at_s: float
    source: str
    mode: Mode

    def __str__(self) -> str:
        return f"{self.at_s:8.2f} s  {self.source}: {self.mode.value}"


def schedule_of(seed: int, seconds: float, sources: Iterable[str]) -> tuple[Step, ...]:
    """The steps in the order of their time. No two sources share their dice: one more moves no other's faults."""
    steps = [step for source in sources for step in _steps(random.Random(f"{seed} {source}"), seconds, source)]
    return tuple(sorted(steps, key=lambda step: (step.at_s, step.source)))


def _steps(dice: random.Random, seconds: float, source: str) -> Sequence[Step]:
    steps: list[Step] = []
    ends_s = seconds - QUIET_S
    at_s = dice.uniform(0.0, WELL_S[1])
    while at_s < ends_s:
        well_s = min(at_s + dice.uniform(*ILL_S), ends_s)
        steps += [Step(at_s, source, dice.choice(FAULTS)), Step(well_s, source, Mode.PASS)]
        at_s = well_s + dice.uniform(*WELL_S)
    return steps
