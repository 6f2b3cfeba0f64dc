"""Sides: how many rows each end of a relation was last found to have, to begin with the end that has far fewer.

Counts cost nothing here: they are what was read anyway. They are kept by the shape of a question, without its values,
and apart for each role and department, since they only say what its own questions found.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final

from models.predicates import shape
from models.viewer import Viewer
from resolvers.reads import Read

SHAPES_MAX: Final = 1_000
KNOWN_S_MAX: Final = 600.0


class Sides:
    """What one process has seen; the longest unseen is forgotten first."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._rows: OrderedDict[Hashable, tuple[int, float]] = OrderedDict()

    def learn(self, viewer: Viewer, read: Read, rows: int) -> None:
        """Remember how many rows a read went over."""
        key = _key(viewer, read)
        self._rows[key] = rows, self._clock()
        self._rows.move_to_end(key)
        if len(self._rows) > SHAPES_MAX:
            self._rows.popitem(last=False)

    def rows(self, viewer: Viewer, read: Read) -> int:
        """How many rows a read of this shape went over lately; 0 where that is not known."""
        rows, at_s = self._rows.get(_key(viewer, read), (0, 0.0))
        return rows if self._clock() - at_s < KNOWN_S_MAX else 0


def _key(viewer: Viewer, read: Read) -> Hashable:
    return read.record, viewer.role, viewer.department_code, shape(read.where)
