"""Changes: which row of which record came, went or became another, in the order in which the hub knows of it.

A change holds no values of its row: who is told of it reads the row in the ordinary way, so that policy decides then.
"""

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

Visibility = Mapping[str, str | None]
"""The values of the fields by which policy decides who may know that a row exists, by the name of the field.

A resident number is a pseudonym. It is empty for a record of which everybody may see every row.
"""


class ChangeKind(Vocabulary):
    """What became of a row."""

    NEW = "NEW", "Baru", "New", "It is there since then"
    CHANGED = "CHANGED", "Diubah", "Changed", "It has other values since then"
    GONE = "GONE", "Hilang", "Gone", "It is not there any more, or not for you, or your filter does not find it"
    RESYNC = (
        "RESYNC",
        "Muat ulang",
        "Read again",
        "Changes before this are not kept any more: read again what you show",
    )
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "A newer hub says something that this one does not know"


@dataclass(frozen=True, slots=True)
class NoticedChange:
    """What is to be noted of a row: NEW, CHANGED or GONE.

    `key` is None where it is not known. `fields` are those that have other values; None: any may have. The visibilities
    are None where the row was not there, or where they are not known. `digest` is that of the whole row, where the
    hub has read it: who finds the row with this digest finds nothing new.
    """

    record: str
    key: str | None
    kind: ChangeKind
    fields: frozenset[str] | None = None
    visibility_before: Visibility | None = None
    visibility_after: Visibility | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class RecordChange:
    """A change as it was noted. Later changes have larger cursors; `at` is when the hub knew, on the database's clock.

    The rest is as in NoticedChange.
    """

    cursor: int
    record: str
    key: str | None
    kind: ChangeKind
    at: datetime
    fields: frozenset[str] | None = None
    visibility_before: Visibility | None = None
    visibility_after: Visibility | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class KeptChanges:
    """The cursors of the oldest and the newest change that are kept; both 0 if there was none ever."""

    oldest: int
    newest: int

    def reaches(self, cursor: int) -> bool:
        """Whether every change after this cursor is kept. Otherwise who stands there has to read everything again."""
        return self.oldest - 1 <= cursor <= self.newest
