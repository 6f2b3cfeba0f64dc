"""Erasing: searches everything that the hub keeps for a person, removes it, and reports what was found.

By their own rules none of these places holds personal data. The search proves it, and finds what a department has
written into a public text.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import structlog

from models.policy.erasure import ErasurePlace, ErasureSearch, Searched, Sought
from models.values.identity import Identity
from models.values.types import PersonId

SEARCH_S_MAX: Final = 5.0
"""The time limit of one place. A place that takes longer counts as not searched, and the person may ask again."""

Search = Callable[[Sought], Awaitable[Searched]]

_ORDER: Final = list(ErasurePlace)
_log: Final = structlog.get_logger(__name__)


@dataclass(slots=True)
class Erasing:
    """Searches each place in this order. One search runs at a time, because it reads whole copies."""

    identity: Identity
    places: dict[ErasurePlace, Search] = field(default_factory=dict)
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def search(self, nik: PersonId) -> list[ErasureSearch]:
        """Search every place and remove what may go. A place that cannot be searched has no numbers."""
        sought = Sought(nik, self.identity.spellings(nik))
        async with self._turn:
            lines = [await self._searched(place, search, sought) for place, search in self.places.items()]
        return sorted(lines, key=lambda line: _ORDER.index(line.place))

    async def _searched(self, place: ErasurePlace, search: Search, sought: Sought) -> ErasureSearch:
        found: Searched | None = None
        try:
            async with asyncio.timeout(SEARCH_S_MAX):
                found = await search(sought)
        except Exception as error:  # noqa: BLE001  # whatever it was, the receipt says that nobody has looked there
            _log.warning("not searched for erasure", place=place.value, error=type(error).__name__)
        return ErasureSearch(place, self.clock(), found)
