"""Whatever is edited, deleted, swapped, cut off or forged in the ledger is found, and named by its place."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import and_
from sqlalchemy.ext.asyncio import AsyncConnection

from models.tables import ledger_entries, ledger_heads, ledger_persons
from store.database.engine import HubDatabase
from store.database.migrate import upgrade
from store.ledger.anchors.lines import root_of
from store.ledger.chain import Entry, EntryKind, Head, Note, head_of
from store.ledger.declaring import declare_gaps
from store.ledger.problems import Gap, undeclared
from store.ledger.rows import _row_of, append, entries_of, heads, persons_of, replay
from store.ledger.trails import index_trails
from tests import servers
from tests.store.ledgers import (
    ANA,
    ANCHORED_AT,
    KEY,
    NOW,
    anchored_as,
    head_named,
    ledger_of,
    note_of,
    request_of,
    verified,
)

WRITERS = ("a", "b")
COLUMNS: dict[str, object] = {
    "at": NOW - timedelta(days=1),
    "kind": "GAP",
    "viewer": "somebody else",
    "role": "analyst",
    "department": "dinkes",
    "purpose": "LEGAL_OBLIGATION",
    "operation": "Other",
    "request_id": "request-0",
    "record": "licenses",
    "fields": "address",
    "persons": "nobody",
    "rows": 0,
    "outcome": "partial",
    "detail": "{}",
    "previous": "f" * 64,
    "hash": "f" * 64,
}

Break = Callable[[AsyncConnection, list[Entry], int, int], Awaitable[int]]
"""Breaks the chain of a writer at an entry, with a second one; gives back the first place that is bad from then on."""


def chain(writer: str, length: int) -> list[Entry]:
    return head_named(writer).continued((note_of(number) for number in range(1, length + 1)), KEY)


async def write(database: HubDatabase, *chains: list[Entry]) -> tuple[Head, ...]:
    """Put whole chains in place of whatever is there; gives back where they end."""
    async with database.writing() as connection:
        for table in (ledger_entries, ledger_heads, ledger_persons):
            await connection.execute(table.delete())
    for entries in chains:
        await append(database, head_named(entries[0].writer), entries)
    await index_trails(database)
    return tuple(head_of(entries[-1]) for entries in chains)


def at(entry: Entry) -> Any:
    return and_(ledger_entries.c.writer == entry.writer, ledger_entries.c.seq == entry.seq)


async def cut_at(connection: AsyncConnection, entries: list[Entry], place: int) -> None:
    """Delete the entries from a place on, with their lines in trails."""
    for table in (ledger_entries, ledger_persons):
        gone = and_(table.c.writer == entries[0].writer, table.c.seq > place)
        await connection.execute(table.delete().where(gone))


async def move_head(connection: AsyncConnection, head: Head) -> None:
    mine = ledger_heads.c.writer == head.writer
    await connection.execute(ledger_heads.update().where(mine).values(seq=head.seq, hash=head.hash))


# --- Ways to break ----------------------------------------------------------------------------------------------------


async def deleted(connection: AsyncConnection, entries: list[Entry], place: int, _: int) -> int:
    await connection.execute(ledger_entries.delete().where(at(entries[place])))
    return place + 1


async def truncated(connection: AsyncConnection, entries: list[Entry], place: int, _: int) -> int:
    await cut_at(connection, entries, place)
    return place + 1


async def truncated_with_its_head(connection: AsyncConnection, entries: list[Entry], place: int, _: int) -> int:
    await cut_at(connection, entries, place)
    if place:
        await move_head(connection, head_of(entries[place - 1]))
    else:
        await connection.execute(ledger_heads.delete().where(ledger_heads.c.writer == entries[0].writer))
    return place + 1


async def swapped(connection: AsyncConnection, entries: list[Entry], place: int, other: int) -> int:
    one, two = sorted((place, other))
    if one == two:
        return await deleted(connection, entries, place, other)
    await connection.execute(ledger_entries.update().where(at(entries[one])).values(seq=1_000))
    await connection.execute(ledger_entries.update().where(at(entries[two])).values(seq=one + 1))
    swapped_out = and_(ledger_entries.c.writer == entries[0].writer, ledger_entries.c.seq == 1_000)
    await connection.execute(ledger_entries.update().where(swapped_out).values(seq=two + 1))
    return one + 1


async def forged(connection: AsyncConnection, entries: list[Entry], place: int, _: int) -> int:
    """Somebody who can write to the database changes an entry, and computes everything behind it anew."""
    kept, lies = entries[:place], [replace(entry.note, role="nobody") for entry in entries[place:]]
    head = head_of(kept[-1]) if kept else head_named(entries[0].writer)
    lied = head.continued(lies, KEY)
    for entry in lied:
        new = {"role": "nobody", "previous": entry.previous, "hash": entry.hash}
        await connection.execute(ledger_entries.update().where(at(entry)).values(new))
    await move_head(connection, head_of(lied[-1]))
    # What nobody can forge is the anchor, and it knows the last entry.
    return len(entries)


async def rehashed(connection: AsyncConnection, entries: list[Entry], place: int, _: int) -> int:
    """The entry is changed and has the hash of what it says now: who comes behind it does not follow it any more."""
    entry = entries[place]
    (lie,) = Head(entry.writer, place, entry.previous).continued([replace(entry.note, role="nobody")], KEY)
    await connection.execute(ledger_entries.update().where(at(entry)).values(role="nobody", hash=lie.hash))
    return min(place + 2, len(entries))


async def added(connection: AsyncConnection, entries: list[Entry], *_: int) -> int:
    """Somebody writes an entry that fits, and forgets that a head has to know it."""
    (more,) = head_of(entries[-1]).continued([replace(note_of(1), persons=None)], KEY)
    await connection.execute(ledger_entries.insert().values(_row_of(more)))
    return len(entries) + 1


async def hidden_from_a_trail(connection: AsyncConnection, entries: list[Entry], place: int, _: int) -> int:
    found = next(entry for entry in [*entries[place:], *entries] if entry.note.persons)
    line = and_(ledger_persons.c.writer == found.writer, ledger_persons.c.seq == found.seq)
    await connection.execute(ledger_persons.delete().where(line))
    return found.seq


async def moved_in_a_trail(connection: AsyncConnection, entries: list[Entry], place: int, _: int) -> int:
    found = next(entry for entry in [*entries[place:], *entries] if entry.note.persons)
    line = and_(ledger_persons.c.writer == found.writer, ledger_persons.c.seq == found.seq)
    await connection.execute(ledger_persons.update().where(line).values(at=datetime(2020, 1, 1, tzinfo=UTC)))
    return found.seq


async def added_to_a_trail(connection: AsyncConnection, entries: list[Entry], place: int, _: int) -> int:
    line = {"person": "nobody", "at": NOW, "writer": entries[place].writer, "seq": entries[place].seq}
    await connection.execute(ledger_persons.insert().values(line))
    return place + 1


def edited(column: str) -> Break:
    async def edit(connection: AsyncConnection, entries: list[Entry], place: int, _: int) -> int:
        changed = ledger_entries.update().where(at(entries[place])).values({column: COLUMNS[column]})
        await connection.execute(changed)
        return place + 1

    edit.__name__ = f"edited {column}"
    return edit


BREAKS: list[Break] = [
    deleted,
    truncated,
    truncated_with_its_head,
    swapped,
    forged,
    rehashed,
    added,
    hidden_from_a_trail,
    moved_in_a_trail,
    added_to_a_trail,
    *map(edited, COLUMNS),
]


# --- The property -----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("ledger") / "hub.db"
        upgrade(f"sqlite:///{path.as_posix()}")
        yield f"sqlite:///{path.as_posix()}"
    else:
        with servers.postgres_database(request.getfixturevalue("postgres_server")) as fresh:
            upgrade(fresh)
            yield fresh


@pytest.mark.parametrize("breaking", BREAKS, ids=lambda breaking: breaking.__name__)
def test_each_way_to_break_a_chain_is_found_and_named(url: str, breaking: Break) -> None:
    for place, other, length in ((1, 2, 3), (0, 0, 1)):
        asyncio.run(_broken_is_found(url, breaking, "a", length, place, other))


@given(
    breaking=st.sampled_from(BREAKS),
    writer=st.sampled_from(WRITERS),
    length=st.integers(1, 12),
    data=st.data(),
)
def test_whatever_is_broken_anywhere_is_found_and_named(
    url: str, breaking: Break, writer: str, length: int, data: st.DataObject
) -> None:
    place, other = (data.draw(st.integers(0, length - 1)) for _ in range(2))
    asyncio.run(_broken_is_found(url, breaking, writer, length, place, other))


async def _broken_is_found(url: str, breaking: Break, writer: str, length: int, place: int, other: int) -> None:
    database = HubDatabase(url, connections_max=1)
    try:
        chains = {name: chain(name, length) for name in WRITERS}
        ends = await write(database, *chains.values())
        whole = await verified(database, *ends)
        assert (whole.problems, whole.entries, whole.chains) == ([], 2 * length, 2)
        async with database.writing() as connection:
            expected = await breaking(connection, chains[writer], place, other)
        problems = (await verified(database, *ends)).problems
        assert (problems[0].writer, problems[0].seq) == (writer, expected)
        assert {problem.writer for problem in problems} == {writer}
    finally:
        await database.close()


# --- Anchors and gaps -------------------------------------------------------------------------------------------------


def test_the_root_depends_on_every_head_and_on_no_order() -> None:
    ends = [Head(name, place, f"{place:064x}") for place, name in enumerate("abcdefg", 1)]
    roots = {root_of(ends[:count]) for count in range(8)}
    assert len(roots) == 8
    assert root_of(reversed(ends)) == root_of(ends)
    for place, head in enumerate(ends):
        others = [*ends[:place], replace(head, seq=99), *ends[place + 1 :]]
        assert root_of(others) not in roots
    # Computed by printf and sha256sum.
    assert root_of(ends[:3]) == "3166efea04c391f3bc5b73f2f83d8fe3dc77e14762eb602fd028245054979c96"


async def test_a_restored_backup_is_a_gap_once_it_is_declared(database: HubDatabase, tmp_path: Path) -> None:
    entries, other = chain("a", 5), chain("b", 2)
    await write(database, entries, other)
    ends = (head_of(entries[-1]), head_of(other[-1]))
    # What a backup from before the last entries brings back.
    await write(database, entries[:2])
    known = anchored_as(*ends)
    assert await said_of(database, *ends) == [
        f"writer a, entry 3 to 5: it is missing, the anchor of {ANCHORED_AT} knows it",
        f"writer b, entry 1 to 2: it is missing, the anchor of {ANCHORED_AT} knows it",
    ]
    ledger = ledger_of(database, tmp_path)
    with pytest.raises(ValueError, match="a gap needs a reason"):
        await declare_gaps(database, ledger, known, KEY, " ", lambda: NOW)
    gaps = await declare_gaps(database, ledger, known, KEY, "restored the backup of 1 May", lambda: NOW)
    assert [(gap.writer, gap.first, gap.last) for gap in gaps] == [("a", 3, 5), ("b", 1, 2)]
    found = await verified(database, *ends)
    assert (found.problems, found.gaps) == ([], gaps)
    assert await declare_gaps(database, ledger, known, KEY, "again", lambda: NOW) == []
    # A gap excuses nothing else.
    async with database.writing() as connection:
        await connection.execute(ledger_entries.delete().where(at(entries[1])))
        await connection.execute(ledger_persons.delete().where(ledger_persons.c.seq == 2))
    problems = (await verified(database, *ends)).problems
    assert [(problem.writer, problem.seq, problem.last) for problem in problems] == [("a", 2, 2)]


async def test_what_a_journal_brings_behind_a_gap_is_still_verified(database: HubDatabase, tmp_path: Path) -> None:
    entries = chain("a", 6)
    await write(database, entries[:2])
    await replay(database, entries[4:])
    assert [str(problem) for problem in (await verified(database)).problems] == [
        "writer a, entry 3 to 4: it is missing"
    ]
    await declare_gaps(database, ledger_of(database, tmp_path), anchored_as(), KEY, "restored a backup", lambda: NOW)
    assert (await verified(database)).problems == []
    async with database.writing() as connection:
        await connection.execute(ledger_entries.update().where(at(entries[5])).values(role="nobody"))
    assert [str(problem) for problem in (await verified(database)).problems] == ["writer a, entry 6: it was changed"]


async def test_a_chain_that_no_head_knows_is_named(database: HubDatabase) -> None:
    await write(database, chain("a", 2), chain("b", 2))
    async with database.writing() as connection:
        await connection.execute(ledger_heads.delete().where(ledger_heads.c.writer == "b"))
    (problem,) = (await verified(database)).problems
    assert str(problem) == "writer b, entry 1 to 2: the head of the chain does not know it"


def test_gaps_take_away_what_they_name_and_nothing_else() -> None:
    gaps = [Gap("a", first, last, "") for first, last in ((9, 12), (3, 5), (4, 6))]
    assert undeclared(1, 14, gaps) == [(1, 2), (7, 8), (13, 14)]
    assert undeclared(3, 6, gaps) == undeclared(5, 5, gaps) == []
    assert (undeclared(7, 8, gaps), undeclared(13, 13, gaps), undeclared(1, 2, gaps)) == (
        [(7, 8)],
        [(13, 13)],
        [(1, 2)],
    )


async def test_a_replay_changes_nothing_that_is_there(database: HubDatabase) -> None:
    entries = chain("a", 4)
    await write(database, entries)
    await replay(database, entries[1:3])
    assert [entry async for entry in entries_of(database, "a")] == entries
    assert await heads(database) == [head_of(entries[-1])]


async def test_a_gap_that_was_tampered_with_declares_nothing(database: HubDatabase, tmp_path: Path) -> None:
    entries = chain("a", 4)
    await write(database, entries[:1])
    await replay(database, entries[2:])
    ledger = ledger_of(database, tmp_path)
    await declare_gaps(database, ledger, anchored_as(), KEY, "restored a backup", lambda: NOW)
    await ledger.record(request_of(ANA), "ok")
    async with database.writing() as connection:
        gap = ledger_entries.c.kind == "GAP"
        await connection.execute(ledger_entries.update().where(gap).values(detail="no JSON"))
    problems = (await verified(database)).problems
    assert {(problem.writer, problem.seq) for problem in problems} == {("a", 2), (ledger.head.writer, 1)}


# --- What verification says, word for word ----------------------------------------------------------------------------


async def said_of(database: HubDatabase, *anchored: Head) -> list[str]:
    return [str(problem) for problem in (await verified(database, *anchored)).problems]


async def test_the_head_and_every_anchor_know_what_is_cut_off(database: HubDatabase) -> None:
    entries = chain("a", 5)
    (end,) = await write(database, entries)
    early = head_of(entries[2])
    async with database.writing() as connection:
        await cut_at(connection, entries, 2)
    assert await said_of(database) == ["writer a, entry 3 to 5: it is missing, the head of the chain knows it"]
    assert await said_of(database, end) == [
        f"writer a, entry 3 to 5: it is missing, the anchor of {ANCHORED_AT} knows it"
    ]
    # The one that knows most says how much it was.
    assert await said_of(database, early) == ["writer a, entry 3 to 5: it is missing, the head of the chain knows it"]


async def test_a_chain_that_was_computed_anew_by_a_holder_of_the_secret_contradicts_its_anchor(
    database: HubDatabase,
) -> None:
    entries = chain("a", 3)
    (end,) = await write(database, entries)
    async with database.writing() as connection:
        await forged(connection, entries, 1, 1)
    assert await said_of(database, end) == [
        f"writer a, entry 3: the anchor of {ANCHORED_AT} and the head of the chain contradict each other",
        f"writer a, entry 3: it is another than the anchor of {ANCHORED_AT} says",
    ]


async def test_a_line_of_a_trail_without_an_entry_is_named_where_nothing_else_is_wrong(database: HubDatabase) -> None:
    entries = chain("a", 2)
    await write(database, entries)
    async with database.writing() as connection:
        line = {"person": "somebody", "at": NOW, "writer": "a", "seq": 7}
        await connection.execute(ledger_persons.insert().values(line))
    assert await said_of(database) == ["writer a, entry 7: a person's trail has it, and it is not there"]
    async with database.writing() as connection:
        await connection.execute(ledger_entries.delete().where(at(entries[0])))
    assert await said_of(database) == ["writer a, entry 1: it is missing"]


async def test_a_row_that_no_hub_can_have_written_ends_the_walk_there(database: HubDatabase) -> None:
    entries = chain("a", 4)
    await write(database, entries)
    async with database.writing() as connection:
        await connection.execute(ledger_entries.update().where(at(entries[2])).values(kind="NONSENSE"))
    assert await said_of(database) == ["writer a, entry 3: it is no entry that a hub has written"]


async def test_no_more_problems_are_looked_for_than_anybody_reads(
    database: HubDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write(database, chain("a", 2), chain("b", 2))
    async with database.writing() as connection:
        await connection.execute(ledger_entries.delete().where(ledger_entries.c.seq == 1))
    missing = [f"writer {writer}, entry 1: it is missing" for writer in WRITERS]
    assert await said_of(database) == missing
    monkeypatch.setattr("store.ledger.verify.PROBLEMS_MAX", 1)
    assert await said_of(database) == missing[:1]


async def test_trails_are_compared_page_by_page(database: HubDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    pages: list[tuple[int, int]] = []

    async def noted(hub: HubDatabase, writer: str, first: int, last: int) -> dict[int, set[tuple[str, datetime]]]:
        pages.append((first, last))
        return await persons_of(hub, writer, first, last)

    monkeypatch.setattr("store.ledger.verify.persons_of", noted)
    monkeypatch.setattr("store.ledger.verify.PAGE_ROWS", 2)
    for length, expected in ((4, [(1, 2), (3, 4)]), (5, [(1, 2), (3, 4), (5, 5)])):
        pages.clear()
        await write(database, chain("a", length))
        assert await said_of(database) == []
        assert pages == expected
    async with database.writing() as connection:
        await connection.execute(ledger_persons.delete().where(ledger_persons.c.seq == 3))
    assert await said_of(database) == ["writer a, entry 3: the trail of a person does not have it, or has it wrongly"]


def cut_of(entry: Entry) -> Note:
    """What a writer says that found its chain shorter than it had left it, at this entry."""
    detail = orjson.dumps({"writer": entry.writer, "seq": entry.seq, "hash": entry.hash}).decode()
    return Note(at=NOW, kind=EntryKind.CUT, role="hub", request_id="ledger", detail=detail)


async def test_what_a_cut_tells_counts_only_as_it_was_written(database: HubDatabase) -> None:
    lost, told = chain("a", 3), head_named("b")
    (telling,) = told.continued([cut_of(lost[2])], KEY)
    await write(database, lost[:1], [telling])
    assert await said_of(database) == ["writer a, entry 2 to 3: it is missing, the process that wrote it knows it"]
    async with database.writing() as connection:
        await connection.execute(ledger_entries.update().where(at(telling)).values(detail='{"writer": "c"}'))
    assert await said_of(database) == ["writer b, entry 1: it was changed"]
    # One that says nothing, and was written so, is no reason to stop looking.
    (silent,) = told.continued([replace(cut_of(lost[2]), detail=None)], KEY)
    await write(database, lost[:1], [silent])
    assert await said_of(database) == []


async def test_only_so_many_gaps_are_kept_in_memory(
    database: HubDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = chain("a", 5)
    await write(database, entries[:1])
    await replay(database, [entries[2], entries[4]])
    gaps = await declare_gaps(
        database, ledger_of(database, tmp_path), anchored_as(), KEY, "restored a backup", lambda: NOW
    )
    assert gaps == [Gap("a", 2, 2, "restored a backup"), Gap("a", 4, 4, "restored a backup")]
    monkeypatch.setattr("store.ledger.verify.GAPS_MAX", 1)
    assert (await verified(database)).gaps == gaps[:1]
