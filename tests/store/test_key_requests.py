"""Requests for keys: filed, decided once, and their key fetched once by whoever has the code."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from models.tables import key_requests
from store import key_requests as module
from store.clients import IssuedKey, find_client_by_key_hash, hash_of_key, list_clients
from store.database.engine import HubDatabase
from store.key_requests import (
    KeyRequest,
    TooManyWait,
    decide_key_request,
    fetch_key,
    file_key_request,
    waiting_key_requests,
)

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def at(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment


async def filed(database: HubDatabase, name: str = "Peta Macet") -> str:
    return await file_key_request(database, name=name, contact="tim@example.org", intent="A map of jams", clock=at(NOW))


async def test_a_request_waits_with_what_was_said_and_without_its_code(database: HubDatabase) -> None:
    code = await filed(database)
    await filed(database, "Second")
    waiting = await waiting_key_requests(database)
    assert waiting == (
        KeyRequest(1, "Peta Macet", "tim@example.org", "A map of jams", NOW, None, None, None),
        KeyRequest(2, "Second", "tim@example.org", "A map of jams", NOW, None, None, None),
    )
    async with database.reading() as connection:
        rows = (await connection.execute(select(key_requests))).all()
    assert all(code not in str(value) for row in rows for value in row)
    assert "tim@example.org" not in repr(waiting)


async def test_a_granted_key_is_made_when_it_is_fetched_and_lasts_from_then(database: HubDatabase) -> None:
    code = await filed(database)
    assert await fetch_key(database, "nobody's", clock=at(NOW)) is None
    asked = await fetch_key(database, code, clock=at(NOW))
    assert isinstance(asked, KeyRequest)
    assert asked.is_waiting
    assert await decide_key_request(database, 1, 90, clock=at(NOW))
    assert await list_clients(database, 10) == ()
    later = NOW + timedelta(days=3)
    issued = await fetch_key(database, code, clock=at(later))
    assert isinstance(issued, IssuedKey)
    assert (issued.client.name, issued.client.contact) == ("Peta Macet", "tim@example.org")
    assert issued.client.scopes == {"export", "read:public"}
    assert issued.client.expires_at == later + timedelta(days=90)
    assert await find_client_by_key_hash(database, hash_of_key(issued.key), clock=at(later)) == issued.client
    again = await fetch_key(database, code, clock=at(later))
    assert isinstance(again, KeyRequest)
    assert again.client_id == issued.client.id
    assert len(await list_clients(database, 10)) == 1


async def test_what_is_decided_stays_decided(database: HubDatabase) -> None:
    code = await filed(database)
    assert await decide_key_request(database, 1, None, clock=at(NOW))
    assert not await decide_key_request(database, 1, 90, clock=at(NOW))
    assert not await decide_key_request(database, 2, 90, clock=at(NOW))
    refused = await fetch_key(database, code, clock=at(NOW))
    assert isinstance(refused, KeyRequest)
    assert (refused.is_waiting, refused.is_granted) == (False, False)
    assert await waiting_key_requests(database) == ()


@pytest.mark.parametrize("days", [0, -1, 731])
async def test_a_key_lasts_no_impossible_time(database: HubDatabase, days: int) -> None:
    await filed(database)
    with pytest.raises(ValueError, match="1 to 730 days"):
        await decide_key_request(database, 1, days, clock=at(NOW))


async def test_of_many_who_fetch_at_once_one_gets_the_key(database: HubDatabase) -> None:
    code = await filed(database)
    await decide_key_request(database, 1, 90, clock=at(NOW))
    found = await asyncio.gather(*(fetch_key(database, code, clock=at(NOW)) for _ in range(8)))
    assert sum(isinstance(one, IssuedKey) for one in found) == 1
    assert len(await list_clients(database, 10)) == 1


async def test_beyond_what_an_operator_can_look_at_nobody_waits(
    database: HubDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "WAITING_MAX", 2)
    await filed(database)
    await filed(database)
    with pytest.raises(TooManyWait):
        await filed(database)
    await decide_key_request(database, 1, None, clock=at(NOW))
    await filed(database)
    assert len(await waiting_key_requests(database)) == 2
