"""Batch: many records as columns. What travels between layers instead of a list of objects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from itertools import accumulate

from models.errors import HubError
from models.vocabulary import Vocabulary

Column = Sequence[object]
"""The values of one field, one per row, clean, None where there is none."""


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

    OK = "OK"
    STALE = "STALE"
    UNAVAILABLE = "UNAVAILABLE"
    TIMEOUT = "TIMEOUT"
    BROKEN = "BROKEN"


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a batch comes from and how old it is. `fresh_for` is the contract of the mapping; None promises nothing.

    `place` is what a list has to go on in: the source, or the hub's copy of it.
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
    """`length` records of `record` as columns, all of one length.

    A column that could not be read stands in `errors` under its name with one typed error. `keyset` holds, row by row,
    the values by which the source sorted (what a cursor carries); `parents` the ordinal of the parent that each row
    belongs to in a read of many parents, ascending. `as_of` says when each row was true, where the source says so at
    all. `unaddressable` rows lack a key or another value that may not be null: they hold their place in the order, so
    that paging goes on behind them, and are never shown. `raws` holds, by field and row, the codes that the hub does
    not know, as the source wrote them. `joined` holds, by the name of the relation, the records that came with these.
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
        """The values of a field, by row. Raises the column's own error where it could not be read."""
        error = self.errors.get(name)
        if error is not None:
            raise error
        return self.columns[name]

    def joining(self, name: str) -> Column:
        """The values of a field for the hub's own joins, whether or not the viewer may see them."""
        values = self.columns.get(name)
        return values if values is not None else self.column(name)

    @property
    def oldest(self) -> datetime | None:
        """The earliest `as_of` of all rows; None when the source's own word is lost in every row."""
        if self.as_of is None:
            return self.origin.fetched_at
        known = [as_of for as_of in map(self.as_of_row, range(self.length)) if as_of is not None]
        return min(known, default=None)

    def as_of_row(self, row: int) -> datetime | None:
        """When the data of a row was true by the source's own word, None in rows where that is lost.

        A source that never says so is read live: then it is when the batch was fetched.
        """
        if self.as_of is None:
            return self.origin.fetched_at
        value = self.as_of[row]
        return value if isinstance(value, datetime) else None


@dataclass(frozen=True, slots=True)
class Joined:
    """The one record that each row of a batch leads to: a row of `batch`, in which each is once, or None."""

    batch: Batch
    rows: Sequence[int | None]


def concatenated(batches: Sequence[Batch]) -> Batch:
    """Batches of one read in several statements as one, but for what came joined. An error in one is one in all."""
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
