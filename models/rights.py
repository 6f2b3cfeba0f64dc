"""Rights: what a person may ask about their own data, how far the answer is, and its clock (UU 27/2022)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType

from models.erasure import ErasureSearch
from models.viewer import Purpose
from models.vocabulary import Vocabulary

ANSWER_WITHIN = timedelta(hours=72)
"""How long a department has: 3x24 hours from the moment of the request (UU 27/2022, articles 40 to 44)."""

TEXT_CHARS_MAX = 1_000
"""How long a reason or an answer may be."""

CONSENT_PURPOSES: frozenset[Purpose] = frozenset({Purpose.OUTREACH})
"""The purposes whose legal basis is consent, which a person may take back. All others rest on a duty or a task."""


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
"""Which states may follow one. What is closed stays closed: whoever disagrees asks anew."""

CLOSED: frozenset[RightsState] = frozenset({RightsState.DONE, RightsState.REFUSED})


@dataclass(frozen=True, slots=True)
class RightsStep:
    """That a request came into a state; `role` is that of who brought it there."""

    number: int
    at: datetime
    state: RightsState
    role: str
    note: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class RightsRequest:
    """What one person asks of one department. `person` is a mark; who it is, is sealed until the request is closed.

    `purpose` is that of a withdrawal of consent, `receipt` says where the hub itself has looked
    because of an erasure. All moments are UTC.
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
        """Whether the answer came after its time, or is not there although its time is over."""
        return (self.closed_at or now) > self.due_at


@dataclass(frozen=True, slots=True)
class Asker:
    """Whom a request is from, and the reason that was given: what is sealed."""

    nik: str = field(repr=False)
    reason: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Consent:
    """Whether a person's consent to a purpose stands; the hub reads for it unless it was withdrawn."""

    purpose: Purpose
    withdrawn_at: datetime | None
