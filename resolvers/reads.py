"""Reads: what a field of the graph asks at one level, in terms of records."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from connectors import mapping as mappings
from connectors.catalog import Binding
from connectors.criteria import AskedOrder, Keyset, MomentPart, Order, ParentKeys, SourceOrder
from models.policy.positions_told import Middles
from models.predicates import EVERYTHING, Predicate
from models.records import KEY, Record
from models.request import Request
from resolvers.areas.distances import Found


@dataclass(frozen=True, slots=True)
class Columns:
    """The fields to read: `shown` are selected by the viewer, `joined` are needed by the hub.

    `ones` has the to-one relations by name, with the columns of the related record.
    """

    shown: frozenset[str] = frozenset()
    joined: frozenset[str] = frozenset()
    ones: Mapping[str, Columns] = field(default_factory=dict)

    def __hash__(self) -> int:
        return hash((self.shown, self.joined, frozenset(self.ones)))

    @property
    def all(self) -> frozenset[str]:
        return self.shown | self.joined

    def and_joined(self, field: str) -> Columns:
        return self if field in self.joined else Columns(self.shown, self.joined | {field}, self.ones)

    def only(self, record: type[Record]) -> Columns:
        """The columns that this record has, of a selection over several kinds of records."""
        ones = {name: columns for name, columns in self.ones.items() if name in record.relations}
        return Columns(self.shown.intersection(record.fields), self.joined.intersection(record.fields), ones)


@dataclass(slots=True)
class Settled:
    """A filter of the source alone, in place of one that leads out of it.

    `related` has the mappings of the related records in the same source. `near` has the distance of each key from the
    place of the filter, if the filter asks for what is near.
    """

    where: Predicate
    related: tuple[mappings.Mapping, ...] = ()
    near: Found | None = None


@dataclass(slots=True)
class Settling:
    """The settled filters of one field of the graph, which its page and its count share."""

    known: dict[str, Settled] = field(default_factory=dict)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(slots=True)
class Read:
    """What a field of the graph asks at one level, for all its parents.

    `where` and `order` come from the viewer; `given` is added by the graph, such as the key of a parent. `via` is the
    record from which the rows are reached. `looks_ahead`: the last row of a full page only tells that there is more,
    and is never shown. `unlocks`: the reporter of one complaint is asked for.

    By `grouped` fields rows are counted or measured: they leak as much as compared fields and have the same rules.
    `rounded`: only rounded counts of all records are shown, so the policy is not asked; only aggregates/statistics.py
    uses it. `next_begins` is called with the start of the next page as early as possible, so that it can be asked for
    meanwhile.
    """

    record: type[Record]
    columns: Columns = Columns()
    where: Predicate = EVERYTHING
    given: Predicate = EVERYTHING
    order: tuple[AskedOrder, ...] = ()
    rows_max: int = 1
    keyset: Keyset | None = None
    reverse: bool = False
    parents: ParentKeys | None = None
    via: str | None = None
    looks_ahead: bool = False
    unlocks: bool = False
    grouped: frozenset[str] = frozenset()
    rounded: bool = False
    settling: Settling | None = field(default=None, compare=False)
    next_begins: Callable[[Keyset], None] | None = field(default=None, compare=False)


@dataclass(slots=True)
class SettledRead:
    """A read as its source is asked."""

    settled: Settled
    order: tuple[SourceOrder, ...]
    keyset: Keyset | None


class Across(Protocol):
    """Settles filters and orders that lead out of a source: see across.py."""

    async def settled(self, request: Request, binding: Binding, read: Read) -> Settled: ...

    async def ordered(self, request: Request, binding: Binding, read: Read, settled: Settled) -> SettledRead: ...

    async def middles(self, request: Request) -> Middles: ...


class Alone:
    """Settles nothing: for reads that never lead out of a source."""

    async def settled(self, request: Request, binding: Binding, read: Read) -> Settled:
        return Settled(read.where)

    async def ordered(self, request: Request, binding: Binding, read: Read, settled: Settled) -> SettledRead:
        return SettledRead(settled, tuple(term for term in read.order if isinstance(term, Order)), read.keyset)

    async def middles(self, request: Request) -> Middles:
        return {}


_BY_KEY: tuple[SourceOrder, ...] = (Order(KEY),)


def total_order(order: tuple[SourceOrder, ...]) -> tuple[SourceOrder, ...]:
    """The order with the key as the tie-breaker, in the direction of the last field."""
    if not order:
        return _BY_KEY
    if any(isinstance(term, Order) and term.field == KEY for term in order):
        return order
    return (*order, Order(KEY, descending=order[-1].descending))


RAW_GROUPS_MAX = 50_000
"""How many groups of spellings a source may return: the hub merges them in about 100 ms."""

GROUPS_FEW = 200
"""How many are merged in the event loop; more are merged in a thread."""

Cut = Callable[[mappings.Mapping], MomentPart | None]
"""The field of time of a mapping whose buckets the source can compute, and how."""


def nothing_cut(_: mappings.Mapping) -> None:
    """No field of time is put into buckets."""
