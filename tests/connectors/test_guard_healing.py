"""A source that fails is left alone, asked by probes, and asked again once it answers. Pauses end when a test says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, time, timedelta, timezone

import pytest

from connectors.guard.breaker import FAILURES_IN_A_ROW, BreakerState
from connectors.guard.bulkheads import RETRIES_SAVED_MAX
from connectors.guard.guard import RETRIES_PER_CALL, RETRY_PAUSE_S
from connectors.load import LoadContract, QuietHours
from connectors.protocol import SourceBroken, SourceFailure, SourceUnreachable
from connectors.sources import Source
from models.errors import DepartmentTimeout, DepartmentUnavailable
from tests.connectors.guards import SOURCE, Patient, request, settled

SHORT_MS = 1


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


async def test_while_a_probe_asks_nobody_else_does(patient: Patient) -> None:
    seen: list[BreakerState] = []

    async def looked() -> None:
        seen.append(patient.guard.state_of("complaints"))

    patient.guard.probes = {"complaints": looked}
    await patient.fail()
    await patient.end_pause()
    assert seen == [BreakerState.HALF_OPEN]
    assert patient.guard.state_of("complaints") is BreakerState.CLOSED


async def test_where_there_is_no_probe_the_next_call_finds_out(patient: Patient) -> None:
    patient.guard.probes = {}
    await patient.fail()
    asked = patient.calls
    await patient.end_pause()
    assert patient.states == [BreakerState.OPEN, BreakerState.CLOSED]
    await patient.fail(1)
    assert patient.calls > asked
    assert patient.states == [BreakerState.OPEN, BreakerState.CLOSED, BreakerState.OPEN]


@pytest.mark.parametrize(
    ("ended", "is_back"),
    [(SourceBroken("42P01"), True), (SourceUnreachable("gone"), False), (asyncio.CancelledError(), False)],
    ids=["it does not know the statement", "it is gone", "its driver gave up"],
)
async def test_a_source_is_back_once_it_answers_whatever_it_says(
    patient: Patient, ended: BaseException, is_back: bool
) -> None:
    async def probe() -> None:
        raise ended

    patient.guard.probes = {"complaints": probe}
    await patient.fail()
    await patient.end_pause()
    assert patient.guard.state_of("complaints") is (BreakerState.CLOSED if is_back else BreakerState.OPEN)


class Hanging:
    """A probe that never ends by itself, and notes that it was told to."""

    def __init__(self) -> None:
        self.began = self.stopped = 0

    async def __call__(self) -> None:
        self.began += 1
        try:
            await asyncio.Event().wait()
        finally:
            self.stopped += 1


async def test_at_the_end_nothing_is_left_that_waits_for_a_source(patient: Patient) -> None:
    hang = Hanging()
    patient.guard.probes = {"complaints": hang}
    await patient.fail()
    await patient.end_pause()
    bulkhead = patient.guard.bulkheads["complaints"]
    assert (hang.began, hang.stopped) == (1, 0)
    await patient.guard.close()
    assert bulkhead.healing is not None
    assert bulkhead.healing.cancelled()
    await settled()
    assert (hang.began, hang.stopped) == (1, 1)


async def test_closing_ends_all_that_heals_and_passes_by_what_does_not(patient: Patient) -> None:
    other = Source("areas", "bagpem", "Data wilayah", LoadContract())
    await patient.fail()
    patient.healed = True
    assert await patient.guard.call(other, "Bagpem", request(), patient.work) == "rows"
    await patient.guard.close()
    healing = {name: bulkhead.healing for name, bulkhead in patient.guard.bulkheads.items()}
    assert healing["areas"] is None
    assert healing["complaints"] is not None
    assert healing["complaints"].done()


async def test_a_probe_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch, patient: Patient) -> None:
    monkeypatch.setattr("connectors.guard.guard.PROBE_S_MAX", 0.01)
    hang = Hanging()
    patient.guard.probes = {"complaints": hang}
    await patient.fail()
    await patient.end_pause()
    async with asyncio.timeout(5):
        while len(patient.pauses) < 2:  # noqa: ASYNC110  # no event tells
            await asyncio.sleep(0.005)
    await settled()
    assert (hang.began, hang.stopped) == (1, 1)
    assert patient.guard.state_of("complaints") is BreakerState.OPEN
    assert patient.states == [BreakerState.OPEN]


async def test_a_lost_connection_is_tried_once_more_and_not_for_ever(patient: Patient) -> None:
    await patient.fail(1)
    assert patient.calls == 2
    bulkhead = patient.guard.bulkheads["complaints"]
    # The one of this call is not saved on top of the most, and the retry has cost one.
    assert bulkhead.retries_saved == RETRIES_SAVED_MAX - 1
    bulkhead.retries_saved = 0
    await patient.fail(1)
    assert patient.calls == 3


async def test_ten_calls_save_one_retry(patient: Patient) -> None:
    patient.healed = True
    await patient.call()
    bulkhead = patient.guard.bulkheads["complaints"]
    bulkhead.retries_saved = 0
    for _ in range(9):
        await patient.call()
    assert bulkhead.retries_saved == pytest.approx(9 * RETRIES_PER_CALL)
    bulkhead.retries_saved = 1 - RETRIES_PER_CALL
    patient.healed, patient.calls = False, 0
    await patient.fail(1)
    assert (patient.calls, bulkhead.retries_saved) == (2, 0)


async def test_a_retry_waits_a_moment_that_is_not_the_same_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connectors.guard.guard.random.random", lambda: 0.25)
    waited: list[float] = []

    async def sleep(pause_s: float) -> None:
        waited.append(pause_s)

    patient = Patient()
    patient.guard.sleep = sleep
    await patient.fail(1)
    assert waited == [RETRY_PAUSE_S * 1.25]


async def test_a_call_that_nobody_waits_for_is_not_tried_again(patient: Patient) -> None:
    ended = asyncio.Event()

    async def cut_off() -> str:
        patient.calls += 1
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            ended.set()
            raise SourceUnreachable("cut off") from None
        raise AssertionError

    with pytest.raises(DepartmentTimeout):
        await patient.guard.call(SOURCE, "Diskominfo", request(SHORT_MS), cut_off)
    await ended.wait()
    await settled()
    assert patient.calls == 1


async def test_a_source_that_was_left_alone_meanwhile_is_not_tried_again(patient: Patient) -> None:
    async def fails_late() -> str:
        patient.calls += 1
        patient.guard.bulkheads["complaints"].breaker.state = BreakerState.OPEN
        raise SourceUnreachable("gone")

    with pytest.raises(DepartmentUnavailable):
        await patient.guard.call(SOURCE, "Diskominfo", request(), fails_late)
    assert patient.calls == 1


async def test_who_stands_in_line_when_a_source_fails_does_not_ask_it_any_more(patient: Patient) -> None:
    async def fails() -> str:
        patient.calls += 1
        await settled()
        raise SourceFailure("what")

    lone = Source("complaints", "diskominfo", "LAKSA", LoadContract(connections_max=1))
    calls = (patient.guard.call(lone, "Diskominfo", request(), fails) for _ in range(20))
    refusals = await asyncio.gather(*calls, return_exceptions=True)
    assert {type(refusal) for refusal in refusals} == {DepartmentUnavailable}
    # And one that had begun before anybody knew.
    assert patient.calls == FAILURES_IN_A_ROW + 1


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


@pytest.mark.parametrize(("hour", "is_quiet"), [(14, False), (15, True), (20, True), (21, False)])
async def test_quiet_hours_go_by_the_clocks_of_the_city(patient: Patient, hour: int, is_quiet: bool) -> None:
    load = LoadContract(quiet_hours=(QuietHours(time(22), time(4)),))
    patient.source = Source("complaints", "diskominfo", "LAKSA", load)
    patient.guard.zone = timezone(timedelta(hours=7))
    patient.guard.now = lambda: datetime(2026, 11, 24, hour, tzinfo=UTC)
    patient.healed = True
    if is_quiet:
        with pytest.raises(DepartmentUnavailable):
            await patient.call()
    else:
        assert await patient.call() == "rows"
    assert patient.calls == (not is_quiet)


async def test_copies_that_fail_are_no_fault_of_their_source(patient: Patient) -> None:
    for _ in range(2 * FAILURES_IN_A_ROW):
        with pytest.raises(DepartmentUnavailable):
            await patient.guard.call(patient.source, "x", request(), patient.work, is_local=True)
    patient.healed = True
    assert await patient.guard.call(patient.source, "x", request(), patient.work, is_local=True) == "rows"
    assert await patient.call() == "rows"
    assert patient.states == []
