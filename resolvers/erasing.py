"""Erasing: looks for a person in everything that the hub keeps, removes what is there, and says what it found.

By their own rules none of these places holds anything personal; this is the search that shows it, and that catches what
a department has written into a public text.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

import structlog

from connectors.decoders import nik as spelled_nik
from models.erasure import ErasurePlace, ErasureSearch, Searched, Sought
from models.values import Nik

SEARCH_S_MAX: Final = 5.0
"""How long one place may take. What takes longer is said to have not been searched, and the person may ask again."""

Search = Callable[[Sought], Awaitable[Searched]]

_ORDER: Final = list(ErasurePlace)
_log: Final = structlog.get_logger(__name__)


@dataclass(slots=True)
class Erasing:
    """Knows how each place is searched, in this order; one search of all at a time, since it reads whole copies."""

    places: dict[ErasurePlace, Search] = field(default_factory=dict)
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def search(self, nik: Nik) -> list[ErasureSearch]:
        """Look everywhere and remove what may go. What cannot be searched is a line without numbers, never an error."""
        sought = Sought(nik, tuple(map(str, spelled_nik().encode(nik).values)))
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
