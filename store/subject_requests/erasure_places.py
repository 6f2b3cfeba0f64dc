"""Searches the hub's own tables for a person who asks for erasure: contacts, open requests, the ledger."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select

from models.policy.erasure import Searched, Sought
from models.tables import clients, key_requests, rights_requests
from store.database.engine import HubDatabase
from store.ledger.pseudonyms import Pseudonyms
from store.ledger.rows import trail_count


@dataclass(frozen=True, slots=True)
class ErasurePlaces:
    """Searches the hub's own tables. Raises the errors of the database."""

    database: HubDatabase
    pseudonyms: Pseudonyms

    async def contacts(self, sought: Sought) -> Searched:
        """Mask the resident number in the texts of clients and key requests."""
        found = looked = 0
        said = (clients.c.contact, clients.c.name, key_requests.c.contact, key_requests.c.name, key_requests.c.intent)
        async with self.database.writing() as connection:
            for table in (clients, key_requests):
                looked += await connection.scalar(select(func.count()).select_from(table)) or 0
            for spelling, covered in sought.covered:
                for column in said:
                    statement = column.table.update().where(column.contains(spelling, autoescape=True))
                    changed = await connection.execute(
                        statement.values({column.name: func.replace(column, spelling, covered)})
                    )
                    found += changed.rowcount
        return Searched(looked, found, found)

    async def open_requests(self, sought: Sought) -> Searched:
        """The person's unanswered requests. They stay until they are answered."""
        table = rights_requests.c
        where = (table.person == self.pseudonyms.of_person(sought.nik), table.sealed.is_not(None))
        async with self.database.reading() as connection:
            count = await connection.scalar(select(func.count()).select_from(rights_requests).where(*where)) or 0
        return Searched(count, count)

    async def ledger(self, sought: Sought) -> Searched:
        """The entries about the person. They stay."""
        count = await trail_count(self.database, self.pseudonyms.of_person(sought.nik))
        return Searched(count, count)
