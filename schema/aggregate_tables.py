"""Aggregate tables: an aggregate as the columns that its types in the graph are read from, worked out when selected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from models.errors import TooExpensive
from models.measures import Statistic, Tally
from models.periods import BucketUnit, label_of, starts_between
from models.values import Money
from resolvers.aggregates import Aggregate, GroupKey, GroupQuestion

SERIES_POINTS_MAX = 50_000
MONEY_CENT = Decimal("0.01")


class Tallies:
    """Tallies as a table: counts, shares of `whole`, and one table for each of their measured fields."""

    def __init__(self, tallies: Sequence[Tally], whole: int) -> None:
        self.tallies = tallies
        self._whole = whole

    def column(self, name: str) -> Sequence[Any]:
        if name == "count":
            return [tally.count for tally in self.tallies]
        if name == "share":
            return [tally.count / self._whole if self._whole else None for tally in self.tallies]
        raise LookupError(f"A group has no column {name}.")

    def distinct(self, field: str) -> Sequence[int]:
        return [tally.distinct(field) for tally in self.tallies]


class Figures:
    """What is measured of one field in each of some tallies."""

    def __init__(self, tallies: Sequence[Tally], field: str) -> None:
        self._tallies = tallies
        self._field = field

    def column(self, name: str) -> Sequence[Any]:
        if name == "known":
            return [tally.known(self._field) for tally in self._tallies]
        return [figure_of(tally, self._field, Statistic(name)) for tally in self._tallies]


class Moments:
    """The ends of the days or moments of one field in each of some tallies."""

    def __init__(self, tallies: Sequence[Tally], field: str) -> None:
        self._tallies = tallies
        self._field = field

    def column(self, name: str) -> Sequence[Any]:
        if name == "known":
            return [tally.known(self._field) for tally in self._tallies]
        return [tally.end(self._field, Statistic(name)) for tally in self._tallies]


def figure_of(tally: Tally, field: str, statistic: Statistic) -> object:
    """A figure as the graph shows it: an amount of money to the cent, else a number."""
    number = tally.statistic(field, statistic)
    if number is None:
        return None
    currency = tally.currency(field)
    if currency is None:
        return float(number)
    whole = number.to_integral_value()
    return Money(whole if whole == number else number.quantize(MONEY_CENT), currency)


class Keys:
    """The keys of groups: a column for each field that was grouped by, and the start of their bucket."""

    def __init__(self, question: GroupQuestion, keys: Sequence[GroupKey]) -> None:
        self.keys = keys
        self._bucket = question.bucket
        self._places = {name: at for at, name in enumerate(question.by)}

    def column(self, name: str) -> Sequence[Any]:
        place = self._places.get(name)
        return [None] * len(self.keys) if place is None else [key[place] for key in self.keys]

    @cached_property
    def periods(self) -> Mapping[str, Sequence[Any]] | None:
        """The buckets as columns, where the keys have one; starts are moments in the zone that was asked for."""
        bucket = self._bucket
        if bucket is None:
            return None
        starts = [key[-1] for key in self.keys]
        known = [start if isinstance(start, datetime) else None for start in starts]
        return {
            "start": [start.replace(tzinfo=bucket.zone) if start is not None else None for start in known],
            "label": [label_of(start, bucket.unit) if start is not None else None for start in known],
        }


class GroupRows(Tallies):
    """The groups that are shown, in order. An answer has one table of keys, so that their relations are read once."""

    def __init__(self, aggregate: Aggregate, keys: Sequence[GroupKey], whole: int) -> None:
        super().__init__([aggregate.groups[key] for key in keys], whole)
        self.keys = Keys(aggregate.question, keys)
        before = [aggregate.previous(key) for key in keys]
        self.previous = Tallies([tally or Tally() for tally in before], whole)
        self.previous_rows = [None if tally is None else row for row, tally in enumerate(before)]


class SeriesRows:
    """One row for each key without its bucket: the same moments for all of them, and a number for each."""

    def __init__(self, keys: Keys, moments: Sequence[datetime], tallies: Sequence[Sequence[Tally]]) -> None:
        self.keys = keys
        self._moments = moments
        self._tallies = tallies

    def column(self, name: str) -> Sequence[Any]:
        if name == "t":
            return [self._moments] * len(self._tallies)
        if name == "v":
            return [[tally.count for tally in tallies] for tallies in self._tallies]
        raise LookupError(f"A series has no column {name}.")


class AggregateTable:
    """One aggregate as the one row that its root field answers. `keys` are the groups to show, of `found` ones."""

    def __init__(self, aggregate: Aggregate, keys: Sequence[GroupKey], found: int, series_max: int) -> None:
        self.aggregate = aggregate
        self._keys = keys
        self._found = found
        self._series_max = series_max

    def column(self, name: str) -> Sequence[Any]:
        if name == "groups_count":
            return [self._found]
        if name == "is_complete":
            return [self._found == len(self._keys)]
        raise LookupError(f"An aggregate has no column {name}.")

    @cached_property
    def whole(self) -> Tally:
        return self.aggregate.totals

    @cached_property
    def groups(self) -> GroupRows:
        return GroupRows(self.aggregate, self._keys, self.whole.count)

    @cached_property
    def totals(self) -> GroupRows:
        """All groups as one; what it is compared with is all of the period before."""
        summed = replace(self.aggregate, groups={(): self.whole}, earlier=None)
        rows = GroupRows(summed, [()], self.whole.count)
        before = self.aggregate.totals_before
        if before is not None:
            rows.previous = Tallies([before], before.count)
            rows.previous_rows = [0]
        return rows

    @cached_property
    def series(self) -> SeriesRows | None:
        """The counts as columns, the largest first, without gaps; None without a bucket."""
        question = self.aggregate.question
        bucket = question.bucket
        if bucket is None:
            return None
        by_key: dict[GroupKey, dict[object, Tally]] = {}
        for key, tally in self.aggregate.groups.items():
            by_key.setdefault(key[:-1], {})[key[-1]] = tally
        sums = {key: sum(tally.count for tally in found.values()) for key, found in by_key.items()}
        chosen = sorted(by_key, key=lambda key: (-sums[key], order_of_key(key)))[: self._series_max]
        starts = self._starts(bucket.unit)
        if len(starts) * len(chosen) > SERIES_POINTS_MAX:
            raise TooExpensive("groups_many", maximum=SERIES_POINTS_MAX)
        tallies = [[by_key[key].get(start, Tally()) for start in starts] for key in chosen]
        moments = [start.replace(tzinfo=bucket.zone) for start in starts]
        return SeriesRows(Keys(replace(question, bucket=None), chosen), moments, tallies)

    def _starts(self, unit: BucketUnit) -> list[datetime]:
        """The buckets from the first to the last: of the range that was asked for, else of what was found."""
        bucket, span = self.aggregate.question.bucket, self.aggregate.range
        assert bucket is not None
        found = sorted(key[-1] for key in self.aggregate.groups if isinstance(key[-1], datetime))
        first, last = (found[0], found[-1]) if found else (None, None)
        if span is not None and span.lower is not None:
            first = span.lower_in(bucket.zone)
        if span is not None and span.upper is not None:
            last = span.last_in(bucket.zone)
        if first is None or last is None:
            return []
        starts: list[datetime] = []
        for start in starts_between(first, last, unit):
            if len(starts) == SERIES_POINTS_MAX:
                raise TooExpensive("groups_many", maximum=SERIES_POINTS_MAX)
            starts.append(start)
        return starts


def order_of_key(key: GroupKey) -> tuple[tuple[bool, str], ...]:
    """A fixed order of keys: by their texts, what has no value last."""
    return tuple((part is None, _text(part)) for part in key)


def _text(part: object) -> str:
    value = getattr(part, "value", part)
    return value.isoformat() if isinstance(value, datetime) else str(value)
