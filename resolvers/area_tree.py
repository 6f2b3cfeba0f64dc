"""The tree of areas: which areas lie in and below an area, and which village is nearest to a point.

Read whole from the city's areas, since they are few, and kept for as long as their contract calls them fresh.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from models.areas import Area, AreaLevel
from models.errors import DepartmentError
from models.request import Request
from models.values import AreaCode, BpsCode, Position
from resolvers.records import Columns, Read, Records

AREAS_MAX = 10_000
REFRESH_AFTER = timedelta(hours=1)
RETRY_AFTER = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """`within` knows areas by both their codes: one has dots and the other has none, so no key is two areas."""

    within: dict[str, tuple[AreaCode | BpsCode, ...]]
    villages: tuple[tuple[AreaCode, Position], ...]
    taken_at: datetime


@dataclass(slots=True)
class AreaTree:
    """Keeps the last good tree. When areas cannot be read, an old tree is better than none."""

    records: Records
    clock: Callable[[], datetime]
    _snapshot: _Snapshot | None = None
    _retry_at: datetime | None = None
    _one_load: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def within(self, request: Request, code: AreaCode | BpsCode) -> tuple[AreaCode | BpsCode, ...]:
        """The code itself and those of all areas below it, of its own kind; areas without such a code are left out.

        Raises a DepartmentError when areas were never read.
        """
        return (await self._current(request)).within.get(code, (code,))

    async def around(self, request: Request, codes: AbstractSet[object]) -> tuple[str, ...]:
        """The codes of all areas that one of these lies in or below, or is; each of the kind of those given."""
        within = (await self._current(request)).within
        return tuple(code for code, below in within.items() if not codes.isdisjoint(below))

    async def nearest_village(self, request: Request, position: Position) -> AreaCode | None:
        """The village whose middle is nearest to a point; None when no village has a known position."""
        villages = (await self._current(request)).villages
        if not villages:
            return None
        return min(villages, key=lambda village: _squared_distance(village[1], position))[0]

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
        columns = Columns(joined=frozenset({"code", "level", "position", "bps_code"}))
        try:
            batch = await self.records.read(request, Read(Area, columns, rows_max=AREAS_MAX))
        except DepartmentError:
            if self._snapshot is None:
                raise
            self._retry_at = self.clock() + RETRY_AFTER
            return
        self._retry_at = None
        register = zip(batch.joining("code"), batch.joining("level"), batch.joining("position"), strict=True)
        areas = [(code, level, place) for code, level, place in register if isinstance(code, AreaCode)]
        codes = [code for code, _, _ in areas]
        villages = tuple(
            (code, place) for code, level, place in areas if level is AreaLevel.VILLAGE and isinstance(place, Position)
        )
        # A city may have no BPS codes: then its batch has an error in their place.
        bps_codes = batch.columns.get("bps_code", [None] * batch.length)
        bps_of = {
            code: bps
            for code, bps in zip(batch.joining("code"), bps_codes, strict=True)
            if isinstance(code, AreaCode) and isinstance(bps, BpsCode)
        }
        below = _descendants(codes)
        self._snapshot = _Snapshot({**below, **_in_bps(below, bps_of)}, villages, self.clock())


def _descendants(codes: list[AreaCode]) -> dict[str, tuple[AreaCode, ...]]:
    below: dict[str, list[AreaCode]] = {code: [code] for code in codes}
    for code in codes:
        ancestor = code.parent
        while ancestor is not None:
            if ancestor in below:
                below[ancestor].append(code)
            ancestor = ancestor.parent
    return {code: tuple(sorted(members)) for code, members in below.items()}


def _in_bps(
    below: Mapping[str, tuple[AreaCode, ...]], bps_of: Mapping[AreaCode, BpsCode]
) -> dict[str, tuple[BpsCode, ...]]:
    """The same tree in the codes of the statistics office. Two areas that claim one code have both their areas."""
    found: dict[str, set[BpsCode]] = {}
    for code, bps in bps_of.items():
        found.setdefault(bps, set()).update(bps_of[member] for member in below[code] if member in bps_of)
    return {bps: tuple(sorted(members)) for bps, members in found.items()}


def _squared_distance(left: Position, right: Position) -> float:
    """Good enough to compare distances within a city; degrees of longitude shrink with the latitude."""
    shrink = math.cos(math.radians((left.latitude + right.latitude) / 2))
    return (left.latitude - right.latitude) ** 2 + ((left.longitude - right.longitude) * shrink) ** 2
