"""The rows of the ledger in a SQLite file, written by the driver itself: it is before every personal answer."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from sqlalchemy.dialects import sqlite

from models.tables import ledger_entries, ledger_heads
from store.ledger_chain import ChainCut, Entry, Head, head_of

_ADD_ENTRY: Final = str(ledger_entries.insert().compile(dialect=sqlite.dialect()))
"""With its values in the order of the columns."""
_ADD_HEAD: Final = f"INSERT INTO {ledger_heads.name} (writer, seq, hash) VALUES (?, ?, ?)"  # noqa: S608  # as below
_MOVE_HEAD: Final = f"UPDATE {ledger_heads.name} SET seq = ?, hash = ? WHERE writer = ? AND seq = ? AND hash = ?"  # noqa: S608  # a name of our own


def append_to_file(connection: sqlite3.Connection, old: Head, entries: Sequence[Entry]) -> None:
    """Add entries behind the head of their chain. Raises ChainCut where the database has another head."""
    new = head_of(entries[-1])
    if old.seq == 0:
        connection.execute(_ADD_HEAD, (new.writer, new.seq, new.hash))
    elif connection.execute(_MOVE_HEAD, (new.seq, new.hash, old.writer, old.seq, old.hash)).rowcount != 1:
        raise ChainCut(old.writer)
    connection.executemany(_ADD_ENTRY, map(_row_of, entries))


def _moment(at: datetime) -> str:
    """A moment as SQLAlchemy keeps it in SQLite."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")


def _row_of(entry: Entry) -> tuple[object, ...]:
    """The values in the order of the columns."""
    note = entry.note
    return (
        entry.writer,
        entry.seq,
        _moment(note.at),
        note.kind.value,
        note.viewer,
        note.role,
        note.department,
        note.purpose,
        note.operation,
        note.request_id,
        note.record,
        " ".join(note.fields),
        " ".join(note.persons) if note.persons is not None else None,
        note.rows,
        note.outcome,
        note.detail,
        entry.previous,
        entry.hash,
    )
