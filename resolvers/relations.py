"""Relations: reads the children of many parents at once. Both lanes share these batch resolvers."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from connectors.criteria import ParentKeys
from models.batch import Batch, Joined, concatenated
from models.errors import DataQuality, HubError
from models.predicates import is_in
from models.records import Record, Relation
from models.request import Request
from models.sources.findings import Finding, FindingKind
from models.values.types import AreaCode, BpsCode
from resolvers.areas.placement import Placement
from resolvers.areas.tree import AreaTree
from resolvers.lists import ListArguments, Page, page_of
from resolvers.reads import Columns, Read
from resolvers.records import Records

KEYS_PER_READ_MAX = 500
"""How many keys of a to-one relation one statement takes."""


@dataclass(frozen=True, slots=True)
class Ones:
    """The child of each parent as a row of the batch, or None. Without children there may be no batch."""

    batch: Batch | None
    rows: Sequence[int | None]


@dataclass(frozen=True, slots=True)
class Relations:
    """Reads the related records of records."""

    records: Records
    areas: AreaTree
    placement: Placement

    async def one(
        self, request: Request, target: type[Record], field: str, keys: Sequence[object], columns: Columns
    ) -> Ones:
        """The record of `target` whose `field` equals each key. One statement per 500 distinct keys.

        Null where the key is null, where nothing matches, and, with a finding, where several records match.
        """
        distinct = sorted({key for key in keys if key is not None}, key=str)
        if not distinct:
            return Ones(None, [None] * len(keys))
        chunks = range(0, len(distinct), KEYS_PER_READ_MAX)
        batch = concatenated(
            [
                await self._ones(request, target, field, distinct[start : start + KEYS_PER_READ_MAX], columns)
                for start in chunks
            ]
        )
        rows, repeated = _row_of_each(batch, field)
        if repeated:
            self._note_repeated(target, field, len(repeated))
        return Ones(batch, list(map(rows.get, keys)))

    async def _ones(
        self, request: Request, target: type[Record], field: str, keys: list[object], columns: Columns
    ) -> Batch:
        """Up to two records of each key, in one statement, or two where keys repeat often."""
        rows_max = 2 * len(keys)
        read = Read(target, columns.and_joined(field), given=is_in(field, *keys), rows_max=rows_max + 1)
        batch = await self.records.read(request, read)
        if batch.length <= rows_max:
            return batch
        each = ParentKeys(field, tuple((key,) for key in keys))
        return await self.records.read(request, Read(target, columns.and_joined(field), rows_max=2, parents=each))

    def _note_repeated(self, target: type[Record], field: str, count: int) -> None:
        binding = self.records.catalog.binding(target)
        if binding is not None:
            self.records.reader.note(Finding(binding.source.name, target.name, field, FindingKind.DUPLICATE_KEY, count))

    async def many(
        self,
        request: Request,
        target: type[Record],
        relation: Relation,
        keys: Sequence[object],
        columns: Columns,
        arguments: ListArguments,
    ) -> list[Page]:
        """A page of children for each key, in one statement per chunk of keys that the dialect takes."""
        parents = await self._parents(request, target, relation, keys)
        batch = await self.records.read(
            request, arguments.read(Read(target, columns, parents=parents, via=relation.record))
        )
        ordinals = batch.parents
        return [
            page_of(batch, arguments.window, bisect_left(ordinals, parent), bisect_right(ordinals, parent))
            for parent in range(len(keys))
        ]

    async def count(
        self,
        request: Request,
        target: type[Record],
        relation: Relation,
        keys: Sequence[object],
        arguments: ListArguments,
    ) -> list[int]:
        """The number of children of each key, in one statement."""
        parents = await self._parents(request, target, relation, keys)
        return await self.records.count(request, arguments.count(Read(target, parents=parents, via=relation.record)))

    async def unknown(
        self, request: Request, target: type[Record], relation: Relation, keys: Sequence[object]
    ) -> Sequence[HubError | None]:
        """The reason for each parent whose children the source cannot know: it names larger areas only."""
        if not relation.within:
            return [None] * len(keys)
        ((_, there),) = relation.on
        unknown = await self.placement.unknown(request, target, there)
        # An area without a code of the source's kind is named by nobody.
        return [unknown.error if key in unknown.codes or (key is None and unknown.areas) else None for key in keys]

    async def _parents(
        self, request: Request, target: type[Record], relation: Relation, keys: Sequence[object]
    ) -> ParentKeys:
        """The keys of the children; within an area also of those that are placed there by their position."""
        ((_, there),) = relation.on
        if not relation.within:
            return ParentKeys(there, tuple(() if key is None else (key,) for key in keys))
        areas = [key if key is None or isinstance(key, BpsCode) else AreaCode(str(key)) for key in keys]
        expanded = [await self.areas.within(request, area) if area is not None else () for area in areas]
        placed = await self.placement.of(request, target)
        named = tuple(placed.keys_of(codes) for codes in expanded) if placed.keys_in else ()
        return ParentKeys(there, tuple(expanded), named if any(named) else ())


def joined_ones(joined: Joined, parents: Sequence[int], columns: Columns) -> Ones | None:
    """The child of each parent from the join of the parents; None if a column is missing in it."""
    batch = joined.batch
    if not columns.all <= batch.columns.keys() | batch.errors.keys():
        return None
    lost = batch.unaddressable
    return Ones(batch, [None if (child := joined.rows[row]) in lost else child for row in parents])


def _row_of_each(batch: Batch, field: str) -> tuple[dict[object, int], set[object]]:
    """The row of each key that exactly one row has, and the keys that several rows have."""
    values = batch.joining(field)
    rows: dict[object, int] = dict(zip(values, range(batch.length), strict=True))
    if len(rows) == batch.length and not batch.unaddressable and None not in rows:
        return rows, set()
    lost = batch.unaddressable
    claimed = [(value, row) for row, value in enumerate(values) if value is not None and row not in lost]
    counts = Counter(value for value, _ in claimed)
    once = {value: row for value, row in claimed if counts[value] == 1}
    return once, {value for value, count in counts.items() if count > 1}


async def by_key(
    records: Records, request: Request, target: type[Record], field: str, key: object, columns: Columns
) -> tuple[Batch, int] | None:
    """The record with this key, or None. Raises DataQuality if several have it."""
    read = Read(target, columns.and_joined(field), given=is_in(field, key), rows_max=2)
    batch = await records.read(request, read)
    if batch.length > 1:
        raise DataQuality("key_ambiguous", subject=target.name)
    return (batch, 0) if batch.length and not batch.unaddressable else None


async def search(
    records: Records, request: Request, target: type[Record], columns: Columns, arguments: ListArguments
) -> Page:
    """One page of the records that satisfy the arguments, in one statement."""
    batch = await records.read(request, arguments.read(Read(target, columns)))
    return page_of(batch, arguments.window)


async def search_count(records: Records, request: Request, target: type[Record], arguments: ListArguments) -> int:
    """The number of records that satisfy the arguments, in one statement."""
    return (await records.count(request, arguments.count(Read(target))))[0]
