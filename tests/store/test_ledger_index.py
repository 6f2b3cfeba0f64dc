"""The index of trails, on both databases: behind the answers, and a trail misses nothing and has nothing twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from models.tables import ledger_heads, ledger_persons
from store.database.engine import HubDatabase
from store.ledger import trails
from store.ledger.recording import Ledger
from store.ledger.rows import trail_count, trail_page
from store.ledger.trails import index_trails
from tests.store.ledgers import ANA, BUDI, MARKS, ledger_of, request_of, verified


@pytest.fixture
def ledger(database: HubDatabase, tmp_path: Path) -> Ledger:
    return ledger_of(database, tmp_path)


async def trail_of(database: HubDatabase, rows_max: int = 3) -> list[int]:
    """The entries about Ana, page by page: where they lie in their chain."""
    found: list[int] = []
    after = None
    while page := await trail_page(database, MARKS.of_person(ANA), rows_max, after):
        assert len(page) <= rows_max
        found += [entry.seq for entry in page]
        after = (page[-1].note.at, page[-1].writer, page[-1].seq)
    assert len(found) == await trail_count(database, MARKS.of_person(ANA))
    return found


async def lines_of(database: HubDatabase) -> int:
    async with database.reading() as connection:
        return await connection.scalar(select(func.count()).select_from(ledger_persons)) or 0


async def test_a_trail_has_an_entry_at_once_and_once_wherever_the_index_is(
    ledger: Ledger, database: HubDatabase
) -> None:
    for number in range(1, 6):
        await ledger.record(request_of(ANA, BUDI), "ok")
        assert (await trail_of(database), await lines_of(database)) == (list(range(number, 0, -1)), 0)
    await index_trails(database)
    assert (await trail_of(database), await lines_of(database)) == ([5, 4, 3, 2, 1], 10)
    await ledger.record(request_of(BUDI), "ok")
    await ledger.record(request_of(ANA), "ok")
    assert await trail_of(database) == [7, 5, 4, 3, 2, 1]
    assert (await verified(database)).problems == []
    assert await ledger.replay()
    assert (await trail_of(database), await lines_of(database)) == ([7, 5, 4, 3, 2, 1], 12)
    # An index that is made again has nothing twice.
    async with database.writing() as connection:
        await connection.execute(ledger_heads.update().values(indexed=0))
    assert await trail_of(database) == [7, 5, 4, 3, 2, 1]
    await index_trails(database)
    assert await lines_of(database) == 12
    assert (await verified(database)).problems == []


async def test_many_entries_are_indexed_some_at_a_time(
    ledger: Ledger, database: HubDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        await ledger.record(request_of(ANA), "ok")
    monkeypatch.setattr(trails, "ENTRIES_AT_ONCE", 2)
    await index_trails(database, "another")
    assert await lines_of(database) == 0
    await index_trails(database, ledger.head.writer)
    assert (await lines_of(database), await trail_of(database)) == (5, [5, 4, 3, 2, 1])


async def test_the_people_of_a_process_that_died_are_indexed_by_the_next(
    ledger: Ledger, database: HubDatabase, tmp_path: Path
) -> None:
    await ledger.record(request_of(ANA), "ok")
    async with ledger_of(database, tmp_path).run():
        pass
    assert await lines_of(database) == 1
