"""The tree of areas: which areas lie in an area and around it, and which of the smallest is nearest to a point.

All areas are read at once, because they are few, and kept as long as their contract calls them fresh.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Container, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from models.areas import Area, AreaLevel
from models.errors import DepartmentError, NotConnected
from models.predicates import And, Compare, Operator, Predicate
from models.request import Request
from models.values.types import AreaCode, BpsCode, Position
from resolvers.records import Columns, Read, Records

AREAS_MAX = 10_000
REFRESH_AFTER = timedelta(hours=1)
RETRY_AFTER = timedelta(seconds=10)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """All areas at one time: what lies within and around each, its level, its middle, and the smallest's middles."""

    within: Mapping[AreaCode, tuple[AreaCode, ...]]
    within_bps: Mapping[BpsCode, tuple[BpsCode, ...]]
    around: Mapping[AreaCode, tuple[AreaCode, ...]]
    levels: Mapping[AreaCode, AreaLevel]
    bps_of: Mapping[AreaCode, BpsCode]
    positions: Mapping[AreaCode, Position]
    middles: Mapping[object, Position]
    taken_at: datetime
    has_parents: bool


@dataclass(slots=True)
class AreaTree:
    """Keeps the last tree: an old tree is better than none while areas cannot be read."""

    records: Records
    clock: Callable[[], datetime]
    _snapshot: _Snapshot | None = None
    _retry_at: datetime | None = None
    _one_load: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def within(self, request: Request, code: AreaCode | BpsCode) -> tuple[AreaCode | BpsCode, ...]:
        """The code and the codes of all areas below it, of the same kind; areas without such a code are left out.

        Raises a DepartmentError if areas were never read, and NotConnected if the city does not say what lies in what.
        """
        snapshot = await self._tree(request)
        if isinstance(code, BpsCode):
            return snapshot.within_bps.get(code, (code,))
        return snapshot.within.get(code, (code,))

    async def holding(self, request: Request, codes: AbstractSet[object]) -> tuple[str, ...]:
        """The codes of all areas that contain one of these, or are one of these, in the same kind of code."""
        snapshot = await self._tree(request)
        bps = {code for code in codes if isinstance(code, BpsCode)}
        found: list[str] = [code for code, below in snapshot.within_bps.items() if not bps.isdisjoint(below)]
        return (*found, *(code for code, below in snapshot.within.items() if not (codes - bps).isdisjoint(below)))

    async def around(self, request: Request, codes: Iterable[object]) -> list[tuple[AreaCode, ...] | None]:
        """The areas around each of these, the smallest first; None if the city does not say what lies in what.

        Raises a DepartmentError if areas were never read.
        """
        snapshot = await self._current(request)
        if not snapshot.has_parents:
            return [None for _ in codes]
        return [snapshot.around.get(code, ()) if isinstance(code, AreaCode) else () for code in codes]

    async def of_level(
        self, request: Request, level: AreaLevel, kind: type[AreaCode | BpsCode] = AreaCode
    ) -> Mapping[object, AreaCode | BpsCode]:
        """The area of a level that each area lies in or is, in codes of a kind; areas that lie in none are left out."""
        snapshot = await self._tree(request)
        found: dict[AreaCode, AreaCode] = {
            code: above
            for code, around in snapshot.around.items()
            if (above := next((one for one in (code, *around) if snapshot.levels[one] is level), None)) is not None
        }
        if kind is AreaCode:
            return dict(found.items())
        bps = snapshot.bps_of
        return {bps[code]: bps[above] for code, above in found.items() if code in bps and above in bps}

    async def below(self, request: Request, level: AreaLevel) -> AbstractSet[AreaCode]:
        """The codes of all areas that lie in an area of this level."""
        snapshot = await self._tree(request)
        return {
            code for code, around in snapshot.around.items() if any(snapshot.levels[one] is level for one in around)
        }

    async def bps_codes(self, request: Request) -> Mapping[AreaCode, BpsCode]:
        """The code that the statistics office has for each area, without areas that have none."""
        return (await self._current(request)).bps_of

    async def levels(self, request: Request) -> Mapping[AreaCode, AreaLevel]:
        """The level of each area."""
        return (await self._current(request)).levels

    async def satisfying(self, request: Request, where: Predicate) -> AbstractSet[AreaCode]:
        """The areas that may satisfy a predicate, by what it says of codes and levels in every row."""
        levels = (await self._current(request)).levels
        found = set(levels)
        for term in where.terms if isinstance(where, And) else (where,):
            if isinstance(term, Compare) and term.operator is Operator.IN and term.field in ("code", "level"):
                wanted = set(term.values)
                found = {code for code in found if (code if term.field == "code" else levels[code]) in wanted}
        return found

    async def positions(self, request: Request) -> Mapping[AreaCode, Position]:
        """The middle of each area that has one."""
        return (await self._current(request)).positions

    async def nearest(self, request: Request, position: Position) -> AreaCode | None:
        """The smallest area whose middle is nearest to a point; None if none has a position."""
        middles = await self.middles(request)
        if not middles:
            return None
        nearest, _ = min(middles.items(), key=lambda area: _squared_distance(area[1], position))
        return AreaCode(str(nearest))

    async def middles(self, request: Request) -> Mapping[object, Position]:
        """The middle of each of the smallest areas that has one. Raises a DepartmentError if areas were never read."""
        return (await self._current(request)).middles

    async def _tree(self, request: Request) -> _Snapshot:
        snapshot = await self._current(request)
        if not snapshot.has_parents:
            raise NotConnected("not_connected", subject="areas.parentCode")
        return snapshot

    async def _current(self, request: Request) -> _Snapshot:
        snapshot = self._snapshot
        if snapshot is not None and not self._due(snapshot):
            return snapshot
        async with self._one_load:
            if self._snapshot is None or self._due(self._snapshot):
                await self._load(request)
        if self._snapshot is None:
            raise AssertionError("a load either sets the snapshot or raises")
        return self._snapshot

    def _due(self, snapshot: _Snapshot) -> bool:
        now = self.clock()
        if self._retry_at is not None and now < self._retry_at:
            return False
        return now - snapshot.taken_at > REFRESH_AFTER

    async def _load(self, request: Request) -> None:
        columns = Columns(joined=frozenset({"code", "level", "parent_code", "position", "bps_code"}))
        try:
            batch = await self.records.read(request, Read(Area, columns, rows_max=AREAS_MAX))
        except DepartmentError:
            if self._snapshot is None:
                raise
            self._retry_at = self.clock() + RETRY_AFTER
            return
        self._retry_at = None
        codes = batch.joining("code")

        def known(name: str, kind: type[T]) -> dict[AreaCode, T]:
            # A column that the city has not is an error in the batch.
            values = batch.columns.get(name, [None] * batch.length)
            pairs = zip(codes, values, strict=True)
            return {code: value for code, value in pairs if isinstance(code, AreaCode) and isinstance(value, kind)}

        levels = {code: AreaLevel.UNKNOWN for code in codes if isinstance(code, AreaCode)} | known("level", AreaLevel)
        parents = known("parent_code", AreaCode)
        around = {code: _around(code, parents, levels) for code in levels}
        within = _within(around)
        smallest = {code for code, below in within.items() if below == (code,) and levels[code] is not AreaLevel.CITY}
        positions, bps_of = known("position", Position), known("bps_code", BpsCode)
        middles: dict[object, Position] = {code: place for code, place in positions.items() if code in smallest}
        has_parents = "parent_code" not in batch.errors
        in_bps = _in_bps(within, bps_of)
        self._snapshot = _Snapshot(
            within, in_bps, around, levels, bps_of, positions, middles, self.clock(), has_parents
        )


def _around(code: AreaCode, parents: Mapping[AreaCode, AreaCode], known: Container[AreaCode]) -> tuple[AreaCode, ...]:
    """The areas around an area as the city's table has them; it may say that two lie in each other."""
    found: list[AreaCode] = []
    parent = parents.get(code)
    while parent is not None and parent in known and parent != code and parent not in found:
        found.append(parent)
        parent = parents.get(parent)
    return tuple(found)


def _within(around: Mapping[AreaCode, tuple[AreaCode, ...]]) -> dict[AreaCode, tuple[AreaCode, ...]]:
    below: dict[AreaCode, list[AreaCode]] = {code: [code] for code in around}
    for code, areas in around.items():
        for area in areas:
            below[area].append(code)
    return {code: tuple(sorted(members)) for code, members in below.items()}


def _in_bps(
    below: Mapping[AreaCode, tuple[AreaCode, ...]], bps_of: Mapping[AreaCode, BpsCode]
) -> dict[BpsCode, tuple[BpsCode, ...]]:
    """The same tree in BPS codes. A code that two areas claim gets the areas of both."""
    found: dict[BpsCode, set[BpsCode]] = {}
    for code, bps in bps_of.items():
        found.setdefault(bps, set()).update(bps_of[member] for member in below[code] if member in bps_of)
    return {bps: tuple(sorted(members)) for bps, members in found.items()}


def _squared_distance(left: Position, right: Position) -> float:
    """A distance to compare within a city; degrees of longitude shrink with the latitude."""
    shrink = math.cos(math.radians((left.latitude + right.latitude) / 2))
    return (left.latitude - right.latitude) ** 2 + ((left.longitude - right.longitude) * shrink) ** 2
