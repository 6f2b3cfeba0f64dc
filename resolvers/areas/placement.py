"""Placement: in which of the smallest areas a record lies whose source names only a larger one, by its position.

Such records are read at once, as everybody may see them, and kept as long as the contract of their source calls them
fresh. So every viewer gets the same areas, and nothing finer than a published position is told.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from types import MappingProxyType

import numpy as np

from connectors.catalog import Binding
from models.areas import AreaBasis, AreaLevel
from models.errors import DepartmentError, NotSupported, TooExpensive
from models.policy.viewer import ANONYMOUS
from models.predicates import Compare, Operator, Or, Predicate, canonical, is_in, leaves
from models.records import AREA, KEY, Record, position_field
from models.request import Request
from models.values.types import AreaCode, BpsCode, Position
from resolvers.areas.geography import Polygons, meters_to_all
from resolvers.areas.tree import AreaTree
from resolvers.reads import Columns, Read
from resolvers.records import Records

PLACED_MAX = 10_000
"""How many records of a kind are placed; their keys are named in filters."""
FRESH_AT_LEAST = timedelta(minutes=1)
RETRY_AFTER = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class Placed:
    """The records of a kind that are placed: by key their smallest area and how it was found.

    `keys_in` has them by area. `stated` is the area that the source names. `unplaced` are the named areas of records
    without a position in them.
    """

    areas: Mapping[str, tuple[AreaCode, AreaBasis]] = field(default_factory=dict)
    stated: Mapping[str, AreaCode] = field(default_factory=dict)
    keys_in: Mapping[AreaCode, tuple[str, ...]] = field(default_factory=dict)
    unplaced: AbstractSet[AreaCode] = frozenset()

    def keys_of(self, codes: Iterable[object]) -> tuple[str, ...]:
        """The keys of the records that are placed in one of these areas and named by none of them."""
        among = {code for code in codes if isinstance(code, AreaCode)}
        keys = (key for code in among for key in self.keys_in.get(code, ()) if self.stated[key] not in among)
        return tuple(sorted(keys))


NOTHING_PLACED = Placed()


@dataclass(frozen=True, slots=True)
class Kept:
    """What was placed, until when it is fresh."""

    placed: Placed
    until: datetime


@dataclass(slots=True)
class Placement:
    """Places the records of each kind, and says which areas a source knows nothing about. Keeps one Placed per kind."""

    records: Records
    areas: AreaTree
    polygons: Polygons | None
    clock: Callable[[], datetime]
    _kept: dict[str, Kept] = field(default_factory=dict)
    _turns: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    async def of(self, request: Request, record: type[Record]) -> Placed:
        """What is placed of a record: nothing without positions, or if the source cannot look them up by area.

        Of more than PLACED_MAX records none is placed: raises TooExpensive if the source never names smallest areas.
        Raises DepartmentError.
        """
        binding = self.records.catalog.binding(record)
        if binding is None or not can_be_placed(binding):
            return NOTHING_PLACED
        async with self._turns[record.name]:
            kept = self._kept.get(record.name)
            if kept is not None and self.clock() < kept.until:
                return kept.placed
            try:
                placed = await self._load(request, binding)
            except DepartmentError:
                if kept is None:
                    raise
                self._kept[record.name] = replace(kept, until=self.clock() + RETRY_AFTER)
                return kept.placed
            fresh_for = max(binding.mapping.fresh_for or FRESH_AT_LEAST, FRESH_AT_LEAST)
            self._kept[record.name] = Kept(placed, self.clock() + fresh_for)
            return placed

    async def unknown(self, request: Request, record: type[Record], name: str) -> Unknown:
        """The areas of which the source cannot know what lies in them, in the kind of code that a field has."""
        binding = self.records.catalog.binding(record)
        if binding is None or binding.mapping.columns.get(name) is None:
            return ALL_KNOWN
        never = await self._never_named(request, binding, name)
        if not never.areas or not can_be_placed(binding):
            return never
        placed = await self.of(request, record)
        hidden = {area for code in placed.unplaced for area in await self.areas.within(request, code)}
        areas = frozenset(code for code in never.areas if code in hidden and code not in placed.keys_in)
        return replace(never, areas=areas, codes=areas)

    async def check_named(self, request: Request, binding: Binding, codes: AbstractSet[object]) -> None:
        """Raise NotSupported if the source never names any of the areas that its rows are to be stated in."""
        name = area_of_rows(binding.mapping.record)
        never = await self._never_named(request, binding, name)
        if codes and never.codes and codes <= never.codes:
            raise NotSupported("area_never_named", subject=never.subject, level=never.level.value)

    async def _never_named(self, request: Request, binding: Binding, name: str) -> Unknown:
        record, mapped = binding.mapping.record, binding.mapping.columns.get(name)
        if mapped is None or mapped.area_level is None:
            return ALL_KNOWN
        areas = frozenset(await self.areas.below(request, mapped.area_level))
        codes: frozenset[object] = areas
        if record.fields[name].clean_type is BpsCode:
            bps_of = await self.areas.bps_codes(request)
            codes = frozenset(bps_of[code] for code in areas if code in bps_of)
        return Unknown(record.name, mapped.area_level, areas, codes)

    async def check_compared(self, request: Request, binding: Binding, where: Predicate) -> None:
        """Raise NotSupported for a comparison with areas none of which the source ever names."""
        record = binding.mapping.record
        name = area_of_rows(record) if AREA in record.relations else None
        mapped = binding.mapping.columns.get(name) if name is not None else None
        if mapped is None or mapped.area_level is None:
            return
        for leaf in leaves(where):
            if isinstance(leaf, Compare) and leaf.field == name and leaf.operator is Operator.IN:
                await self.check_named(request, binding, frozenset(leaf.values))

    async def inside(self, request: Request, record: type[Record], name: str, area: AreaCode) -> Predicate:
        """The records that a source names in an area or below it, or that are placed there.

        Raises NotSupported if it cannot know.
        """
        unknown = await self.unknown(request, record, name)
        if area in unknown.areas:
            raise unknown.error
        codes = await self.areas.within(request, area)
        keys = (await self.of(request, record)).keys_of(codes)
        return canonical(Or((is_in(name, *codes), is_in(KEY, *keys))))

    async def rolled_up(
        self, request: Request, record: type[Record], grouped: AbstractSet[str], level: AreaLevel
    ) -> tuple[Mapping[object, AreaCode | BpsCode], Mapping[str, AreaCode | BpsCode]]:
        """The area of a level that each area lies in, and by key that of rows whose source names too large an area.

        Raises NotSupported if rows are `grouped` by areas of which the source names none of the level, and positions do
        not tell more.
        """
        binding = self.records.catalog.binding(record)
        if binding is None or AREA not in record.relations or area_of_rows(record) not in grouped:
            return await self.areas.of_level(request, level), {}
        name = area_of_rows(record)
        areas = await self.areas.of_level(request, level, record.fields[name].clean_type)
        never, levels = await self._never_named(request, binding, name), await self.areas.levels(request)
        if not can_be_placed(binding) and any(levels[code] is level for code in never.areas):
            raise never.error
        placed = await self.of(request, record)
        rows = {key: areas[code] for key, (code, _) in placed.areas.items() if code in areas}
        return areas, {key: area for key, area in rows.items() if area != areas.get(placed.stated[key])}

    async def _load(self, request: Request, binding: Binding) -> Placed:
        record = binding.mapping.record
        code, position = area_field(record), position_field(record)
        smallest, levels = set(await self.areas.middles(request)), await self.areas.levels(request)
        named = sorted(set(levels) - smallest)
        if code is None or position is None or not named:
            return NOTHING_PLACED
        read = Read(record, Columns(joined=frozenset({KEY, code, position})), given=is_in(code, *named),
                    rows_max=PLACED_MAX + 1)  # fmt: skip
        batch = await self.records.read(replace(request, viewer=ANONYMOUS, purpose=None), read)
        if batch.length > PLACED_MAX:
            if binding.mapping.columns[code].area_level is None:
                # The source names the smallest areas of most records; these few stay with the larger one.
                return NOTHING_PLACED
            raise TooExpensive("placed_many", maximum=PLACED_MAX, subject=record.name)
        rows = zip(batch.joining(KEY), batch.joining(code), batch.joining(position), strict=True)
        at: dict[AreaCode, dict[str, Position | None]] = {}
        for key, stated, place in rows:
            if key is not None and isinstance(stated, AreaCode):
                at.setdefault(stated, {})[str(key)] = place if isinstance(place, Position) else None
        middles = await self.areas.middles(request)
        below = {stated: [one for one in await self.areas.within(request, stated) if one in middles] for stated in at}
        return await asyncio.to_thread(partial(placed_in, at, below, middles, self.polygons))


@dataclass(frozen=True, slots=True)
class Unknown:
    """The areas of which a source does not know what lies in them: it names none smaller than those of a level.

    `codes` are those of the areas in the kind that the source has.
    """

    subject: str = ""
    level: AreaLevel = AreaLevel.UNKNOWN
    areas: frozenset[AreaCode] = frozenset()
    codes: frozenset[object] = frozenset()

    @property
    def error(self) -> NotSupported:
        return NotSupported("area_known_above", subject=self.subject, level=self.level.value)


ALL_KNOWN = Unknown()


def area_of_rows(record: type[Record]) -> str:
    """The field with the code of the area that a record lies in, of whatever kind. Raises KeyError without one."""
    return record.relations[AREA].on[0][0]


def area_field(record: type[Record]) -> str | None:
    """The field with the official code of the area that a record lies in."""
    relation = record.relations.get(AREA)
    name = relation.on[0][0] if relation is not None else None
    return name if name is not None and record.fields[name].clean_type is AreaCode else None


def can_be_placed(binding: Binding) -> bool:
    """Whether the records have public positions, and the source finds those of an area and those with a key."""
    mapping, record = binding.mapping, binding.mapping.record
    code, position = area_field(record), position_field(record)
    if code is None or position is None or {code, position} & binding.missing or position not in mapping.columns:
        return False
    known = binding.connector.capabilities.operators
    looked_up = all(Operator.IN in mapping.operators(name) & known for name in (code, KEY))
    return looked_up and (code, Operator.IN) not in binding.scans


def placed_in(
    at: Mapping[AreaCode, Mapping[str, Position | None]],
    below: Mapping[AreaCode, Sequence[object]],
    middles: Mapping[object, Position],
    polygons: Polygons | None,
) -> Placed:
    """Place records: `at` has their positions by the area that is named, `below` its smallest areas.

    Where the city has the polygons of these, by them alone, else by the nearest middle.
    """
    areas: dict[str, tuple[AreaCode, AreaBasis]] = {}
    stated: dict[str, AreaCode] = {}
    keys_in: dict[AreaCode, list[str]] = {}
    unplaced: set[AreaCode] = set()
    drawn = frozenset(polygons.codes) if polygons is not None else frozenset()
    for named, places in at.items():
        among = [AreaCode(str(code)) for code in below[named]]
        by_polygon = polygons if not drawn.isdisjoint(among) else None
        for key, place in places.items():
            found = _found(place, among, middles, by_polygon)
            if found is None:
                unplaced.add(named)
                continue
            areas[key], stated[key] = found, named
            keys_in.setdefault(found[0], []).append(key)
    frozen = {code: tuple(keys) for code, keys in keys_in.items()}
    return Placed(MappingProxyType(areas), stated, MappingProxyType(frozen), frozenset(unplaced))


def _found(
    place: Position | None, among: Sequence[AreaCode], middles: Mapping[object, Position], polygons: Polygons | None
) -> tuple[AreaCode, AreaBasis] | None:
    if place is None or not among:
        return None
    if polygons is not None:
        code = polygons.at(place)
        return (code, AreaBasis.POLYGON) if code is not None and code in among else None
    degrees = np.array([middles[code] for code in among], dtype=np.float64)
    return among[int(np.argmin(meters_to_all(place, degrees[:, 0], degrees[:, 1])))], AreaBasis.NEAREST_MIDDLE
