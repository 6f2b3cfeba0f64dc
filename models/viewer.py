"""Viewer: who is asking, built once from a verified credential."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from models.values import Nik


class Role(Enum):
    """What a viewer is to the city. DPO is its data protection officer."""

    ANONYMOUS = "anonymous"
    DEVELOPER = "developer"
    CITIZEN = "citizen"
    OFFICER = "officer"
    ANALYST = "analyst"
    AUDITOR = "auditor"
    OPERATOR = "operator"
    DPO = "dpo"


class Purpose(Enum):
    """Why personal data is read: a closed list, stated by the header Hub-Purpose. See models/purposes.py."""

    COMPLAINT_HANDLING = "COMPLAINT_HANDLING"
    EMERGENCY_RESPONSE = "EMERGENCY_RESPONSE"
    SERVICE_DELIVERY = "SERVICE_DELIVERY"
    LEGAL_OBLIGATION = "LEGAL_OBLIGATION"
    OUTREACH = "OUTREACH"


class Scope(Enum):
    """What an API key may be used for."""

    READ = "read:public"
    EXPORT = "export"


@dataclass(frozen=True, slots=True)
class Viewer:
    """A role with what narrows it: an officer's department, a citizen's own resident number, the scopes of a key.

    `subject` names whoever asks, the same from request to request, and says nothing about a person: `client-` and the
    number of a client for API keys, an HMAC of issuer and subject for tokens, None for who has no credential. What
    counts requests counts them by it. `scopes` is None where nothing but the role narrows. `repr` shows no resident
    number, since viewers get into logs.
    """

    role: Role
    subject: str | None = None
    department_code: str | None = None
    nik: Nik | None = None
    scopes: frozenset[Scope] | None = None

    def may(self, scope: Scope) -> bool:
        """Whether the credential was given for this."""
        return self.scopes is None or scope in self.scopes

    def __repr__(self) -> str:
        return f"Viewer({self.role.value}, department={self.department_code})"


ANONYMOUS = Viewer(Role.ANONYMOUS)
