"""The load contract: what the hub may ask of a source, as agreed with the owner of its system."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LoadContract:
    """Bounds for the whole hub, however many processes it has."""

    connections_max: int = 4
    statement_ms_max: int = 700

    def __post_init__(self) -> None:
        if self.connections_max < 1 or self.statement_ms_max < 1:
            raise ValueError("a load contract allows at least one connection and one millisecond")
