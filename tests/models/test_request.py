"""The context of one operation: deadline, ledger buffer, source report, cancellation."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from models.batch import SourceState
from models.errors import BadRequest, OperationCancelled
from models.policy.viewer import ANONYMOUS
from models.request import (
    LEDGER_ENTRIES_MAX,
    Cancellation,
    Deadline,
    LedgerBuffer,
    LedgerEntry,
    Request,
    SourceLine,
    SourceReport,
)
from models.values.localized import Language


class Clock:
    """A clock that a test turns."""

    def __init__(self) -> None:
        self.now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


def test_a_deadline_runs_down_and_stays_at_zero() -> None:
    clock = Clock()
    deadline = Deadline.in_ms(800, clock)
    assert deadline.at_s == 1_000.8
    assert deadline.remaining_s == pytest.approx(0.8, abs=1e-9)
    clock.now_s += 0.5
    assert deadline.remaining_s == pytest.approx(0.3, abs=1e-9)
    clock.now_s += 0.5
    assert deadline.remaining_s == 0.0


def test_a_budget_below_nothing_is_nothing() -> None:
    assert Deadline.in_ms(-5, Clock()).remaining_s == 0.0


def test_the_ledger_notes_names_and_rows() -> None:
    ledger = LedgerBuffer()
    ledger.note("complaints", ("description",), 20)
    ledger.note("complaint_status_changes", ("note",), 3)
    assert ledger.entries == [
        LedgerEntry("complaints", ("description",), 20),
        LedgerEntry("complaint_status_changes", ("note",), 3),
    ]


def test_the_ledger_is_bounded() -> None:
    ledger = LedgerBuffer()
    for _ in range(LEDGER_ENTRIES_MAX):
        ledger.note("complaints", ("description",), 1)
    with pytest.raises(BadRequest, match="at most 1000 are allowed"):
        ledger.note("complaints", ("description",), 1)
    assert len(ledger.entries) == LEDGER_ENTRIES_MAX == 1_000


def test_the_report_adds_up_the_calls_of_a_source() -> None:
    report = SourceReport()
    report.note("complaints", SourceState.OK, elapsed_ms=3.0)
    report.note_data("complaints", "complaints", as_of=None, findings=2)
    report.note("complaints", SourceState.OK, elapsed_ms=4.5)
    report.note_data("complaints", "complaints", as_of=None, findings=1)
    report.note("areas", SourceState.OK, elapsed_ms=1.0)
    assert report.lines == {
        "complaints": SourceLine(SourceState.OK, calls=2, elapsed_ms=7.5, as_of=None, findings=3),
        "areas": SourceLine(SourceState.OK, calls=1, elapsed_ms=1.0, as_of=None, findings=0),
    }


@pytest.mark.parametrize("worst", list(SourceState))
def test_the_report_keeps_the_worst_state_in_any_order(worst: SourceState) -> None:
    upto = list(SourceState)[: list(SourceState).index(worst) + 1]
    for states in (upto, upto[::-1]):
        report = SourceReport()
        for state in states:
            report.note("complaints", state, elapsed_ms=0.0)
        assert report.lines["complaints"].state is worst


def test_the_report_keeps_the_oldest_moment() -> None:
    old, young = datetime(2026, 3, 1, tzinfo=UTC), datetime(2026, 3, 5, tzinfo=UTC)
    report = SourceReport()
    for as_of in (None, young, old, None, young):
        report.note_data("complaints", "complaints", as_of=as_of, findings=0)
    assert report.lines["complaints"].as_of == old


def test_work_stops_once_the_client_is_gone() -> None:
    cancellation = Cancellation()
    cancellation.raise_if_requested()
    cancellation.cancel()
    assert cancellation.requested
    with pytest.raises(OperationCancelled, match="The request was cancelled"):
        cancellation.raise_if_requested()


def test_two_requests_share_nothing() -> None:
    first, second = (Request(name, ANONYMOUS, Deadline.in_ms(800), Language.EN) for name in ("1", "2"))
    first.ledger.note("complaints", ("description",), 1)
    first.report.note("complaints", SourceState.OK, elapsed_ms=1.0)
    first.cancellation.cancel()
    assert second.ledger.entries == []
    assert second.report.lines == {}
    assert second.cancellation.requested is False
    assert first.now.utcoffset() == second.now.utcoffset() == datetime.now(UTC).utcoffset()
