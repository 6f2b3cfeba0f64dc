"""Subject requests: what people may ask about their own data, the state of the answer, the deadline (UU 27/2022)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType

from models.policy.erasure import ErasureSearch
from models.policy.viewer import Purpose
from models.values.vocabulary import Vocabulary

ANSWER_WITHIN = timedelta(hours=72)
"""The deadline of a department: 3x24 hours from the request (UU 27/2022, articles 40 to 44)."""

TEXT_CHARS_MAX = 1_000
"""The maximum length of a reason or an answer."""

CONSENT_PURPOSES: frozenset[Purpose] = frozenset({Purpose.OUTREACH})
"""The purposes that rest on consent, which a person may withdraw. All others rest on a duty or a task."""


class RightsKind(Vocabulary):
    """What a person asks a department to do with their data."""

    ERASURE = "ERASURE", "Penghapusan", "Erasure", "To erase it, or to say which law keeps it"
    CONSENT_WITHDRAWAL = (
        "CONSENT_WITHDRAWAL",
        "Penarikan persetujuan",
        "Withdrawal of consent",
        "To stop what rested on the person's consent",
    )
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "A newer hub has written it"


class RightsState(Vocabulary):
    """How far the answer to a request is."""

    OPEN = "OPEN", "Terbuka", "Open", "Registered; nobody has dealt with it yet"
    FORWARDED = "FORWARDED", "Diteruskan", "Forwarded", "The department has it"
    DONE = "DONE", "Selesai", "Done", "The department has done what was asked"
    REFUSED = "REFUSED", "Ditolak", "Refused", "The department may not or need not do it, and says why"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "A newer hub has written it"


FOLLOWING: Mapping[RightsState, frozenset[RightsState]] = MappingProxyType(
    {
        RightsState.OPEN: frozenset({RightsState.FORWARDED, RightsState.DONE, RightsState.REFUSED}),
        RightsState.FORWARDED: frozenset({RightsState.DONE, RightsState.REFUSED}),
    }
)
"""The states that may follow each state. A closed request stays closed; the person may make a new one."""

CLOSED: frozenset[RightsState] = frozenset({RightsState.DONE, RightsState.REFUSED})


@dataclass(frozen=True, slots=True)
class RightsStep:
    """A request reached a state; `role` is that of who brought it there."""

    number: int
    at: datetime
    state: RightsState
    role: str
    note: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class RightsRequest:
    """A request of one person to one department.

    `person` is a pseudonym; the person's identity is sealed until the request is closed. `purpose` is set for a
    withdrawal of consent, and `receipt` says where the hub searched for an erasure. Times are UTC.
    """

    id: str
    person: str
    kind: RightsKind
    purpose: str | None
    department: str
    state: RightsState
    opened_at: datetime
    due_at: datetime
    closed_at: datetime | None
    sealed: str | None = field(default=None, repr=False)
    steps: tuple[RightsStep, ...] = ()
    receipt: tuple[ErasureSearch, ...] = ()

    def is_overdue(self, now: datetime) -> bool:
        """Whether the answer came late, or is missing after the deadline."""
        return (self.closed_at or now) > self.due_at


@dataclass(frozen=True, slots=True)
class Asker:
    """Who made a request, and the reason: what is sealed."""

    nik: str = field(repr=False)
    reason: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Consent:
    """A person's consent to a purpose, which stands unless it was withdrawn."""

    purpose: Purpose
    withdrawn_at: datetime | None
