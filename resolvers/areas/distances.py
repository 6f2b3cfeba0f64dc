"""Distances: which records are near a place, nearest first, and the part of them on a page. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from connectors.criteria import Keyset
from models.predicates import Predicate

TIES_MAX = 8_192
"""How many records at equal distance, to the millimeter, can be ordered."""

Ranks = tuple[tuple[int, tuple[object, ...]], ...]


@dataclass(frozen=True, slots=True)
class Distances:
    """Keys ranked by distance, equal distances by key. A rank does not depend on what else is near."""

    keys: Sequence[str]
    ranks: Sequence[int]

    @classmethod
    def of(cls, keys: Sequence[str], millimeters: npt.NDArray[np.int64]) -> Distances:
        """The distances of keys in their order."""
        order = np.argsort(millimeters, kind="stable")
        nearest = millimeters[order]
        ties = np.arange(len(nearest)) - np.searchsorted(nearest, nearest)
        return cls([keys[row] for row in order.tolist()], (nearest * TIES_MAX + ties).tolist())

    def of_all(self) -> Ranks:
        return tuple((rank, (key,)) for rank, key in zip(self.ranks, self.keys, strict=True))

    def of_page(self, keyset: Keyset | None, rows_max: int, *, reverse: bool, descending: bool) -> Ranks:
        """The ranks of the rows of one page, in the order of the list."""
        start, stop = 0, len(self.ranks)
        begins_far = descending is not reverse
        if keyset is not None:
            place = keyset.values[0] if keyset.values else None
            if not isinstance(place, int):
                return ()
            if begins_far:
                stop = bisect_left(self.ranks, place)
            else:
                start = bisect_right(self.ranks, place)
        if begins_far:
            start = max(start, stop - rows_max)
        else:
            stop = min(stop, start + rows_max)
        page = Distances(self.keys[start:stop], self.ranks[start:stop]).of_all()
        return page[::-1] if descending else page


@dataclass(frozen=True, slots=True)
class Found:
    """What a source is asked instead of a place, and the distance of each key if it was measured."""

    where: Predicate
    distances: Distances | None = None
