"""The index of trails: brings the people of entries into ledger_persons, behind the answers that left them.

The entry is the truth and names its people itself. So no reader waits for the index, and `ledger_heads.indexed` says
how far it has come: what lies behind is looked for in the entries (ledger_rows.py), so that a trail misses nothing.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import select, text

from models.tables import ledger_heads
from store.database import HubDatabase

ENTRIES_AT_ONCE: Final = 500
"""The more at once, the fewer pages are written for each; but SQLite lets nobody else write meanwhile."""
WRITERS_AT_ONCE: Final = 1_000

_PEOPLE: Final = {
    "sqlite": """json_each('["' || replace(entry.persons, ' ', '","') || '"]') AS person""",
    "postgresql": "unnest(string_to_array(entry.persons, ' ')) AS person(value)",
}
"""The marks of an entry as rows, made by the database: the process has the least to do."""


async def index_trails(database: HubDatabase, writer: str | None = None) -> None:
    """Bring the index of one writer, or of all, up to their heads. Raises what the database raises."""
    table = ledger_heads.c
    behind = select(table.writer).where(table.indexed < table.seq).order_by(table.writer).limit(WRITERS_AT_ONCE)
    if writer is not None:
        behind = behind.where(table.writer == writer)
    async with database.reading() as connection:
        writers = (await connection.scalars(behind)).all()
    for name in writers:
        while await _index_some(database, name):
            pass


async def _index_some(database: HubDatabase, writer: str) -> bool:
    """The next entries of a writer, in one transaction; whether there are more."""
    async with database.writing() as connection:
        place = select(ledger_heads.c.indexed, ledger_heads.c.seq).where(ledger_heads.c.writer == writer)
        indexed, seq = (await connection.execute(place.with_for_update())).one()
        last = min(seq, indexed + ENTRIES_AT_ONCE)
        if last <= indexed:
            return False
        people = _PEOPLE[connection.dialect.name]
        await connection.execute(
            text(
                "INSERT INTO ledger_persons (person, at, writer, seq) "  # noqa: S608  # texts of our own
                f"SELECT person.value, entry.at, entry.writer, entry.seq FROM ledger_entries AS entry, {people} "
                "WHERE entry.writer = :writer AND entry.seq > :first AND entry.seq <= :last AND entry.persons <> '' "
                "ORDER BY person.value ON CONFLICT DO NOTHING"
            ),
            {"writer": writer, "first": indexed, "last": last},
        )
        await connection.execute(ledger_heads.update().where(ledger_heads.c.writer == writer).values(indexed=last))
    return bool(last < seq)
