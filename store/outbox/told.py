"""What the outbox is told, what it hands to a worker, and what a worker says of it.

OutboxError
├── KeyUsedOtherwise    the client takes a new key: this one stands for another payload (422)
├── KeyStillRunning     the client tries again: another request with this key has not ended (409)
├── TooManyOpen         the client waits until the hub has delivered what it has
├── TooManyToday        the client waits until a day has passed
└── TooLong             the client says it in fewer words
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum
from typing import Final

from sqlalchemy import Connection, Executable

from models.actions.effects import Effect
from models.actions.receipts import Receipt, ReceiptState, RefusalReason

LATE_AFTER: Final = timedelta(minutes=10)
"""What has waited for so long is named by readiness and by the doctor."""


class OutboxError(Exception):
    """The outbox does not accept it, and nothing was stored."""


class KeyUsedOtherwise(OutboxError):
    """The key stands for another payload of the same caller and action."""


class KeyStillRunning(OutboxError):
    """Another request with this key is being accepted."""


class TooManyOpen(OutboxError):
    """Too many of the caller's actions, or of the source's, wait."""


class TooManyToday(OutboxError):
    """The caller has told as much within a day as it may."""


class TooLong(OutboxError):
    """The effects are longer than the outbox holds."""


@dataclass(frozen=True, slots=True)
class Told:
    """An action that was checked, and is to be accepted. `repr` shows nothing of it that is personal.

    `caller` is a pseudonym of store/ledger/pseudonyms.py. `given` are its inputs. `source` is where its effects are
    delivered; None if `own`, statements on the hub's own tables, are all that there is to do. They run when it is
    accepted, in the same transaction, and so does `during`, with the id of the receipt; what it raises is raised, and
    nothing is stored then. `a_day_max` is how many actions of the caller are accepted within a day.
    """

    caller: str
    action: str
    key: str = field(repr=False)
    given: Mapping[str, object] = field(repr=False)
    record: str
    record_key: str | None
    reference: str | None
    source: str | None
    effects: tuple[Effect, ...] = field(repr=False)
    a_day_max: int = 1_000
    own: tuple[Executable, ...] = field(default=(), repr=False)
    during: Callable[[Connection, str], None] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Claim:
    """A row that a worker may deliver until `until`, on the database's clock, for `lasts` from now on.

    `effects` is None if the payload cannot be read any more.
    """

    id: str
    token: int
    source: str
    action: str
    record: str
    reference: str | None
    trace: str | None
    attempts: int
    until: datetime
    lasts: timedelta
    effects: tuple[Effect, ...] | None = field(repr=False)


class AttemptOutcome(Enum):
    """How an attempt ended."""

    WRITTEN = "WRITTEN"
    REFUSED = "REFUSED"
    IN_DOUBT = "IN_DOUBT"
    UNREACHABLE = "UNREACHABLE"
    TIMEOUT = "TIMEOUT"
    BROKEN = "BROKEN"
    """The source refused the statements."""
    LEASE_LOST = "LEASE_LOST"
    UNREADABLE = "UNREADABLE"
    """The payload cannot be read."""
    UNFORESEEN = "UNFORESEEN"
    """A defect of the hub."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How an attempt ended, and what follows: a state, or ACCEPTED and another attempt after `again_after`."""

    outcome: AttemptOutcome
    state: ReceiptState
    reason: RefusalReason | None = None
    record_key: str | None = None
    again_after: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Standing:
    """What waits for a source: how many, the oldest since when, and how many need a person."""

    waiting: int
    oldest: datetime | None
    attention: int

    def is_late(self, now: datetime) -> bool:
        """Whether something has waited for longer than LATE_AFTER."""
        return self.oldest is not None and now - self.oldest > LATE_AFTER


@dataclass(frozen=True, slots=True)
class WorkItem:
    """An action that is not settled, as an operator is shown it: nothing of what was told."""

    receipt: Receipt
    source: str
    waits_since: datetime
    attempts: int
    last_outcome: AttemptOutcome | None
