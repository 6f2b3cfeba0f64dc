"""Populations: how many people live in each area, in rounded counts of the register, for everybody.

Of each named area the people who are registered as living there are counted and rounded like every statistic; the
number of a larger area is the sum of these. So it tells nothing that these counts do not tell.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from models.citizens import Citizen, RegistrationStatus
from models.errors import DepartmentError
from models.request import Request
from models.values.types import AreaCode, BpsCode
from resolvers.aggregates.statistics import rounded_cells
from resolvers.areas.tree import AreaTree
from resolvers.reads import Read
from resolvers.records import Records

REFRESH_AFTER = timedelta(hours=1)
RETRY_AFTER = timedelta(seconds=10)
AREA_CODE, STATUS = "area_code", "registration_status"


@dataclass(slots=True)
class Populations:
    """Keeps the last counts: an old count is better than none while the register cannot be read."""

    records: Records
    areas: AreaTree
    clock: Callable[[], datetime]
    _counts: Mapping[AreaCode, int] | None = None
    _fresh_until: datetime | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def of_areas(self, request: Request) -> Mapping[AreaCode, int]:
        """The number of people in each area, without areas of which fewer than three are known.

        Raises NotConnected, NotSupported, TooExpensive or DepartmentError if they were never counted.
        """
        async with self._turn:
            if self._counts is not None and self._fresh_until is not None and self.clock() < self._fresh_until:
                return self._counts
            try:
                self._counts = await self._counted(request)
                self._fresh_until = self.clock() + REFRESH_AFTER
            except DepartmentError:
                if self._counts is None:
                    raise
                self._fresh_until = self.clock() + RETRY_AFTER
            return self._counts

    async def of_codes(self, request: Request) -> Mapping[object, int]:
        """The same by the areas' codes of the statistics office."""
        counts, bps_of = await self.of_areas(request), await self.areas.bps_codes(request)
        return {bps_of[code]: count for code, count in counts.items() if code in bps_of}

    async def by(self, request: Request, kind: type) -> Mapping[object, int]:
        """The number of people by a kind of code."""
        if kind is BpsCode:
            return await self.of_codes(request)
        return dict((await self.of_areas(request)).items())

    async def _counted(self, request: Request) -> Mapping[AreaCode, int]:
        groups = await self.records.groups(request, Read(Citizen, grouped=frozenset({AREA_CODE, STATUS}), rounded=True))
        rows = zip(groups.columns[AREA_CODE], groups.columns[STATUS], groups.counts, strict=True)
        table = rounded_cells(((code,), count) for code, status, count in rows if status is RegistrationStatus.ALIVE)
        named = {code: count for (code,), count in table.items() if isinstance(code, AreaCode)}
        sums: Counter[AreaCode] = Counter(named)
        for count, around in zip(named.values(), await self.areas.around(request, named), strict=True):
            sums.update(dict.fromkeys(around or (), count))
        return sums
