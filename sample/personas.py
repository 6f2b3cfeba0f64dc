"""The four personas of the sample city: who they are, and a first question that each would ask."""

from __future__ import annotations

from dataclasses import dataclass

from models.viewer import Purpose, Role
from sample.people import resident_number


@dataclass(frozen=True, slots=True)
class Persona:
    """Somebody to try the hub as. The question is one line, so that a shell takes it as it is."""

    role: Role
    name: str
    question: str
    department: str | None = None
    nik: str | None = None
    purpose: Purpose | None = None


PERSONAS = (
    Persona(
        Role.CITIZEN,
        "resident",
        '{ area(code: "36.71.05.1003") { name complaints(first: 2) '
        "{ nodes { statusLabel category { name } description } } } }",
        nik=resident_number(0),
    ),
    Persona(
        Role.OFFICER,
        "officer of public works",
        "{ complaints(first: 2, filter: {status: {eq: OPEN}}, orderBy: [{requestedAt: DESC}]) "
        "{ nodes { ticketNumber description department { abbreviation } history(first: 3) { nodes { at note } } } } }",
        department="dpupr",
        purpose=Purpose.COMPLAINT_HANDLING,
    ),
    Persona(
        Role.ANALYST,
        "analyst",
        "{ areas(first: 13, filter: {level: {eq: DISTRICT}}, orderBy: [{code: ASC}]) "
        "{ nodes { name complaints(first: 0, filter: {status: {eq: OPEN}}) { totalCount } } } }",
    ),
    Persona(
        Role.DEVELOPER,
        "developer",
        "{ areaAt(position: {latitude: -6.19, longitude: 106.66}) { code name parent { name } } "
        "departments { code abbreviation } }",
    ),
)


def persona_of(role: Role) -> Persona | None:
    """The persona of a role; anonymous and operator have none."""
    return next((persona for persona in PERSONAS if persona.role is role), None)
