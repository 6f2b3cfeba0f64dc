"""Nearby: which records lie near a place or in an area, and how far away: those in a box, looked at one by one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import shapely

from connectors.catalog import Binding
from models.errors import NotSupported, TooExpensive
from models.predicates import Compare, Inside, Near, Operator, Predicate, both, is_in
from models.records import AREA, KEY, Record
from models.request import Request
from models.values import Box, Position
from resolvers.area_tree import AreaTree
from resolvers.geography import Polygons, box_around, box_of, meters_between
from resolvers.reads import Columns, Read
from resolvers.records import Records

CANDIDATES_MAX = 5_000
"""How many records of a box are looked at."""

TIES_MAX = 8_192
"""How many records may be equally far away, to the millimeter, and still have an order among them."""

Ranks = tuple[tuple[int, tuple[object, ...]], ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What a source is asked in place of a place, and how far away each key is where that was measured."""

    where: Predicate
    millimeters: dict[str, int] | None = None


@dataclass(frozen=True, slots=True)
class Nearby:
    """Looks for records by their place."""

    records: Records
    areas: AreaTree
    polygons: Polygons | None

    async def found(
        self, request: Request, binding: Binding, record: type[Record], sought: Near | Inside, beside: Predicate
    ) -> Found:
        """The records that lie there, of those that satisfy `beside`. Raises TooExpensive or NotSupported."""
        if isinstance(sought, Near):
            box = box_around(sought.place, sought.meters)
            places = await self._candidates(request, binding, record, sought, box, beside)
            far = {key: meters_between(sought.place, place) for key, place in places}
            near = {key: round(meters * 1_000) for key, meters in far.items() if meters <= sought.meters}
            return Found(is_in(KEY, *near), near)
        shape = self.polygons.shape(sought.area) if self.polygons is not None else None
        if shape is None:
            return Found(await self._by_code(request, binding, record, sought))
        places = await self._candidates(request, binding, record, sought, box_of(shape), beside)
        points = shapely.points([(place.longitude, place.latitude) for _, place in places]) if places else []
        shapely.prepare(shape)
        inside = shapely.covers(shape, points) if places else []
        return Found(is_in(KEY, *(key for (key, _), is_inside in zip(places, inside, strict=True) if is_inside)))

    async def _by_code(self, request: Request, binding: Binding, record: type[Record], sought: Inside) -> Predicate:
        ((here, _),) = record.relations[AREA].on
        known = binding.mapping.operators(here) & binding.connector.capabilities.operators
        if Operator.IN not in known or here in binding.missing:
            raise NotSupported("within_not_supported", subject=record.name)
        return is_in(here, *await self.areas.within(request, sought.area))

    async def _candidates(
        self,
        request: Request,
        binding: Binding,
        record: type[Record],
        sought: Near | Inside,
        box: Box,
        beside: Predicate,
    ) -> list[tuple[str, Position]]:
        """Key and place of the records in a box; where a source cannot tell places apart, of all it has."""
        in_box = Compare(sought.field, Operator.IN_BOX, (box,))
        can_tell = Operator.IN_BOX in binding.mapping.operators(sought.field) & binding.connector.capabilities.operators
        where = both(beside, in_box) if can_tell else beside
        columns = Columns(joined=frozenset({KEY, sought.field}))
        batch = await self.records.read(request, Read(record, columns, where=where, rows_max=CANDIDATES_MAX + 1))
        if batch.length > CANDIDATES_MAX:
            part = "near" if isinstance(sought, Near) else "within"
            raise TooExpensive("near_many", maximum=CANDIDATES_MAX, part=part)
        keys, places = batch.joining(KEY), batch.joining(sought.field)
        return [
            (str(key), place)
            for key, place in zip(keys, places, strict=True)
            if key is not None and isinstance(place, Position) and box.contains(place)
        ]

    def ranks(self, millimeters: Mapping[str, int]) -> Ranks:
        """A rank for each key, the nearest first, equal ones by their keys. Each is the same whatever else is near."""
        ranks: list[tuple[int, tuple[object, ...]]] = []
        last, ties = -1, 0
        for key, far in sorted(millimeters.items(), key=lambda item: (item[1], item[0])):
            ties = ties + 1 if far == last else 0
            last = far
            ranks.append((far * TIES_MAX + ties, (key,)))
        return tuple(ranks)

    def page(self, ranks: Ranks, read: Read, *, descending: bool) -> Ranks:
        """The ranks of the rows that a read of one list asks for, in the order of the ranks."""
        ordered: Sequence[tuple[int, tuple[object, ...]]] = ranks[::-1] if descending else ranks
        if read.keyset is not None:
            place = read.keyset.values[0] if read.keyset.values else None
            if not isinstance(place, int):
                return ()
            beyond_is_lower = descending is not read.reverse
            ordered = [pair for pair in ordered if (pair[0] < place if beyond_is_lower else pair[0] > place)]
        return tuple(ordered[-read.rows_max :] if read.reverse else ordered[: read.rows_max])
