"""Actions: what is kept of effects, what is wrong with inputs, who may, and the stages of a complaint."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.departments.city import TANGERANG
from models.actions.action import Action, Telling
from models.actions.applications import ApplyForJob, ApplyForLicense
from models.actions.complaints import (
    AddToComplaint,
    ConfirmComplaint,
    RateComplaint,
    ReopenComplaint,
    ReportComplaint,
    ResolveComplaint,
    RespondToComplaint,
    RouteComplaint,
    SupportComplaint,
    WithdrawComplaint,
)
from models.actions.effects import Effect, canonical, effects_of, text_of
from models.actions.feedback import ComplaintStage, FeedbackCounts, stage_of
from models.actions.problems import ProblemCode, problems_of
from models.complaints import Complaint, ComplaintChannel, ComplaintStatusDetail, Publication, StatusChange
from models.errors import Forbidden
from models.policy.actions import require_actor, rows_for
from models.policy.viewer import Purpose, Role, Scope, Viewer
from models.predicates import EVERYTHING, NOTHING, is_in
from models.values.types import AreaCode, Nik, Position

RECORDS = {record.name: record for record in (Complaint, StatusChange)}
NOW = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)
PERSON = Nik("3671014101459000")
DONE, WAITING, IN_PROGRESS = (
    ComplaintStatusDetail.DONE,
    ComplaintStatusDetail.WAITING,
    ComplaintStatusDetail.IN_PROGRESS,
)

values = st.fixed_dictionaries(
    {
        "ticket_number": st.text(),
        "requested_at": st.datetimes(timezones=st.just(UTC)) | st.none(),
        "publication": st.sampled_from(Publication),
        "area_code": st.just(AreaCode("36.71.05.1003")) | st.none(),
        "position": st.builds(Position, st.floats(-90, 90), st.floats(-180, 180)),
        "description": st.text(),
    }
)


@given(st.lists(st.builds(Effect, st.just("complaints"), values, st.none() | st.text(min_size=1)), max_size=3))
def test_effects_are_what_is_read_from_their_text(effects: list[Effect]) -> None:
    assert effects_of(text_of(effects), RECORDS) == tuple(effects)


def test_what_is_expected_is_kept_too() -> None:
    effect = Effect("complaints", {"status_detail": DONE}, "7", {"status_detail": (WAITING, IN_PROGRESS)})
    assert effects_of(text_of([effect]), RECORDS) == (effect,)


def test_inputs_are_the_same_in_any_order_and_personal_values_are_not_shown() -> None:
    one = {"text": "Ani, 0812", "position": Position(-6.1, 106.6)}
    assert canonical(one) == canonical(dict(reversed(one.items())))
    assert "Ani" not in repr(Effect("complaints", one)) + repr(Telling(one, NOW, NOW.date(), person=PERSON))


def telling(given_: Mapping[str, Any], **more: Any) -> Telling:
    return Telling(given_, NOW, NOW.date(), **more)


def test_a_report_says_who_where_and_when() -> None:
    told = {"category_code": "K01", "description": "Lubang", "area_code": AreaCode("36.71.05.1003")}
    (effect,) = ReportComplaint.effects(telling(told, reference="H7", person=PERSON, department="dpupr"))
    assert (effect.record, effect.key) == ("complaints", None)
    assert effect.values == {
        "ticket_number": "H7",
        "requested_at": NOW,
        "category_code": "K01",
        "description": "Lubang",
        "position": None,
        "area_code": "36.71.05.1003",
        "address": None,
        "publication": Publication.PUBLIC,
        "status_detail": WAITING,
        "department_code": "dpupr",
        "reporter_nik": PERSON,
        "channel": ComplaintChannel.WEB,
    }


@pytest.mark.parametrize(
    ("action", "inputs", "changed", "after"),
    [
        (AddToComplaint, {"text": "Masih"}, {}, WAITING),
        (WithdrawComplaint, {"reason": None}, {"status_detail": DONE}, DONE),
        (ReopenComplaint, {"reason": "Masih"}, {"status_detail": WAITING}, WAITING),
        (RouteComplaint, {"department_code": "dlh", "reason": "x"}, {"department_code": "dlh"}, WAITING),
        (RespondToComplaint, {"note": "Dicek"}, {"status_detail": IN_PROGRESS}, IN_PROGRESS),
        (ResolveComplaint, {"note": "Beres"}, {"status_detail": DONE}, DONE),
    ],
)
def test_each_step_changes_the_complaint_and_is_written_down(
    action: type[Action], inputs: dict[str, Any], changed: dict[str, Any], after: ComplaintStatusDetail
) -> None:
    effects = action.effects(telling(inputs, row_key="7", row={"status_detail": WAITING}))
    change, step = effects
    expected = {"status_detail": (WAITING,)} if changed else {}
    assert (change.record, change.key, change.values, change.expects) == ("complaints", "7", changed, expected)
    assert (step.record, step.key) == ("complaint_status_changes", None)
    assert {name: step.values[name] for name in ("complaint_id", "at", "status_detail")} == {
        "complaint_id": "7",
        "at": NOW,
        "status_detail": after,
    }


@pytest.mark.parametrize("action", [SupportComplaint, ConfirmComplaint, RateComplaint])
def test_what_is_said_of_a_complaint_changes_nothing_in_the_department(action: type[Action]) -> None:
    assert action.effects(telling({"rating": 4}, row_key="7")) == ()
    assert action.says is not None


# --- What is wrong with inputs ----------------------------------------------------------------------------------------

GOOD = {"category_code": "K01", "description": "Lubang", "position": Position(-6.19, 106.66)}


@pytest.mark.parametrize(
    ("action", "inputs", "found"),
    [
        (ReportComplaint, GOOD, []),
        (ReportComplaint, {**GOOD, "description": ""}, [(ProblemCode.BLANK, "description")]),
        (ReportComplaint, {**GOOD, "description": "x" * 4_001}, [(ProblemCode.TOO_LONG, "description")]),
        (ReportComplaint, {**GOOD, "address": "x" * 201}, [(ProblemCode.TOO_LONG, "address")]),
        (ReportComplaint, {**GOOD, "position": Position(0.0, 0.0)}, [(ProblemCode.OUTSIDE, "position")]),
        (ReportComplaint, {**GOOD, "publication": Publication.UNKNOWN}, [(ProblemCode.NOT_KNOWN, "publication")]),
        (RateComplaint, {"rating": 0}, [(ProblemCode.OUT_OF_RANGE, "rating")]),
        (RateComplaint, {"rating": 6}, [(ProblemCode.OUT_OF_RANGE, "rating")]),
        (RateComplaint, {"rating": 5}, []),
        (RateComplaint, {}, [(ProblemCode.BLANK, "rating")]),
        (WithdrawComplaint, {}, []),
        (ApplyForJob, {"posting_id": "1", "applicant_name": "A"}, [(ProblemCode.BLANK, "applicant_email")]),
        (ApplyForLicense, {"license_type_code": "1", "business_name": "A"}, [(ProblemCode.BLANK, "area_bps_code")]),
    ],
)
def test_what_is_wrong_with_an_input_is_said_of_it(
    action: type[Action], inputs: dict[str, Any], found: list[tuple[ProblemCode, str]]
) -> None:
    assert [(one.code, one.field) for one in problems_of(action, inputs, TANGERANG.box)] == found


# --- Who may ----------------------------------------------------------------------------------------------------------

CITIZEN = Viewer(Role.CITIZEN, "s", nik=PERSON)
OFFICER = Viewer(Role.OFFICER, "s", department_code="dpupr")
REPORTER_APP = Viewer(Role.DEVELOPER, "client-1", scopes=frozenset({Scope.READ, Scope.REPORT}))
READER_APP = Viewer(Role.DEVELOPER, "client-2", scopes=frozenset({Scope.READ}))
HANDLING = Purpose.COMPLAINT_HANDLING
EVERYBODY = (*(Viewer(role, "s") for role in Role), CITIZEN, OFFICER, REPORTER_APP, READER_APP)


def may(viewer: Viewer, purpose: Purpose | None, action: type[Action]) -> bool:
    try:
        require_actor(viewer, purpose, action)
    except Forbidden:
        return False
    return True


@pytest.mark.parametrize(
    ("action", "allowed"),
    [
        (ReportComplaint, {Role.CITIZEN}),
        (SupportComplaint, {Role.CITIZEN}),
        (ConfirmComplaint, {Role.CITIZEN}),
        (ApplyForJob, {Role.CITIZEN}),
        (ApplyForLicense, {Role.CITIZEN}),
        (RespondToComplaint, set()),
    ],
)
def test_without_a_purpose_only_these_roles_may(action: type[Action], allowed: set[Role]) -> None:
    assert {role for role in Role if may(Viewer(role, "s"), None, action)} == allowed


def test_officers_state_what_they_work_at_and_nobody_else_handles() -> None:
    may_handle = [
        (viewer, purpose) for viewer in EVERYBODY for purpose in Purpose if may(viewer, purpose, ResolveComplaint)
    ]
    assert [(viewer.role, purpose) for viewer, purpose in may_handle] == [(Role.OFFICER, HANDLING)] * 2


def test_an_app_reports_with_a_key_for_it_and_does_nothing_else() -> None:
    assert [may(app, None, ReportComplaint) for app in (REPORTER_APP, READER_APP)] == [True, False]
    assert not any(may(REPORTER_APP, None, action) for action in (ApplyForJob, SupportComplaint, ConfirmComplaint))


def test_rows_are_the_persons_own_or_those_of_the_department() -> None:
    assert rows_for(CITIZEN, ConfirmComplaint) == is_in("reporter_nik", PERSON)
    assert rows_for(OFFICER, ResolveComplaint) == is_in("department_code", "dpupr")
    assert rows_for(Viewer(Role.CITIZEN, "s"), ConfirmComplaint) == NOTHING
    assert rows_for(Viewer(Role.OFFICER, "s"), ResolveComplaint) == NOTHING
    assert rows_for(CITIZEN, SupportComplaint) == EVERYTHING


# --- Stages -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("detail", "last_step", "confirmed", "rejected", "stage"),
    [
        (WAITING, None, None, None, ComplaintStage.WAITING),
        (IN_PROGRESS, NOW - DAY, None, None, ComplaintStage.IN_PROGRESS),
        (DONE, NOW - DAY, None, None, ComplaintStage.UNCONFIRMED),
        (DONE, NOW - 7 * DAY + timedelta(seconds=1), None, None, ComplaintStage.UNCONFIRMED),
        (DONE, NOW - 7 * DAY, None, None, ComplaintStage.LAPSED),
        (DONE, NOW - 8 * DAY, NOW - DAY, None, ComplaintStage.CONFIRMED),
        (DONE, None, NOW - DAY, None, ComplaintStage.CONFIRMED),
        (DONE, None, None, None, ComplaintStage.UNCONFIRMED),
        (WAITING, NOW - DAY, None, NOW - DAY, ComplaintStage.REOPENED),
        (IN_PROGRESS, NOW, None, NOW - DAY, ComplaintStage.IN_PROGRESS),
        # Confirmed once, reopened, and called done again since: it awaits a new word.
        (DONE, NOW - DAY, NOW - 3 * DAY, NOW - 2 * DAY, ComplaintStage.UNCONFIRMED),
        (ComplaintStatusDetail.UNKNOWN, NOW, NOW, None, ComplaintStage.UNKNOWN),
    ],
)
def test_the_stage_has_the_reporters_word_in_it(
    detail: ComplaintStatusDetail,
    last_step: datetime | None,
    confirmed: datetime | None,
    rejected: datetime | None,
    stage: ComplaintStage,
) -> None:
    feedback = FeedbackCounts(confirmed_at=confirmed, rejected_at=rejected)
    assert stage_of(detail, last_step, feedback, NOW) is stage


def test_a_day_is_kept_as_a_day() -> None:
    assert canonical({"day": date(2026, 12, 1)}) == '{"day":"2026-12-01"}'
