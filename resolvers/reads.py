"""Reads: what a field of the graph asks for at one level, in the words of records."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from connectors import mapping as mappings
from connectors.catalog import Binding
from connectors.criteria import AskedOrder, Keyset, MomentPart, Order, ParentKeys, SourceOrder
from models.predicates import EVERYTHING, Predicate
from models.records import KEY, Record
from models.request import Request


@dataclass(frozen=True, slots=True)
class Columns:
    """Fields of a record: `shown` are those that the viewer selected, `joined` those that the hub needs to go on.

    `ones` are to-one relations by name, with the columns that are wanted of the record that they lead to.
    """

    shown: frozenset[str] = frozenset()
    joined: frozenset[str] = frozenset()
    ones: Mapping[str, Columns] = field(default_factory=dict)

    @property
    def all(self) -> frozenset[str]:
        return self.shown | self.joined

    def and_joined(self, field: str) -> Columns:
        return replace(self, joined=self.joined | {field})

    def only(self, record: type[Record]) -> Columns:
        """Those that the record has, of fields that were selected of several kinds of records."""
        ones = {name: columns for name, columns in self.ones.items() if name in record.relations}
        return Columns(self.shown & record.fields.keys(), self.joined & record.fields.keys(), ones)


@dataclass(frozen=True, slots=True)
class Settled:
    """What a source is asked in place of a filter that leads out of it: a predicate of the source's own.

    `related` are the mappings of the records of the same source that it leads to. `millimeters` says how far from the
    place of the filter each key is that may be shown, where the filter asks for what is near.
    """

    where: Predicate
    related: tuple[mappings.Mapping, ...] = ()
    millimeters: Mapping[str, int] | None = None


@dataclass(slots=True)
class Settling:
    """Filters that were settled for one field of the graph, by where they are asked, for its page and its count."""

    known: dict[str, Settled] = field(default_factory=dict)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)


@dataclass(frozen=True, slots=True)
class Read:
    """One question that a field of the graph asks at one level, for all its parents.

    `where` and `order` are the viewer's words; `given` is what the graph itself adds, such as the key of a parent.
    `via` is the record that the rows are reached from, if they are. `looks_ahead` says that the last row of a full page
    is read only to know that there is more, and shown to nobody. `unlocks` says that the reporter of one complaint is
    asked for. By the `grouped` fields rows are counted or measured: they are shown as little as compared ones, and leak
    as much. `rounded`: only rounded counts of them are told, of all records, so that the policy is not asked; who asks
    so is resolvers/statistics.py alone. `next_begins` is told where the rows behind a full page begin before these are
    clean, so that they can be asked for meanwhile.
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


@dataclass(frozen=True, slots=True)
class SettledRead:
    """A read as its source is asked for it."""

    settled: Settled
    order: tuple[SourceOrder, ...]
    keyset: Keyset | None


class Across(Protocol):
    """Turns what leads out of one source into what that source can be asked: see across.py."""

    async def settled(self, request: Request, binding: Binding, read: Read) -> Settled: ...

    async def ordered(self, request: Request, binding: Binding, read: Read, settled: Settled) -> SettledRead: ...


class Alone:
    """What answers where nothing leads out of a source: nobody may ask for such."""

    async def settled(self, request: Request, binding: Binding, read: Read) -> Settled:
        return Settled(read.where)

    async def ordered(self, request: Request, binding: Binding, read: Read, settled: Settled) -> SettledRead:
        return SettledRead(settled, tuple(term for term in read.order if isinstance(term, Order)), read.keyset)


def total_order(order: tuple[SourceOrder, ...]) -> tuple[SourceOrder, ...]:
    """The order made total: the key decides between equals, in the direction of the last field."""
    if any(isinstance(term, Order) and term.field == KEY for term in order):
        return order
    return (*order, Order(KEY, descending=order[-1].descending if order else False))


RAW_GROUPS_MAX = 50_000
"""How many groups of spellings a source may answer with: what the hub merges in about 100 ms."""

Cut = Callable[[mappings.Mapping], MomentPart | None]
"""By which moment's beginning rows of a mapping are grouped, if its source can cut that out."""


def nothing_cut(_: mappings.Mapping) -> None:
    """Rows are grouped by no moment."""
