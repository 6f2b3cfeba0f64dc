"""Lists whose data was read by a viewer or in an interval, for the breach notice within 3x24 hours."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from store.database.engine import HubDatabase
from store.ledger.chain import Entry, EntryKind
from store.ledger.rows import entries_between

PERSONS_MAX: Final = 200_000
"""How many people one answer may name, which bounds the memory of the command."""


class TooManyAffected(Exception):
    """More than PERSONS_MAX people are affected: the interval has to be shorter."""


@dataclass(slots=True)
class Touched:
    """What was read about one person: how often, from when to when, and which fields of which records."""

    person: str
    first: datetime
    last: datetime
    reads: int = 0
    fields: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Affected:
    """All affected people, and the number of reads and rows whose people the hub does not know."""

    reads: int = 0
    persons: dict[str, Touched] = field(default_factory=dict)
    unnamed_reads: int = 0
    unnamed_rows: int = 0

    def add(self, entry: Entry) -> None:
        """Count an entry. Raises TooManyAffected."""
        note = entry.note
        self.reads += 1
        if note.persons is None:
            self.unnamed_reads += 1
            self.unnamed_rows += note.rows
            return
        fields = [f"{note.record}.{name}" for name in note.fields]
        for person in note.persons:
            touched = self.persons.get(person)
            if touched is None:
                if len(self.persons) >= PERSONS_MAX:
                    raise TooManyAffected
                touched = self.persons[person] = Touched(person, note.at, note.at)
            touched.reads += 1
            touched.last = note.at
            touched.fields.update(fields)


async def affected(
    database: HubDatabase,
    start: datetime | None,
    end: datetime | None,
    *,
    viewer: str | None = None,
    department: str | None = None,
) -> Affected:
    """Whom the reads in [start, end) were about: all reads, or those of one viewer or of one department's officers.

    Raises TooManyAffected.
    """
    found = Affected()
    async for entry in entries_between(database, start, end, EntryKind.READ, viewer=viewer, department=department):
        found.add(entry)
    return found
