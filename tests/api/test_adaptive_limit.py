"""The adaptive concurrency limit: how many may run and wait, learned from those that waited."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from api.overload.admission import (
    LATE_S_MAX,
    RUNNING_MAX,
    RUNNING_MIN,
    WAIT_S_AIM,
    WAITING_MAX,
    WAITING_MIN,
    AdaptiveLimit,
)

WAITS = st.lists(st.tuples(st.integers(1, 64), st.floats(0, 10), st.floats(0, 1)))


@given(st.integers(1, 100), st.integers(1, 100), WAITS)
def test_it_stays_within_its_bounds(running_max: int, waiting_max: int, waits: list[tuple[int, float, float]]) -> None:
    room = AdaptiveLimit(running_max, waiting_max)
    for place, waited_s, late_s in waits:
        room.began(late_s)
        room.waited(place, waited_s)
        assert min(RUNNING_MIN, running_max) <= room.running <= running_max
        assert min(WAITING_MIN, waiting_max) <= room.waiting <= waiting_max


def test_where_the_processor_is_short_fewer_run_and_where_departments_are_slow_as_many_as_before() -> None:
    room = AdaptiveLimit()
    for _ in range(RUNNING_MAX - RUNNING_MIN - 1):
        room.began(LATE_S_MAX * 1.01)
    assert room.running == RUNNING_MIN + 1
    for _ in range(2):
        room.began(LATE_S_MAX * 1.01)
    assert room.running == RUNNING_MIN
    for _ in range(10):
        room.began(LATE_S_MAX)
    assert room.running == RUNNING_MIN + 10


def test_as_many_wait_as_are_served_soon() -> None:
    room = AdaptiveLimit()
    assert room.waiting == WAITING_MAX
    # Turns came 5 ms apart.
    room.waited(40, 0.2)
    assert room.waiting == round(WAIT_S_AIM / 0.005) == 20
    # Twice as fast from now on: it is believed little by little.
    room.waited(40, 0.1)
    assert room.waiting == 21
    for _ in range(50):
        room.waited(40, 0.1)
    assert room.waiting in (39, 40)
    room.waited(1, 1_000.0)
    assert room.waiting == WAITING_MIN
    soon = AdaptiveLimit()
    soon.waited(28, 5e-324)
    soon.waited(1, 5e-324)
    assert soon.waiting == WAITING_MAX
