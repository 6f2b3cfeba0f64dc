"""The area at a position: by the city's polygons where the hub has them, else that whose middle is nearest."""

from __future__ import annotations

from dataclasses import dataclass

from models.request import Request
from models.values.types import AreaCode, Box, Position
from resolvers.areas.geography import Polygons
from resolvers.areas.tree import AreaTree


@dataclass(frozen=True, slots=True)
class AreasAt:
    """Finds the smallest area at a position. `box` is that of the city."""

    box: Box
    tree: AreaTree
    polygons: Polygons | None

    async def __call__(self, request: Request, position: Position) -> AreaCode | None:
        """None outside the city. Raises a DepartmentError if areas were never read."""
        if self.polygons is not None:
            return self.polygons.at(position)
        return await self.tree.nearest(request, position) if self.box.contains(position) else None
