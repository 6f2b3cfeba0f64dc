"""Across: filters and orders that lead out of one source, as something that this source can be asked by itself.

A relation within one source, by numbers that are equal as they are stored, stays what it is: the source looks whether
there is such a row. Any other is a semijoin: the keys of what is sought are read, and the source is asked for the rows
that have one of them. So filters, orders, pages and counts remain the source's own, and all of them agree.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from connectors.catalog import Binding
from connectors.criteria import DistanceOrder, Order, RankOrder, RelatedOrder, SourceOrder
from connectors.decoders.identifiers import NumberKey
from connectors.mapping import Mapping as RecordMapping
from connectors.scans import Way
from models.errors import BadInput, NotConnected, TooExpensive
from models.predicates import (
    EVERYTHING,
    And,
    Compare,
    Near,
    Not,
    Or,
    Predicate,
    Related,
    both,
    canonical,
    is_in,
    is_settled,
    leaves,
)
from models.records import KEY, Relation
from models.request import Request
from models.values import AreaCode, BpsCode
from resolvers.area_tree import AreaTree
from resolvers.nearby import Nearby, Ranks
from resolvers.reads import RAW_GROUPS_MAX, Columns, Read, Settled, SettledRead, Settling
from resolvers.records import Records
from resolvers.sides import Sides
from resolvers.supported import check_arguments

T = TypeVar("T")

KEYS_MAX = 10_000
"""How many keys one filter may carry from source to source."""
RANKS_MAX = 1_000
"""How many records another list may be sorted by."""
ROWS_FEW = 5_000
"""So many rows are soon read, wherever one begins."""
TIMES_FEWER = 10
"""So many times fewer rows a list must have than what is sought, to begin there: that takes two reads more."""


@dataclass(slots=True)
class _Asking:
    """One filter on its way to its source, and what was found out for it so far."""

    request: Request
    binding: Binding
    read: Read
    keys_left: int
    millimeters: dict[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Across:
    """Settles the filters and orders of reads; it asks `records`, so that policy holds for every hop."""

    records: Records
    areas: AreaTree
    nearby: Nearby
    sides: Sides = field(default_factory=Sides)

    async def settled(self, request: Request, binding: Binding, read: Read) -> Settled:
        """The filter of a read for one source: once for all reads that share their settling.

        Raises TooExpensive, naming the part of the filter, and what a read of the records in between raises.
        """
        if is_settled(read.where):
            return Settled(read.where, self._mappings(binding, read.where))
        settling = read.settling or Settling()
        async with settling.turn:
            known = settling.known.get(binding.place)
            if known is None:
                asking = _Asking(request, binding, read, min(KEYS_MAX, binding.connector.capabilities.values_max))
                where = canonical(await self._settled(asking, canonical(read.where), EVERYTHING))
                known = Settled(where, self._mappings(binding, where), asking.millimeters)
                settling.known[binding.place] = known
            return known

    def _mappings(self, binding: Binding, where: Predicate) -> tuple[RecordMapping, ...]:
        """The mappings of the records that a source is led to. Raises NotConnected where they do not lie in it."""
        found: list[RecordMapping] = []
        for leaf in leaves(where):
            if isinstance(leaf, Related):
                target = self.records.catalog.named(leaf.relation.target)
                if target is None or target.place != binding.place:
                    raise NotConnected("not_connected", subject=leaf.relation.target)
                found += (target.mapping, *self._mappings(target, leaf.where))
        return tuple(dict.fromkeys(found))

    async def _settled(self, asking: _Asking, predicate: Predicate, beside: Predicate) -> Predicate:
        """A predicate of the source's own that says the same of every row that satisfies `beside`."""
        if isinstance(predicate, Compare) or is_settled(predicate):
            return predicate
        if isinstance(predicate, Related):
            return await self._related(asking, predicate, beside)
        if isinstance(predicate, Not):
            return Not(await self._settled(asking, predicate.term, beside))
        if isinstance(predicate, Or):
            return Or(tuple([await self._settled(asking, term, beside) for term in predicate.terms]))
        if isinstance(predicate, And):
            # What is cheap to know narrows what the rest is looked for in; distances are looked at last of all.
            terms: Predicate = EVERYTHING
            for term in sorted(predicate.terms, key=_dearness):
                terms = both(terms, await self._settled(asking, term, both(beside, terms)))
            return terms
        found = await self.nearby.found(asking.request, asking.binding, asking.read.record, predicate, beside)
        if isinstance(predicate, Near) and _is_certain(predicate, asking.read.where):
            asking.millimeters = found.millimeters
        return found.where

    # --- Relations ----------------------------------------------------------------------------------------------------

    async def _related(self, asking: _Asking, term: Related, beside: Predicate) -> Predicate:
        relation = term.relation
        target = self.records.catalog.named(relation.target)
        if target is None:
            raise NotConnected("not_connected", subject=relation.target)
        if _lies_beside(asking.binding, relation, target):
            return await self._beside(asking, term, target)
        return await self._by_keys(asking, term, target, beside)

    async def _beside(self, asking: _Asking, term: Related, target: Binding) -> Predicate:
        """The relation as the source itself follows it, to the rows that the viewer may know of."""
        read = Read(target.mapping.record, where=term.where, via=term.relation.record)
        ((_, there),) = term.relation.on
        decision = self.records.decide(asking.request, target, replace(read, grouped=frozenset({there})))
        check_arguments(target, read)
        inner = await _part(term.relation, self.settled(asking.request, target, read))
        return Related(term.relation, both(inner.where, decision.rows), settled=True)

    async def _by_keys(self, asking: _Asking, term: Related, target: Binding, beside: Predicate) -> Predicate:
        """The rows whose field has one of the keys of what is sought.

        They are looked for there; among the rows here where these are far fewer, or those are too many.
        """
        ((here, there),) = term.relation.on
        sought = Read(target.mapping.record, where=term.where, rows_max=asking.keys_left, via=term.relation.record)
        keys = None
        if not await self._are_fewer_here(asking, sought, beside):
            keys = await _part(term.relation, self._keys(asking.request, sought, there))
        if keys is None:
            keys = await self._keys_among(asking, term.relation, sought, beside)
        if term.relation.within:
            keys = frozenset(await self.areas.around(asking.request, keys))
        asking.keys_left -= len(keys)
        if asking.keys_left < 0:
            raise _too_many(term.relation)
        return is_in(here, *keys)

    async def _are_fewer_here(self, asking: _Asking, sought: Read, beside: Predicate) -> bool:
        """Whether the list has far fewer rows than what is sought had lately; counted only where that is much."""
        rows_there = self.sides.rows(asking.request.viewer, sought)
        if rows_there < ROWS_FEW or beside == EVERYTHING or not asking.binding.connector.capabilities.counts:
            return False
        rows_max = min(rows_there // TIMES_FEWER, asking.keys_left)
        (rows_here,) = await self.records.count(
            asking.request, Read(asking.read.record, where=beside, via=asking.read.via)
        )
        return rows_here <= rows_max

    async def _keys_among(
        self, asking: _Asking, relation: Relation, sought: Read, beside: Predicate
    ) -> frozenset[object]:
        """The keys of what is sought that the rows here lead to. Raises TooExpensive where those are too many too."""
        ((here, there),) = relation.on
        read = Read(asking.read.record, where=beside, rows_max=asking.keys_left, via=asking.read.via)
        outer = await self._keys(asking.request, read, here)
        if outer is not None and relation.within:
            outer = frozenset([one for code in outer for one in await self._within(asking.request, code)])
        if outer is None or len(outer) > asking.keys_left:
            raise _too_many(relation)
        narrowed = replace(sought, where=both(sought.where, is_in(there, *outer)))
        keys = await self._keys(asking.request, narrowed, there)
        if keys is None:
            raise _too_many(relation)
        return keys

    async def _keys(self, request: Request, read: Read, field: str) -> frozenset[object] | None:
        """The different values of a field, which the viewer must be able to compare; None where they are too many."""
        try:
            groups = await self.records.groups(request, replace(read, grouped=frozenset({field})))
        except TooExpensive as error:
            if "part" in error.values:
                raise
            self.sides.learn(request.viewer, read, RAW_GROUPS_MAX)
            return None
        self.sides.learn(request.viewer, read, sum(groups.counts))
        keys = frozenset(groups.columns[field]) - {None}
        return keys if len(keys) <= read.rows_max else None

    async def _within(self, request: Request, code: object) -> Sequence[AreaCode | BpsCode]:
        return await self.areas.within(request, code if isinstance(code, BpsCode) else AreaCode(str(code)))

    # --- Orders -------------------------------------------------------------------------------------------------------

    async def ordered(self, request: Request, binding: Binding, read: Read, settled: Settled) -> SettledRead:
        """The read with an order that its source can sort by. `settled` holds all that decides which rows there are."""
        order: list[SourceOrder] = []
        for term in read.order:
            if isinstance(term, Order):
                order.append(term)
            elif isinstance(term, RelatedOrder):
                ranked = await self._ranked(request, term)
                if ranked:
                    order.append(RankOrder(term.field, ranked, term.descending))
            else:
                return self._by_distance(read, settled, term)
        return SettledRead(settled, tuple(order), read.keyset)

    async def _ranked(self, request: Request, term: RelatedOrder) -> Ranks:
        """The keys of the records that are sorted by, equal ones together, each with its rank from the lowest on."""
        ((_, there),) = term.relation.on
        target = self.records.catalog.named(term.relation.target)
        if target is None:
            raise NotConnected("not_connected", subject=term.relation.target)
        inner = term.term
        own = (Order(inner.field),) if isinstance(inner, Order) else ()
        columns = Columns(joined=frozenset({there, inner.field}))
        read = Read(target.mapping.record, columns, order=own, rows_max=RANKS_MAX + 1, via=term.relation.record)
        self.records.decide(request, target, replace(read, grouped=frozenset({there, inner.field})))
        batch = await self.records.read(request, read)
        if batch.length > RANKS_MAX:
            raise TooExpensive("order_ranks", maximum=RANKS_MAX, part=term.relation.name)
        values = batch.joining(inner.field)
        if isinstance(inner, RelatedOrder):
            rank_of = {key: rank for rank, keys in await self._ranked(request, inner) for key in keys}
            place_of: Mapping[object, int] = {value: rank_of[value] for value in values if value in rank_of}
        else:
            # The source has sorted them, by its own idea of letters.
            place_of = {value: at for at, value in reversed(list(enumerate(values))) if value is not None}
        keys_at: dict[int, list[object]] = {}
        for key, value in zip(batch.joining(there), values, strict=True):
            if key is not None and value in place_of:
                keys_at.setdefault(place_of[value], []).append(key)
        return tuple((rank, tuple(keys)) for rank, keys in sorted(keys_at.items()))

    def _by_distance(self, read: Read, settled: Settled, term: DistanceOrder) -> SettledRead:
        """The nearest first. Of one list only the keys of the page are named, since all of them are known."""
        if settled.millimeters is None:
            raise BadInput("distance_without_near")
        ranks = self.nearby.ranks(settled.millimeters)
        if read.parents is not None:
            if len(ranks) > RANKS_MAX:
                raise TooExpensive("near_many", maximum=RANKS_MAX, part="near")
            return SettledRead(settled, (RankOrder(KEY, ranks, term.descending),) if ranks else (), read.keyset)
        page = self.nearby.page(ranks, read, descending=term.descending)
        keys = [key for _, keys in page for key in keys]
        where = both(settled.where, is_in(KEY, *keys))
        return SettledRead(replace(settled, where=where), (RankOrder(KEY, page, term.descending),), None)


def _dearness(term: Predicate) -> int:
    """Which of several conditions is looked at first: what is known, then relations, then distances."""
    if is_settled(term):
        return 0
    return 1 if all(isinstance(leaf, Compare | Related) for leaf in leaves(term)) else 2


def _is_certain(near: Near, where: Predicate) -> bool:
    """Whether this holds in every row, and is the only one that could be meant by a distance."""
    terms = where.terms if isinstance(where, And) else (where,)
    return [term for term in terms if isinstance(term, Near)] == [near]


def _lies_beside(binding: Binding, relation: Relation, target: Binding) -> bool:
    """Whether a source can follow a relation by itself: both ends lie in it, and are numbers that mean themselves."""
    if binding.place != target.place or not binding.connector.capabilities.joins or relation.within:
        return False
    ((here, there),) = relation.on
    one, other = binding.mapping.columns.get(here), target.mapping.columns.get(there)
    if one is None or other is None or {here, there} & (binding.missing | target.missing) or target.unreadable:
        return False
    numbers = isinstance(one.decoder, NumberKey) and isinstance(other.decoder, NumberKey)
    return numbers and (there, Way.PARENTS) not in target.scans


async def _part(relation: Relation, inner: Awaitable[T]) -> T:
    """What is found on the other side of a relation; what is too much there is named by the way that leads to it."""
    try:
        return await inner
    except TooExpensive as error:
        raise error.named(part=f"{relation.name}.{error.values['part']}") from error


def _too_many(relation: Relation) -> TooExpensive:
    return TooExpensive("filter_keys", maximum=KEYS_MAX, subject=relation.target, part=relation.name)
