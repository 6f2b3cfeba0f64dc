"""The clients of the graph and their API keys. A key is shown once, stored as SHA-256, revoked but never deleted."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, bindparam, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from models.keys import KEY_START
from models.tables import UtcDateTime, clients
from store.database.engine import HubDatabase
from store.database.patience import DATABASE_AWAY

KEY_BYTES: Final = 32
LIST_ROWS_MAX: Final = 1_000
_PREFIX_LENGTH: Final = len(KEY_START) + 8


class ClientsUnavailable(Exception):
    """The table of clients cannot be read or written now; the cause is the driver's error."""


@dataclass(frozen=True, slots=True)
class Client:
    """A client with an API key. Times are UTC; `contact` may be personal and is left out of `repr`."""

    id: int
    name: str
    key_prefix: str
    scopes: frozenset[str]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None
    contact: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NewClient:
    """The values of a client that is about to be inserted."""

    name: str
    contact: str = field(repr=False)
    scopes: frozenset[str]
    created_at: datetime
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new client with its key. The hub has the key only here."""

    client: Client
    key: str = field(repr=False)


_COLUMNS: Final = (
    clients.c.id,
    clients.c.name,
    clients.c.key_prefix,
    clients.c.scopes,
    clients.c.created_at,
    clients.c.expires_at,
    clients.c.revoked_at,
    clients.c.last_used_at,
    clients.c.contact,
)


def hash_of_key(key: str) -> str:
    """The hexadecimal SHA-256 of a key. It needs no salt: a key holds 256 random bits."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


async def add_client(
    database: HubDatabase,
    *,
    name: str,
    contact: str,
    scopes: Collection[str],
    clock: Callable[[], datetime],
    expires_at: datetime | None = None,
) -> IssuedKey:
    """Register a client and make its key. Raises ValueError for an empty name, a scope with spaces or a past expiry."""
    now = clock()
    if any(scope.split() != [scope] for scope in scopes):
        raise ValueError("a scope is one word, without spaces")
    if expires_at is not None and expires_at <= now:
        raise ValueError("the expiry of a key must lie in the future")
    new = NewClient(name, contact, frozenset(scopes), now, expires_at)
    async with database.writing() as connection:
        return await insert_client(connection, new)


async def insert_client(connection: AsyncConnection, new: NewClient) -> IssuedKey:
    """Insert a client in the caller's transaction. Raises ValueError for an empty name."""
    if not new.name.strip():
        raise ValueError("a client needs a name")
    key = KEY_START + secrets.token_urlsafe(KEY_BYTES)
    statement = (
        clients.insert()
        .values(
            name=new.name,
            key_prefix=key[:_PREFIX_LENGTH],
            key_sha256=hash_of_key(key),
            scopes=" ".join(sorted(new.scopes)),
            created_at=new.created_at,
            expires_at=new.expires_at,
            contact=new.contact,
        )
        .returning(*_COLUMNS)
    )
    row = (await connection.execute(statement)).one()
    return IssuedKey(_client_of(row), key)


async def find_client_by_key_hash(
    database: HubDatabase, key_sha256: str, *, clock: Callable[[], datetime]
) -> Client | None:
    """The client with this key; None if the key is unknown, revoked or expired. Raises ClientsUnavailable."""
    statement = select(*_COLUMNS).where(
        clients.c.key_sha256 == key_sha256,
        clients.c.revoked_at.is_(None),
        or_(clients.c.expires_at.is_(None), clients.c.expires_at > clock()),
    )
    with _reported():
        async with database.reading() as connection:
            row = (await connection.execute(statement)).one_or_none()
    return None if row is None else _client_of(row)


async def list_clients(database: HubDatabase, limit: int) -> tuple[Client, ...]:
    """List clients, also revoked ones, newest first. Raises ValueError unless `limit` is in 1..LIST_ROWS_MAX."""
    if not 1 <= limit <= LIST_ROWS_MAX:
        raise ValueError(f"limit must be in 1..{LIST_ROWS_MAX}")
    async with database.reading() as connection:
        rows = (await connection.execute(select(*_COLUMNS).order_by(clients.c.id.desc()).limit(limit))).all()
    return tuple(_client_of(row) for row in rows)


async def revoke_client(database: HubDatabase, client_id: int, *, clock: Callable[[], datetime]) -> datetime | None:
    """Revoke a client's key and return since when it is revoked; None if there is no such client.

    The first revocation stays.
    """
    statement = (
        clients.update()
        .where(clients.c.id == client_id)
        .values(revoked_at=func.coalesce(clients.c.revoked_at, literal(clock(), UtcDateTime())))
        .returning(clients.c.revoked_at)
    )
    async with database.writing() as connection:
        revoked_at: datetime | None = (await connection.execute(statement)).scalar_one_or_none()
    return revoked_at


async def note_uses(database: HubDatabase, uses: Mapping[int, datetime]) -> None:
    """Save when clients last used their keys, unless a later use is known. Raises ClientsUnavailable."""
    if not uses:
        return
    seen = bindparam("seen", type_=UtcDateTime())
    statement = (
        clients.update()
        .where(
            clients.c.id == bindparam("client"), or_(clients.c.last_used_at.is_(None), clients.c.last_used_at < seen)
        )
        .values(last_used_at=seen)
    )
    # In the order of ids, so that two processes never deadlock.
    rows = [{"client": client_id, "seen": uses[client_id]} for client_id in sorted(uses)]
    with _reported():
        async with database.writing() as connection:
            await connection.execute(statement, rows)


@contextmanager
def _reported() -> Iterator[None]:
    """Turn the errors of the database into ClientsUnavailable."""
    try:
        yield
    except DATABASE_AWAY as error:
        raise ClientsUnavailable(type(error).__name__) from error


def _client_of(row: Row[*tuple[Any, ...]]) -> Client:
    client_id, name, key_prefix, scopes, created_at, expires_at, revoked_at, last_used_at, contact = row
    words = frozenset(scopes.split())
    return Client(client_id, name, key_prefix, words, created_at, expires_at, revoked_at, last_used_at, contact)
