"""The rows of the ledger in a SQLite file, written by the driver itself: it is before every personal answer."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from sqlalchemy.dialects import sqlite

from models.tables import ledger_entries, ledger_heads
from store.ledger_chain import ChainCut, Entry, Head, head_of
from store.ledger_row import row_of

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
    connection.executemany(_ADD_ENTRY, (row_of(entry, _moment(entry.note.at)) for entry in entries))


def _moment(at: datetime) -> str:
    """A moment as SQLAlchemy keeps it in SQLite."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")
