"""Translates filters and orders that lead out of a source into conditions that the source can answer by itself.

A relation within one source, by numbers that are stored alike, becomes a subquery of that source. Any other relation
becomes a semijoin: the keys of the related records are read, and the source is asked for the rows with one of them. So
the source itself still filters, sorts, pages and counts, and all four agree.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar, cast

from cachetools import TTLCache

from connectors.catalog import Binding, Way
from connectors.criteria import DistanceOrder, Order, RankOrder, RelatedOrder, SourceOrder
from connectors.decoders.identifiers import NumberKey
from connectors.mapping import Mapping as RecordMapping
from connectors.replica.text_index import words_in
from models.errors import BadInput, NotConnected, TooExpensive
from models.policy.positions_told import Middles
from models.policy.viewer import Viewer
from models.predicates import (
    EVERYTHING,
    And,
    Compare,
    InReach,
    Matches,
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
    shape,
    without,
)
from models.records import AREA, KEY, Relation
from models.request import Request
from models.sources.search import words_of_others
from models.values.types import AreaCode, BpsCode
from resolvers.areas.distances import Found, Ranks
from resolvers.areas.nearby import Nearby
from resolvers.areas.placement import Placement
from resolvers.areas.tree import AreaTree
from resolvers.reads import RAW_GROUPS_MAX, Columns, Read, Settled, SettledRead, Settling
from resolvers.records import Records
from resolvers.search import Search
from resolvers.supported import check_arguments

T = TypeVar("T")

KEYS_MAX = 10_000
"""How many keys one filter may carry from source to source."""
RANKS_MAX = 1_000
"""How many records another list may be sorted by."""
ROWS_FEW = 5_000
"""A read of so few rows is fast from either end."""
TIMES_FEWER = 10
"""How many times fewer rows a list must have for a semijoin to start there, which takes two more reads."""


CODE: Final = "code"
"""The field with the official code of an area."""
SHAPES_MAX: Final = 1_000
KNOWN_S_MAX: Final = 600.0


class RelationSizes:
    """How many rows each end of a relation had lately, so that a semijoin starts at the smaller end.

    Kept by the shape of a question without its values, and apart for each role and department, because the numbers come
    from their own questions. The least recently used shape is dropped first.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._rows: TTLCache[Hashable, int] = TTLCache(SHAPES_MAX, KNOWN_S_MAX, timer=clock)

    def learn(self, viewer: Viewer, read: Read, rows: int) -> None:
        """Remember how many rows a read covered."""
        self._rows[_key(viewer, read)] = rows

    def rows(self, viewer: Viewer, read: Read) -> int:
        """How many rows a read of this shape covered lately; 0 if unknown."""
        return self._rows.get(_key(viewer, read), 0)


def _key(viewer: Viewer, read: Read) -> Hashable:
    return read.record, viewer.role, viewer.department_code, shape(read.where)


@dataclass(slots=True)
class _PendingFilter:
    """A filter that is being settled, and what is known for it so far."""

    request: Request
    binding: Binding
    read: Read
    keys_left: int
    near: Found | None = None


@dataclass(frozen=True, slots=True)
class Across:
    """Settles the filters and orders of reads. It reads through `records`, so that policy holds for every relation."""

    records: Records
    areas: AreaTree
    nearby: Nearby
    placement: Placement
    search: Search | None = None
    relation_sizes: RelationSizes = field(default_factory=RelationSizes)

    async def settled(self, request: Request, binding: Binding, read: Read) -> Settled:
        """The filter of a read for one source, computed once per Settling.

        Raises TooExpensive with the part of the filter, and the errors of reading the related records.
        """
        await self.placement.check_compared(request, binding, read.where)
        if is_settled(read.where):
            return Settled(read.where, self._mappings(binding, read.where))
        settling = read.settling or Settling()
        async with settling.turn:
            known = settling.known.get(binding.place)
            if known is None:
                pending = _PendingFilter(
                    request, binding, read, min(KEYS_MAX, binding.connector.capabilities.values_max)
                )
                where = canonical(await self._settled(pending, canonical(read.where), EVERYTHING))
                known = Settled(where, self._mappings(binding, where), pending.near)
                settling.known[binding.place] = known
            return known

    def _mappings(self, binding: Binding, where: Predicate) -> tuple[RecordMapping, ...]:
        """The mappings of the related records in the same source. Raises NotConnected where one is not in it."""
        found: list[RecordMapping] = []
        for leaf in leaves(where):
            if isinstance(leaf, Related):
                target = self.records.catalog.named(leaf.relation.target)
                if target is None or target.place != binding.place:
                    raise NotConnected("not_connected", subject=leaf.relation.target)
                found += (target.mapping, *self._mappings(target, leaf.where))
        return tuple(dict.fromkeys(found))

    async def _settled(
        self, pending: _PendingFilter, predicate: Predicate, beside: Predicate, *, negated: bool = False
    ) -> Predicate:
        """A predicate of the source alone that selects the same rows among those that satisfy `beside`.

        `negated`: it is below a negation. Of areas that a source knows nothing about neither is true, so that they are
        in no answer: those for which the condition may hold are what a negation leaves out.
        """
        if isinstance(predicate, Compare) or is_settled(predicate):
            return predicate
        if isinstance(predicate, Related):
            return await self._related(pending, predicate, beside, negated=negated)
        if isinstance(predicate, Matches):
            return await self._matching(pending, predicate)
        if isinstance(predicate, Not):
            return Not(await self._settled(pending, predicate.term, beside, negated=not negated))
        if isinstance(predicate, Or):
            return Or(tuple([await self._settled(pending, term, beside, negated=negated) for term in predicate.terms]))
        if isinstance(predicate, And):
            # Cheap terms first: they narrow the rows for the others. Distances come last.
            terms: Predicate = EVERYTHING
            for term in sorted(predicate.terms, key=_dearness):
                terms = both(terms, await self._settled(pending, term, both(beside, terms), negated=negated))
            return terms
        if isinstance(predicate, InReach):
            asked = await self.areas.satisfying(pending.request, beside)
            return await _part(predicate.relation, self.nearby.in_reach(pending.request, predicate, asked))
        found = await self.nearby.found(pending.request, pending.binding, pending.read.record, predicate, beside)
        if isinstance(predicate, Near) and _is_certain(predicate, pending.read.where):
            pending.near = found
        return found.where

    async def middles(self, request: Request) -> Middles:
        """The middle of each village, which coarse positions need."""
        return await self.areas.middles(request)

    # --- Relations ----------------------------------------------------------------------------------------------------

    async def _related(self, pending: _PendingFilter, term: Related, beside: Predicate, *, negated: bool) -> Predicate:
        relation = term.relation
        target = self.records.catalog.named(relation.target)
        if target is None:
            raise NotConnected("not_connected", subject=relation.target)
        if _lies_beside(pending.binding, relation, target):
            return await self._beside(pending, term, target)
        return await self._by_keys(pending, term, target, beside, negated=negated)

    async def _beside(self, pending: _PendingFilter, term: Related, target: Binding) -> Predicate:
        """The relation as a subquery of the same source, restricted to the rows that the viewer may know of."""
        read = Read(target.mapping.record, where=term.where, via=term.relation.record)
        ((_, there),) = term.relation.on
        decision = self.records.decide(pending.request, target, replace(read, grouped=frozenset({there})))
        check_arguments(target, read)
        inner = await _part(term.relation, self.settled(pending.request, target, read))
        return Related(term.relation, both(inner.where, decision.rows), settled=True)

    async def _by_keys(
        self, pending: _PendingFilter, term: Related, target: Binding, beside: Predicate, *, negated: bool
    ) -> Predicate:
        """The rows whose field has one of the keys of the related records.

        The keys are read from the related records, or from the rows here if these are far fewer or the related ones too
        many.
        """
        ((here, there),) = term.relation.on
        sought = Read(target.mapping.record, where=term.where, rows_max=pending.keys_left, via=term.relation.record)
        keys = None
        if not await self._are_fewer_here(pending, sought, beside):
            keys = await _part(term.relation, self._keys(pending.request, sought, there))
        if keys is None:
            keys = await self._keys_among(pending, term.relation, sought, beside)
        if term.relation.within:
            return await self._holding(pending, sought, term.relation, keys, beside, negated=negated)
        if term.relation.name == AREA:
            await self.placement.check_named(pending.request, pending.binding, keys)
        return self._taken(pending, term.relation, is_in(here, *keys))

    def _taken(self, pending: _PendingFilter, relation: Relation, condition: Compare) -> Compare:
        """A condition whose keys fit. Raises TooExpensive."""
        pending.keys_left -= len(condition.values)
        if pending.keys_left < 0:
            raise _too_many(relation)
        return condition

    async def _holding(  # what a relation of areas is settled with
        self,
        pending: _PendingFilter,
        sought: Read,
        relation: Relation,
        keys: frozenset[object],
        beside: Predicate,
        *,
        negated: bool,
    ) -> Predicate:
        """The areas around related records that their sources state in areas with these keys, or that are placed.

        If `negated`, also the areas of which that is not known. Raises NotSupported if these are all that is asked.
        """
        ((here, there),) = relation.on
        asked = await self.areas.satisfying(pending.request, beside)
        unknown = await self.placement.unknown(pending.request, sought.record, there)
        if asked and asked <= unknown.areas:
            raise unknown.error
        placed = await self._placed(pending, sought, asked)
        holding = frozenset(await self.areas.holding(pending.request, keys | placed))
        if here == CODE:
            holding &= asked
        found = self._taken(pending, relation, is_in(here, *holding))
        if not negated or not unknown.areas or not keys:
            return found
        return Or((found, self._taken(pending, relation, is_in(CODE, *unknown.areas))))

    async def _placed(self, pending: _PendingFilter, sought: Read, asked: AbstractSet[AreaCode]) -> frozenset[object]:
        """The areas that the related records are placed in by their positions, if any of these is asked for."""
        placed = await self.placement.of(pending.request, sought.record)
        stated = set(placed.stated.values())
        below = {area for code in stated for area in await self._within(pending.request, code) if area != code}
        if asked.isdisjoint(below):
            return frozenset()
        found: frozenset[object] | None = frozenset(placed.areas)
        if sought.where != EVERYTHING:
            among = replace(sought, where=both(sought.where, is_in(KEY, *placed.areas)), rows_max=len(placed.areas))
            found = await self._keys(pending.request, among, KEY)
        return frozenset(placed.areas[str(key)][0] for key in found or ())

    async def _are_fewer_here(self, pending: _PendingFilter, sought: Read, beside: Predicate) -> bool:
        """Whether the list has far fewer rows than the related records lately had; counts only if these were many."""
        rows_there = self.relation_sizes.rows(pending.request.viewer, sought)
        if rows_there < ROWS_FEW or beside == EVERYTHING or not pending.binding.connector.capabilities.counts:
            return False
        rows_max = min(rows_there // TIMES_FEWER, pending.keys_left)
        (rows_here,) = await self.records.count(
            pending.request, Read(pending.read.record, where=beside, via=pending.read.via)
        )
        return rows_here <= rows_max

    async def _keys_among(
        self, pending: _PendingFilter, relation: Relation, sought: Read, beside: Predicate
    ) -> frozenset[object]:
        """The keys of related records that the rows here have. Raises TooExpensive if these are too many too."""
        ((here, there),) = relation.on
        read = Read(pending.read.record, where=beside, rows_max=pending.keys_left, via=pending.read.via)
        outer = await self._keys(pending.request, read, here)
        if outer is not None and relation.within:
            # Those around them too: what is stated there may lie in them.
            around = await self.areas.holding(pending.request, outer)
            below = [one for code in outer for one in await self._within(pending.request, code)]
            outer = frozenset([*around, *below])
        if outer is None or len(outer) > pending.keys_left:
            raise _too_many(relation)
        narrowed = replace(sought, given=is_in(there, *outer))
        keys = await self._keys(pending.request, narrowed, there)
        if keys is None:
            raise _too_many(relation)
        return keys

    async def _keys(self, request: Request, read: Read, field: str) -> frozenset[object] | None:
        """The distinct values of a field that the viewer may compare; None if they are too many."""
        try:
            groups = await self.records.groups(request, replace(read, grouped=frozenset({field})))
        except TooExpensive as error:
            if "part" in error.values:
                raise
            self.relation_sizes.learn(request.viewer, read, RAW_GROUPS_MAX)
            return None
        self.relation_sizes.learn(request.viewer, read, sum(groups.counts))
        keys = frozenset(groups.columns[field]) - {None}
        return keys if len(keys) <= read.rows_max else None

    async def _within(self, request: Request, code: object) -> Sequence[AreaCode | BpsCode]:
        return await self.areas.within(request, code if isinstance(code, BpsCode) else AreaCode(str(code)))

    # --- Words --------------------------------------------------------------------------------------------------------

    async def _matching(self, pending: _PendingFilter, term: Matches) -> Predicate:
        """The rows whose keys the text index finds, or that lead to records which it finds for each word."""
        if self.search is None:
            raise NotConnected("search_unready")
        relations = words_of_others(pending.read.record)
        if not relations:
            name, source = pending.read.record.name, pending.binding.source.name
            keys = await self.search.keys_with(name, term.text, pending.keys_left + 1, source)
            pending.keys_left -= len(keys)
            if pending.keys_left < 0:
                raise TooExpensive("filter_keys", maximum=KEYS_MAX, subject=name, part="text")
            return is_in(KEY, *keys)
        words = dict.fromkeys(words_in(term.text))
        found = [await self._led_to(pending, relation, words) for relation in relations]
        return And(tuple(Or(tuple(terms[word] for terms in found)) for word in words))

    async def _led_to(self, pending: _PendingFilter, relation: Relation, words: Iterable[str]) -> Mapping[str, Compare]:
        """For each word, the rows that lead to a record with this word; an area has the words of those around it."""
        search, request = cast(Search, self.search), pending.request
        ((here, there),) = relation.on
        target = self.records.catalog.named(relation.target)
        if target is None:
            return {word: is_in(here) for word in words}
        most = pending.keys_left
        keys = {word: await search.keys_with(relation.target, word, most + 1) for word in words}
        every = frozenset().union(*keys.values())
        if len(every) > most:
            raise TooExpensive("filter_keys", maximum=KEYS_MAX, subject=relation.target, part="text")
        value_of: dict[object, object] = {}
        if every:
            columns = Columns(joined=frozenset({KEY, there}))
            read = Read(
                target.mapping.record, columns, where=is_in(KEY, *every), rows_max=len(every), via=relation.record
            )
            batch = await self.records.read(request, read)
            value_of = dict(zip(batch.joining(KEY), batch.joining(there), strict=True))
        values = {
            word: {value_of[key] for key in found if value_of.get(key) is not None} for word, found in keys.items()
        }
        if relation.name == AREA:
            values = {
                word: {one for code in codes for one in await self._within(request, code)}
                for word, codes in values.items()
            }
        pending.keys_left -= sum(map(len, values.values()))
        if pending.keys_left < 0:
            raise TooExpensive("filter_keys", maximum=KEYS_MAX, subject=relation.target, part="text")
        return {word: is_in(here, *codes) for word, codes in values.items()}

    # --- Orders -------------------------------------------------------------------------------------------------------

    async def ordered(self, request: Request, binding: Binding, read: Read, settled: Settled) -> SettledRead:
        """The read with an order that its source can sort by. `settled` is the settled filter."""
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
        """The keys of the records to sort by, with a rank each from the lowest on; equal ones share a rank."""
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
            # Sorted by the source, with its collation.
            place_of = {value: at for at, value in reversed(list(enumerate(values))) if value is not None}
        keys_at: dict[int, list[object]] = {}
        for key, value in zip(batch.joining(there), values, strict=True):
            if key is not None and value in place_of:
                keys_at.setdefault(place_of[value], []).append(key)
        return tuple((rank, tuple(keys)) for rank, keys in sorted(keys_at.items()))

    def _by_distance(self, read: Read, settled: Settled, term: DistanceOrder) -> SettledRead:
        """The nearest first. A single list names only the keys of its page, since all distances are known."""
        if settled.near is None or settled.near.distances is None:
            raise BadInput("distance_without_near")
        distances = settled.near.distances
        if read.parents is not None:
            if len(distances.keys) > RANKS_MAX:
                raise TooExpensive("near_many", maximum=RANKS_MAX, part="near")
            ranks = distances.of_all()
            return SettledRead(settled, (RankOrder(KEY, ranks, term.descending),) if ranks else (), read.keyset)
        page = distances.of_page(read.keyset, read.rows_max, reverse=read.reverse, descending=term.descending)
        # Only near rows are sorted: the source does not need the other keys.
        where = both(without(settled.where, settled.near.where), is_in(KEY, *(key for _, keys in page for key in keys)))
        return SettledRead(replace(settled, where=where), (RankOrder(KEY, page, term.descending),), None)


def _dearness(term: Predicate) -> int:
    """The cost class of a condition: known ones, then relations, then distances."""
    if is_settled(term):
        return 0
    return 1 if all(isinstance(leaf, Compare | Related | Matches) for leaf in leaves(term)) else 2


def _is_certain(near: Near, where: Predicate) -> bool:
    """Whether this term holds in every row and is the only one of its kind, so that distances can refer to it."""
    terms = where.terms if isinstance(where, And) else (where,)
    return [term for term in terms if isinstance(term, Near)] == [near]


def _lies_beside(binding: Binding, relation: Relation, target: Binding) -> bool:
    """Whether the source can follow a relation by itself: both ends lie in it and are plain numbers."""
    if binding.place != target.place or not binding.connector.capabilities.joins or relation.within:
        return False
    ((here, there),) = relation.on
    one, other = binding.mapping.columns.get(here), target.mapping.columns.get(there)
    if one is None or other is None or {here, there} & (binding.missing | target.missing) or target.unreadable:
        return False
    numbers = isinstance(one.decoder, NumberKey) and isinstance(other.decoder, NumberKey)
    return numbers and (there, Way.PARENTS) not in target.scans


async def _part(relation: Relation, inner: Awaitable[T]) -> T:
    """Await work on the related records; prefix the part that TooExpensive names with the relation."""
    try:
        return await inner
    except TooExpensive as error:
        raise error.named(part=f"{relation.name}.{error.values['part']}") from error


def _too_many(relation: Relation) -> TooExpensive:
    return TooExpensive("filter_keys", maximum=KEYS_MAX, subject=relation.target, part=relation.name)
