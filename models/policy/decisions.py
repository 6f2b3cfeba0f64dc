"""Who may see what: a table of role x purpose x class, named exceptions, row rules, and `decide`, which applies them.

What no rule allows is denied. Only resolvers/records.py calls `decide`; resolvers/prepared.py keeps a decision by
everything that was looked at for it. The record says whom it is about and who handles it (models/records.py);
purposes.py says which records a purpose is about and why it is lawful. docs/personal-data.md is printed from all three.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from models.complaints import Publication
from models.emergencies import AlertScope, AlertStatus, CallDisposition
from models.policy import purposes
from models.policy.positions_told import PUBLICATION, PositionsTold
from models.policy.purposes import GROUNDS
from models.policy.viewer import Purpose, Role, Viewer
from models.predicates import EVERYTHING, NOTHING, And, Not, Or, Predicate, is_in
from models.records import PersonalClass, Record
from models.values import position_accuracy
from models.values.position_accuracy import ComplaintPositions, PositionAccuracy


class Rule(Enum):
    """What a role may do with a class of fields, from the widest rule to the narrowest.

    The first word is for rows that are open to the viewer, the last word for all others. A field under MASK_ELSE_NULL
    is shown by `unlockReporter`, one row at a time. If no row is open to a viewer, the rules that end in NULL deny the
    field.
    """

    ALLOW = "ALLOW"
    OPEN_ELSE_MASK = "OPEN_ELSE_MASK"
    OPEN_ELSE_NULL = "OPEN_ELSE_NULL"
    MASK_ELSE_NULL = "MASK_ELSE_NULL"
    DENY = "DENY"


Cells = Mapping[PersonalClass, Rule]


def _cells(non_personal: Rule, general: Rule, specific: Rule, free_text: Rule) -> Cells:
    return {
        PersonalClass.NON_PERSONAL: non_personal,
        PersonalClass.GENERAL: general,
        PersonalClass.SPECIFIC: specific,
        PersonalClass.FREE_TEXT: free_text,
    }


_ALLOW, _DENY = Rule.ALLOW, Rule.DENY
_OR_NULL, _OR_MASK = Rule.OPEN_ELSE_NULL, Rule.OPEN_ELSE_MASK
_P = Purpose

RULES: Mapping[tuple[Role, Purpose | None], Cells] = {
    (Role.ANONYMOUS, None): _cells(_ALLOW, _DENY, _DENY, _DENY),
    (Role.DEVELOPER, None): _cells(_ALLOW, _DENY, _DENY, _DENY),
    (Role.CITIZEN, None): _cells(_ALLOW, _OR_NULL, _OR_NULL, _OR_MASK),
    (Role.OFFICER, None): _cells(_ALLOW, _DENY, _DENY, _OR_MASK),
    (Role.OFFICER, _P.COMPLAINT_HANDLING): _cells(_ALLOW, _OR_NULL, _DENY, _OR_MASK),
    (Role.OFFICER, _P.EMERGENCY_RESPONSE): _cells(_ALLOW, _OR_NULL, _DENY, _OR_MASK),
    (Role.OFFICER, _P.SERVICE_DELIVERY): _cells(_ALLOW, _OR_NULL, _OR_NULL, _OR_MASK),
    (Role.OFFICER, _P.LEGAL_OBLIGATION): _cells(_ALLOW, _OR_NULL, _OR_NULL, _OR_MASK),
    (Role.OFFICER, _P.OUTREACH): _cells(_ALLOW, _OR_NULL, _DENY, _OR_MASK),
    (Role.ANALYST, None): _cells(_ALLOW, _DENY, _DENY, _DENY),
    (Role.AUDITOR, None): _cells(_ALLOW, _DENY, _DENY, _DENY),
    (Role.OPERATOR, None): _cells(_ALLOW, _DENY, _DENY, _DENY),
    (Role.DPO, None): _cells(_ALLOW, _DENY, _DENY, _DENY),
}
"""The columns are the classes NON_PERSONAL, GENERAL, SPECIFIC, FREE_TEXT. A purpose without a line for a role, or that
is not about the record, counts as no purpose."""

EXCEPTIONS: Mapping[tuple[str, str], Mapping[Role, Rule]] = {
    # Only reporters see themselves; the department that handles a complaint may unlock its reporter.
    ("complaints", "reporter_nik"): {Role.OFFICER: Rule.MASK_ELSE_NULL},
    ("complaint_handlings", "reporter_nik"): {Role.OFFICER: Rule.DENY},
    ("complaint_status_changes", "reporter_nik"): {Role.OFFICER: Rule.DENY},
    # What people say in distress is for those who help; a mask would cover numbers and show the story.
    ("incidents", "description"): {Role.CITIZEN: Rule.DENY, Role.OFFICER: Rule.OPEN_ELSE_NULL},
}
"""Fields for which a role has another rule than that of their class."""

PERSONS = "citizens"
"""The record of people. Related records are reached from a row that was open to the viewer."""


@dataclass(frozen=True, slots=True)
class PolicyQuestion:
    """What a read wants to do with fields: show them, or only compare and sort by them.

    `department` is that of the source, `via` the record from which the rows are reached. `unlocks`: the reporter of one
    complaint is asked for, by `unlockReporter`. `positions` is the city's choice.
    """

    record: type[Record]
    shown: frozenset[str]
    compared: frozenset[str]
    department: str
    via: str | None = None
    unlocks: bool = False
    positions: ComplaintPositions = position_accuracy.BY_DEFAULT


@dataclass(frozen=True, slots=True)
class OpenRows:
    """The rows that are open to a viewer: those in which `field` has the value, or all if there is no field."""

    field: str | None = None
    value: object = None

    @property
    def predicate(self) -> Predicate:
        return EVERYTHING if self.field is None else is_in(self.field, self.value)


@dataclass(frozen=True, slots=True)
class Decision:
    """The columns to show, mask, withhold and deny, the fields that may not be compared, and the row predicate.

    In `open_rows` masked and withheld columns are shown in full and locked ones masked; elsewhere locked ones are
    withheld. `positions` says which positions are told less accurately; None: none. `unmapped` are the fields that
    decide about rows and that the source does not hold: in no row they have a value. `people` finds the identity of the
    city's people in texts that are masked, beside what is masked everywhere.
    """

    allowed: frozenset[str]
    masked: frozenset[str]
    withheld: frozenset[str]
    locked: frozenset[str]
    denied: frozenset[str]
    denied_comparisons: frozenset[str]
    rows: Predicate
    open_rows: OpenRows | None
    positions: PositionsTold | None = None
    unmapped: frozenset[str] = frozenset()
    people: re.Pattern[str] | None = None


def _complaint_rows(viewer: Viewer) -> Predicate:
    """Public and anonymous complaints; others only for the department that handles them and for their reporter."""
    published = is_in(PUBLICATION, Publication.PUBLIC, Publication.ANONYMOUS)
    whole = _complaints_seen_whole(viewer)
    return Or((published, is_in(*whole))) if whole is not None else published


def _complaints_seen_whole(viewer: Viewer) -> tuple[str, str] | None:
    """The field and value of the complaints that the viewer handles or wrote, whatever their publication."""
    if viewer.role is Role.OFFICER and viewer.department_code is not None:
        return "department_code", viewer.department_code
    if viewer.role is Role.CITIZEN and viewer.nik is not None:
        return "reporter_nik", viewer.nik
    return None


def _incident_rows(viewer: Viewer) -> Predicate:
    """Real emergencies; other calls only for the department that handles them and, as numbers, for analysts."""
    emergencies = is_in("disposition", CallDisposition.EMERGENCY)
    if viewer.role is Role.ANALYST:
        return EVERYTHING
    if viewer.role is Role.OFFICER and viewer.department_code is not None:
        return Or((emergencies, is_in("department_code", viewer.department_code)))
    return emergencies


def _alert_rows(_: Viewer) -> Predicate:
    """Alerts that are public and actual: a published test or exercise would frighten a city."""
    return And((is_in("status", AlertStatus.ACTUAL), is_in("scope", AlertScope.PUBLIC)))


ROW_RULES: Mapping[str, Callable[[Viewer], Predicate]] = {
    "alerts": _alert_rows,
    "complaints": _complaint_rows,
    "complaint_handlings": _complaint_rows,
    "complaint_status_changes": _complaint_rows,
    "incidents": _incident_rows,
}


POSITIONS_CHOSEN: frozenset[str] = frozenset({"complaints", "complaint_handlings"})
"""Records for which the city chooses how accurately everybody is told positions."""


def positions_told(viewer: Viewer, record: type[Record], chosen: ComplaintPositions) -> PositionsTold | None:
    """How accurately a viewer is told positions, in every answer, filter and order; None: as they are."""
    accuracies = ((Publication.PUBLIC, chosen.public), (Publication.ANONYMOUS, chosen.anonymous))
    if record.name not in POSITIONS_CHOSEN or all(accuracy is PositionAccuracy.EXACT for _, accuracy in accuracies):
        return None
    return PositionsTold(accuracies, _complaints_seen_whole(viewer))


def decide(viewer: Viewer, purpose: Purpose | None, question: PolicyQuestion) -> Decision:
    """The decision on a question. Pure: the same question always has the same decision."""
    record = question.record
    stated = purpose if purpose is not None and (question.unlocks or purposes.opens(purpose, record.name)) else None
    open_rows = _open_rows(viewer, stated, question)
    by_rule: dict[Rule, set[str]] = {rule: set() for rule in Rule}
    for name in question.shown:
        by_rule[_rule(viewer.role, stated, question, name)].add(name)
    in_open, locked, nowhere = by_rule[Rule.OPEN_ELSE_NULL], by_rule[Rule.MASK_ELSE_NULL], by_rule[Rule.DENY]
    return Decision(
        allowed=frozenset(by_rule[Rule.ALLOW]),
        masked=frozenset(by_rule[Rule.OPEN_ELSE_MASK]),
        withheld=frozenset(in_open if open_rows is not None else ()),
        locked=frozenset(locked if open_rows is not None else ()),
        denied=frozenset(nowhere if open_rows is not None else nowhere | in_open | locked),
        denied_comparisons=frozenset(
            name for name in question.compared if rule_of(viewer.role, record, name, stated) is not Rule.ALLOW
        ),
        rows=_rows(viewer, question, open_rows),
        open_rows=open_rows if in_open or locked or by_rule[Rule.OPEN_ELSE_MASK] else None,
        positions=positions_told(viewer, record, question.positions),
    )


def rule_of(role: Role, record: type[Record], name: str, purpose: Purpose | None = None) -> Rule:
    """The rule of a role for a field of a record, for a purpose that is about such records."""
    exception = EXCEPTIONS.get((record.name, name), {}).get(role)
    if exception is not None:
        return exception
    cells = RULES.get((role, purpose)) or RULES.get((role, None), {})
    return cells.get(record.fields[name].personal, Rule.DENY)


def widest_rule(role: Role, record: type[Record], name: str) -> Rule:
    """The widest rule of a role for a field, over all purposes."""
    stated = [None, *(purpose for purpose in Purpose if purposes.opens(purpose, record.name))]
    allowed = {rule_of(role, record, name, purpose) for purpose in stated}
    return next(rule for rule in Rule if rule in allowed)


def undecided(records: Iterable[type[Record]]) -> list[str]:
    """Personal fields without a rule in this module: if there are any, the graph is not built."""
    return [
        f"{record.name}.{name} is {field.personal.value} and has no rule in models/policy/decisions.py: {lacking}"
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
        yield "no purpose in models/policy/purposes.py opens its record"
    if record.owner is None and not record.ownerless:
        yield "its record states neither its owner nor that it is ownerless"


def _rule(role: Role, purpose: Purpose | None, question: PolicyQuestion, name: str) -> Rule:
    rule = rule_of(role, question.record, name, purpose)
    if not question.unlocks or rule is Rule.ALLOW:
        return rule
    return (
        Rule.OPEN_ELSE_NULL
        if name in question.record.unlocked and rule in (Rule.OPEN_ELSE_NULL, Rule.MASK_ELSE_NULL)
        else Rule.DENY
    )


def _open_rows(viewer: Viewer, purpose: Purpose | None, question: PolicyQuestion) -> OpenRows | None:
    """A citizen's own rows; for an officer who states a purpose, those that the department handles."""
    record = question.record
    if question.unlocks and (viewer.role is not Role.OFFICER or purpose is None or not GROUNDS[purpose].unlocks):
        return None
    if viewer.role is Role.CITIZEN and viewer.nik is not None:
        if question.via == PERSONS:
            return OpenRows()
        return OpenRows(record.owner, viewer.nik) if record.owner is not None else None
    if viewer.role is Role.OFFICER and viewer.department_code is not None and purpose is not None:
        if record.handled_by is not None:
            return OpenRows(record.handled_by, viewer.department_code)
        # The register is only asked for people whom an open complaint names.
        is_open = question.unlocks or question.department == viewer.department_code
        return OpenRows() if is_open else None
    return None


def _rows(viewer: Viewer, question: PolicyQuestion, open_rows: OpenRows | None) -> Predicate:
    if question.unlocks:
        return _unlockable_rows(question, open_rows)
    if question.via == PERSONS and viewer.role is not Role.CITIZEN:
        # Records reached from a person reveal whom they are about, so only that person may reach them.
        return NOTHING
    if question.record.only_open:
        return open_rows.predicate if open_rows is not None else NOTHING
    row_rule = ROW_RULES.get(question.record.name)
    return row_rule(viewer) if row_rule is not None else EVERYTHING


def _unlockable_rows(question: PolicyQuestion, open_rows: OpenRows | None) -> Predicate:
    """Open complaints whose reporter is not anonymous, and the entry of the reporter in the register."""
    if open_rows is None or not question.record.unlocked:
        return NOTHING
    if "publication" not in question.record.fields:
        return open_rows.predicate
    return And((open_rows.predicate, Not(is_in("publication", Publication.ANONYMOUS))))
