"""The viewer of a request, built once from a verified credential."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from models.values.types import PersonId


class Role(Enum):
    """What a viewer is to the city. DPO is its data protection officer."""

    __hash__ = object.__hash__  # as in Vocabulary

    ANONYMOUS = "anonymous"
    DEVELOPER = "developer"
    CITIZEN = "citizen"
    OFFICER = "officer"
    ANALYST = "analyst"
    AUDITOR = "auditor"
    OPERATOR = "operator"
    DPO = "dpo"


class Purpose(Enum):
    """Why personal data is read: a closed list, stated by the header Hub-Purpose. See models/policy/purposes.py."""

    __hash__ = object.__hash__  # as in Vocabulary

    COMPLAINT_HANDLING = "COMPLAINT_HANDLING"
    EMERGENCY_RESPONSE = "EMERGENCY_RESPONSE"
    SERVICE_DELIVERY = "SERVICE_DELIVERY"
    LEGAL_OBLIGATION = "LEGAL_OBLIGATION"
    OUTREACH = "OUTREACH"


class Scope(Enum):
    """What an API key may be used for."""

    READ = "read:public"
    EXPORT = "export"
    REPORT = "report"


SELF_SERVED = frozenset({Scope.READ, Scope.EXPORT})
"""The scopes of a key that a developer asks for: all that a stranger may do without one."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """A role with its limits: an officer's department, a citizen's resident number, the scopes of a key.

    `subject` is a stable name that reveals nothing about a person: `client-` and the number of a client for API keys,
    an HMAC of issuer and subject for tokens, None without a credential. Rate limits count by it. `scopes` is None if
    only the role limits. `repr` shows no resident number, because viewers get into logs.
    """

    role: Role
    subject: str | None = None
    department_code: str | None = None
    nik: PersonId | None = None
    scopes: frozenset[Scope] | None = None

    def may(self, scope: Scope) -> bool:
        """Whether the credential has this scope."""
        return self.scopes is None or scope in self.scopes

    def __repr__(self) -> str:
        return f"Viewer({self.role.value}, department={self.department_code})"


ANONYMOUS = Viewer(Role.ANONYMOUS)


class CallerClass(Enum):
    """Whose calls share the connections of a source, the most urgent class first."""

    __hash__ = object.__hash__  # as in Vocabulary

    EMERGENCY = "emergency"
    STAFF = "staff"
    RESIDENTS = "residents"
    KEYS = "keys"
    STRANGERS = "strangers"


_CLASSES = {
    Role.ANONYMOUS: CallerClass.STRANGERS,
    Role.DEVELOPER: CallerClass.KEYS,
    Role.CITIZEN: CallerClass.RESIDENTS,
}
"""All other roles are staff of the city."""


def class_of(viewer: Viewer, *, urgent: bool = False) -> CallerClass:
    """The class of a viewer's calls. Only staff can be urgent, because anybody could claim to ask urgently."""
    caller = _CLASSES.get(viewer.role, CallerClass.STAFF)
    return CallerClass.EMERGENCY if urgent and caller is CallerClass.STAFF else caller
