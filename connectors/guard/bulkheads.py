"""Bulkheads: the guard's state for each source, and for one call to it."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

from connectors.guard.breaker import Breaker
from connectors.guard.connections import Connections, Turn
from connectors.guard.slow_shapes import SlowShapes
from connectors.load import LoadContract
from connectors.sources import Source
from models.policy.viewer import CallerClass

RETRIES_SAVED_MAX = 5.0
LOOK = "a look"
"""The shape of a look at the catalog, which is no client's question."""

Asked = Callable[[], str]
"""Returns the shape of a question; lazy, because few calls need it."""


@dataclass(eq=False, slots=True)
class Bulkhead:
    """The state of one source: its connections, its breaker, and abandoned calls.

    `keeps_line`: the connector itself takes connections from `connections`, one per statement.
    """

    load: LoadContract
    connections: Connections
    keeps_line: bool = False
    breaker: Breaker = field(default_factory=Breaker)
    slow: SlowShapes = field(default_factory=SlowShapes)
    heard_s: float = -math.inf
    """When the source last answered any call."""
    retries_saved: float = RETRIES_SAVED_MAX
    abandoned: set[asyncio.Task[None]] = field(default_factory=set)
    healing: asyncio.Task[None] | None = None
    doubting: asyncio.Task[None] | None = None
    probes_sent: int = 0


@dataclass(eq=False, slots=True)
class Call:
    """One call: its source, its turn and its question."""

    source: Source
    bulkhead: Bulkhead
    turn: Turn
    asked: Asked | None
    is_local: bool
    writes: bool = False
    by_question: bool = False
    """Whether it was slow because of its question."""

    @property
    def shape(self) -> tuple[CallerClass, str]:
        return self.turn.caller, self.asked() if self.asked is not None else LOOK

    @property
    def statement_s_max(self) -> float:
        return self.bulkhead.load.statement_ms_max / 1000


class Said(Enum):
    """The result of a probe. NOT_ASKED: the source has no probe. IN_LINE: no connection was free."""

    ANSWERED = "answered"
    NOTHING = "nothing"
    LOST = "lost"
    NOT_ASKED = "not asked"
    IN_LINE = "in line"
