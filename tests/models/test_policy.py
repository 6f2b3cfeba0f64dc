"""Policy: the whole table, default deny, rows by role, comparisons, and what a handling department sees."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from models.citizens import Citizen
from models.complaints import Complaint, ComplaintCategory, Publication, StatusChange
from models.emergencies import CallDisposition, Incident
from models.policy import decisions as policy
from models.policy import purposes
from models.policy.decisions import RULES, Decision, OpenRows, PolicyQuestion, Rule, decide
from models.policy.viewer import ANONYMOUS, Purpose, Role, Viewer
from models.predicates import EVERYTHING, NOTHING, And, Not, Or, Predicate, fields_of, is_in
from models.records import PersonalClass, Record, field
from models.values.types import Nik
from schema.build import RECORDS


class Case(Record, name="cases", owner="owner_nik", handled_by="department_code"):
    id: str = field("The key")
    department_code: str | None = field("Who handles it")
    general: str | None = field("General", personal=PersonalClass.GENERAL)
    specific: str | None = field("Specific", personal=PersonalClass.SPECIFIC)
    free_text: str | None = field("Free text", personal=PersonalClass.FREE_TEXT)
    owner_nik: Nik | None = field("Whom it is about", personal=PersonalClass.GENERAL)


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
    Role.AUDITOR: Viewer(Role.AUDITOR, subject="aud"),
    Role.OPERATOR: Viewer(Role.OPERATOR, subject="op"),
    Role.DPO: Viewer(Role.DPO, subject="dpo"),
}
PURPOSES = (None, *Purpose)

# How the only cells that are not ALLOW for NON_PERSONAL and DENY for the rest are decided, where rows are open.
EXPECTED_OPEN = {
    PersonalClass.NON_PERSONAL: "allowed",
    PersonalClass.GENERAL: "withheld",
    PersonalClass.SPECIFIC: "withheld",
    PersonalClass.FREE_TEXT: "masked",
}
PARTS = ("allowed", "masked", "withheld", "locked", "denied")


# A purpose that has nothing to do with what is specific by law does not open it.
NOT_SPECIFIC = {Purpose.COMPLAINT_HANDLING, Purpose.EMERGENCY_RESPONSE, Purpose.OUTREACH}


def _opened(role: Role, purpose: Purpose | None) -> OpenRows | None:
    if role is Role.CITIZEN:
        return OpenRows("owner_nik", NIK)
    return OpenRows("department_code", "dpupr") if role is Role.OFFICER and purpose is not None else None


def _expected(role: Role, personal: PersonalClass, purpose: Purpose | None) -> str:
    if personal is PersonalClass.NON_PERSONAL:
        return "allowed"
    if role is Role.OFFICER and personal is PersonalClass.SPECIFIC and purpose in NOT_SPECIFIC:
        return "denied"
    if _opened(role, purpose) is not None:
        return EXPECTED_OPEN[personal]
    return "masked" if role is Role.OFFICER and personal is PersonalClass.FREE_TEXT else "denied"


def _ask(
    role: Role,
    *shown: str,
    compared: frozenset[str] = frozenset(),
    purpose: Purpose | None = None,
    record: type[Record] = Case,
    department: str = "dpmptsp",
    via: str | None = None,
) -> Decision:
    question = PolicyQuestion(record, frozenset(shown), compared, department, via)
    return decide(VIEWERS[role], purpose, question)


@pytest.fixture(autouse=True)
def _cases_have_owners(monkeypatch: pytest.MonkeyPatch) -> None:
    about = frozenset({"cases", "unhandled"})
    opened = {
        purpose: ground if ground.opens is None else replace(ground, opens=ground.opens | about)
        for purpose, ground in purposes.GROUNDS.items()
    }
    monkeypatch.setattr(purposes, "GROUNDS", opened)


# --- The table --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("personal", list(PersonalClass))
@pytest.mark.parametrize("role", list(Role))
def test_the_whole_table(role: Role, personal: PersonalClass, purpose: Purpose | None) -> None:
    name = FIELD[personal]
    expected = _expected(role, personal, purpose)
    decision = _ask(role, name, purpose=purpose)
    assert {part: getattr(decision, part) for part in PARTS} == {
        part: frozenset({name} if part == expected else ()) for part in PARTS
    }
    assert decision.rows == EVERYTHING
    assert decision.denied_comparisons == frozenset()
    is_open = expected in ("withheld", "masked")
    assert decision.open_rows == (_opened(role, purpose) if is_open else None)


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("personal", list(PersonalClass))
@pytest.mark.parametrize("role", list(Role))
def test_only_what_is_shown_in_full_everywhere_may_be_compared(
    role: Role, personal: PersonalClass, purpose: Purpose | None
) -> None:
    # A cover in some rows is enough to refuse: a filter would tell what it hides.
    name = FIELD[personal]
    decision = _ask(role, compared=frozenset({name}), purpose=purpose)
    assert decision.denied_comparisons == frozenset(() if personal is PersonalClass.NON_PERSONAL else {name})
    assert [getattr(decision, part) for part in PARTS] == [frozenset()] * len(PARTS)
    assert decision.open_rows is None


def test_every_field_that_is_shown_is_decided_once() -> None:
    for role in Role:
        decision = _ask(role, *FIELD.values(), purpose=Purpose.SERVICE_DELIVERY)
        assert sorted(name for part in PARTS for name in getattr(decision, part)) == sorted(FIELD.values())


# --- Default deny -----------------------------------------------------------------------------------------------------


def test_a_role_that_is_not_in_the_table_is_denied_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    without = {line: cells for line, cells in RULES.items() if line[0] is not Role.ANALYST}
    monkeypatch.setattr(policy, "RULES", without)
    decision = _ask(Role.ANALYST, *FIELD.values(), compared=frozenset(FIELD.values()))
    assert decision.denied == decision.denied_comparisons == frozenset(FIELD.values())
    assert decision.allowed == decision.masked == frozenset()


@pytest.mark.parametrize("missing", list(PersonalClass))
def test_a_class_that_is_not_in_the_table_is_denied(monkeypatch: pytest.MonkeyPatch, missing: PersonalClass) -> None:
    allowing = {personal: Rule.ALLOW for personal in PersonalClass if personal is not missing}
    monkeypatch.setattr(policy, "RULES", {(Role.OFFICER, None): allowing})
    decision = _ask(Role.OFFICER, *FIELD.values(), compared=frozenset(FIELD.values()))
    assert decision.denied == decision.denied_comparisons == {FIELD[missing]}
    assert decision.allowed == frozenset(FIELD.values()) - {FIELD[missing]}


def test_a_field_that_does_not_exist_is_a_mistake_of_ours() -> None:
    with pytest.raises(KeyError):
        _ask(Role.OPERATOR, "nobody_declared_it")


# --- Open rows --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("purpose", list(Purpose))
def test_an_officer_opens_what_the_own_department_handles(purpose: Purpose) -> None:
    assert _ask(Role.OFFICER, "general", purpose=purpose).open_rows == OpenRows("department_code", "dpupr")


def test_without_a_purpose_nothing_is_open_to_an_officer() -> None:
    decision = _ask(Role.OFFICER, "general", "specific", "free_text")
    assert decision.open_rows is None
    assert decision.denied == {"general", "specific"}
    assert decision.masked == {"free_text"}


def test_a_record_without_a_handler_is_handled_by_the_department_of_its_source() -> None:
    for department, expected in (("dpupr", OpenRows()), ("dinkes", None)):
        decision = _ask(
            Role.OFFICER, "free_text", record=Unhandled, department=department, purpose=Purpose.SERVICE_DELIVERY
        )
        assert decision.masked == {"free_text"}
        assert decision.open_rows == expected


def test_an_officer_of_no_department_opens_nothing() -> None:
    question = PolicyQuestion(Case, frozenset({"general", "free_text"}), frozenset(), "dpmptsp")
    decision = decide(Viewer(Role.OFFICER), Purpose.COMPLAINT_HANDLING, question)
    assert decision.denied == {"general"}
    assert decision.masked == {"free_text"}
    assert decision.open_rows is None


def test_a_citizen_opens_own_rows_only_and_needs_no_purpose() -> None:
    assert _ask(Role.CITIZEN, "general").open_rows == OpenRows("owner_nik", NIK)
    assert _ask(Role.CITIZEN, "free_text", record=Unhandled).open_rows is None


def test_what_is_reached_from_the_own_person_is_open() -> None:
    assert _ask(Role.CITIZEN, "free_text", record=Unhandled, via="citizens").open_rows == OpenRows()
    assert _ask(Role.CITIZEN, "free_text", record=Unhandled, via="areas").open_rows is None
    for role in set(Role) - {Role.CITIZEN}:
        assert _ask(role, "free_text", record=Unhandled, via="citizens").open_rows is None


def test_what_hangs_on_a_person_exists_for_that_person_only() -> None:
    for role in Role:
        rows = _ask(role, record=Complaint, purpose=Purpose.COMPLAINT_HANDLING, department="dpupr", via="citizens").rows
        assert (rows == NOTHING) is (role is not Role.CITIZEN)


def test_a_citizen_without_a_number_opens_nothing_even_from_a_person() -> None:
    question = PolicyQuestion(Case, frozenset({"general"}), frozenset(), "dpmptsp", via="citizens")
    assert decide(Viewer(Role.CITIZEN), None, question).denied == {"general"}


def test_a_purpose_and_a_department_make_no_officer() -> None:
    for role in set(Role) - {Role.OFFICER, Role.CITIZEN}:
        viewer = Viewer(role, department_code="dpupr", nik=NIK)
        question = PolicyQuestion(Case, frozenset(FIELD.values()), frozenset(), "dpupr", via="citizens")
        assert decide(viewer, Purpose.COMPLAINT_HANDLING, question).open_rows is None


def test_reporters_are_shown_to_nobody_but_themselves() -> None:
    for record in (Complaint, StatusChange):
        for role in Role:
            decision = _ask(role, "reporter_nik", record=record, purpose=Purpose.COMPLAINT_HANDLING)
            seen, locked = role is Role.CITIZEN, role is Role.OFFICER and record is Complaint
            assert decision.withheld == ({"reporter_nik"} if seen else frozenset())
            assert decision.locked == ({"reporter_nik"} if locked else frozenset())
            assert decision.denied == (frozenset() if seen or locked else {"reporter_nik"})
            opened = OpenRows("department_code", "dpupr") if locked else None
            assert decision.open_rows == (OpenRows("reporter_nik", NIK) if seen else opened)


def test_a_reporter_is_locked_only_where_rows_are_open() -> None:
    decision = _ask(Role.OFFICER, "reporter_nik", record=Complaint)
    assert decision.locked == frozenset()
    assert decision.denied == {"reporter_nik"}
    assert decision.open_rows is None


@pytest.mark.parametrize(
    ("role", "record", "name", "widest"),
    [
        (Role.OFFICER, Case, "id", Rule.ALLOW),
        (Role.OFFICER, Case, "free_text", Rule.OPEN_ELSE_MASK),
        # By one purpose of several.
        (Role.OFFICER, Case, "specific", Rule.OPEN_ELSE_NULL),
        (Role.OFFICER, Complaint, "reporter_nik", Rule.MASK_ELSE_NULL),
        (Role.OFFICER, StatusChange, "reporter_nik", Rule.DENY),
        (Role.CITIZEN, Complaint, "reporter_nik", Rule.OPEN_ELSE_NULL),
        (Role.CITIZEN, Incident, "description", Rule.DENY),
        (Role.ANALYST, Case, "free_text", Rule.DENY),
    ],
)
def test_the_most_that_a_role_may_do_is_by_its_widest_purpose(
    role: Role, record: type[Record], name: str, widest: Rule
) -> None:
    assert policy.widest_rule(role, record, name) is widest


# --- Purposes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("purpose", "record", "opened"),
    [
        (Purpose.COMPLAINT_HANDLING, "complaints", True),
        (Purpose.COMPLAINT_HANDLING, "complaint_status_changes", True),
        (Purpose.COMPLAINT_HANDLING, "incidents", False), (Purpose.COMPLAINT_HANDLING, "licenses", False),
        (Purpose.EMERGENCY_RESPONSE, "incidents", True), (Purpose.EMERGENCY_RESPONSE, "complaints", False),
        (Purpose.SERVICE_DELIVERY, "licenses", True), (Purpose.SERVICE_DELIVERY, "citizens", True),
        (Purpose.SERVICE_DELIVERY, "incidents", False), (Purpose.SERVICE_DELIVERY, "complaints", False),
        (Purpose.LEGAL_OBLIGATION, "incidents", True), (Purpose.LEGAL_OBLIGATION, "citizens", True),
    ],
)  # fmt: skip
def test_a_purpose_opens_what_it_is_about_and_is_none_for_the_rest(purpose: Purpose, record: str, opened: bool) -> None:
    kind = RECORDS[record]
    personal = [name for name, one in kind.fields.items() if one.personal is not PersonalClass.NON_PERSONAL]
    own = {"department": "dpupr", "record": kind}
    decision = _ask(Role.OFFICER, *personal, purpose=purpose, **own)  # type: ignore[arg-type]  # the keywords of one call
    assert (decision.open_rows is not None) is opened
    if not opened:
        assert decision == _ask(Role.OFFICER, *personal, **own)  # type: ignore[arg-type]  # as above


def test_every_purpose_has_a_ground_and_is_stated_by_those_who_need_it() -> None:
    assert set(purposes.GROUNDS) == set(Purpose)
    for purpose in Purpose:
        assert re.fullmatch(r"UU 27/2022, art\. 20 \(2\) [a-f]", purposes.GROUNDS[purpose].law)
        # Who sees to the rights of residents opens their requests because a law says so.
        also = [Role.DPO] if purpose is Purpose.LEGAL_OBLIGATION else []
        assert [role for role in Role if purposes.may_state(role, purpose)] == [Role.OFFICER, *also]


# --- Unlocking --------------------------------------------------------------------------------------------------------


def _unlock(role: Role, purpose: Purpose | None, record: type[Record], *shown: str) -> Decision:
    question = PolicyQuestion(record, frozenset(shown), frozenset(), "disdukcapil", unlocks=True)
    return decide(VIEWERS[role], purpose, question)


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("role", list(Role))
def test_a_reporter_is_unlocked_by_the_handling_department_for_its_purposes(
    role: Role, purpose: Purpose | None
) -> None:
    complaint = _unlock(role, purpose, Complaint, "reporter_nik")
    person = _unlock(role, purpose, RECORDS["citizens"], "full_name", "national_id", "birth_date", "family_card_number")
    if role is Role.OFFICER and purpose in (Purpose.COMPLAINT_HANDLING, Purpose.LEGAL_OBLIGATION):
        handled = is_in("department_code", "dpupr")
        assert complaint.withheld == {"reporter_nik"}
        assert complaint.open_rows == OpenRows("department_code", "dpupr")
        assert complaint.rows == And((handled, Not(is_in("publication", Publication.ANONYMOUS))))
        assert person.withheld == {"full_name", "national_id"}
        assert person.denied == {"birth_date", "family_card_number"}
        assert (person.rows, person.open_rows) == (EVERYTHING, OpenRows())
    else:
        assert complaint.rows == person.rows == NOTHING
        assert complaint.denied == {"reporter_nik"}
        assert person.denied == {"full_name", "national_id", "birth_date", "family_card_number"}


def test_nothing_else_is_unlocked() -> None:
    for name in ("licenses", "incidents", "complaint_status_changes"):
        assert _unlock(Role.OFFICER, Purpose.LEGAL_OBLIGATION, RECORDS[name]).rows == NOTHING


def test_what_only_exists_where_it_is_open_exists_for_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Case, "only_open", True)
    rows = {role: _ask(role, purpose=Purpose.SERVICE_DELIVERY).rows for role in Role}
    assert rows == dict.fromkeys(Role, NOTHING) | {
        Role.CITIZEN: is_in("owner_nik", NIK),
        Role.OFFICER: is_in("department_code", "dpupr"),
    }
    assert _ask(Role.OFFICER).rows == NOTHING
    assert _ask(Role.CITIZEN, via="citizens").rows == EVERYTHING


# --- Rows -------------------------------------------------------------------------------------------------------------

PUBLISHED = is_in("publication", Publication.PUBLIC, Publication.ANONYMOUS)
ROWS: Mapping[Role, Predicate] = {
    Role.ANONYMOUS: PUBLISHED,
    Role.DEVELOPER: PUBLISHED,
    Role.CITIZEN: Or((PUBLISHED, is_in("reporter_nik", NIK))),
    Role.OFFICER: Or((PUBLISHED, is_in("department_code", "dpupr"))),
    Role.ANALYST: PUBLISHED,
    Role.AUDITOR: PUBLISHED,
    Role.OPERATOR: PUBLISHED,
    Role.DPO: PUBLISHED,
}


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("record", [Complaint, StatusChange])
@pytest.mark.parametrize("role", list(Role))
def test_who_sees_that_a_complaint_exists(role: Role, record: type[Record], purpose: Purpose | None) -> None:
    assert (
        decide(VIEWERS[role], purpose, PolicyQuestion(record, frozenset(), frozenset(), "diskominfo")).rows
        == ROWS[role]
    )


def test_a_citizen_or_officer_who_is_nobody_sees_what_everybody_sees() -> None:
    for role in (Role.CITIZEN, Role.OFFICER):
        assert (
            decide(Viewer(role), None, PolicyQuestion(Complaint, frozenset(), frozenset(), "diskominfo")).rows
            == PUBLISHED
        )


def test_what_is_not_the_roles_does_not_widen_the_rows() -> None:
    question = PolicyQuestion(Complaint, frozenset(), frozenset(), "diskominfo")
    assert decide(Viewer(Role.CITIZEN, department_code="dpupr"), None, question).rows == PUBLISHED
    assert decide(Viewer(Role.OFFICER, nik=NIK), None, question).rows == PUBLISHED
    assert decide(Viewer(Role.ANALYST, department_code="dpupr", nik=NIK), None, question).rows == PUBLISHED


@pytest.mark.parametrize("role", list(Role))
def test_a_record_without_a_rule_for_rows_shows_them_all(role: Role) -> None:
    question = PolicyQuestion(ComplaintCategory, frozenset({"code"}), frozenset(), "diskominfo")
    assert decide(VIEWERS[role], None, question).rows == EVERYTHING


def test_row_rules_name_fields_that_their_record_has() -> None:
    for name, rule in policy.ROW_RULES.items():
        for viewer in VIEWERS.values():
            assert fields_of(rule(viewer)) <= RECORDS[name].fields.keys()


# --- The reporter -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize("role", list(Role))
def test_nobody_asks_who_reported(role: Role, purpose: Purpose | None) -> None:
    decision = _ask(role, compared=frozenset({"reporter_nik"}), purpose=purpose, record=Complaint)
    assert decision.denied_comparisons == {"reporter_nik"}


def test_the_same_question_has_the_same_answer() -> None:
    question = PolicyQuestion(Complaint, frozenset({"id", "description"}), frozenset({"status"}), "diskominfo")
    answers = {decide(VIEWERS[Role.OFFICER], Purpose.COMPLAINT_HANDLING, question) for _ in range(3)}
    assert len(answers) == 1


def test_the_table_has_a_line_for_every_role_and_a_cell_for_every_class() -> None:
    assert {role for role, purpose in RULES if purpose is None} == set(Role)
    assert {purpose for role, purpose in RULES if role is Role.OFFICER} == {None, *Purpose}
    for line, cells in RULES.items():
        assert set(cells) == set(PersonalClass), line


# --- No field without a rule ------------------------------------------------------------------------------------------


def test_every_personal_field_of_the_graph_has_a_rule() -> None:
    assert policy.undecided(RECORDS) == []


def test_a_personal_field_of_a_new_record_is_named_until_somebody_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    class Patient(Record, name="patients"):
        id: str = field("The key")
        blood_group: str | None = field("The blood group", personal=PersonalClass.SPECIFIC)

    start = "patients.blood_group is SPECIFIC and has no rule in models/policy/decisions.py: "
    assert policy.undecided([Patient]) == [
        f"{start}no purpose in models/policy/purposes.py opens its record",
        f"{start}its record states neither its owner nor that it is ownerless",
    ]
    monkeypatch.setattr(Patient, "ownerless", True)
    ground = purposes.GROUNDS[Purpose.SERVICE_DELIVERY]
    opened = replace(ground, opens=frozenset({"patients"}))
    monkeypatch.setattr(policy, "GROUNDS", {**purposes.GROUNDS, Purpose.SERVICE_DELIVERY: opened})
    assert policy.undecided([Patient]) == []
    monkeypatch.delitem(policy.RULES[Role.CITIZEN, None], PersonalClass.SPECIFIC)
    assert policy.undecided([Patient]) == [f"{start}RULES has no cell for citizen, no purpose"]
    monkeypatch.delitem(policy.RULES[Role.OFFICER, Purpose.SERVICE_DELIVERY], PersonalClass.SPECIFIC)
    # A purpose without a line is as good as none; a role without one sees nothing that anybody decided.
    monkeypatch.delitem(policy.RULES, (Role.OFFICER, Purpose.OUTREACH))
    monkeypatch.delitem(policy.RULES, (Role.ANALYST, None))
    assert policy.undecided([Patient]) == [
        f"{start}RULES has no cell for citizen, no purpose",
        f"{start}RULES has no cell for officer, SERVICE_DELIVERY",
        f"{start}RULES has no cell for analyst, no purpose",
    ]


@pytest.mark.parametrize("named", [{"owner": "nobody"}, {"handled_by": "nobody"}, {"unlocked": ("id", "nobody")}])
def test_a_record_names_fields_that_it_has(named: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=r"^Patient names 'nobody' for the policy, which is no field of it$"):

        class Patient(Record, name="patients", **named):
            id: str = field("The key")


def test_an_owner_is_a_resident_number() -> None:
    with pytest.raises(TypeError, match=r"^Patient.id says whom it is about, so it must be a resident number$"):

        class Patient(Record, name="patients", owner="id"):
            id: str = field("The key")


def test_exceptions_name_fields_that_their_record_has() -> None:
    for record, exceptional in policy.EXCEPTIONS:
        assert exceptional in RECORDS[record].fields


@pytest.mark.parametrize(
    ("viewer", "rows"),
    [
        (ANONYMOUS, is_in("disposition", CallDisposition.EMERGENCY)),
        (VIEWERS[Role.ANALYST], EVERYTHING),
        (
            VIEWERS[Role.OFFICER],
            Or((is_in("disposition", CallDisposition.EMERGENCY), is_in("department_code", "dpupr"))),
        ),
        (Viewer(Role.OFFICER, subject="siti"), is_in("disposition", CallDisposition.EMERGENCY)),
    ],
)
def test_which_calls_there_are_for_whom(viewer: Viewer, rows: Predicate) -> None:
    assert decide(viewer, None, PolicyQuestion(Incident, frozenset({"id"}), frozenset(), "bpbd")).rows == rows


def test_what_is_open_nowhere_is_denied_and_not_withheld() -> None:
    """An officer of another department, with a purpose that would open the register for its own."""
    question = PolicyQuestion(Citizen, frozenset({"id", "full_name"}), frozenset(), "disdukcapil")
    decision = decide(VIEWERS[Role.OFFICER], Purpose.SERVICE_DELIVERY, question)
    assert (decision.allowed, decision.withheld, decision.denied) == (
        frozenset({"id"}), frozenset(), frozenset({"full_name"})
    )  # fmt: skip
    assert decision.rows == NOTHING
