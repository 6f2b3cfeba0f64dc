"""The load contract: what the hub may ask of a source, as agreed with the owner of its system."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, time


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` until `end`, by the clocks of the city; over midnight where the end comes first."""

    start: time
    end: time

    def holds(self, local: datetime) -> bool:
        now = local.time()
        if self.start <= self.end:
            return self.start <= now < self.end
        return now >= self.start or now < self.end


@dataclass(frozen=True, slots=True)
class LoadContract:
    """Bounds for the whole hub, however many processes it has.

    In `quiet_hours` the source is not asked at all: what the hub has a copy of answers, and nothing else.
    """

    connections_max: int = 4
    statement_ms_max: int = 700
    statements_per_second_max: float = math.inf
    quiet_hours: tuple[QuietHours, ...] = ()
    scan_rows_max: int = 100_000
    """How many rows a statement may read one after the other to find some: what would read more is refused."""

    def __post_init__(self) -> None:
        if self.connections_max < 1 or self.statement_ms_max < 1:
            raise ValueError("a load contract allows at least one connection and one millisecond")
        if self.statements_per_second_max <= 0:
            raise ValueError("a load contract allows some statements in a second")
        if self.scan_rows_max < 1:
            raise ValueError("a load contract allows to scan a table of one row")

    def is_quiet(self, local: datetime) -> bool:
        """Whether the source is to be left alone at a time on the clocks of the city."""
        return any(hours.holds(local) for hours in self.quiet_hours)

    def of_each(self, processes: int) -> LoadContract:
        """What one of so many processes may ask, so that together they keep to the contract.

        Raises ValueError where there are fewer connections than processes.
        """
        if processes > self.connections_max:
            raise ValueError(f"{processes} processes cannot share {self.connections_max} connections")
        return replace(
            self,
            connections_max=self.connections_max // processes,
            statements_per_second_max=self.statements_per_second_max / processes,
        )


COPY_LOAD = LoadContract(connections_max=4, statement_ms_max=700)
"""A copy is the hub's own: what the owner of a source allows bounds how it is copied, not how the copy is read."""
