"""The guard before every source: bounded time, bounded calls, bounded leftovers. Works are fakes; nothing sleeps."""

from __future__ import annotations

import asyncio
import gc

import pytest

from connectors.guard.breaker import CALLS_MIN, BreakerState
from connectors.guard.guard import ABANDONED_CALLS_MAX, CallEnd
from connectors.load import COPY_LOAD, LoadContract
from connectors.protocol import SourceBroken, SourceFailure, SourceTimeout, SourceUnreachable
from connectors.sources import Source
from models.batch import SourceState
from models.errors import DataQuality, DepartmentTimeout, DepartmentUnavailable, HubError, OperationCancelled
from models.mechanisms.bounded_wait import abandon
from models.values.localized import Language
from tests.connectors.guards import NOTHING_MS, SOURCE, Driver, Gate, request, settled


@pytest.fixture
def driver() -> Driver:
    return Driver()


@pytest.fixture
def gate() -> Gate:
    return Gate()


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
    assert raised.value.values == {"waited_ms": 0, "source": "LAKSA", "department": "Diskominfo"}
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
    bulkhead = gate.guard.bulkheads["complaints"]
    assert len(bulkhead.abandoned) == SOURCE.load.connections_max
    while len(bulkhead.abandoned) < ABANDONED_CALLS_MAX:
        abandon(asyncio.ensure_future(stuck.work()), bulkhead.abandoned)
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
    assert gate.guard.bulkheads["complaints"].abandoned == set()
    assert driver.stopped == 2 * ABANDONED_CALLS_MAX


async def test_a_failure_that_comes_when_nobody_waits_is_nobodys(gate: Gate, driver: Driver) -> None:
    reported: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))

    async def fails_late() -> str:
        try:
            return await driver.work()
        except asyncio.CancelledError:
            raise SourceFailure("what") from None

    with pytest.raises(DepartmentTimeout):
        await gate.call(request(NOTHING_MS), fails_late)
    driver.stops.set()
    await settled()
    assert driver.stopped == 1
    assert gate.guard.bulkheads["complaints"].abandoned == set()
    gc.collect()
    assert reported == []


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


async def test_a_copy_has_a_limit_of_its_own(gate: Gate) -> None:
    async def fails() -> str:
        raise SourceTimeout("interrupted")

    with pytest.raises(DepartmentTimeout) as raised:
        await gate.guard.call(SOURCE, "Diskominfo", request(), fails, is_local=True)
    assert raised.value.values["waited_ms"] == COPY_LOAD.statement_ms_max == 700


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


async def test_more_than_may_wait_are_refused_at_once(
    monkeypatch: pytest.MonkeyPatch, gate: Gate, driver: Driver
) -> None:
    monkeypatch.setattr("connectors.guard.connections.WAITING_CALLS_MAX", 3)
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
    monkeypatch.setattr("connectors.guard.guard.FAIR_BUDGET_S", 0.0)
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
    monkeypatch.setattr("connectors.guard.guard.time.perf_counter", lambda: at_s)
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


# --- What is counted --------------------------------------------------------------------------------------------------


async def test_whoever_counts_is_told_how_each_call_ended(gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    at_s = 0.0
    monkeypatch.setattr("connectors.guard.guard.time.perf_counter", lambda: at_s)
    ends: list[CallEnd] = []
    gate.guard.ended = ends.append

    async def works() -> str:
        nonlocal at_s
        at_s += 0.25
        return "rows"

    async def fails() -> str:
        raise SourceBroken("42P01")

    asking = request()
    assert gate.guard.state_of("complaints") is BreakerState.CLOSED
    await gate.call(asking, works)
    await gate.guard.call(SOURCE, "Diskominfo", asking, works, is_local=True)
    with pytest.raises(DataQuality):
        await gate.call(asking, fails)
    gate.guard.bulkheads["complaints"].breaker.state = BreakerState.OPEN
    with pytest.raises(DepartmentUnavailable):
        await gate.call(asking, works)
    assert ends == [
        CallEnd("complaints", "OK", 0.25),
        CallEnd("complaints", "OK", 0.25, is_local=True),
        CallEnd("complaints", "BROKEN", 0.0),
        CallEnd("complaints", "refused", 0.0),
    ]
    line = asking.report.lines["complaints"]
    assert (line.calls, line.elapsed_ms) == (4, 500.0)


async def test_copies_have_connections_of_their_own(gate: Gate, driver: Driver) -> None:
    busy = [asyncio.ensure_future(gate.call(request(), driver.work)) for _ in range(SOURCE.load.connections_max)]
    await settled()
    of_copies = [
        asyncio.ensure_future(gate.guard.call(SOURCE, "Diskominfo", request(), driver.work, is_local=True))
        for _ in range(LoadContract().connections_max)
    ]
    await settled()
    assert driver.running == len(busy) + len(of_copies)
    driver.answers.set()
    assert await asyncio.gather(*busy, *of_copies) == ["rows"] * (len(busy) + len(of_copies))


async def test_a_source_gets_no_more_statements_in_a_second_than_it_allows(gate: Gate, driver: Driver) -> None:
    waited: list[float] = []

    async def sleep(pause_s: float) -> None:
        waited.append(pause_s)

    gate.guard.sleep = sleep
    driver.answers.set()
    slow = Source("archive", "diskominfo", "Arsip", LoadContract(statements_per_second_max=0.001))
    for _ in range(2):
        assert await gate.guard.call(slow, "Diskominfo", request(), driver.work) == "rows"
    # One each thousand seconds: the first is let through a second early, by what was left of the last one.
    assert waited == [pytest.approx(999, abs=1), pytest.approx(1_999, abs=1)]
