"""The breaker: when it opens, how long it waits, and how it closes. Pure: no clock runs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.breaker import CALLS_MIN, PAUSE_S_FIRST, PAUSE_S_MAX, PROVEN_AFTER_CALLS, Breaker, BreakerState, Outcome

GOOD, SLOW, FAILED = Outcome.GOOD, Outcome.SLOW, Outcome.FAILED


def breaker() -> Breaker:
    return Breaker(random=lambda: 0.5)


def after(*outcomes: Outcome) -> Breaker:
    made = breaker()
    for outcome in outcomes:
        made.record(outcome)
    return made


@pytest.mark.parametrize(
    ("outcomes", "is_open"),
    [
        ([FAILED] * (CALLS_MIN - 1), False),
        ([FAILED] * CALLS_MIN, True),
        ([GOOD, GOOD, FAILED, FAILED], True),
        ([GOOD, GOOD, GOOD, FAILED], False),
        # An answer opens nothing, whatever came before it.
        ([FAILED] * (CALLS_MIN - 1) + [GOOD], False),
        ([FAILED] * (CALLS_MIN - 1) + [GOOD, FAILED], True),
        ([SLOW] * (CALLS_MIN - 1), False),
        ([SLOW] * CALLS_MIN, True),
        ([GOOD] * 20 + [FAILED] * 9, False),
        ([GOOD] * 20 + [FAILED] * 10, True),
        # Slow and failed ones count together: nine of ten.
        ([GOOD] * 2 + [SLOW] * 16 + [FAILED], False),
        ([GOOD] * 2 + [SLOW] * 16 + [FAILED] * 2, True),
        ([GOOD] * 100, False),
    ],
)
def test_it_opens_by_the_share_of_the_last_calls(outcomes: list[Outcome], is_open: bool) -> None:
    made = breaker()
    opened = [made.record(outcome) for outcome in outcomes]
    assert made.allows is not is_open
    assert opened == [False] * (len(outcomes) - 1) + [is_open]


def test_pauses_grow_to_a_bound_and_are_short_again_once_it_has_proved_itself() -> None:
    made = after(*[FAILED] * CALLS_MIN)
    pauses = []
    for _ in range(5):
        pauses.append(made.pause_s())
        made.probing()
        assert (made.state, made.allows) == (BreakerState.HALF_OPEN, False)
        made.probed(good=False)
        assert made.state is BreakerState.OPEN
    assert pauses == [PAUSE_S_FIRST, 2 * PAUSE_S_FIRST, 4 * PAUSE_S_FIRST, PAUSE_S_MAX, PAUSE_S_MAX]
    made.probing()
    made.probed(good=True)
    assert made.allows
    for _ in range(PROVEN_AFTER_CALLS):
        made.record(GOOD)
    assert made.pause_s() == PAUSE_S_FIRST


def test_one_failure_opens_it_again_until_it_has_proved_itself() -> None:
    made = after(*[FAILED] * CALLS_MIN)
    made.probing()
    made.probed(good=True)
    assert made.record(GOOD) is False
    assert made.record(FAILED) is True
    made.probing()
    made.probed(good=True)
    for _ in range(PROVEN_AFTER_CALLS):
        made.record(GOOD)
    assert made.record(FAILED) is False
    assert made.allows


def test_it_is_proved_by_good_calls_only_and_by_no_fewer() -> None:
    made = after(*[FAILED] * CALLS_MIN)
    assert made.pause_s() == PAUSE_S_FIRST
    made.probing()
    made.probed(good=True)
    for outcome in (*[GOOD] * (PROVEN_AFTER_CALLS - 1), SLOW):
        assert made.record(outcome) is False
    assert made.record(FAILED) is True
    assert made.pause_s() == 2 * PAUSE_S_FIRST


def test_what_was_seen_before_a_pause_is_forgotten() -> None:
    made = after(*[FAILED] * CALLS_MIN)
    made.probing()
    made.probed(good=True)
    outcomes = [GOOD] * PROVEN_AFTER_CALLS + [FAILED] * PROVEN_AFTER_CALLS
    assert [made.record(outcome) for outcome in outcomes] == [False] * (len(outcomes) - 1) + [True]


@pytest.mark.parametrize(("luck", "share"), [(0.0, 0.8), (0.25, 0.9), (0.5, 1.0), (1.0, 1.2)])
def test_pauses_are_longer_or_shorter_by_luck(luck: float, share: float) -> None:
    assert Breaker(random=lambda: luck).pause_s() == pytest.approx(share * PAUSE_S_FIRST)


def test_calls_that_began_before_it_opened_say_nothing_more() -> None:
    made = after(*[FAILED] * CALLS_MIN)
    assert [made.record(outcome) for outcome in (GOOD, FAILED)] == [False, False]
    assert made.state is BreakerState.OPEN


@given(st.floats(0, 1), st.integers(1, 12))
def test_with_jitter_a_source_is_asked_again_within_two_seconds(luck: float, rounds: int) -> None:
    made = Breaker(random=lambda: luck)
    for _ in range(CALLS_MIN):
        made.record(FAILED)
    for _ in range(rounds):
        assert 0.8 * PAUSE_S_FIRST <= made.pause_s() < 2
