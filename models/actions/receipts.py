"""Receipt: the hub's acknowledgement of an action, durable before it is given, and what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from models.values.vocabulary import Vocabulary

KEY_KEPT: Final = timedelta(days=30)
"""How long the same key gives the same receipt."""
KEY_CHARS_MIN: Final = 8
KEY_CHARS_MAX: Final = 128


class ReceiptState(Vocabulary):
    """How far an action is that the hub has acknowledged."""

    ACCEPTED = "ACCEPTED", "Diterima", "Accepted", "The hub has it and brings it to the department"
    DELIVERED = "DELIVERED", "Tersampaikan", "Delivered", "It stands in the department's system"
    REFUSED = "REFUSED", "Ditolak", "Refused", "The department's system did not take it; `reason` says why"
    NEEDS_ATTENTION = (
        "NEEDS_ATTENTION",
        "Perlu ditinjau",
        "Needs attention",
        "A person of the city looks at it: it could not be delivered, or nobody knows whether it was",
    )
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "A newer hub says something that this one does not know"


class RefusalReason(Vocabulary):
    """Why a department's system did not take an action, or why a person has to look at it."""

    CHANGED = "CHANGED", "Sudah berubah", "Changed", "What it is about has changed in the meantime"
    GONE = "GONE", "Sudah tidak ada", "Gone", "What it is about is not there any more"
    NOT_TAKEN = "NOT_TAKEN", "Tidak diterima", "Not taken", "The department's system does not take these values"
    NO_RIGHT = "NO_RIGHT", "Tanpa hak tulis", "No right", "The hub may not write there"
    IN_DOUBT = "IN_DOUBT", "Belum pasti", "In doubt", "It may have been written: nobody could look"
    WAITED_TOO_LONG = (
        "WAITED_TOO_LONG",
        "Terlalu lama menunggu",
        "Waited too long",
        "The department's system did not answer for too long",
    )
    RESTORED = "RESTORED", "Setelah pemulihan", "Restored", "The hub's database was restored from a backup"
    ERASED = "ERASED", "Dihapus", "Erased", "The person's data was erased before it was delivered"
    CLOSED_BY_HAND = "CLOSED_BY_HAND", "Ditutup petugas", "Closed by hand", "A person of the city closed it"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "The hub does not know why"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the hub has acknowledged.

    `action` is its name in the graph. `record` and `record_key` name the row that it is about: of a new one the key is
    known when it is delivered, and `reference` is the number by which the person and the department name it.
    """

    id: str
    action: str
    state: ReceiptState
    accepted_at: datetime
    record: str
    record_key: str | None = None
    reference: str | None = None
    delivered_at: datetime | None = None
    reason: RefusalReason | None = None
