"""Pacing and quiet hours: clocks and pauses are the test's own."""

from __future__ import annotations

from datetime import datetime, time

import pytest

from connectors.guard.connections import Pace
from connectors.load import LoadContract, QuietHours


class Clock:
    """Stands still until somebody sleeps."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.pauses: list[float] = []

    def __call__(self) -> float:
        return self.now_s

    async def sleep(self, pause_s: float) -> None:
        self.pauses.append(round(pause_s, 3))
        self.now_s += pause_s


async def test_what_one_second_left_over_may_be_used_at_once_and_no_more() -> None:
    clock = Clock()
    pace = Pace(4, clock, clock.sleep)
    for _ in range(8):
        await pace.step()
    assert clock.pauses == [0.25] * 4
    assert clock.now_s == 101.0
    clock.now_s += 60
    for _ in range(4):
        await pace.step()
    assert len(clock.pauses) == 4


async def test_in_ten_seconds_there_are_no_more_steps_than_allowed() -> None:
    clock = Clock()
    pace = Pace(5, clock, clock.sleep)
    steps = 0
    while clock.now_s < 110:
        await pace.step()
        steps += 1
    assert steps <= 5 * (10 + 1) + 1


async def test_without_a_bound_nobody_waits() -> None:
    clock = Clock()
    pace = Pace(clock=clock, sleep=clock.sleep)
    for _ in range(1_000):
        await pace.step()
    assert clock.pauses == []


@pytest.mark.parametrize(
    ("at", "is_quiet"), [("21:59", False), ("22:00", True), ("02:30", True), ("05:00", False), ("12:00", True)]
)
def test_quiet_hours_go_over_midnight(at: str, is_quiet: bool) -> None:
    load = LoadContract(quiet_hours=(QuietHours(time(22), time(5)), QuietHours(time(12), time(12, 30))))
    assert load.is_quiet(datetime.fromisoformat(f"2026-11-24T{at}")) is is_quiet


def test_a_contract_is_shared_by_processes() -> None:
    each = LoadContract(connections_max=10, statements_per_second_max=9, statement_ms_max=321).of_each(4)
    assert each == LoadContract(connections_max=2, statements_per_second_max=2.25, statement_ms_max=321)
    with pytest.raises(ValueError, match="4 processes cannot share 3 connections"):
        LoadContract(connections_max=3).of_each(4)
