"""The load contract: what the hub may ask of a source, as agreed with the owner of its system."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LoadContract:
    """Bounds for the whole hub, however many processes it has."""

    connections_max: int = 4
    statement_ms_max: int = 700
    scan_rows_max: int = 100_000
    """How many rows a statement may read one after the other to find some: what would read more is refused."""

    def __post_init__(self) -> None:
        if self.connections_max < 1 or self.statement_ms_max < 1:
            raise ValueError("a load contract allows at least one connection and one millisecond")
        if self.scan_rows_max < 1:
            raise ValueError("a load contract allows to scan a table of one row")
