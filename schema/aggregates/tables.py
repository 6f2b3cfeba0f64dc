"""Aggregates as the columns from which their types in the graph are read, computed when selected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from models.errors import HubError, TooExpensive
from models.values.measures import GroupValues, Statistic, merged
from models.values.periods import BucketUnit, label_of, starts_between
from models.values.types import Money
from resolvers.aggregates.groups import STALE_ROWS, Aggregate, GroupKey, GroupQuestion

POPULATION = "population"
"""The name under which it is kept why the people of areas are not known."""
SERIES_POINTS_MAX = 50_000
MONEY_CENT = Decimal("0.01")


class Tallies:
    """Tallies as a table: counts, shares of `whole`, and a table for each measured field that is not `lost`."""

    def __init__(self, tallies: Sequence[GroupValues], whole: int, lost: Mapping[str, HubError]) -> None:
        self.tallies = tallies
        self._whole = whole
        self.lost = lost

    def column(self, name: str) -> Sequence[Any]:
        if name == "count":
            return [tally.count for tally in self.tallies]
        if name == "share":
            return [tally.count / self._whole if self._whole else None for tally in self.tallies]
        if name == "per_10000":
            if POPULATION in self.lost:
                raise self.lost[POPULATION]
            return [tally.per_10000 for tally in self.tallies]
        if name == "stale_count":
            return [tally.parts.get(STALE_ROWS, 0) for tally in self.tallies]
        raise LookupError(f"A group has no column {name}.")

    def distinct(self, field: str) -> Sequence[int]:
        """How many different values the rows have: none of a field that the source does not hold."""
        return [tally.distinct(field) for tally in self.tallies]


class Figures:
    """The figures of one measured field in each tally; of a lost one no value is known, and figures raise its error."""

    def __init__(self, tallies: Sequence[GroupValues], field: str, lost: HubError | None) -> None:
        self._tallies = tallies
        self._field = field
        self._lost = lost

    def column(self, name: str) -> Sequence[Any]:
        if name == "known":
            return [tally.known(self._field) for tally in self._tallies]
        if self._lost is not None:
            raise self._lost
        return [self.of(tally, Statistic(name)) for tally in self._tallies]

    def of(self, tally: GroupValues, statistic: Statistic) -> object:
        return figure_of(tally, self._field, statistic)


class Moments(Figures):
    """The first and last value of one field of time in each tally."""

    def of(self, tally: GroupValues, statistic: Statistic) -> object:
        return tally.end(self._field, statistic)


def figure_of(tally: GroupValues, field: str, statistic: Statistic) -> object:
    """A figure as the graph shows it: money rounded to the cent, otherwise a number."""
    number = tally.statistic(field, statistic)
    if number is None:
        return None
    currency = tally.currency(field)
    if currency is None:
        return float(number)
    whole = number.to_integral_value()
    return Money(whole if whole == number else number.quantize(MONEY_CENT), currency)


class Keys:
    """The keys of groups: a column for each grouped field, and the start of the bucket."""

    def __init__(self, question: GroupQuestion, keys: Sequence[GroupKey]) -> None:
        self.keys = keys
        self._bucket = question.bucket
        self._places = {name: at for at, name in enumerate(question.by)}

    def column(self, name: str) -> Sequence[Any]:
        place = self._places.get(name)
        return [None] * len(self.keys) if place is None else [key[place] for key in self.keys]

    @cached_property
    def periods(self) -> Mapping[str, Sequence[Any]] | None:
        """The buckets as columns, if there are any; starts are in the zone of the question."""
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
    """The shown groups in order. An answer has one table of keys, so that relations are read once."""

    def __init__(self, aggregate: Aggregate, keys: Sequence[GroupKey], whole: int) -> None:
        super().__init__([aggregate.groups[key] for key in keys], whole, aggregate.lost)
        self.keys = Keys(aggregate.question, keys)
        before = [aggregate.previous(key) for key in keys]
        self.previous = Tallies([tally or GroupValues() for tally in before], whole, aggregate.lost)
        self.previous_rows = [None if tally is None else row for row, tally in enumerate(before)]


class SeriesRows:
    """A row for each key without its bucket: the same buckets for all, with a number for each."""

    def __init__(self, keys: Keys, moments: Sequence[datetime], tallies: Sequence[Sequence[GroupValues]]) -> None:
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
    """An aggregate as the single row of its root field. `keys` are the groups to show, out of `found`."""

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
    def whole(self) -> GroupValues:
        return self.aggregate.totals

    @cached_property
    def groups(self) -> GroupRows:
        return GroupRows(self.aggregate, self._keys, self.whole.count)

    @cached_property
    def totals(self) -> GroupRows:
        """All groups as one, compared with the whole earlier period."""
        return self._as_one(self.whole, self.aggregate.totals_before)

    @cached_property
    def others(self) -> GroupRows | None:
        """The groups that are not shown, as one, compared with the same groups of the earlier period."""
        shown = set(self._keys)
        keys = [key for key in self.aggregate.groups if key not in shown]
        if not keys:
            return None
        before = [tally for key in keys if (tally := self.aggregate.previous(key)) is not None]
        earlier = merged(before) if self.aggregate.earlier is not None else None
        return self._as_one(merged(self.aggregate.groups[key] for key in keys), earlier)

    def _as_one(self, tally: GroupValues, before: GroupValues | None) -> GroupRows:
        summed = replace(self.aggregate, groups={(): tally}, earlier=None)
        rows = GroupRows(summed, [()], self.whole.count)
        if before is not None:
            rows.previous = Tallies([before], before.count, self.aggregate.lost)
            rows.previous_rows = [0]
        return rows

    @cached_property
    def series(self) -> SeriesRows | None:
        """The counts as columns, largest first, without gaps; None without a bucket."""
        question = self.aggregate.question
        bucket = question.bucket
        if bucket is None:
            return None
        by_key: dict[GroupKey, dict[object, GroupValues]] = {}
        for key, tally in self.aggregate.groups.items():
            by_key.setdefault(key[:-1], {})[key[-1]] = tally
        sums = {key: sum(tally.count for tally in found.values()) for key, found in by_key.items()}
        chosen = sorted(by_key, key=lambda key: (-sums[key], order_of_key(key)))[: self._series_max]
        starts = self._starts(bucket.unit)
        if len(starts) * len(chosen) > SERIES_POINTS_MAX:
            raise TooExpensive("groups_many", maximum=SERIES_POINTS_MAX)
        tallies = [[by_key[key].get(start, GroupValues()) for start in starts] for key in chosen]
        moments = [start.replace(tzinfo=bucket.zone) for start in starts]
        return SeriesRows(Keys(replace(question, bucket=None), chosen), moments, tallies)

    def _starts(self, unit: BucketUnit) -> list[datetime]:
        """The buckets from first to last: of the range in the question, otherwise of the rows found."""
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
    """A fixed order of keys: by text, with missing values last."""
    return tuple((part is None, _text(part)) for part in key)


def _text(part: object) -> str:
    value = getattr(part, "value", part)
    return value.isoformat() if isinstance(value, datetime) else str(value)
