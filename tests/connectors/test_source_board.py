"""The source board: as bad as the worst that a living process says, told at once, and forgotten with who said it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest

from connectors.guard.breaker import BreakerState
from connectors.guard.bulkheads import Bulkhead
from connectors.guard.connections import Connections
from connectors.guard.guard import Guard
from connectors.load import LoadContract
from connectors.replica.replica import LoadState
from connectors.source_board import REPORT_S_MAX, REPORTS, SAY_AGAIN_S, SourceBoard
from models.sources.states import SourceCondition, SourceStateChange
from store.broker import Event, LocalBroker

UNKNOWN, OK, STALE, UNAVAILABLE = SourceCondition
NAMES = ("a", "b", "files")
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SOON_S = 5.0


@dataclass(slots=True)
class Process:
    """One process of a hub, whose breakers, loads and clock are set by hand."""

    broker: LocalBroker
    clock_s: float = 0.0
    load: Any = field(default_factory=lambda: SimpleNamespace(source="files", state=LoadState(None, None)))
    board: SourceBoard = field(init=False)

    def __post_init__(self) -> None:
        guard = Guard(lambda *_: None)
        self.board = SourceBoard(
            NAMES,
            guard,
            (self.load,),
            self.broker,
            now=lambda: NOON + timedelta(seconds=self.clock_s),
            clock=lambda: self.clock_s,
        )

    def sees(self, name: str, breaker: BreakerState) -> None:
        """A breaker changes, as the guard would tell."""
        bulkheads = self.board.guard.bulkheads
        if name not in bulkheads:
            bulkheads[name] = Bulkhead(LoadContract(), Connections(4))
        bulkheads[name].breaker.state = breaker
        self.board.also(lambda *_: None)(name, breaker)

    def loaded(self, copied_at: datetime | None, reason: str = "") -> None:
        self.load.state = LoadState(copied_at, NOON, reason)
        self.board.look()

    @property
    def shown(self) -> list[SourceCondition]:
        return [change.condition for change in self.board.present]


@pytest.fixture
async def two() -> AsyncGenerator[tuple[Process, Process], None]:
    """Two processes that hear one another."""
    broker = LocalBroker()
    processes = (Process(broker), Process(broker))
    running = [asyncio.ensure_future(process.board.run()) for process in processes]
    await settled()
    yield processes
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


async def settled() -> None:
    """Until everybody has heard what was said."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_what_nobody_has_asked_is_not_known(two: tuple[Process, Process]) -> None:
    assert two[0].shown == [UNKNOWN] * 3


async def test_a_breaker_is_told_in_every_process(two: tuple[Process, Process]) -> None:
    one, other = two
    one.sees("a", BreakerState.CLOSED)
    await settled()
    assert (one.shown, other.shown) == ([OK, UNKNOWN, UNKNOWN], [OK, UNKNOWN, UNKNOWN])
    other.sees("a", BreakerState.OPEN)
    await settled()
    # One process leaves it alone: so it is for all, until that one says otherwise.
    assert (one.shown[0], other.shown[0]) == (UNAVAILABLE, UNAVAILABLE)
    one.sees("a", BreakerState.CLOSED)
    await settled()
    assert one.shown[0] is UNAVAILABLE
    other.sees("a", BreakerState.HALF_OPEN)
    await settled()
    assert one.shown[0] is UNAVAILABLE
    other.sees("a", BreakerState.CLOSED)
    await settled()
    assert (one.shown[0], other.shown[0]) == (OK, OK)


@pytest.mark.parametrize(
    ("copied_at", "reason", "condition"),
    [(NOON, "", OK), (NOON, "empty", STALE), (None, "no file", UNAVAILABLE), (None, "", OK)],
)
def test_a_source_that_is_copied_is_as_its_last_load(
    copied_at: datetime | None, reason: str, condition: SourceCondition
) -> None:
    process = Process(LocalBroker())
    process.loaded(copied_at, reason)
    assert process.shown == [UNKNOWN, UNKNOWN, condition]


async def test_what_a_process_said_that_died_is_forgotten(two: tuple[Process, Process]) -> None:
    one, other = two
    one.sees("a", BreakerState.CLOSED)
    other.sees("a", BreakerState.OPEN)
    await settled()
    one.clock_s = REPORT_S_MAX + 1
    one.board.look()
    assert one.shown[0] is OK
    assert one.board.present[0].since == NOON + timedelta(seconds=REPORT_S_MAX + 1)


async def test_who_starts_later_hears_it_when_it_is_said_again(two: tuple[Process, Process]) -> None:
    one, _ = two
    one.sees("a", BreakerState.OPEN)
    late = Process(one.broker)
    running = asyncio.ensure_future(late.board.run())
    await settled()
    assert late.shown[0] is UNKNOWN
    published = one.broker.counts.published
    one.board.look()
    assert one.broker.counts.published == published
    one.clock_s = SAY_AGAIN_S
    one.board.look()
    await settled()
    assert late.shown[0] is UNAVAILABLE
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


@pytest.mark.parametrize(
    "report", [b"", b"\xff", msgspec.msgpack.encode(["p", "nothing", "OK"]), msgspec.msgpack.encode(["p", "a", "BAD"])]
)
async def test_a_report_that_says_nothing_is_not_heard(two: tuple[Process, Process], report: bytes) -> None:
    one, _ = two
    one.broker.publish(Event(REPORTS, "p/a", report))
    await settled()
    assert one.shown == [UNKNOWN] * 3
    one.broker.publish(Event(REPORTS, "p/a", msgspec.msgpack.encode(["p", "a", "OK"])))
    await settled()
    assert one.shown == [OK, UNKNOWN, UNKNOWN]


async def test_who_listens_gets_what_is_and_then_what_changes_and_who_is_slow_the_latest(
    two: tuple[Process, Process],
) -> None:
    one, _ = two
    changes = one.board.changes(frozenset({"a", "b"}))

    async def told() -> SourceStateChange:
        async with asyncio.timeout(SOON_S):
            return await anext(changes)

    assert [await told() for _ in range(2)] == [SourceStateChange(name, UNKNOWN, NOON) for name in ("a", "b")]
    one.clock_s = 1.0
    one.sees("a", BreakerState.CLOSED)
    one.loaded(NOON)
    one.clock_s = 2.0
    one.sees("a", BreakerState.OPEN)
    one.sees("b", BreakerState.CLOSED)
    at = NOON + timedelta(seconds=2)
    assert [await told() for _ in range(2)] == [
        SourceStateChange("a", UNAVAILABLE, at),
        SourceStateChange("b", OK, at),
    ]
    assert one.board.news.listeners == 1
    await changes.aclose()
    assert one.board.news.listeners == 0
