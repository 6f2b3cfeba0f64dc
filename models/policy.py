"""Who may see what: one table of role x class, one row rule per record that has one, and `decide`, which applies both.

What no rule allows is denied. `decide` is called once per read, in resolvers/records.py and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from models.complaints import Publication
from models.emergencies import AlertScope, AlertStatus, CallDisposition
from models.predicates import EVERYTHING, NOTHING, And, Or, Predicate, is_in
from models.records import PersonalClass, Record
from models.viewer import Purpose, Role, Viewer


class Rule(Enum):
    """What a role may do with a class of fields.

    OPEN shows a field in the rows that are open to the viewer and withholds it in all others; OPEN_OR_MASK shows it
    masked there. Where no row is open, OPEN denies.
    """

    ALLOW = "ALLOW"
    OPEN = "OPEN"
    OPEN_OR_MASK = "OPEN_OR_MASK"
    DENY = "DENY"


_N, _G, _S, _F = PersonalClass.NON_PERSONAL, PersonalClass.GENERAL, PersonalClass.SPECIFIC, PersonalClass.FREE_TEXT

RULES: Mapping[Role, Mapping[PersonalClass, Rule]] = {
    Role.ANONYMOUS: {_N: Rule.ALLOW, _G: Rule.DENY, _S: Rule.DENY, _F: Rule.DENY},
    Role.DEVELOPER: {_N: Rule.ALLOW, _G: Rule.DENY, _S: Rule.DENY, _F: Rule.DENY},
    Role.CITIZEN: {_N: Rule.ALLOW, _G: Rule.OPEN, _S: Rule.OPEN, _F: Rule.OPEN_OR_MASK},
    Role.OFFICER: {_N: Rule.ALLOW, _G: Rule.OPEN, _S: Rule.OPEN, _F: Rule.OPEN_OR_MASK},
    Role.ANALYST: {_N: Rule.ALLOW, _G: Rule.DENY, _S: Rule.DENY, _F: Rule.DENY},
    Role.AUDITOR: {_N: Rule.ALLOW, _G: Rule.DENY, _S: Rule.DENY, _F: Rule.DENY},
    Role.OPERATOR: {_N: Rule.ALLOW, _G: Rule.DENY, _S: Rule.DENY, _F: Rule.DENY},
    Role.DPO: {_N: Rule.ALLOW, _G: Rule.DENY, _S: Rule.DENY, _F: Rule.DENY},
}

EXCEPTIONS: Mapping[tuple[str, str], Mapping[Role, Rule]] = {
    # Reporters are shown to nobody but themselves.
    ("complaints", "reporter_nik"): {Role.OFFICER: Rule.DENY},
    ("complaint_status_changes", "reporter_nik"): {Role.OFFICER: Rule.DENY},
    # What is said in distress is for those who help; a mask covers numbers and leaves the story.
    ("incidents", "description"): {Role.CITIZEN: Rule.DENY, Role.OFFICER: Rule.OPEN},
}
"""Fields that one role sees by another rule than that of their class."""

HANDLED_BY = "department_code"
"""The field that says which department handles a record; without it, it is the department of the source."""

OWNER: Mapping[str, str] = {
    "citizens": "national_id",
    "licenses": "holder_nik",
    "license_applications": "applicant_nik",
    "complaints": "reporter_nik",
    "complaint_status_changes": "reporter_nik",
    "admission_applications": "applicant_nik",
}
"""The field with the resident number of the person whom a record is about."""

PERSONS = "citizens"
"""The record of people: what is reached from it, is reached from a row that was open to the viewer."""

ONLY_OPEN: frozenset[str] = frozenset({PERSONS, "admission_applications", "job_applications", "license_applications"})
"""Records that exist for a viewer only where they are open."""


@dataclass(frozen=True, slots=True)
class PolicyQuestion:
    """What a read wants to do with fields: show them, or only compare and sort by them.

    `department` is that of the source, `via` the record that the rows are reached from, if they are.
    """

    record: type[Record]
    shown: frozenset[str]
    compared: frozenset[str]
    department: str
    via: str | None = None


@dataclass(frozen=True, slots=True)
class OpenRows:
    """The rows that are open to a viewer: those whose `field` has the value; every row, if there is no field."""

    field: str | None = None
    value: object = None

    @property
    def predicate(self) -> Predicate:
        return EVERYTHING if self.field is None else is_in(self.field, self.value)


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer: columns to show, to mask, to withhold and to deny, what may not be compared, and which rows exist.

    In `open_rows` masked and withheld columns are shown in full.
    """

    allowed: frozenset[str]
    masked: frozenset[str]
    withheld: frozenset[str]
    denied: frozenset[str]
    denied_comparisons: frozenset[str]
    rows: Predicate
    open_rows: OpenRows | None


def _complaint_rows(viewer: Viewer) -> Predicate:
    """Public and anonymous complaints; all others only for the department that handles them and for their reporter."""
    published = is_in("publication", Publication.PUBLIC, Publication.ANONYMOUS)
    if viewer.role is Role.OFFICER and viewer.department_code is not None:
        return Or((published, is_in(HANDLED_BY, viewer.department_code)))
    if viewer.role is Role.CITIZEN and viewer.nik is not None:
        return Or((published, is_in("reporter_nik", viewer.nik)))
    return published


def _incident_rows(viewer: Viewer) -> Predicate:
    """Real emergencies; all other calls only for the department that handles them and, as numbers, for analysts."""
    emergencies = is_in("disposition", CallDisposition.EMERGENCY)
    if viewer.role is Role.ANALYST:
        return EVERYTHING
    if viewer.role is Role.OFFICER and viewer.department_code is not None:
        return Or((emergencies, is_in(HANDLED_BY, viewer.department_code)))
    return emergencies


def _alert_rows(_: Viewer) -> Predicate:
    """What is meant for everybody and to be acted upon: a test or an exercise that gets out frightens a city."""
    return And((is_in("status", AlertStatus.ACTUAL), is_in("scope", AlertScope.PUBLIC)))


ROW_RULES: Mapping[str, Callable[[Viewer], Predicate]] = {
    "alerts": _alert_rows,
    "complaints": _complaint_rows,
    "complaint_status_changes": _complaint_rows,
    "incidents": _incident_rows,
}


def decide(viewer: Viewer, purpose: Purpose | None, question: PolicyQuestion) -> Decision:
    """Pure: the same question always has the same answer. Filters and order follow the rule of the field itself."""
    open_rows = _open_rows(viewer, purpose, question)
    by_rule: dict[Rule, set[str]] = {rule: set() for rule in Rule}
    for name in question.shown:
        by_rule[rule_of(viewer.role, question.record, name)].add(name)
    in_open, nowhere = by_rule[Rule.OPEN], by_rule[Rule.DENY]
    return Decision(
        allowed=frozenset(by_rule[Rule.ALLOW]),
        masked=frozenset(by_rule[Rule.OPEN_OR_MASK]),
        withheld=frozenset(in_open if open_rows is not None else ()),
        denied=frozenset(nowhere if open_rows is not None else nowhere | in_open),
        denied_comparisons=frozenset(
            name for name in question.compared if rule_of(viewer.role, question.record, name) is not Rule.ALLOW
        ),
        rows=_rows(viewer, question, open_rows),
        open_rows=open_rows if in_open or by_rule[Rule.OPEN_OR_MASK] else None,
    )


def rule_of(role: Role, record: type[Record], name: str) -> Rule:
    """What a role may do with a field of a record."""
    personal = record.fields[name].personal
    exception = EXCEPTIONS.get((record.name, name), {}).get(role)
    return exception if exception is not None else RULES.get(role, {}).get(personal, Rule.DENY)


def _open_rows(viewer: Viewer, purpose: Purpose | None, question: PolicyQuestion) -> OpenRows | None:
    """A citizen's own rows; those that an officer's department handles, once the officer has said what for."""
    record = question.record
    if viewer.role is Role.CITIZEN and viewer.nik is not None:
        if question.via == PERSONS:
            return OpenRows()
        owner = OWNER.get(record.name)
        return OpenRows(owner, viewer.nik) if owner is not None else None
    if viewer.role is Role.OFFICER and viewer.department_code is not None and purpose is not None:
        if HANDLED_BY in record.fields:
            return OpenRows(HANDLED_BY, viewer.department_code)
        return OpenRows() if question.department == viewer.department_code else None
    return None


def _rows(viewer: Viewer, question: PolicyQuestion, open_rows: OpenRows | None) -> Predicate:
    name = question.record.name
    if question.via == PERSONS and viewer.role is not Role.CITIZEN:
        # What hangs on a person tells who it is about, even where its own rows name nobody: only to that person.
        return NOTHING
    if name in ONLY_OPEN:
        return open_rows.predicate if open_rows is not None else NOTHING
    row_rule = ROW_RULES.get(name)
    return row_rule(viewer) if row_rule is not None else EVERYTHING
