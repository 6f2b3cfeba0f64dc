"""Finds the records near a place or in an area, and their distances: reads those in a box and checks each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import shapely

from connectors.catalog import Binding
from models.batch import Batch
from models.errors import NotConnected, NotSupported, TooExpensive
from models.policy.decisions import positions_told
from models.predicates import (
    EVERYTHING,
    NOTHING,
    Compare,
    InReach,
    Inside,
    Near,
    Operator,
    Predicate,
    compared,
    is_in,
)
from models.records import AREA, KEY, Record, position_field
from models.request import Request
from models.values.types import AreaCode, Box, Position
from resolvers.areas.distances import Distances, Found
from resolvers.areas.geography import Degrees, Polygons, box_around, box_of, meters_between_all, meters_to_all
from resolvers.areas.placement import Placement
from resolvers.areas.tree import AreaTree
from resolvers.reads import Columns, Read
from resolvers.records import Records

CANDIDATES_MAX = 5_000
"""How many records of a box are checked."""

PLACES_AT_ONCE = 100
"""The distances of so many places from all candidates are worked out at a time: half a million."""

FEW = 500
"""How many are checked in the event loop; more are checked in a thread."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Candidates:
    """The records with a position in a box, as columns."""

    keys: Sequence[str]
    latitudes: Degrees
    longitudes: Degrees


@dataclass(frozen=True, slots=True)
class Nearby:
    """Finds records by position."""

    records: Records
    areas: AreaTree
    polygons: Polygons | None
    placement: Placement

    async def found(
        self, request: Request, binding: Binding, record: type[Record], sought: Near | Inside, beside: Predicate
    ) -> Found:
        """The records at a place among those that satisfy `beside`. Raises TooExpensive or NotSupported."""
        if isinstance(sought, Near):
            box = box_around(sought.place, sought.meters)
            batch = await self._batch(request, binding, record, sought.field, box, beside, part="near")
            return await _worked(batch.length, lambda: _near(_candidates(batch, sought.field, box), sought))
        shape = self.polygons.shape(sought.area) if self.polygons is not None else None
        if shape is None:
            return Found(await self._by_code(request, binding, record, sought))
        box = box_of(shape)
        batch = await self._batch(request, binding, record, sought.field, box, beside, part="within")
        return await _worked(batch.length, lambda: _inside(_candidates(batch, sought.field, box), shape))

    async def _by_code(self, request: Request, binding: Binding, record: type[Record], sought: Inside) -> Predicate:
        ((here, _),) = record.relations[AREA].on
        known = binding.mapping.operators(here) & binding.connector.capabilities.operators
        if Operator.IN not in known or here in binding.missing:
            raise NotSupported("within_not_supported", subject=record.name)
        return await self.placement.inside(request, record, here, sought.area)

    async def in_reach(self, request: Request, sought: InReach, areas: AbstractSet[AreaCode]) -> Predicate:
        """Those of some areas whose middle has related records near, or none. Raises TooExpensive or NotSupported."""
        target = self.records.catalog.named(sought.relation.target)
        field = position_field(target.mapping.record) if target is not None else None
        if target is None or field is None:
            raise NotConnected("not_connected", subject=sought.relation.target)
        middles = {code: place for code, place in (await self.areas.positions(request)).items() if code in areas}
        if not middles:
            return NOTHING
        boxes = [box_around(place, sought.meters) for place in middles.values()]
        box = Box(
            min(one.south for one in boxes),
            min(one.west for one in boxes),
            max(one.north for one in boxes),
            max(one.east for one in boxes),
        )
        part, via = "noneWithin" if sought.none else "someWithin", sought.relation.record
        batch = await self._batch(request, target, target.mapping.record, field, box, sought.where, part=part, via=via)
        candidates = _candidates(batch, field, box)
        places = list(middles.values())
        reached = await asyncio.to_thread(_reached, candidates, places, boxes, sought.meters)
        found = [code for code, is_near in zip(middles, reached, strict=True) if is_near is not sought.none]
        ((here, _),) = sought.relation.on
        return is_in(here, *found)

    async def _batch(  # noqa: PLR0913  # what is read where, and how it is called
        self,
        request: Request,
        binding: Binding,
        record: type[Record],
        field: str,
        box: Box,
        beside: Predicate,
        *,
        part: str,
        via: str | None = None,
    ) -> Batch:
        """The records in a box, or all if the source cannot compare positions.

        Positions are those that the viewer is told, so that the number of candidates reveals nothing more.
        """
        told = positions_told(request.viewer, record, self.records.catalog.city.complaint_positions)
        in_box: Predicate = Compare(field, Operator.IN_BOX, (box,))
        if told is not None:
            in_box = told.in_box(box, await self.areas.middles(request) if told.needs_villages else {})
        known = binding.connector.capabilities.operators
        can_tell = all(one.operator in binding.mapping.operators(one.field) & known for one in compared(in_box))
        # Given by the hub: it may filter by a person, which the viewer may not.
        given = in_box if can_tell else EVERYTHING
        columns = Columns(joined=frozenset({KEY, field}))
        read = Read(record, columns, where=beside, given=given, rows_max=CANDIDATES_MAX + 1, via=via)
        batch = await self.records.read(request, read)
        if batch.length > CANDIDATES_MAX:
            raise TooExpensive("near_many", maximum=CANDIDATES_MAX, part=part)
        return batch


async def _worked(rows: int, work: Callable[[], T]) -> T:
    return work() if rows <= FEW else await asyncio.to_thread(work)


def _candidates(batch: Batch, field: str, box: Box) -> _Candidates:
    """Key and position of the records that are really in the box."""
    pairs = [
        (str(key), place)
        for key, place in zip(batch.joining(KEY), batch.joining(field), strict=True)
        if key is not None and isinstance(place, Position)
    ]
    degrees = np.array([place for _, place in pairs], dtype=np.float64).reshape(-1, 2)
    latitudes, longitudes = degrees[:, 0], degrees[:, 1]
    chosen = np.flatnonzero(
        (box.south <= latitudes) & (latitudes <= box.north) & (box.west <= longitudes) & (longitudes <= box.east)
    )
    return _Candidates([pairs[row][0] for row in chosen.tolist()], latitudes[chosen], longitudes[chosen])


def _near(candidates: _Candidates, sought: Near) -> Found:
    meters = meters_to_all(sought.place, candidates.latitudes, candidates.longitudes)
    chosen = np.flatnonzero(meters <= sought.meters)
    keys = [candidates.keys[row] for row in chosen.tolist()]
    millimeters = np.rint(meters[chosen] * 1_000).astype(np.int64)
    by_key = sorted(range(len(keys)), key=keys.__getitem__)
    sorted_keys = [keys[row] for row in by_key]
    return Found(is_in(KEY, *sorted_keys), Distances.of(sorted_keys, millimeters[by_key]))


def _reached(candidates: _Candidates, places: Sequence[Position], boxes: Sequence[Box], meters: float) -> list[bool]:
    """Whether any candidate lies within so many meters of each place, which has this box around it."""
    found = np.zeros(len(places), dtype=bool)
    index = shapely.STRtree(shapely.points(candidates.longitudes, candidates.latitudes))
    south, west, north, east = np.array([(box.south, box.west, box.north, box.east) for box in boxes]).T
    middles = np.array(places, dtype=np.float64)
    for start in range(0, len(places), PLACES_AT_ONCE):
        some = slice(start, start + PLACES_AT_ONCE)
        at, near = index.query(shapely.box(west[some], south[some], east[some], north[some]))
        at = at + start
        ways = meters_between_all(
            middles[at, 0], middles[at, 1], candidates.latitudes[near], candidates.longitudes[near]
        )
        found[at[ways <= meters]] = True
    return [bool(one) for one in found]


def _inside(candidates: _Candidates, shape: shapely.Geometry) -> Found:
    shapely.prepare(shape)
    inside = shapely.covers(shape, shapely.points(candidates.longitudes, candidates.latitudes))
    return Found(is_in(KEY, *sorted([candidates.keys[row] for row in np.flatnonzero(inside).tolist()])))
