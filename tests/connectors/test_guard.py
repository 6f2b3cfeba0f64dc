"""The guard before every source: bounded time, bounded calls, bounded leftovers. Works are fakes; nothing sleeps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time

import pytest

from connectors.abandoning import abandoned
from connectors.breaker import CALLS_MIN, BreakerState
from connectors.guard import ABANDONED_CALLS_MAX, Guard
from connectors.load import LoadContract, QuietHours
from connectors.protocol import SourceBroken, SourceFailure, SourceTimeout, SourceUnreachable
from connectors.sources import Source
from models.batch import SourceState
from models.errors import DataQuality, DepartmentTimeout, DepartmentUnavailable, HubError, OperationCancelled
from models.localized import Language
from models.request import Deadline, Request
from models.viewer import ANONYMOUS

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


def request(budget_ms: float = AGES_MS) -> Request:
    return Request("r1", ANONYMOUS, Deadline.in_ms(budget_ms), Language.EN)


@pytest.fixture
def driver() -> Driver:
    return Driver()


@pytest.fixture
def gate() -> Gate:
    return Gate()


async def settled() -> None:
    """Everything that can go on without being let has gone on."""
    for _ in range(10):
        await asyncio.sleep(0)


async def test_an_answer_is_handed_on_and_reported(gate: Gate, driver: Driver) -> None:
    driver.answers.set()
    asking = request()
    assert await gate.call(asking, driver.work) == "rows"
    line = asking.report.lines["complaints"]
    assert (line.state, line.calls) == (SourceState.OK, 1)
    assert gate.logged == []


async def test_at_the_deadline_nobody_waits_for_the_driver(gate: Gate, driver: Driver) -> None:
    asking = request(NOTHING_MS)
    with pytest.raises(DepartmentTimeout) as raised:
        await gate.call(asking, driver.work)
    # It is still running, and the caller has its error.
    assert (driver.started, driver.running, driver.stopped) == (1, 1, 0)
    assert raised.value.values == {"waited_ms": 0, "source": "complaints", "department": "Diskominfo"}
    assert asking.report.lines["complaints"].state is SourceState.TIMEOUT
    driver.stops.set()
    await settled()
    assert (driver.running, driver.stopped) == (0, 1)


async def test_a_connection_is_free_only_when_its_driver_is_done(gate: Gate, driver: Driver) -> None:
    for _ in range(SOURCE.load.connections_max):
        with pytest.raises(DepartmentTimeout):
            await gate.call(request(NOTHING_MS), driver.work)
    waiting = asyncio.ensure_future(gate.call(request(), driver.work))
    await settled()
    assert driver.started == SOURCE.load.connections_max
    driver.answers.set()
    driver.stops.set()
    assert await waiting == "rows"
    assert driver.most == SOURCE.load.connections_max


async def test_waiting_for_a_connection_counts_against_the_deadline(gate: Gate, driver: Driver) -> None:
    busy = [asyncio.ensure_future(gate.call(request(), driver.work)) for _ in range(SOURCE.load.connections_max)]
    await settled()
    with pytest.raises(DepartmentTimeout):
        await gate.call(request(1), driver.work)
    assert driver.started == SOURCE.load.connections_max
    driver.answers.set()
    assert await asyncio.gather(*busy) == ["rows", "rows"]


async def test_no_more_calls_run_than_the_contract_allows(gate: Gate, driver: Driver) -> None:
    calls = [asyncio.ensure_future(gate.call(request(), driver.work)) for _ in range(20)]
    await settled()
    assert driver.running == SOURCE.load.connections_max
    driver.answers.set()
    assert await asyncio.gather(*calls) == ["rows"] * 20
    assert driver.most == SOURCE.load.connections_max


async def test_sources_do_not_wait_for_one_another(gate: Gate, driver: Driver) -> None:
    busy = [asyncio.ensure_future(gate.call(request(), driver.work)) for _ in range(SOURCE.load.connections_max + 1)]
    await settled()
    other = Driver()
    other.answers.set()
    areas = Source("areas", "bagpem", "Data wilayah", LoadContract(connections_max=1))
    assert await gate.guard.call(areas, "Bagpem", request(), other.work) == "rows"
    driver.answers.set()
    await asyncio.gather(*busy)


async def test_calls_that_nobody_waits_for_are_bounded(gate: Gate, driver: Driver) -> None:
    async def deaf() -> str:
        return await asyncio.shield(asyncio.ensure_future(driver.work()))

    stuck = Driver()
    for _ in range(SOURCE.load.connections_max):
        with pytest.raises(DepartmentTimeout):
            await gate.call(request(NOTHING_MS), stuck.work)
    door = gate.guard.doors["complaints"]
    assert len(door.abandoned) == SOURCE.load.connections_max
    while len(door.abandoned) < ABANDONED_CALLS_MAX:
        door.abandoned.add(abandoned(asyncio.ensure_future(stuck.work())))
    asking = request()
    with pytest.raises(DepartmentUnavailable):
        await gate.call(asking, deaf)
    assert driver.started == 0
    assert asking.report.lines["complaints"].state is SourceState.UNAVAILABLE
    stuck.stops.set()
    await settled()


async def test_calls_that_have_ended_are_forgotten(gate: Gate, driver: Driver) -> None:
    driver.stops.set()
    for _ in range(2 * ABANDONED_CALLS_MAX):
        with pytest.raises(DepartmentTimeout):
            await gate.call(request(NOTHING_MS), driver.work)
        await settled()
    assert gate.guard.doors["complaints"].abandoned == set()
    assert driver.stopped == 2 * ABANDONED_CALLS_MAX


async def test_a_caller_that_leaves_leaves_at_once(gate: Gate, driver: Driver) -> None:
    asking = request()
    call = asyncio.ensure_future(gate.call(asking, driver.work))
    await settled()
    call.cancel()
    await settled()
    assert call.cancelled()
    assert (driver.running, driver.stopped) == (1, 0)
    assert asking.report.lines == {}
    driver.stops.set()
    await settled()
    assert (driver.running, driver.stopped) == (0, 1)


async def test_nothing_starts_for_a_client_that_is_gone(gate: Gate, driver: Driver) -> None:
    asking = request()
    asking.cancellation.cancel()
    with pytest.raises(OperationCancelled):
        await gate.call(asking, driver.work)
    assert driver.started == 0
    assert asking.report.lines == {}


@pytest.mark.parametrize(
    ("failure", "error", "state", "kind"),
    [
        (SourceTimeout("1969"), DepartmentTimeout, SourceState.TIMEOUT, "timeout"),
        (SourceBroken("42P01"), DataQuality, SourceState.BROKEN, "broken"),
        (SourceUnreachable("gone"), DepartmentUnavailable, SourceState.UNAVAILABLE, "unavailable"),
        (SourceFailure("what"), DepartmentUnavailable, SourceState.UNAVAILABLE, "unavailable"),
        (asyncio.CancelledError(), DepartmentUnavailable, SourceState.UNAVAILABLE, "unavailable"),
    ],
)
async def test_failures_become_errors_that_name_the_department_only(
    gate: Gate, failure: BaseException, error: type[HubError], state: SourceState, kind: str
) -> None:
    async def fails() -> str:
        raise failure

    asking = request()
    with pytest.raises(error) as raised:
        await gate.call(asking, fails)
    assert raised.value.__cause__ is failure
    assert raised.value.values["department"] == "Diskominfo"
    assert str(failure) not in raised.value.text(Language.EN) or not str(failure)
    assert (asking.report.lines["complaints"].state, asking.report.lines["complaints"].calls) == (state, 1)
    assert gate.logged == [("complaints", kind, type(failure).__name__)]
    # And the connection is free again.
    for _ in range(SOURCE.load.connections_max + 1):
        with pytest.raises(error):
            await gate.call(request(), fails)


async def test_the_limit_of_the_source_is_what_a_timeout_of_the_source_tells(gate: Gate) -> None:
    async def fails() -> str:
        raise SourceTimeout("57014")

    with pytest.raises(DepartmentTimeout) as raised:
        await gate.call(request(), fails)
    assert raised.value.values["waited_ms"] == 321


async def test_the_worst_of_several_calls_is_reported(gate: Gate, driver: Driver) -> None:
    driver.answers.set()
    driver.stops.set()
    asking = request()
    await gate.call(asking, driver.work)

    async def fails() -> str:
        raise SourceUnreachable("gone")

    with pytest.raises(DepartmentUnavailable):
        await gate.call(asking, fails)
    await gate.call(asking, driver.work)
    line = asking.report.lines["complaints"]
    assert (line.state, line.calls) == (SourceState.UNAVAILABLE, 3)


# --- Left alone -------------------------------------------------------------------------------------------------------


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

    async def fail(self, times: int = CALLS_MIN) -> None:
        for _ in range(times):
            with pytest.raises(DepartmentUnavailable):
                await self.call()


@pytest.fixture
async def patient() -> AsyncIterator[Patient]:
    made = Patient()
    yield made
    await made.guard.close()


async def test_a_source_that_fails_is_left_alone_and_asked_once_at_a_time(patient: Patient) -> None:
    await patient.fail()
    asked = patient.calls
    refusals = await asyncio.gather(*(patient.call() for _ in range(100)), return_exceptions=True)
    assert {type(refusal) for refusal in refusals} == {DepartmentUnavailable}
    assert (patient.calls, patient.probes) == (asked, 0)
    for probes in (1, 2, 3):
        await patient.end_pause()
        await asyncio.gather(*(patient.call() for _ in range(100)), return_exceptions=True)
        assert (patient.calls, patient.probes) == (asked, probes)
    assert patient.states == [BreakerState.OPEN]


async def test_it_is_asked_again_as_soon_as_a_probe_was_answered(patient: Patient) -> None:
    await patient.fail()
    patient.healed = True
    await patient.end_pause()
    assert await asyncio.gather(*(patient.call() for _ in range(20))) == ["rows"] * 20
    assert patient.probes == 1
    assert patient.states == [BreakerState.OPEN, BreakerState.CLOSED]


async def test_a_probe_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch, patient: Patient) -> None:
    monkeypatch.setattr("connectors.guard.PROBE_S_MAX", 0.01)
    hanging = asyncio.Event()

    async def hang() -> None:
        patient.probes += 1
        await hanging.wait()

    patient.guard.probes = {"complaints": hang}
    await patient.fail()
    await patient.end_pause()
    async with asyncio.timeout(5):
        while len(patient.pauses) < 2:  # noqa: ASYNC110  # no event tells
            await asyncio.sleep(0.005)
    assert (patient.probes, patient.guard.state_of("complaints")) == (1, BreakerState.OPEN)


async def test_a_lost_connection_is_tried_once_more_and_not_for_ever(patient: Patient) -> None:
    await patient.fail(1)
    assert patient.calls == 2
    patient.guard.doors["complaints"].retries_saved = 0
    await patient.fail(1)
    assert patient.calls == 3


async def test_a_copy_in_the_hub_answers_while_its_source_is_left_alone(patient: Patient) -> None:
    await patient.fail()
    patient.healed = True
    answer = await patient.guard.call(patient.source, "Diskominfo", request(), patient.work, is_local=True)
    assert answer == "rows"
    with pytest.raises(DepartmentUnavailable):
        await patient.call()


async def test_in_quiet_hours_only_copies_answer(patient: Patient) -> None:
    load = LoadContract(quiet_hours=(QuietHours(time(0), time(23, 59)),))
    patient.source = Source("complaints", "diskominfo", "LAKSA", load)
    patient.guard.now = lambda: datetime(2026, 11, 24, 12, tzinfo=UTC)
    patient.healed = True
    with pytest.raises(DepartmentUnavailable) as refused:
        await patient.call()
    assert refused.value.message == "department_quiet"
    assert patient.calls == 0
    assert await patient.guard.call(patient.source, "x", request(), patient.work, is_local=True) == "rows"


async def test_more_than_may_wait_are_refused_at_once(
    monkeypatch: pytest.MonkeyPatch, gate: Gate, driver: Driver
) -> None:
    monkeypatch.setattr("connectors.guard.WAITING_CALLS_MAX", 3)
    calls = [asyncio.ensure_future(gate.call(request(), driver.work)) for _ in range(2)]
    await settled()
    calls += [asyncio.ensure_future(gate.call(request(), driver.work)) for _ in range(3)]
    await settled()
    with pytest.raises(DepartmentUnavailable) as refused:
        await gate.call(request(), driver.work)
    assert refused.value.message == "department_busy"
    driver.answers.set()
    assert await asyncio.gather(*calls) == ["rows"] * 5


async def test_what_waits_for_a_connection_says_nothing_about_its_source(
    gate: Gate, driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too many at once is the hub's own trouble: a source that is blamed for it would be left alone by everybody."""
    monkeypatch.setattr("connectors.guard.FAIR_BUDGET_S", 0.0)
    connections = SOURCE.load.connections_max
    busy = [asyncio.ensure_future(gate.call(request(), driver.work)) for _ in range(connections)]
    while driver.running < connections:  # noqa: ASYNC110  # no event tells
        await asyncio.sleep(0)
    waited = [gate.call(request(NOTHING_MS), driver.work) for _ in range(2 * CALLS_MIN)]
    errors = await asyncio.gather(*waited, return_exceptions=True)
    driver.answers.set()
    assert [type(error) for error in errors] == [DepartmentTimeout] * len(waited)
    assert driver.started == connections
    assert gate.guard.state_of(SOURCE.name) is BreakerState.CLOSED
    assert await asyncio.gather(*busy) == ["rows"] * connections


async def test_who_waits_for_a_connection_is_not_slow(
    gate: Gate, driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many at once who ask for what is quick wait for one another, and not for the source."""
    at_s = 1_000.0
    monkeypatch.setattr("connectors.guard.time.perf_counter", lambda: at_s)
    connections = SOURCE.load.connections_max
    busy = [asyncio.ensure_future(gate.call(request(), driver.work)) for _ in range(connections)]
    await settled()
    quick = Driver()
    quick.answers.set()
    waiting = [asyncio.ensure_future(gate.call(request(), quick.work)) for _ in range(20 * CALLS_MIN)]
    await settled()
    at_s += SOURCE.load.statement_ms_max / 1000
    driver.answers.set()
    assert await asyncio.gather(*busy, *waiting) == ["rows"] * (connections + 20 * CALLS_MIN)
    assert gate.guard.state_of(SOURCE.name) is BreakerState.CLOSED
