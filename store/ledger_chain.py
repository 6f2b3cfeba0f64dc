"""The chain of the ledger: what an entry says, the bytes that stand for it, the hash that binds it to the one before.

Pure. Whoever has an export can do the same with any JSON library: see docs/ledger.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Final

import orjson

GENESIS: Final = "0" * 64
"""What stands for the hash before the first entry of a chain."""


class ChainCut(Exception):
    """The database no longer ends a chain where its writer left it."""


class EntryKind(Enum):
    """READ: personal fields were read. CUT: a writer found its own chain shorter than it had left it.

    GAP: an operator declares that entries are lost, as after a backup was restored. STEP: what somebody asked about
    their own data came one step further.
    """

    READ = "READ"
    CUT = "CUT"
    GAP = "GAP"
    STEP = "STEP"


@dataclass(frozen=True, slots=True)
class Note:
    """What an entry says, before it has its place in a chain. `at` is aware; `persons` are marks, None: not known."""

    at: datetime
    kind: EntryKind
    role: str
    request_id: str
    record: str = ""
    fields: tuple[str, ...] = ()
    persons: tuple[str, ...] | None = None
    rows: int = 0
    outcome: str = ""
    viewer: str | None = None
    department: str | None = None
    purpose: str | None = None
    operation: str | None = None
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A note in its place: the `seq`-th of its writer, behind the entry whose hash is `previous`."""

    writer: str
    seq: int
    note: Note
    previous: str
    hash: str

    @property
    def expected_hash(self) -> str:
        """The hash that this entry has when nobody has changed it."""
        return hash_of(self.writer, self.seq, self.note, self.previous)


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain ends: its last entry. A chain that has none yet ends at 0."""

    writer: str
    seq: int = 0
    hash: str = GENESIS

    def continued(self, notes: Iterable[Note]) -> list[Entry]:
        """The notes as the next entries of this chain."""
        entries: list[Entry] = []
        seq, previous = self.seq, self.hash
        for note in notes:
            seq += 1
            entry = Entry(self.writer, seq, note, previous, hash_of(self.writer, seq, note, previous))
            entries.append(entry)
            previous = entry.hash
        return entries


def head_of(entry: Entry) -> Head:
    """The head of a chain whose last entry this is."""
    return Head(entry.writer, entry.seq, entry.hash)


def hash_of(writer: str, seq: int, note: Note, previous: str) -> str:
    """SHA-256 over the hash before, as it is written, and the canonical entry; hexadecimal."""
    return hashlib.sha256(previous.encode() + canonical(writer, seq, note)).hexdigest()


def canonical(writer: str, seq: int, note: Note) -> bytes:
    """The one form of an entry in bytes: a JSON array without spaces, in UTF-8, moments in UTC with microseconds."""
    return orjson.dumps(_values(writer, seq, note))


def _values(writer: str, seq: int, note: Note) -> list[Any]:
    return [
        writer,
        seq,
        note.at.astimezone(UTC).isoformat(timespec="microseconds"),
        note.kind.value,
        note.viewer,
        note.role,
        note.department,
        note.purpose,
        note.operation,
        note.request_id,
        note.record,
        note.fields,
        note.persons,
        note.rows,
        note.outcome,
        note.detail,
    ]


def values_of(entry: Entry) -> list[Any]:
    """What an entry says in the canonical order, with `previous` and `hash` at its end."""
    return [*_values(entry.writer, entry.seq, entry.note), entry.previous, entry.hash]


def line_of(entry: Entry) -> bytes:
    """An entry as a line of a journal."""
    return orjson.dumps(values_of(entry), option=orjson.OPT_APPEND_NEWLINE)


def entry_of(line: bytes) -> Entry:
    """The entry of a line. Raises ValueError for anything else."""
    try:
        writer, seq, at, kind, viewer, role, department, purpose, operation, request_id, *rest = orjson.loads(line)
        record, fields, persons, rows, outcome, detail, previous, hashed = rest
        note = Note(
            at=datetime.fromisoformat(at),
            kind=EntryKind(kind),
            role=role,
            request_id=request_id,
            record=record,
            fields=tuple(fields),
            persons=tuple(persons) if persons is not None else None,
            rows=rows,
            outcome=outcome,
            viewer=viewer,
            department=department,
            purpose=purpose,
            operation=operation,
            detail=detail,
        )
    except (TypeError, KeyError) as error:
        raise ValueError("this is no entry of the ledger") from error
    return Entry(writer, seq, note, previous, hashed)
