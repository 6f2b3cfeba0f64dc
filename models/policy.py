"""Who may see what: one table of role x class, one row rule per record that has one, and `decide`, which applies both.

What no rule allows is denied. `decide` is called once per read, in resolvers/records.py and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum

from models.complaints import Publication
from models.predicates import EVERYTHING, Or, Predicate, is_in
from models.records import PersonalClass, Record
from models.viewer import Purpose, Role, Viewer


class Rule(Enum):
    """What a role may do with a class of fields.

    HANDLED is ALLOW in rows that the viewer's department handles, given a purpose, and MASK elsewhere.
    """

    ALLOW = "ALLOW"
    HANDLED = "HANDLED"
    MASK = "MASK"
    DENY = "DENY"


_N, _G, _S, _F = PersonalClass.NON_PERSONAL, PersonalClass.GENERAL, PersonalClass.SPECIFIC, PersonalClass.FREE_TEXT

RULES: Mapping[Role, Mapping[PersonalClass, Rule]] = {
    Role.ANONYMOUS: {_N: Rule.ALLOW, _G: Rule.DENY, _S: Rule.DENY, _F: Rule.DENY},
    Role.DEVELOPER: {_N: Rule.ALLOW, _G: Rule.DENY, _S: Rule.DENY, _F: Rule.DENY},
    Role.CITIZEN: {_N: Rule.ALLOW, _G: Rule.DENY, _S: Rule.DENY, _F: Rule.MASK},
    Role.OFFICER: {_N: Rule.ALLOW, _G: Rule.DENY, _S: Rule.DENY, _F: Rule.HANDLED},
    Role.ANALYST: {_N: Rule.ALLOW, _G: Rule.DENY, _S: Rule.DENY, _F: Rule.DENY},
    Role.OPERATOR: {_N: Rule.ALLOW, _G: Rule.DENY, _S: Rule.DENY, _F: Rule.DENY},
}

HANDLED_BY = "department_code"
"""The field that says which department handles a record, where a record has it."""


@dataclass(frozen=True, slots=True)
class PolicyQuestion:
    """What a read wants to do with fields: show them, or only compare and sort by them."""

    record: type[Record]
    shown: frozenset[str]
    compared: frozenset[str]


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer: columns to show, to mask and to deny, fields that may not be compared, and which rows exist at all.

    Masked columns are shown in full in rows whose HANDLED_BY equals `unmasked_department`.
    """

    allowed: frozenset[str]
    masked: frozenset[str]
    denied: frozenset[str]
    denied_comparisons: frozenset[str]
    rows: Predicate
    unmasked_department: str | None


def _complaint_rows(viewer: Viewer) -> Predicate:
    """Public and anonymous complaints; all others only for the department that handles them and for their reporter."""
    published = is_in("publication", Publication.PUBLIC, Publication.ANONYMOUS)
    if viewer.role is Role.OFFICER and viewer.department_code is not None:
        return Or((published, is_in(HANDLED_BY, viewer.department_code)))
    if viewer.role is Role.CITIZEN and viewer.nik is not None:
        return Or((published, is_in("reporter_nik", viewer.nik)))
    return published


ROW_RULES: Mapping[str, Callable[[Viewer], Predicate]] = {
    "complaints": _complaint_rows,
    "complaint_status_changes": _complaint_rows,
}


def decide(viewer: Viewer, purpose: Purpose | None, question: PolicyQuestion) -> Decision:
    """Pure: the same question always has the same answer. Filters and order follow the rule of the field itself."""
    rules = RULES.get(viewer.role, {})
    handled = viewer.department_code if purpose is not None and HANDLED_BY in question.record.fields else None
    by_rule: dict[Rule, set[str]] = {rule: set() for rule in Rule}
    for name in question.shown:
        by_rule[rules.get(question.record.fields[name].personal, Rule.DENY)].add(name)
    row_rule = ROW_RULES.get(question.record.name)
    return Decision(
        allowed=frozenset(by_rule[Rule.ALLOW]),
        masked=frozenset(by_rule[Rule.MASK] | by_rule[Rule.HANDLED]),
        denied=frozenset(by_rule[Rule.DENY]),
        denied_comparisons=frozenset(
            name
            for name in question.compared
            if rules.get(question.record.fields[name].personal, Rule.DENY) is not Rule.ALLOW
        ),
        rows=row_rule(viewer) if row_rule is not None else EVERYTHING,
        unmasked_department=handled if by_rule[Rule.HANDLED] else None,
    )
