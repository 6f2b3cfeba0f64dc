"""Measures: exact figures of a group of rows, from how often each value occurs, whatever the source. Pure."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum
from itertools import accumulate
from typing import Any

from models.values.types import Money

SORTED_AHEAD_MIN = 100
"""So few values are sorted when a figure is computed."""


class Statistic(Enum):
    """A figure of the values that a measured field has in a group."""

    MIN = "min"
    MAX = "max"
    SUM = "sum"
    AVERAGE = "average"
    MEDIAN = "median"
    P90 = "p90"


@dataclass(slots=True)
class GroupValues:
    """The number of rows of a group, and by field how often each value occurs, without nulls.

    `parts` has the number of rows that also satisfy a condition, by name. `population` is how many people live in the
    area that the rows have in common, if that is asked for and known.
    """

    count: int = 0
    values: dict[str, Counter[object]] = field(default_factory=dict)
    parts: dict[str, int] = field(default_factory=dict)
    population: int | None = None
    _sorted: dict[str, Numbers] = field(default_factory=dict, compare=False, repr=False)

    def add(self, field: str, value: object, rows: int) -> None:
        """Count a value that several rows have."""
        self._sorted.pop(field, None)
        counted = self.values.setdefault(field, Counter())
        if value is not None:
            counted[value] += rows

    @property
    def per_10000(self) -> float | None:
        """The number of rows per 10,000 people."""
        return self.count * 10_000 / self.population if self.population else None

    def merge(self, other: GroupValues) -> None:
        """Add the rows of another group."""
        self._sorted.clear()
        self.count += other.count
        for name, counted in other.values.items():
            self.values.setdefault(name, Counter()).update(counted)
        for name, rows in other.parts.items():
            self.parts[name] = self.parts.get(name, 0) + rows

    def distinct(self, field: str) -> int:
        """The number of distinct values."""
        return len(self.values.get(field, ()))

    def known(self, field: str) -> int:
        """The number of rows with a value."""
        return sum(self.values.get(field, Counter()).values())

    def statistic(self, field: str, statistic: Statistic) -> Decimal | None:
        """A figure as an exact number; None if no row has a value."""
        counted = self.values.get(field)
        if not counted:
            return None
        return _FIGURES[statistic](self._numbers(field))

    def sort(self) -> None:
        """Sort the values in advance, so that figures do not have to."""
        for name, counted in self.values.items():
            if len(counted) > SORTED_AHEAD_MIN and all(type(value) is int for value in counted):
                self._numbers(name)

    def _numbers(self, field: str) -> Numbers:
        numbers = self._sorted.get(field)
        if numbers is None:
            numbers = self._sorted[field] = Numbers(self.values[field])
        return numbers

    def end(self, field: str, statistic: Statistic) -> date | None:
        """The first (MIN) or last (MAX) day or time of a field; None if no row has one."""
        found = [value for value in self.values.get(field, ()) if isinstance(value, date)]
        return _ENDS[statistic](found, default=None)

    def currency(self, field: str) -> str | None:
        """The currency of the amounts of a field; None if there are none."""
        return next((value.currency for value in self.values.get(field, ()) if isinstance(value, Money)), None)


def number_of(value: object) -> Decimal:
    """A measured value as a number."""
    return value.amount if isinstance(value, Money) else Decimal(str(value))


def merged(tallies: Iterable[GroupValues]) -> GroupValues:
    """All of these groups as one."""
    total = GroupValues()
    for tally in tallies:
        total.merge(tally)
    return total


class Numbers:
    """Distinct numbers in ascending order, with cumulated row counts. Integers stay integers."""

    __slots__ = ("up_to", "values")

    def __init__(self, counted: Mapping[object, int]) -> None:
        # Decimals are many times slower than ints.
        whole = all(type(value) is int for value in counted)
        pairs: list[tuple[Any, int]] = sorted(
            (value if whole else number_of(value), rows) for value, rows in counted.items()
        )
        self.values = [value for value, _ in pairs]
        self.up_to = list(accumulate(rows for _, rows in pairs))

    @property
    def rows(self) -> int:
        return self.up_to[-1]

    def at(self, rank: int) -> Decimal:
        """The value of the row at a place, counted from 1."""
        return Decimal(self.values[bisect_left(self.up_to, rank)])

    def sum(self) -> Decimal:
        before = (0, *self.up_to)
        rows = (up_to - below for below, up_to in zip(before, self.up_to, strict=False))
        return Decimal(sum(value * number for value, number in zip(self.values, rows, strict=True)))


def _median(numbers: Numbers) -> Decimal:
    """The middle value; for an even number of rows, the mean of the two middle ones."""
    return (numbers.at((numbers.rows + 1) // 2) + numbers.at(numbers.rows // 2 + 1)) / 2


def _p90(numbers: Numbers) -> Decimal:
    """The smallest value that at least nine tenths of the rows do not exceed (nearest rank)."""
    return numbers.at(-(-numbers.rows * 9 // 10))


_FIGURES: dict[Statistic, Callable[[Numbers], Decimal]] = {
    Statistic.MIN: lambda numbers: numbers.at(1),
    Statistic.MAX: lambda numbers: numbers.at(numbers.rows),
    Statistic.SUM: Numbers.sum,
    Statistic.AVERAGE: lambda numbers: numbers.sum() / numbers.rows,
    Statistic.MEDIAN: _median,
    Statistic.P90: _p90,
}

_ENDS: dict[Statistic, Callable[..., date | None]] = {Statistic.MIN: min, Statistic.MAX: max}
