"""The breaker: when it opens, how long it waits, and how it closes. Pure: no clock runs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.guard.breaker import (
    CALLS_MIN,
    FAILURES_IN_A_ROW,
    PAUSE_S_FIRST,
    PAUSE_S_MAX,
    PROVEN_AFTER_CALLS,
    Breaker,
    BreakerState,
    Outcome,
)

GOOD, SLOW, DOUBTFUL, SILENT, FAILED = Outcome
PROBE = "a probe"


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
        ([FAILED] * (FAILURES_IN_A_ROW - 1), False),
        ([FAILED] * FAILURES_IN_A_ROW, True),
        # However good it was before.
        ([GOOD] * 20 + [FAILED] * (FAILURES_IN_A_ROW - 1), False),
        ([GOOD] * 20 + [FAILED] * FAILURES_IN_A_ROW, True),
        ([GOOD, GOOD, FAILED, FAILED], True),
        ([GOOD, GOOD, GOOD, FAILED], False),
        # An answer opens nothing, whatever came before it.
        ([FAILED, FAILED, GOOD], False),
        ([FAILED, FAILED, GOOD, FAILED], True),
        ([GOOD] * 20 + [FAILED, FAILED, GOOD] * 3, False),
        # One that is only slow answers.
        ([SLOW] * 20, False),
        ([GOOD] * 100, False),
    ],
)
def test_it_opens_by_what_fails_in_a_row_or_by_the_share_of_the_last_calls(
    outcomes: list[Outcome], is_open: bool
) -> None:
    made = breaker()
    opened = [made.record(outcome) for outcome in outcomes]
    assert made.allows is not is_open
    assert opened == [False] * (len(outcomes) - 1) + [is_open]


@pytest.mark.parametrize(
    ("ends", "is_open", "in_doubt"),
    [
        # However often one shape of question is not answered, it may be what it asks.
        ([(SILENT, "a")], False, True),
        ([(SILENT, "a")] * 40, False, True),
        ([(SILENT, "a")] * 2 + [(SILENT, "b")], True, False),
        ([(SILENT, "a")] * 2 + [(SILENT, PROBE)], True, False),
        # A connection that is lost is nobody's question.
        ([(SILENT, "a")] * 2 + [(FAILED, "a")], True, False),
        ([(FAILED, "a")] * 2, False, False),
        # What had no time to be stopped opens nothing by itself.
        ([(DOUBTFUL, "a"), (DOUBTFUL, "b"), (DOUBTFUL, "c")], False, True),
        ([(DOUBTFUL, "a"), (DOUBTFUL, "b"), (SILENT, PROBE)], True, False),
        ([(DOUBTFUL, "a"), (SILENT, PROBE)], False, True),
        # A source that is slow with nearly everything is in doubt: nine of ten.
        ([(GOOD, "")] * 2 + [(SLOW, "a")] * 17, False, False),
        ([(GOOD, "")] * 2 + [(SLOW, "a")] * 18, False, True),
        ([(SLOW, "a")] * (CALLS_MIN - 1), False, False),
        ([(SLOW, "a")] * CALLS_MIN, False, True),
        ([(SLOW, "a")] * (CALLS_MIN + 1) + [(SILENT, PROBE)], True, False),
    ],
)
def test_what_is_slow_opens_it_only_where_no_one_shape_of_question_explains_it(
    ends: list[tuple[Outcome, str]], is_open: bool, in_doubt: bool
) -> None:
    made = breaker()
    opened = [made.record(*end) for end in ends]
    assert (opened, made.in_doubt) == ([False] * (len(ends) - 1) + [is_open], in_doubt)


def test_once_a_probe_was_answered_it_was_what_they_asked_that_made_others_slow() -> None:
    made = breaker()
    for outcome, shape in [(SLOW, "a"), (SLOW, "a"), (SILENT, "a"), (SILENT, "a"), (SILENT, "a"), (DOUBTFUL, "b")]:
        assert made.record(outcome, shape) is False
    made.vouched()
    assert not made.in_doubt
    assert [made.record(SILENT, "a"), made.record(SILENT, "b")] == [False, False]
    assert made.record(SILENT, "a") is True


def test_an_answered_probe_says_nothing_of_connections_that_were_lost() -> None:
    made = after(GOOD, FAILED, FAILED)
    made.vouched()
    assert made.record(FAILED) is True


def test_pauses_grow_to_a_bound_and_are_short_again_once_it_has_proved_itself() -> None:
    made = after(*[FAILED] * FAILURES_IN_A_ROW)
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
    made = after(*[FAILED] * FAILURES_IN_A_ROW)
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
    made = after(*[FAILED] * FAILURES_IN_A_ROW)
    assert made.pause_s() == PAUSE_S_FIRST
    made.probing()
    made.probed(good=True)
    for outcome in (*[GOOD] * (PROVEN_AFTER_CALLS - 1), SLOW):
        assert made.record(outcome) is False
    assert made.record(FAILED) is True
    assert made.pause_s() == 2 * PAUSE_S_FIRST


def test_what_was_seen_before_a_pause_is_forgotten() -> None:
    made = after(*[FAILED] * FAILURES_IN_A_ROW)
    made.probing()
    made.probed(good=True)
    outcomes = [GOOD] * PROVEN_AFTER_CALLS + [FAILED] * FAILURES_IN_A_ROW
    assert [made.record(outcome) for outcome in outcomes] == [False] * (len(outcomes) - 1) + [True]


@pytest.mark.parametrize(("luck", "share"), [(0.0, 0.8), (0.25, 0.9), (0.5, 1.0), (1.0, 1.2)])
def test_pauses_are_longer_or_shorter_by_luck(luck: float, share: float) -> None:
    assert Breaker(random=lambda: luck).pause_s() == pytest.approx(share * PAUSE_S_FIRST)


def test_calls_that_began_before_it_opened_say_nothing_more() -> None:
    made = after(*[FAILED] * FAILURES_IN_A_ROW)
    assert [made.record(outcome) for outcome in (GOOD, FAILED)] == [False, False]
    assert made.state is BreakerState.OPEN


@given(st.floats(0, 1), st.integers(1, 12))
def test_with_jitter_a_source_is_asked_again_within_two_seconds(luck: float, rounds: int) -> None:
    made = Breaker(random=lambda: luck)
    for _ in range(FAILURES_IN_A_ROW):
        made.record(FAILED)
    for _ in range(rounds):
        assert 0.8 * PAUSE_S_FIRST <= made.pause_s() < 2
