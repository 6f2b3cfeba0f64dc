"""Trails: what the ledger says about one person, for that person, and the index that finds it.

Entries name their people themselves. The index of trails is filled in the background, so that no reader waits for it.
`ledger_heads.indexed` says how far it has come; later entries are searched directly (store/ledger/rows.py).
"""

from __future__ import annotations

from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from sqlalchemy import select, text

from models.errors import LedgerUnavailable
from models.request import Request
from models.tables import ledger_heads
from models.values.types import PersonId
from store.database.engine import HubDatabase
from store.database.patience import in_time
from store.ledger.chain import Entry
from store.ledger.pseudonyms import Pseudonyms
from store.ledger.rows import Place, trail_count, trail_page

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Trail:
    """Reads trails from the hub's own database within the deadline of the request. Raises LedgerUnavailable."""

    database: HubDatabase
    pseudonyms: Pseudonyms

    async def page(self, request: Request, nik: PersonId, rows_max: int, after: Place | None) -> list[Entry]:
        """Who read what about a person, newest first, after a keyset."""
        return await _in_time(request, trail_page(self.database, self.pseudonyms.of_person(nik), rows_max, after))

    async def count(self, request: Request, nik: PersonId) -> int:
        """How long the trail of a person is."""
        return await _in_time(request, trail_count(self.database, self.pseudonyms.of_person(nik)))


async def _in_time(request: Request, work: Coroutine[Any, Any, T]) -> T:
    return await in_time(request.deadline.remaining_s, work, LedgerUnavailable("ledger_unread"))


ENTRIES_AT_ONCE: Final = 500
"""Larger batches write fewer pages per entry, but on SQLite nobody else can write meanwhile."""
WRITERS_AT_ONCE: Final = 1_000

_PEOPLE: Final = {
    "sqlite": """json_each('["' || replace(entry.persons, ' ', '","') || '"]') AS person""",
    "postgresql": "unnest(string_to_array(entry.persons, ' ')) AS person(value)",
}
"""Splits the pseudonyms of an entry into rows, in the database."""


async def index_trails(database: HubDatabase, writer: str | None = None) -> None:
    """Index the entries of one writer, or of all, up to their heads. Raises the errors of the database."""
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
    """Index the next entries of a writer in one transaction; whether there are more."""
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
