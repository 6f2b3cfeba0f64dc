"""Who may see what: one table of role x purpose x class, named exceptions, row rules, and `decide`, which applies them.

What no rule allows is denied. `decide` is called once per read, in resolvers/records.py and nowhere else. Which records
a purpose is about, and why it is lawful, stands in models/purposes.py; docs/personal-data.md is printed from both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from models import purposes
from models.complaints import Publication
from models.emergencies import AlertScope, AlertStatus, CallDisposition
from models.predicates import EVERYTHING, NOTHING, And, Not, Or, Predicate, is_in
from models.purposes import GROUNDS
from models.records import PersonalClass, Record
from models.viewer import Purpose, Role, Viewer


class Rule(Enum):
    """What a role may do with a class of fields.

    OPEN shows a field in the rows that are open to the viewer and withholds it in all others; OPEN_OR_MASK shows it
    masked there. UNLOCK masks it in the open rows too, until `unlockReporter` asks for one of them. Where no row is
    open, OPEN and UNLOCK deny. From the widest to the narrowest.
    """

    ALLOW = "ALLOW"
    OPEN_OR_MASK = "OPEN_OR_MASK"
    OPEN = "OPEN"
    UNLOCK = "UNLOCK"
    DENY = "DENY"


Cells = Mapping[PersonalClass, Rule]


def _cells(non_personal: Rule, general: Rule, specific: Rule, free_text: Rule) -> Cells:
    return {
        PersonalClass.NON_PERSONAL: non_personal,
        PersonalClass.GENERAL: general,
        PersonalClass.SPECIFIC: specific,
        PersonalClass.FREE_TEXT: free_text,
    }


_ALLOW, _OPEN, _MASK, _DENY = Rule.ALLOW, Rule.OPEN, Rule.OPEN_OR_MASK, Rule.DENY
_P = Purpose

RULES: Mapping[tuple[Role, Purpose | None], Cells] = {
    (Role.ANONYMOUS, None): _cells(_ALLOW, _DENY, _DENY, _DENY),
    (Role.DEVELOPER, None): _cells(_ALLOW, _DENY, _DENY, _DENY),
    (Role.CITIZEN, None): _cells(_ALLOW, _OPEN, _OPEN, _MASK),
    (Role.OFFICER, None): _cells(_ALLOW, _DENY, _DENY, _MASK),
    (Role.OFFICER, _P.COMPLAINT_HANDLING): _cells(_ALLOW, _OPEN, _DENY, _MASK),
    (Role.OFFICER, _P.EMERGENCY_RESPONSE): _cells(_ALLOW, _OPEN, _DENY, _MASK),
    (Role.OFFICER, _P.SERVICE_DELIVERY): _cells(_ALLOW, _OPEN, _OPEN, _MASK),
    (Role.OFFICER, _P.LEGAL_OBLIGATION): _cells(_ALLOW, _OPEN, _OPEN, _MASK),
    (Role.OFFICER, _P.OUTREACH): _cells(_ALLOW, _OPEN, _DENY, _MASK),
    (Role.ANALYST, None): _cells(_ALLOW, _DENY, _DENY, _DENY),
    (Role.AUDITOR, None): _cells(_ALLOW, _DENY, _DENY, _DENY),
    (Role.OPERATOR, None): _cells(_ALLOW, _DENY, _DENY, _DENY),
    (Role.DPO, None): _cells(_ALLOW, _DENY, _DENY, _DENY),
}
"""The columns are the classes NON_PERSONAL, GENERAL, SPECIFIC, FREE_TEXT. A purpose that has no line of its own for a
role, or that is not about the record, is as good as none."""

EXCEPTIONS: Mapping[tuple[str, str], Mapping[Role, Rule]] = {
    # Reporters are shown to nobody but themselves; the department that handles a complaint may unlock its reporter.
    ("complaints", "reporter_nik"): {Role.OFFICER: Rule.UNLOCK},
    ("complaint_handlings", "reporter_nik"): {Role.OFFICER: Rule.DENY},
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
    "complaint_handlings": "reporter_nik",
    "complaint_status_changes": "reporter_nik",
    "admission_applications": "applicant_nik",
}
"""The field with the resident number of the person whom a record is about."""

OWNERLESS: frozenset[str] = frozenset(
    {
        "incidents",
        "job_applications",
    }
)
"""Records about people whom their source does not name by a resident number."""

PERSONS = "citizens"
"""The record of people: what is reached from it, is reached from a row that was open to the viewer."""

ONLY_OPEN: frozenset[str] = frozenset({PERSONS, "admission_applications", "job_applications", "license_applications"})
"""Records that exist for a viewer only where they are open."""

UNLOCKED: Mapping[str, frozenset[str]] = {
    "complaints": frozenset({"reporter_nik"}),
    PERSONS: frozenset({"national_id", "full_name", "phone", "email"}),
}
"""What is shown of a reporter who was unlocked: what it takes to reach them, and nothing else."""


@dataclass(frozen=True, slots=True)
class PolicyQuestion:
    """What a read wants to do with fields: show them, or only compare and sort by them.

    `department` is that of the source, `via` the record that the rows are reached from, if they are. `unlocks` says
    that the reporter of one complaint is asked for, as `unlockReporter` does.
    """

    record: type[Record]
    shown: frozenset[str]
    compared: frozenset[str]
    department: str
    via: str | None = None
    unlocks: bool = False


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

    In `open_rows` masked and withheld columns are shown in full, and locked ones masked, which are withheld elsewhere.
    """

    allowed: frozenset[str]
    masked: frozenset[str]
    withheld: frozenset[str]
    locked: frozenset[str]
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
    "complaint_handlings": _complaint_rows,
    "complaint_status_changes": _complaint_rows,
    "incidents": _incident_rows,
}


def decide(viewer: Viewer, purpose: Purpose | None, question: PolicyQuestion) -> Decision:
    """Pure: the same question always has the same answer. Filters and order follow the rule of the field itself."""
    record = question.record
    stated = purpose if purpose is not None and (question.unlocks or purposes.opens(purpose, record.name)) else None
    open_rows = _open_rows(viewer, stated, question)
    by_rule: dict[Rule, set[str]] = {rule: set() for rule in Rule}
    for name in question.shown:
        by_rule[_rule(viewer.role, stated, question, name)].add(name)
    in_open, locked, nowhere = by_rule[Rule.OPEN], by_rule[Rule.UNLOCK], by_rule[Rule.DENY]
    return Decision(
        allowed=frozenset(by_rule[Rule.ALLOW]),
        masked=frozenset(by_rule[Rule.OPEN_OR_MASK]),
        withheld=frozenset(in_open if open_rows is not None else ()),
        locked=frozenset(locked if open_rows is not None else ()),
        denied=frozenset(nowhere if open_rows is not None else nowhere | in_open | locked),
        denied_comparisons=frozenset(
            name for name in question.compared if rule_of(viewer.role, record, name, stated) is not Rule.ALLOW
        ),
        rows=_rows(viewer, question, open_rows),
        open_rows=open_rows if in_open or locked or by_rule[Rule.OPEN_OR_MASK] else None,
    )


def rule_of(role: Role, record: type[Record], name: str, purpose: Purpose | None = None) -> Rule:
    """What a role may do with a field of a record, for a purpose that is about such records."""
    exception = EXCEPTIONS.get((record.name, name), {}).get(role)
    if exception is not None:
        return exception
    cells = RULES.get((role, purpose)) or RULES.get((role, None), {})
    return cells.get(record.fields[name].personal, Rule.DENY)


def widest_rule(role: Role, record: type[Record], name: str) -> Rule:
    """The most that a role may do with a field, whatever purpose it states."""
    stated = [None, *(purpose for purpose in Purpose if purposes.opens(purpose, record.name))]
    allowed = {rule_of(role, record, name, purpose) for purpose in stated}
    return next(rule for rule in Rule if rule in allowed)


def undecided(records: Iterable[type[Record]]) -> list[str]:
    """Personal fields about which this module says nothing: with one of them, the graph is not built."""
    return [
        f"{record.name}.{name} is {field.personal.value} and has no rule in models/policy.py: {lacking}"
        for record in records
        for name, field in record.fields.items()
        if field.personal is not PersonalClass.NON_PERSONAL
        for lacking in _lacking(record, field.personal)
    ]


def _lacking(record: type[Record], personal: PersonalClass) -> Iterator[str]:
    for role in Role:
        for purpose in (None, *Purpose):
            cells = RULES.get((role, purpose))
            if (cells is None and purpose is None) or (cells is not None and personal not in cells):
                yield f"RULES has no cell for {role.value}, {purpose.value if purpose is not None else 'no purpose'}"
    if not any(ground.opens is not None and record.name in ground.opens for ground in GROUNDS.values()):
        yield "no purpose in models/purposes.py opens its record"
    if record.name not in OWNER and record.name not in OWNERLESS:
        yield "neither OWNER nor OWNERLESS names its record"


def _rule(role: Role, purpose: Purpose | None, question: PolicyQuestion, name: str) -> Rule:
    rule = rule_of(role, question.record, name, purpose)
    if not question.unlocks or rule is Rule.ALLOW:
        return rule
    is_shown = name in UNLOCKED.get(question.record.name, frozenset())
    return Rule.OPEN if is_shown and rule in (Rule.OPEN, Rule.UNLOCK) else Rule.DENY


def _open_rows(viewer: Viewer, purpose: Purpose | None, question: PolicyQuestion) -> OpenRows | None:
    """A citizen's own rows; those that an officer's department handles, once the officer has said what for."""
    record = question.record
    if question.unlocks and (viewer.role is not Role.OFFICER or purpose is None or not GROUNDS[purpose].unlocks):
        return None
    if viewer.role is Role.CITIZEN and viewer.nik is not None:
        if question.via == PERSONS:
            return OpenRows()
        owner = OWNER.get(record.name)
        return OpenRows(owner, viewer.nik) if owner is not None else None
    if viewer.role is Role.OFFICER and viewer.department_code is not None and purpose is not None:
        if HANDLED_BY in record.fields:
            return OpenRows(HANDLED_BY, viewer.department_code)
        # Whom the register is asked for, an open complaint has named.
        is_open = question.unlocks or question.department == viewer.department_code
        return OpenRows() if is_open else None
    return None


def _rows(viewer: Viewer, question: PolicyQuestion, open_rows: OpenRows | None) -> Predicate:
    name = question.record.name
    if question.unlocks:
        return _unlockable_rows(question, open_rows)
    if question.via == PERSONS and viewer.role is not Role.CITIZEN:
        # What hangs on a person tells who it is about, even where its own rows name nobody: only to that person.
        return NOTHING
    if name in ONLY_OPEN:
        return open_rows.predicate if open_rows is not None else NOTHING
    row_rule = ROW_RULES.get(name)
    return row_rule(viewer) if row_rule is not None else EVERYTHING


def _unlockable_rows(question: PolicyQuestion, open_rows: OpenRows | None) -> Predicate:
    """Open rows of complaints whose reporter did not ask to stay unknown, and the reporter's own in the register."""
    if open_rows is None or question.record.name not in UNLOCKED:
        return NOTHING
    if "publication" not in question.record.fields:
        return open_rows.predicate
    return And((open_rows.predicate, Not(is_in("publication", Publication.ANONYMOUS))))
