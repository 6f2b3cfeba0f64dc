"""Viewer: who is asking, built once from a verified credential."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from models.values import Nik


class Role(Enum):
    """What a viewer is to the city."""

    ANONYMOUS = "anonymous"
    DEVELOPER = "developer"
    CITIZEN = "citizen"
    OFFICER = "officer"
    ANALYST = "analyst"
    OPERATOR = "operator"


class Purpose(Enum):
    """Why personal data is read: a closed list, stated by the header Hub-Purpose (UU 27/2022, article 20)."""

    COMPLAINT_HANDLING = "COMPLAINT_HANDLING"
    SERVICE_DELIVERY = "SERVICE_DELIVERY"
    LEGAL_OBLIGATION = "LEGAL_OBLIGATION"


@dataclass(frozen=True, slots=True)
class Viewer:
    """A role with what narrows it: an officer's department, a citizen's own resident number.

    `repr` shows no resident number, since viewers get into logs.
    """

    role: Role
    subject: str | None = None
    department_code: str | None = None
    nik: Nik | None = None

    def __repr__(self) -> str:
        return f"Viewer({self.role.value}, department={self.department_code})"


ANONYMOUS = Viewer(Role.ANONYMOUS)
