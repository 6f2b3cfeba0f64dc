"""Policy: the whole table, default deny, rows by role, comparisons, and what a handling department sees."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from models import policy
from models.complaints import Complaint, ComplaintCategory, Publication, StatusChange
from models.policy import HANDLED_BY, RULES, Decision, PolicyQuestion, Rule, decide
from models.predicates import EVERYTHING, Or, Predicate, fields_of, is_in
from models.records import PersonalClass, Record, field
from models.registry import RECORDS
from models.values import Nik
from models.viewer import ANONYMOUS, Purpose, Role, Viewer


class Case(Record, name="cases"):
    id: str = field("The key")
    department_code: str | None = field("Who handles it")
    general: str | None = field("General", personal=PersonalClass.GENERAL)
    specific: str | None = field("Specific", personal=PersonalClass.SPECIFIC)
    free_text: str | None = field("Free text", personal=PersonalClass.FREE_TEXT)


class Unhandled(Record, name="unhandled"):
    id: str = field("The key")
    free_text: str | None = field("Free text", personal=PersonalClass.FREE_TEXT)


FIELD = {
    PersonalClass.NON_PERSONAL: "id",
    PersonalClass.GENERAL: "general",
    PersonalClass.SPECIFIC: "specific",
    PersonalClass.FREE_TEXT: "free_text",
}
NIK = Nik("3671015505909001")
VIEWERS = {
    Role.ANONYMOUS: ANONYMOUS,
    Role.DEVELOPER: Viewer(Role.DEVELOPER, subject="key"),
    Role.CITIZEN: Viewer(Role.CITIZEN, subject="budi", nik=NIK),
    Role.OFFICER: Viewer(Role.OFFICER, subject="siti", department_code="dpupr"),
    Role.ANALYST: Viewer(Role.ANALYST, subject="ani"),
    Role.OPERATOR: Viewer(Role.OPERATOR, subject="op"),
}
PURPOSES = (None, *Purpose)

# How the only cells that are not ALLOW for NON_PERSONAL and DENY for the rest are decided: one line per exception.
EXCEPTIONS = {
    (Role.CITIZEN, PersonalClass.FREE_TEXT): "masked",
    (Role.OFFICER, PersonalClass.FREE_TEXT): "masked",
}


def _expected(role: Role, personal: PersonalClass) -> str:
    usual = "allowed" if personal is PersonalClass.NON_PERSONAL else "denied"
    return EXCEPTIONS.get((role, personal), usual)


def _ask(role: Role, *shown: str, compared: frozenset[str] = frozenset(), purpose: Purpose | None = None) -> Decision:
    return decide(VIEWERS[role], purpose, PolicyQuestion(Case, frozenset(shown), compared))


# --- The table --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("personal", list(PersonalClass))
@pytest.mark.parametrize("role", list(Role))
def test_the_whole_table(role: Role, personal: PersonalClass, purpose: Purpose | None) -> None:
    name = FIELD[personal]
    handles = role is Role.OFFICER and personal is PersonalClass.FREE_TEXT and purpose is not None
    expected = _expected(role, personal)
    assert _ask(role, name, purpose=purpose) == Decision(
        allowed=frozenset({name} if expected == "allowed" else ()),
        masked=frozenset({name} if expected == "masked" else ()),
        denied=frozenset({name} if expected == "denied" else ()),
        denied_comparisons=frozenset(),
        rows=EVERYTHING,
        unmasked_department="dpupr" if handles else None,
    )


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("personal", list(PersonalClass))
@pytest.mark.parametrize("role", list(Role))
def test_only_what_is_shown_in_full_everywhere_may_be_compared(
    role: Role, personal: PersonalClass, purpose: Purpose | None
) -> None:
    # A mask in some rows is enough to refuse: a filter would tell what it covers.
    name = FIELD[personal]
    decision = _ask(role, compared=frozenset({name}), purpose=purpose)
    assert decision.denied_comparisons == frozenset(() if personal is PersonalClass.NON_PERSONAL else {name})
    assert decision.allowed == decision.masked == decision.denied == frozenset()
    assert decision.unmasked_department is None


def test_every_field_that_is_shown_is_decided_once() -> None:
    for role in Role:
        decision = _ask(role, *FIELD.values())
        parts = (decision.allowed, decision.masked, decision.denied)
        assert sorted(name for part in parts for name in part) == sorted(FIELD.values())


# --- Default deny -----------------------------------------------------------------------------------------------------


def test_a_role_that_is_not_in_the_table_is_denied_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(policy, "RULES", {role: RULES[role] for role in Role if role is not Role.ANALYST})
    decision = _ask(Role.ANALYST, *FIELD.values(), compared=frozenset(FIELD.values()))
    assert decision.denied == decision.denied_comparisons == frozenset(FIELD.values())
    assert decision.allowed == decision.masked == frozenset()


@pytest.mark.parametrize("missing", list(PersonalClass))
def test_a_class_that_is_not_in_the_table_is_denied(monkeypatch: pytest.MonkeyPatch, missing: PersonalClass) -> None:
    allowing = {personal: Rule.ALLOW for personal in PersonalClass if personal is not missing}
    monkeypatch.setattr(policy, "RULES", {Role.OFFICER: allowing})
    decision = _ask(Role.OFFICER, *FIELD.values(), compared=frozenset(FIELD.values()))
    assert decision.denied == decision.denied_comparisons == {FIELD[missing]}
    assert decision.allowed == frozenset(FIELD.values()) - {FIELD[missing]}


def test_a_field_that_does_not_exist_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        _ask(Role.OPERATOR, "nobody_declared_it")


# --- Handling ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("purpose", list(Purpose))
def test_free_text_is_shown_to_the_department_that_handles_it(purpose: Purpose) -> None:
    decision = _ask(Role.OFFICER, "id", "free_text", purpose=purpose)
    assert decision.masked == {"free_text"}
    assert decision.unmasked_department == "dpupr"


def test_without_a_purpose_free_text_is_masked_everywhere() -> None:
    assert _ask(Role.OFFICER, "free_text").unmasked_department is None


def test_an_officer_of_no_department_handles_nothing() -> None:
    question = PolicyQuestion(Case, frozenset({"free_text"}), frozenset())
    decision = decide(Viewer(Role.OFFICER), Purpose.COMPLAINT_HANDLING, question)
    assert decision.masked == {"free_text"}
    assert decision.unmasked_department is None


def test_a_record_that_nobody_handles_is_masked_everywhere() -> None:
    question = PolicyQuestion(Unhandled, frozenset({"free_text"}), frozenset())
    decision = decide(VIEWERS[Role.OFFICER], Purpose.COMPLAINT_HANDLING, question)
    assert decision.masked == {"free_text"}
    assert decision.unmasked_department is None


def test_a_purpose_and_a_department_make_no_officer() -> None:
    for role in set(Role) - {Role.OFFICER}:
        viewer = Viewer(role, department_code="dpupr", nik=NIK)
        question = PolicyQuestion(Case, frozenset(FIELD.values()), frozenset())
        assert decide(viewer, Purpose.COMPLAINT_HANDLING, question).unmasked_department is None


def test_nothing_is_unmasked_where_nothing_masked_is_asked_for() -> None:
    assert _ask(Role.OFFICER, "id", purpose=Purpose.COMPLAINT_HANDLING).unmasked_department is None


# --- Rows -------------------------------------------------------------------------------------------------------------

PUBLISHED = is_in("publication", Publication.PUBLIC, Publication.ANONYMOUS)
ROWS: Mapping[Role, Predicate] = {
    Role.ANONYMOUS: PUBLISHED,
    Role.DEVELOPER: PUBLISHED,
    Role.CITIZEN: Or((PUBLISHED, is_in("reporter_nik", NIK))),
    Role.OFFICER: Or((PUBLISHED, is_in(HANDLED_BY, "dpupr"))),
    Role.ANALYST: PUBLISHED,
    Role.OPERATOR: PUBLISHED,
}


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("record", [Complaint, StatusChange])
@pytest.mark.parametrize("role", list(Role))
def test_who_sees_that_a_complaint_exists(role: Role, record: type[Record], purpose: Purpose | None) -> None:
    assert decide(VIEWERS[role], purpose, PolicyQuestion(record, frozenset(), frozenset())).rows == ROWS[role]


def test_a_citizen_or_officer_who_is_nobody_sees_what_everybody_sees() -> None:
    for role in (Role.CITIZEN, Role.OFFICER):
        assert decide(Viewer(role), None, PolicyQuestion(Complaint, frozenset(), frozenset())).rows == PUBLISHED


def test_what_is_not_the_roles_does_not_widen_the_rows() -> None:
    question = PolicyQuestion(Complaint, frozenset(), frozenset())
    assert decide(Viewer(Role.CITIZEN, department_code="dpupr"), None, question).rows == PUBLISHED
    assert decide(Viewer(Role.OFFICER, nik=NIK), None, question).rows == PUBLISHED
    assert decide(Viewer(Role.ANALYST, department_code="dpupr", nik=NIK), None, question).rows == PUBLISHED


@pytest.mark.parametrize("role", list(Role))
def test_a_record_without_a_rule_for_rows_shows_them_all(role: Role) -> None:
    question = PolicyQuestion(ComplaintCategory, frozenset({"code"}), frozenset())
    assert decide(VIEWERS[role], None, question).rows == EVERYTHING


def test_row_rules_name_fields_that_their_record_has() -> None:
    for name, rule in policy.ROW_RULES.items():
        for viewer in VIEWERS.values():
            assert fields_of(rule(viewer)) <= RECORDS[name].fields.keys()


# --- The reporter -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("role", list(Role))
def test_nobody_learns_or_asks_who_reported(role: Role, purpose: Purpose | None) -> None:
    question = PolicyQuestion(Complaint, frozenset({"reporter_nik"}), frozenset({"reporter_nik"}))
    decision = decide(VIEWERS[role], purpose, question)
    assert decision.denied == decision.denied_comparisons == {"reporter_nik"}


def test_the_same_question_has_the_same_answer() -> None:
    question = PolicyQuestion(Complaint, frozenset({"id", "description"}), frozenset({"status"}))
    answers = {decide(VIEWERS[Role.OFFICER], Purpose.COMPLAINT_HANDLING, question) for _ in range(3)}
    assert len(answers) == 1


def test_the_table_has_a_line_for_every_role_and_a_cell_for_every_class() -> None:
    assert set(RULES) == set(Role)
    for role, cells in RULES.items():
        assert set(cells) == set(PersonalClass), role
