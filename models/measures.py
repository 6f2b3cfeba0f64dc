"""Measures: figures of a group of rows, from how often it holds each value; exact, whatever the source. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum

from models.values import Money


class Statistic(Enum):
    """A figure of the values that a measured field has in a group."""

    MIN = "min"
    MAX = "max"
    SUM = "sum"
    AVERAGE = "average"
    MEDIAN = "median"
    P90 = "p90"


@dataclass(slots=True)
class Tally:
    """How many rows a group has, and by field how often each value stands in it. Rows without a value have none.

    `parts` says by name how many of its rows satisfy something more.
    """

    count: int = 0
    values: dict[str, Counter[object]] = field(default_factory=dict)
    parts: dict[str, int] = field(default_factory=dict)

    def add(self, field: str, value: object, rows: int) -> None:
        """Count a value that so many rows have."""
        counted = self.values.setdefault(field, Counter())
        if value is not None:
            counted[value] += rows

    def merge(self, other: Tally) -> None:
        """Add the rows of another group."""
        self.count += other.count
        for name, counted in other.values.items():
            self.values.setdefault(name, Counter()).update(counted)
        for name, rows in other.parts.items():
            self.parts[name] = self.parts.get(name, 0) + rows

    def distinct(self, field: str) -> int:
        """How many different values there are."""
        return len(self.values.get(field, ()))

    def known(self, field: str) -> int:
        """How many rows have a value."""
        return sum(self.values.get(field, Counter()).values())

    def statistic(self, field: str, statistic: Statistic) -> Decimal | None:
        """A figure as an exact number; None where no row has a value."""
        counted = self.values.get(field)
        if not counted:
            return None
        numbers = sorted((number_of(value), rows) for value, rows in counted.items())
        return _FIGURES[statistic](numbers)

    def end(self, field: str, statistic: Statistic) -> date | None:
        """The first day or moment of a field by MIN, the last one by MAX; None where no row has one."""
        found = [value for value in self.values.get(field, ()) if isinstance(value, date)]
        return _ENDS[statistic](found, default=None)

    def currency(self, field: str) -> str | None:
        """The currency of the amounts of a field; None where there are none."""
        return next((value.currency for value in self.values.get(field, ()) if isinstance(value, Money)), None)


def number_of(value: object) -> Decimal:
    """A measured value as a number."""
    return value.amount if isinstance(value, Money) else Decimal(str(value))


def merged(tallies: Iterable[Tally]) -> Tally:
    """All of these groups as one."""
    total = Tally()
    for tally in tallies:
        total.merge(tally)
    return total


Numbers = list[tuple[Decimal, int]]
"""Numbers in ascending order, each once, with how often it stands there."""


def _sum(numbers: Numbers) -> Decimal:
    return sum((number * rows for number, rows in numbers), Decimal(0))


def _average(numbers: Numbers) -> Decimal:
    return _sum(numbers) / _rows(numbers)


def _median(numbers: Numbers) -> Decimal:
    """The value in the middle; of an even number of rows, half way between the two in the middle."""
    rows = _rows(numbers)
    return (_at(numbers, (rows + 1) // 2) + _at(numbers, rows // 2 + 1)) / 2


def _p90(numbers: Numbers) -> Decimal:
    """The smallest value that at least nine tenths of the rows do not exceed (nearest rank)."""
    return _at(numbers, -(-_rows(numbers) * 9 // 10))


def _rows(numbers: Numbers) -> int:
    return sum(rows for _, rows in numbers)


def _at(numbers: Numbers, rank: int) -> Decimal:
    """The value of the row at a place, counted from 1."""
    passed = 0
    for number, rows in numbers:
        passed += rows
        if passed >= rank:
            return number
    raise ValueError("there is no row at this place")


_FIGURES: dict[Statistic, Callable[[Numbers], Decimal]] = {
    Statistic.MIN: lambda numbers: numbers[0][0],
    Statistic.MAX: lambda numbers: numbers[-1][0],
    Statistic.SUM: _sum,
    Statistic.AVERAGE: _average,
    Statistic.MEDIAN: _median,
    Statistic.P90: _p90,
}

_ENDS: dict[Statistic, Callable[..., date | None]] = {Statistic.MIN: min, Statistic.MAX: max}
