"""Clients and their keys: shown once, found by hash, useless once revoked or expired."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from models.tables import clients
from store.clients import (
    IssuedKey,
    add_client,
    find_client_by_key_hash,
    hash_of_key,
    list_clients,
    revoke_client,
)
from store.database.engine import HubDatabase

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def at(moment: datetime) -> Callable[[], datetime]:
    """A clock that stands still."""
    return lambda: moment


async def add(database: HubDatabase, name: str = "Peta Macet", expires_at: datetime | None = None) -> IssuedKey:
    return await add_client(
        database,
        name=name,
        contact="tim@example.org",
        scopes=["read:public", "export", "export"],
        clock=at(NOW),
        expires_at=expires_at,
    )


async def test_a_key_is_shown_once_and_only_its_hash_is_kept(database: HubDatabase) -> None:
    issued = await add(database)
    assert issued.key.startswith("simpul_")
    assert len(issued.key) == 50  # 7 characters, then 32 bytes in base64
    async with database.reading() as connection:
        row = (await connection.execute(select(clients))).one()
    assert tuple(row) == (
        1,
        "Peta Macet",
        issued.key[:15],
        hashlib.sha256(issued.key.encode()).hexdigest(),
        "export read:public",
        NOW,
        None,
        None,
        "tim@example.org",
        None,
    )
    assert issued.key not in repr(issued)
    assert "example.org" not in repr(issued)


async def test_two_clients_have_different_keys(database: HubDatabase) -> None:
    first, second = await add(database), await add(database)
    assert first.key != second.key
    assert (first.client.id, second.client.id) == (1, 2)


async def test_a_client_is_found_by_the_hash_of_its_key(database: HubDatabase) -> None:
    issued = await add(database)
    await add(database)
    found = await find_client_by_key_hash(database, hash_of_key(issued.key), clock=at(NOW))
    assert found == issued.client
    assert found is not None
    assert found.scopes == frozenset({"read:public", "export"})


async def test_another_key_finds_nobody(database: HubDatabase) -> None:
    issued = await add(database)
    for key in ("", issued.key[:-1], issued.key + "A", issued.client.key_prefix, "\ud800"):
        assert await find_client_by_key_hash(database, hash_of_key(key), clock=at(NOW)) is None


async def test_a_key_ends_at_its_expiry(database: HubDatabase) -> None:
    end = NOW + timedelta(days=1)
    issued = await add(database, expires_at=end)
    key_hash = hash_of_key(issued.key)
    just_before = await find_client_by_key_hash(database, key_hash, clock=at(end - timedelta(microseconds=1)))
    assert just_before == issued.client
    assert just_before is not None
    assert just_before.expires_at == end
    assert await find_client_by_key_hash(database, key_hash, clock=at(end)) is None


async def test_a_revoked_key_finds_nobody_and_the_first_moment_stays(database: HubDatabase) -> None:
    issued, other = await add(database), await add(database)
    later = NOW + timedelta(hours=1)
    assert await revoke_client(database, issued.client.id, clock=at(later)) == later
    assert await revoke_client(database, issued.client.id, clock=at(later + timedelta(hours=1))) == later
    assert await find_client_by_key_hash(database, hash_of_key(issued.key), clock=at(NOW)) is None
    assert await find_client_by_key_hash(database, hash_of_key(other.key), clock=at(NOW)) == other.client
    assert [client.revoked_at for client in await list_clients(database, 10)] == [None, later]


async def test_nobody_is_revoked_who_is_not_there(database: HubDatabase) -> None:
    await add(database)
    assert await revoke_client(database, 99, clock=at(NOW)) is None
    assert [client.revoked_at for client in await list_clients(database, 10)] == [None]


async def test_the_list_is_bounded_and_newest_first(database: HubDatabase) -> None:
    for name in ("a", "b", "c"):
        await add(database, name)
    assert [client.name for client in await list_clients(database, 2)] == ["c", "b"]
    for limit in (0, -1, 1001):
        with pytest.raises(ValueError, match=r"limit must be in 1\.\.1000"):
            await list_clients(database, limit)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"name": " "}, "a client needs a name"),
        ({"scopes": ["read public"]}, "a scope is one word"),
        ({"scopes": [""]}, "a scope is one word"),
        ({"expires_at": NOW}, "must lie in the future"),
    ],
)
async def test_a_client_that_cannot_be_is_refused(
    database: HubDatabase, arguments: dict[str, object], message: str
) -> None:
    usual: dict[str, object] = {"name": "Peta", "contact": "", "scopes": [], "clock": at(NOW)}
    with pytest.raises(ValueError, match=message):
        await add_client(database, **{**usual, **arguments})  # type: ignore[arg-type]  # wrong on purpose
    assert await list_clients(database, 1) == ()
