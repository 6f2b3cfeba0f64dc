"""Dice: functions from a number in 0..1 to one of several things, by their weights."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Callable, Iterable
from itertools import accumulate
from typing import TypeVar

T = TypeVar("T")


def weighted(shares: Iterable[tuple[T, float]]) -> Callable[[float], T]:
    """A die that shows each thing as often as its weight says; a number of 1 or more shows the last."""
    pairs = tuple(shares)
    things = tuple(thing for thing, _ in pairs)
    total = sum(weight for _, weight in pairs)
    bounds = tuple(reached / total for reached in accumulate(weight for _, weight in pairs))[:-1]
    return lambda number: things[bisect(bounds, number)]
