"""The load contract: how much load the hub may put on a source, as agreed with its owner."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime, time


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From `start` to `end` in local time; across midnight if `end` is earlier."""

    start: time
    end: time

    def holds(self, local: datetime) -> bool:
        now = local.time()
        if self.start <= self.end:
            return self.start <= now < self.end
        return now >= self.start or now < self.end


@dataclass(frozen=True, slots=True)
class LoadContract:
    """Bounds for the whole hub, whatever its number of processes.

    In `quiet_hours` the source is not asked: only copies answer.
    """

    connections_max: int = 4
    statement_ms_max: int = 700
    statements_per_second_max: float = math.inf
    quiet_hours: tuple[QuietHours, ...] = ()
    scan_rows_max: int = 100_000
    """How many rows a statement may scan; a question that would scan more is refused."""

    def __post_init__(self) -> None:
        if self.connections_max < 1 or self.statement_ms_max < 1:
            raise ValueError("a load contract allows at least one connection and one millisecond")
        if self.statements_per_second_max <= 0:
            raise ValueError("a load contract allows some statements in a second")
        if self.scan_rows_max < 1:
            raise ValueError("a load contract allows to scan a table of one row")

    def is_quiet(self, local: datetime) -> bool:
        """Whether this local time is within quiet hours."""
        return any(hours.holds(local) for hours in self.quiet_hours)

    def of_each(self, processes: int) -> LoadContract:
        """The share of one of so many processes. Raises ValueError if there are fewer connections than processes."""
        if processes > self.connections_max:
            raise ValueError(f"{processes} processes cannot share {self.connections_max} connections")
        return replace(
            self,
            connections_max=self.connections_max // processes,
            statements_per_second_max=self.statements_per_second_max / processes,
        )


COPY_LOAD = LoadContract(connections_max=4, statement_ms_max=700)
"""For copies, which are the hub's own: the source's contract bounds loading them, not reading them."""
