"""Changes: what the hub has changed of which row, in the order in which it did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Final

from models.values.vocabulary import Vocabulary

NewestChanges = Mapping[str, int]
"""The cursor of the newest change of each record, by its name."""
NO_CHANGES: Final[NewestChanges] = MappingProxyType({})


class ChangeKind(Vocabulary):
    """What became of a row."""

    NEW = "NEW", "Baru", "New", "It is there since then"
    CHANGED = "CHANGED", "Diubah", "Changed", "It has other values since then"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "A newer hub says something that this one does not know"


@dataclass(frozen=True, slots=True)
class RecordChange:
    """A change of a row by the hub. Later changes have larger cursors. `key` is None where it is not known."""

    cursor: int
    record: str
    key: str | None
    kind: ChangeKind
    at: datetime
