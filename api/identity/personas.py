"""The four personas of the dev profile: who they are in a city, and a first question that each would ask."""

from __future__ import annotations

from dataclasses import dataclass

from models.city import City
from models.policy.viewer import Purpose, Role


@dataclass(frozen=True, slots=True)
class Persona:
    """Somebody to try the hub as. The question is one line, so that a shell takes it as it is."""

    role: Role
    name: str
    question: str
    department: str | None = None
    nik: str | None = None
    purpose: Purpose | None = None


def personas_of(city: City) -> tuple[Persona, ...]:
    """The personas of a city, of what it shows in its examples."""
    shown, level = city.shown, city.parts.level.value
    office = city.department(shown.department)
    place = f"latitude: {shown.position.latitude}, longitude: {shown.position.longitude}"
    return (
        Persona(
            Role.CITIZEN,
            "resident",
            f'{{ area(code: "{shown.small_area}") {{ name complaints(first: 2) '
            "{ nodes { statusLabel category { name } description } } } }",
            nik=shown.person,
        ),
        Persona(
            Role.OFFICER,
            f"officer of {office.abbreviation if office is not None else shown.department}",
            "{ complaints(first: 2, filter: {status: {eq: OPEN}}, orderBy: [{requestedAt: DESC}]) { nodes "
            "{ ticketNumber description department { abbreviation } history(first: 3) { nodes { at note } } } } }",
            department=shown.department,
            purpose=Purpose.COMPLAINT_HANDLING,
        ),
        Persona(
            Role.ANALYST,
            "analyst",
            f"{{ areas(first: 20, filter: {{level: {{eq: {level}}}}}, orderBy: [{{code: ASC}}]) "
            "{ nodes { name complaints(first: 0, filter: {status: {eq: OPEN}}) { totalCount } } } }",
        ),
        Persona(
            Role.DEVELOPER,
            "developer",
            f"{{ areaAt(position: {{{place}}}) {{ code name parent {{ name }} }} "
            "departments { code abbreviation } }",
        ),
    )
