"""Batch: many records as columns. Layers pass batches instead of lists of objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from itertools import accumulate

from models.errors import HubError
from models.values.vocabulary import Vocabulary

Column = Sequence[object]
"""The clean values of a field, one per row, None where there is none."""


class ServedFrom(Vocabulary):
    """Where the hub took an answer from."""

    SOURCE = "SOURCE", "Sumber", "Source", "Read from the department's system for this request"
    CACHE = "CACHE", "Tembolok", "Cache", "Read from the department's system a moment ago and kept"
    REPLICA = "REPLICA", "Salinan", "Replica", "Read from the hub's own copy"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "Not known"


class Freshness(Vocabulary):
    """Whether the data is as young as the source's contract promises, however it was read."""

    FRESH = "FRESH", "Terkini", "Fresh", "As young as the contract of the source promises"
    STALE = "STALE", "Data lama", "Stale", "Older than the contract of the source promises"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "The source does not say how old its data is"


class SourceState(Enum):
    """How a source answered within one operation."""

    __hash__ = object.__hash__  # as in Vocabulary

    OK = "OK"
    STALE = "STALE"
    UNAVAILABLE = "UNAVAILABLE"
    TIMEOUT = "TIMEOUT"
    BROKEN = "BROKEN"


@dataclass(slots=True)
class Origin:
    """The source of a batch, and its age. `fresh_for` is the contract of the mapping; None promises nothing.

    `place` is where a list continues: the source, or the hub's copy of it.
    """

    source: str
    department: str
    fetched_at: datetime
    served_from: ServedFrom
    fresh_for: timedelta | None
    place: str = ""

    def freshness(self, as_of: datetime | None, now: datetime) -> Freshness:
        if as_of is None or self.fresh_for is None:
            return Freshness.UNKNOWN
        return Freshness.FRESH if now - as_of <= self.fresh_for else Freshness.STALE


@dataclass(slots=True)
class Batch:
    """`length` records of `record` as columns of equal length.

    A column that could not be read has a typed error in `errors` under its name. `keyset` has, by row, the values by
    which the source sorted, for cursors. `parents` has the number of each row's parent in a read of many parents,
    ascending. `as_of` is when each row was true, if the source says so. `unaddressable` rows lack a key or another
    required value: they keep their place in the order for paging, and are never shown. `raws` has the unknown codes as
    the source wrote them, by field and row. `joined` has the records that were read with these, by relation.
    """

    record: str
    length: int
    columns: Mapping[str, Column]
    origin: Origin
    errors: Mapping[str, HubError] = field(default_factory=dict)
    keyset: Sequence[tuple[object, ...]] = ()
    parents: Sequence[int] = ()
    as_of: Column | None = None
    unaddressable: frozenset[int] = frozenset()
    raws: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    joined: Mapping[str, Joined] = field(default_factory=dict)

    def column(self, name: str) -> Column:
        """The values of a field by row. Raises the column's error if it could not be read."""
        error = self.errors.get(name)
        if error is not None:
            raise error
        return self.columns[name]

    def joining(self, name: str) -> Column:
        """The values of a field for the hub's own joins, visible to the viewer or not."""
        values = self.columns.get(name)
        return values if values is not None else self.column(name)

    @property
    def oldest(self) -> datetime | None:
        """The earliest `as_of` of all rows; None if no row has one."""
        return oldest_of(self.as_of, self.origin)

    def as_of_row(self, row: int) -> datetime | None:
        """When each row was true by the source's data, None where that is lost.

        Rows of a source that never says so were true when they were fetched.
        """
        if self.as_of is None:
            return self.origin.fetched_at
        value = self.as_of[row]
        return value if isinstance(value, datetime) else None


def oldest_of(ages: Column | None, origin: Origin) -> datetime | None:
    """The age of the oldest row by the ages that the source states, None if all are lost.

    Where it states none, and of no rows, it is when the answer was fetched.
    """
    if not ages:
        return origin.fetched_at
    return min((age for age in ages if isinstance(age, datetime)), default=None)


def newest_of(ages: Column | None, origin: Origin) -> datetime | None:
    """The age of the youngest row by the ages that the source states, None if there is none; else when fetched."""
    if ages is None:
        return origin.fetched_at
    return max((age for age in ages if isinstance(age, datetime)), default=None)


@dataclass(frozen=True, slots=True)
class Joined:
    """The related record of each row: a row of `batch`, which has each record once, or None."""

    batch: Batch
    rows: Sequence[int | None]


def concatenated(batches: Sequence[Batch]) -> Batch:
    """Several batches of one read as one, without joins. An error in one is an error in all."""
    if len(batches) == 1:
        return batches[0]
    first = batches[0]
    starts = list(accumulate((batch.length for batch in batches[:-1]), initial=0))
    errors = {name: error for batch in batches for name, error in batch.errors.items()}
    return Batch(
        first.record,
        sum(batch.length for batch in batches),
        {
            name: [value for batch in batches for value in batch.columns[name]]
            for name in first.columns
            if all(name in batch.columns for batch in batches)
        },
        first.origin,
        errors,
        keyset=[values for batch in batches for values in batch.keyset],
        as_of=None if first.as_of is None else [value for batch in batches for value in batch.as_of or ()],
        unaddressable=frozenset(
            start + row for start, batch in zip(starts, batches, strict=True) for row in batch.unaddressable
        ),
        raws={
            name: {
                start + row: raw
                for start, batch in zip(starts, batches, strict=True)
                for row, raw in batch.raws.get(name, {}).items()
            }
            for name in {name for batch in batches for name in batch.raws}
        },
    )
