"""What is kept of how sources were: each change once, the newest of them, and the outages that follow from them."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert

from models import tables
from models.sources.states import SourceCondition, SourceStateChange
from store import source_changes
from store.database.engine import HubDatabase
from store.source_changes import Outage, note, outages

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
OK, STALE, UNAVAILABLE = SourceCondition.OK, SourceCondition.STALE, SourceCondition.UNAVAILABLE


def at(minutes: int) -> datetime:
    return NOON + timedelta(minutes=minutes)


async def told(database: HubDatabase, *changes: tuple[str, SourceCondition, int]) -> list[bool]:
    return [await note(database, SourceStateChange(source, how, at(minute))) for source, how, minute in changes]


async def test_an_outage_lasts_from_its_first_change_until_the_source_is_well(database: HubDatabase) -> None:
    await told(
        database,
        ("prices", OK, 0),
        ("beds", STALE, 1),
        ("prices", UNAVAILABLE, 2),
        ("beds", UNAVAILABLE, 3),
        ("beds", STALE, 4),
        ("prices", OK, 5),
        ("beds", OK, 9),
        ("prices", UNAVAILABLE, 12),
    )
    lasting = Outage("prices", UNAVAILABLE, at(12), None)
    short, long = Outage("prices", UNAVAILABLE, at(2), at(5)), Outage("beds", UNAVAILABLE, at(1), at(9))
    assert await outages(database, NOON) == (lasting, short, long)
    assert await outages(database, at(6)) == (lasting, long)
    assert await outages(database, at(20)) == (lasting,)


async def test_what_is_known_is_not_kept_again(database: HubDatabase) -> None:
    new = await told(
        database, ("beds", OK, 0), ("beds", OK, 1), ("news", OK, 1), ("beds", STALE, 2), ("beds", STALE, 3)
    )
    assert new == [True, False, True, True, False]


async def test_of_all_processes_that_tell_at_once_one_is_heard(database: HubDatabase) -> None:
    change = SourceStateChange("beds", UNAVAILABLE, NOON)
    assert sum(await asyncio.gather(*(note(database, change) for _ in range(8)))) == 1
    assert await outages(database, NOON) == (Outage("beds", UNAVAILABLE, NOON, None),)


async def test_the_oldest_go_first(database: HubDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_changes, "CHANGES_MAX", 4)
    await told(database, *(("beds", (UNAVAILABLE, OK)[minute % 2], minute) for minute in range(10)))
    kept = await outages(database, NOON)
    assert kept == (Outage("beds", UNAVAILABLE, at(8), at(9)), Outage("beds", UNAVAILABLE, at(6), at(7)))


async def test_a_condition_that_a_newer_hub_has_written_is_no_outage(database: HubDatabase) -> None:
    await told(database, ("beds", UNAVAILABLE, 0))
    async with database.writing() as connection:
        row = {"source": "beds", "condition": "PLANNED", "at": at(1)}
        await connection.execute(insert(tables.source_changes).values(row))
    assert await outages(database, NOON) == (Outage("beds", UNAVAILABLE, NOON, at(1)),)
