"""Trusted documents: operations of apps that an operator has registered, by the identifiers that the apps send."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from models.tables import trusted_documents
from store.database.engine import HubDatabase
from store.database.errors import StoreError

DOCUMENTS_MAX: Final = 10_000
"""Of all clients together: every process keeps them in memory."""
DOCUMENTS_CHARS_MAX: Final = 16_000_000
NAME_CHARS_MAX: Final = 100
SHA256_START: Final = "sha256:"
_IDENTIFIER: Final = re.compile(r"[A-Za-z0-9:._-]{1,128}")
_ROWS_AT_ONCE: Final = 500


class DocumentsRefused(StoreError):
    """Documents cannot be registered; none was."""


class Registered(NamedTuple):
    """How many documents are new, and how many were registered before."""

    added: int
    known: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """The documents of one client: how many, and when the last one was registered."""

    client: str
    documents: int
    last_registered_at: datetime


class State(NamedTuple):
    """Changes with every registration and removal."""

    documents: int
    last_registered_at: datetime | None


async def register(
    database: HubDatabase, client: str, documents: Mapping[str, str], clock: Callable[[], datetime]
) -> Registered:
    """Add documents to those of a client, all or none. Earlier documents stay, for old versions of an app.

    Raises DocumentsRefused with every reason: a malformed identifier, one of another document, a wrong hash, too many.
    """
    wrong = [] if 0 < len(client) <= NAME_CHARS_MAX else [f"the name of a client has 1 to {NAME_CHARS_MAX} characters"]
    wrong += [reason for identifier, text in documents.items() if (reason := _wrong(identifier, text)) is not None]
    if wrong:
        raise DocumentsRefused("\n".join(wrong))
    table = trusted_documents.c
    async with database.writing() as connection:
        statement = select(table.client, table.identifier, table.text)
        known = {(row.client, row.identifier): row.text for row in await connection.execute(statement)}
        texts = {identifier: text for (_, identifier), text in known.items()}
        wrong = [
            f"{identifier}: another document is registered by this identifier"
            for identifier, text in documents.items()
            if texts.get(identifier, text) != text
        ]
        new = {identifier: text for identifier, text in documents.items() if (client, identifier) not in known}
        if len(known) + len(new) > DOCUMENTS_MAX:
            wrong.append(f"{DOCUMENTS_MAX:,} documents may be registered; {len(known):,} are")
        if sum(map(len, known.values())) + sum(map(len, new.values())) > DOCUMENTS_CHARS_MAX:
            wrong.append(f"all documents together may have {DOCUMENTS_CHARS_MAX:,} characters")
        if wrong:
            raise DocumentsRefused("\n".join(wrong))
        await _insert(connection, client, new, clock())
    return Registered(len(new), len(documents) - len(new))


async def _insert(connection: AsyncConnection, client: str, new: Mapping[str, str], now: datetime) -> None:
    rows = [
        {"client": client, "identifier": identifier, "text": text, "registered_at": now}
        for identifier, text in new.items()
    ]
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        await connection.execute(trusted_documents.insert(), rows[start : start + _ROWS_AT_ONCE])


def _wrong(identifier: str, text: str) -> str | None:
    if not _IDENTIFIER.fullmatch(identifier):
        return f"{identifier[:128]!r} is no identifier: letters, digits and : . _ -, at most 128"
    if identifier.startswith(SHA256_START) and identifier != SHA256_START + hashlib.sha256(text.encode()).hexdigest():
        return f"{identifier} is not the SHA-256 of its document"
    return None


async def remove(database: HubDatabase, client: str, identifier: str | None = None) -> int:
    """Remove a document of a client, or all; returns how many were removed."""
    statement = trusted_documents.delete().where(trusted_documents.c.client == client)
    if identifier is not None:
        statement = statement.where(trusted_documents.c.identifier == identifier)
    async with database.writing() as connection:
        return (await connection.execute(statement)).rowcount


async def manifests(database: HubDatabase) -> list[Manifest]:
    """One manifest per client, at most DOCUMENTS_MAX."""
    table = trusted_documents.c
    statement = (
        select(table.client, func.count(), func.max(table.registered_at)).group_by(table.client).order_by(table.client)
    )
    async with database.reading() as connection:
        return [Manifest(*row) for row in await connection.execute(statement)]


async def state_of(database: HubDatabase) -> State:
    statement = select(func.count(), func.max(trusted_documents.c.registered_at))
    async with database.reading() as connection:
        return State(*(await connection.execute(statement)).one())


async def documents_in(database: HubDatabase) -> dict[str, str]:
    """The text of every document, by identifier."""
    table = trusted_documents.c
    async with database.reading() as connection:
        return {row.identifier: row.text for row in await connection.execute(select(table.identifier, table.text))}


async def documents_by_client(database: HubDatabase) -> dict[str, list[str]]:
    """The texts of all documents, by client; at most DOCUMENTS_MAX texts."""
    table = trusted_documents.c
    statement = select(table.client, table.text).order_by(table.client, table.identifier)
    found: dict[str, list[str]] = {}
    async with database.reading() as connection:
        for row in await connection.execute(statement):
            found.setdefault(row.client, []).append(row.text)
    return found
