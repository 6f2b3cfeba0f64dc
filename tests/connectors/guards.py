"""What the tests of the guard put behind it: sources that answer, fail and heal when they are let."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from connectors.guard.breaker import FAILURES_IN_A_ROW, BreakerState
from connectors.guard.guard import Guard
from connectors.load import LoadContract
from connectors.protocol import SourceUnreachable
from connectors.sources import Source
from models.errors import DepartmentUnavailable
from models.policy.viewer import Role, Viewer
from models.request import Deadline, Request
from models.values.localized import Language

SOURCE = Source("complaints", "diskominfo", "LAKSA", LoadContract(connections_max=2, statement_ms_max=321))
AGES_MS, NOTHING_MS = 3_600_000, 0


@dataclass
class Driver:
    """A source that answers when it is let, and that takes its time to notice that it should stop."""

    started: int = 0
    running: int = 0
    most: int = 0
    stopped: int = 0
    answers: asyncio.Event = field(default_factory=asyncio.Event)
    stops: asyncio.Event = field(default_factory=asyncio.Event)

    async def work(self) -> str:
        self.started += 1
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await self.answers.wait()
        except asyncio.CancelledError:
            await self.stops.wait()
            self.stopped += 1
            raise
        finally:
            self.running -= 1
        return "rows"


@dataclass
class Gate:
    """A guard, what it logged, and calls through it."""

    logged: list[tuple[str, str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.guard = Guard(lambda source, kind, error: self.logged.append((source, kind, type(error).__name__)))

    async def call(self, request: Request, work: Callable[[], Awaitable[str]]) -> str:
        return await self.guard.call(SOURCE, "Diskominfo", request, work)


def request(budget_ms: float = AGES_MS, role: Role = Role.OFFICER) -> Request:
    return Request("r1", Viewer(role), Deadline.in_ms(budget_ms), Language.EN)


async def settled() -> None:
    """Everything that can go on without being let has gone on."""
    for _ in range(10):
        await asyncio.sleep(0)


@dataclass
class Patient:
    """A source that fails until it heals, the guard before it, and pauses that last until the test ends them."""

    source: Source = SOURCE
    healed: bool = False
    probes: int = 0
    calls: int = 0
    pauses: list[float] = field(default_factory=list)
    pause_ends: asyncio.Event = field(default_factory=asyncio.Event)
    states: list[BreakerState] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.guard = Guard(
            lambda *_: None,
            {"complaints": self.probe},
            changed=lambda _, state: self.states.append(state),
            sleep=self.pause,
        )

    async def probe(self) -> None:
        self.probes += 1
        if not self.healed:
            raise SourceUnreachable("gone")

    async def pause(self, pause_s: float) -> None:
        # What a call that is sent again waits is of no interest here.
        if pause_s < 0.1:
            return
        self.pauses.append(pause_s)
        await self.pause_ends.wait()
        self.pause_ends.clear()

    async def end_pause(self) -> None:
        self.pause_ends.set()
        await settled()

    async def work(self) -> str:
        self.calls += 1
        if not self.healed:
            raise SourceUnreachable("gone")
        return "rows"

    async def call(self) -> str:
        return await self.guard.call(self.source, "Diskominfo", request(), self.work)

    async def fail(self, times: int = FAILURES_IN_A_ROW) -> None:
        for _ in range(times):
            with pytest.raises(DepartmentUnavailable):
                await self.call()
