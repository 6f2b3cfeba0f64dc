"""The hash chain of the ledger: entries, their canonical bytes, and the hash that binds each to the one before.

Pure. Hashes are keyed, so that nobody without HUB_SECRET can recompute the chain. Old chains have plain hashes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Final

import orjson

from models.keys import HashKey

GENESIS: Final = "0" * 64
"""The previous hash of the first entry of a chain."""


class LedgerKeys:
    """The HMAC keys of the ledger's entries and of its anchors."""

    __slots__ = ("anchors", "chain")

    def __init__(self, secret: bytes) -> None:
        self.chain = HashKey(secret, b"simpul ledger chain 1")
        self.anchors = HashKey(secret, b"simpul ledger anchors 1")


class ChainCut(Exception):
    """The database has another head of a chain than its writer wrote."""


class EntryKind(Enum):
    """READ: personal fields were read. CUT: a writer found its own chain cut.

    GAP: an operator declares that entries are lost, for example after a restore. STEP: a step of a subject request.
    """

    READ = "READ"
    CUT = "CUT"
    GAP = "GAP"
    STEP = "STEP"


@dataclass(frozen=True, slots=True)
class Note:
    """The content of an entry. `at` is timezone-aware; `persons` are pseudonyms, None if unknown."""

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
    """A note as the `seq`-th entry of its writer; `previous` is the hash of the entry before."""

    writer: str
    seq: int
    note: Note
    previous: str
    hash: str

    def has_hash(self, key: HashKey | None) -> bool:
        """Whether the hash of this entry is right, by the key or, for None, as a plain hash."""
        return self.hash == hash_of(self.writer, self.seq, self.note, self.previous, key)


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry of a chain; `seq` is 0 for an empty chain."""

    writer: str
    seq: int = 0
    hash: str = GENESIS

    def continued(self, notes: Iterable[Note], key: HashKey | None) -> list[Entry]:
        """The notes as the next entries of this chain, with plain hashes if there is no key."""
        entries: list[Entry] = []
        seq, previous = self.seq, self.hash
        for note in notes:
            seq += 1
            entry = Entry(self.writer, seq, note, previous, hash_of(self.writer, seq, note, previous, key))
            entries.append(entry)
            previous = entry.hash
        return entries


def head_of(entry: Entry) -> Head:
    """The head of a chain that ends with this entry."""
    return Head(entry.writer, entry.seq, entry.hash)


def hash_of(writer: str, seq: int, note: Note, previous: str, key: HashKey | None) -> str:
    """HMAC-SHA-256, or plain SHA-256 without a key, of the previous hash in hexadecimal and the canonical entry."""
    data = previous.encode() + canonical(writer, seq, note)
    return hashlib.sha256(data).hexdigest() if key is None else key.hash_of(data)


def canonical(writer: str, seq: int, note: Note) -> bytes:
    """The canonical bytes of an entry: a JSON array without spaces, in UTF-8, times in UTC with microseconds."""
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
    """The values of an entry in canonical order, then `previous` and `hash`."""
    return [*_values(entry.writer, entry.seq, entry.note), entry.previous, entry.hash]


def line_of(entry: Entry) -> bytes:
    """An entry as a line of a journal."""
    return orjson.dumps(values_of(entry), option=orjson.OPT_APPEND_NEWLINE)


def entry_of(line: bytes) -> Entry:
    """The entry of a line of a journal. Raises ValueError for anything else."""
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
