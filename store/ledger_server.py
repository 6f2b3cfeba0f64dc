"""The rows of the ledger on a PostgreSQL server, written by one statement: it is before every personal answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import orjson
from sqlalchemy import Column
from sqlalchemy.engine import Dialect, make_url

from models.tables import ledger_entries, ledger_heads
from store.ledger_chain import ChainCut, Entry, Head, head_of
from store.ledger_row import row_of
from store.postgres_turns import PostgresTurns

_DIALECT: Final[Dialect] = make_url("postgresql+asyncpg://").get_dialect()()
_NAMES: Final = tuple(str(column.name) for column in ledger_entries.columns)


def _quoted(column: Column[object]) -> str:
    return _DIALECT.identifier_preparer.quote(column.name)


def _adding_behind(head: str) -> str:
    """The statement that moves a head, and adds the entries where it did.

    They come as one JSON text, $4: the driver has less to do for it than for an array of each column.
    """
    columns = ", ".join(map(_quoted, ledger_entries.columns))
    typed = ", ".join(f"{_quoted(column)} {column.type.compile(_DIALECT)}" for column in ledger_entries.columns)
    return (
        f"WITH moved AS ({head} RETURNING writer), added AS ("  # noqa: S608  # texts of our own
        f"INSERT INTO {ledger_entries.name} ({columns}) "
        f"SELECT entry.* FROM moved, json_to_recordset($4::text::json) AS entry({typed})) "
        "SELECT count(*) FROM moved"
    )


_BEGIN: Final = _adding_behind(
    f"INSERT INTO {ledger_heads.name} (writer, seq, hash) VALUES ($1, $2, $3)"  # noqa: S608  # as above
)
_GO_ON: Final = _adding_behind(
    f"UPDATE {ledger_heads.name} SET seq = $2, hash = $3 WHERE writer = $1 AND seq = $5 AND hash = $6"  # noqa: S608  # as above
)


async def append_to_server(turns: PostgresTurns, old: Head, entries: Sequence[Entry]) -> None:
    """Add entries behind the head of their chain. Raises ChainCut where the database has another head."""
    new = head_of(entries[-1])
    rows = [dict(zip(_NAMES, row_of(entry, entry.note.at), strict=True)) for entry in entries]
    values = (new.writer, new.seq, new.hash, orjson.dumps(rows).decode())
    if old.seq == 0:
        await turns.run(_BEGIN, *values)
    elif not await turns.run(_GO_ON, *values, old.seq, old.hash):
        raise ChainCut(old.writer)
