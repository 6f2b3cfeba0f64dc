"""What is asked of the city about complaints: residents report and follow, officers route, answer and close."""

from __future__ import annotations

from models.actions.action import Action, Telling, Whose, given
from models.actions.effects import Effect
from models.actions.feedback import RATING_LEAST, RATING_MOST, FeedbackKind
from models.complaints import Complaint, ComplaintChannel, ComplaintStatusDetail, Publication, StatusChange
from models.records import PersonalClass
from models.values.types import AreaCode, Position

TEXT_CHARS_MAX = 4_000
NOTE_CHARS_MAX = 2_000
ADDRESS_CHARS_MAX = 200

_FREE_TEXT = PersonalClass.FREE_TEXT
_WAITING, _IN_PROGRESS, _DONE = (
    ComplaintStatusDetail.WAITING,
    ComplaintStatusDetail.IN_PROGRESS,
    ComplaintStatusDetail.DONE,
)
_OPEN = {"status_detail": (_WAITING, _IN_PROGRESS)}
_CLOSED = {"status_detail": (_DONE,)}


def _step(telling: Telling, detail: ComplaintStatusDetail, note: str | None) -> Effect:
    """A step in the handling, as the department's own clerks write them."""
    return Effect(
        StatusChange.name,
        {"complaint_id": telling.row_key, "at": telling.at, "status_detail": detail, "note": note},
    )


def _changed(telling: Telling, **values: object) -> Effect:
    """Other values of the complaint, which must still be in the state that the viewer saw."""
    return Effect(Complaint.name, values, telling.row_key, expects={"status_detail": (telling.row["status_detail"],)})


def _unchanged(telling: Telling) -> Effect:
    """The complaint as it is, which must still be there."""
    return Effect(Complaint.name, {}, telling.row_key)


class ReportComplaint(Action, name="report_complaint", record=Complaint, whose=Whose.REPORT):
    """Report a problem to the city."""

    category_code: str = given("The code of the kind of problem, see `complaintCategories`", chars_max=10)
    description: str = given("What is wrong, in your words", personal=_FREE_TEXT, chars_max=TEXT_CHARS_MAX)
    position: Position | None = given("Where it is; without it, give the area")
    area_code: AreaCode | None = given("The code of the area that it lies in; without it, the position says it")
    address: str | None = given("Where it is, in words", personal=_FREE_TEXT, chars_max=ADDRESS_CHARS_MAX)
    publication: Publication | None = given("Who may know of it; everybody, unless said otherwise")

    @classmethod
    def effects(cls, telling: Telling) -> tuple[Effect, ...]:
        told = telling.given
        new = {
            "ticket_number": telling.reference,
            "requested_at": telling.at,
            "category_code": told["category_code"],
            "description": told["description"],
            "position": told.get("position"),
            "area_code": told.get("area_code"),
            "address": told.get("address"),
            "publication": told.get("publication") or Publication.PUBLIC,
            "status_detail": _WAITING,
            "department_code": telling.department,
            "reporter_nik": telling.person,
            "channel": ComplaintChannel.WEB,
        }
        return (Effect(Complaint.name, new),)


class AddToComplaint(Action, name="add_to_complaint", record=Complaint, whose=Whose.OWN, only_if=_OPEN):
    """Add something to a complaint of yours."""

    text: str = given("What there is to add", personal=_FREE_TEXT, chars_max=NOTE_CHARS_MAX)

    @classmethod
    def effects(cls, telling: Telling) -> tuple[Effect, ...]:
        return _unchanged(telling), _step(telling, telling.row["status_detail"], telling.given["text"])


class WithdrawComplaint(Action, name="withdraw_complaint", record=Complaint, whose=Whose.OWN, only_if=_OPEN):
    """Withdraw a complaint of yours: it is closed, and stays on record."""

    reason: str | None = given("Why", personal=_FREE_TEXT, chars_max=NOTE_CHARS_MAX)

    @classmethod
    def effects(cls, telling: Telling) -> tuple[Effect, ...]:
        return _changed(telling, status_detail=_DONE), _step(telling, _DONE, telling.given.get("reason"))


class ReopenComplaint(
    Action, name="reopen_complaint", record=Complaint, whose=Whose.OWN, only_if=_CLOSED, says=FeedbackKind.REJECTED
):
    """Say that a complaint of yours is not resolved: the department has to act again."""

    reason: str = given("What is still wrong", personal=_FREE_TEXT, chars_max=NOTE_CHARS_MAX)

    @classmethod
    def effects(cls, telling: Telling) -> tuple[Effect, ...]:
        return _changed(telling, status_detail=_WAITING), _step(telling, _WAITING, telling.given["reason"])


class SupportComplaint(
    Action, name="support_complaint", record=Complaint, whose=Whose.SEEN, only_if=_OPEN, says=FeedbackKind.SUPPORTED
):
    """Say that a complaint is about your problem too."""


class ConfirmComplaint(
    Action, name="confirm_complaint", record=Complaint, whose=Whose.OWN, only_if=_CLOSED, says=FeedbackKind.CONFIRMED
):
    """Confirm that a complaint of yours is resolved."""


class RateComplaint(
    Action, name="rate_complaint", record=Complaint, whose=Whose.OWN, only_if=_CLOSED, says=FeedbackKind.RATED
):
    """Rate how the city dealt with a complaint of yours."""

    rating: int = given("From 1, badly, to 5, very well", least=RATING_LEAST, most=RATING_MOST)


class RouteComplaint(Action, name="route_complaint", record=Complaint, whose=Whose.HANDLED, only_if=_OPEN):
    """Hand a complaint on to the department that can resolve it."""

    department_code: str = given("The code of that department, see `departments`", chars_max=20)
    reason: str = given("Why", personal=_FREE_TEXT, chars_max=NOTE_CHARS_MAX)

    @classmethod
    def effects(cls, telling: Telling) -> tuple[Effect, ...]:
        return (
            _changed(telling, department_code=telling.given["department_code"]),
            _step(telling, telling.row["status_detail"], telling.given["reason"]),
        )


class RespondToComplaint(Action, name="respond_to_complaint", record=Complaint, whose=Whose.HANDLED, only_if=_OPEN):
    """Answer a complaint: it is in progress from then on."""

    note: str = given("The answer; the reporter reads it", personal=_FREE_TEXT, chars_max=NOTE_CHARS_MAX)

    @classmethod
    def effects(cls, telling: Telling) -> tuple[Effect, ...]:
        return _changed(telling, status_detail=_IN_PROGRESS), _step(telling, _IN_PROGRESS, telling.given["note"])


class ResolveComplaint(Action, name="resolve_complaint", record=Complaint, whose=Whose.HANDLED, only_if=_OPEN):
    """Say that a complaint is resolved; the reporter may confirm it, or reopen it."""

    note: str = given("What was done; the reporter reads it", personal=_FREE_TEXT, chars_max=NOTE_CHARS_MAX)

    @classmethod
    def effects(cls, telling: Telling) -> tuple[Effect, ...]:
        return _changed(telling, status_detail=_DONE), _step(telling, _DONE, telling.given["note"])


class HideComplaint(Action, name="hide_complaint", record=Complaint, whose=Whose.HANDLED, reads=("status_detail",)):
    """Hide a complaint from the public, such as one that names people."""

    reason: str = given("Why; it stands in the history of the complaint", personal=_FREE_TEXT, chars_max=NOTE_CHARS_MAX)

    @classmethod
    def effects(cls, telling: Telling) -> tuple[Effect, ...]:
        hidden = _changed(telling, publication=Publication.CONFIDENTIAL)
        return hidden, _step(telling, telling.row["status_detail"], telling.given["reason"])
