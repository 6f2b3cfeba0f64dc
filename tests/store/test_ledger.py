"""The ledger: entries are in the database or safe in the journal before an answer leaves, or it does not leave."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import SQLAlchemyError
from structlog.testing import capture_logs

from models.errors import LedgerUnavailable
from models.policy.viewer import Role, Viewer
from models.request import Request
from models.tables import ledger_entries, ledger_heads, ledger_persons
from models.values.types import Nik
from sample.citizens.people import resident_number
from store.database.engine import HubDatabase, normalized_url
from store.ledger import recording as ledger_module
from store.ledger import rows as ledger_rows
from store.ledger.chain import Entry, EntryKind, Head, head_of
from store.ledger.files import LedgerFiles, places_of
from store.ledger.pseudonyms import Pseudonyms
from store.ledger.recording import Ledger
from store.ledger.rows import entries_between, entries_of, heads
from store.ledger.trails import Trail
from tests import servers
from tests.loops import turns_until
from tests.store.ledgers import ANA, BUDI, KEY, MARKS, NOW, head_named, ledger_of, note_of, request_of, verified


@pytest.fixture
def ledger(database: HubDatabase, tmp_path: Path) -> Ledger:
    return ledger_of(database, tmp_path)


async def all_entries(database: HubDatabase) -> list[Entry]:
    return [entry async for entry in entries_between(database, None, None)]


async def cells(database: HubDatabase) -> str:
    """Everything that the tables of the ledger hold, as text."""
    async with database.reading() as connection:
        tables = (ledger_entries, ledger_heads, ledger_persons)
        return repr([(await connection.execute(select(table))).all() for table in tables])


# --- What is written --------------------------------------------------------------------------------------------------


async def test_an_entry_says_who_read_what_about_whom_and_what_for(ledger: Ledger, database: HubDatabase) -> None:
    await ledger.record(request_of(ANA, BUDI, fields=("address", "description")), "ok")
    (entry,) = await all_entries(database)
    note = entry.note
    assert (note.at, note.kind, note.role, note.department) == (NOW, EntryKind.READ, "officer", "dpupr")
    assert (note.purpose, note.operation, note.request_id) == ("COMPLAINT_HANDLING", "Inbox", "request-1")
    assert (note.record, note.fields, note.rows, note.outcome) == ("complaints", ("address", "description"), 2, "ok")
    assert note.viewer == MARKS.of_subject("dewi")
    assert note.persons == tuple(sorted((MARKS.of_person(ANA), MARKS.of_person(BUDI))))
    assert (entry.seq, entry.has_hash(KEY), entry.has_hash(None)) == (1, True, False)
    assert await heads(database) == [ledger.head]


async def test_who_reads_their_own_states_no_purpose(ledger: Ledger, database: HubDatabase) -> None:
    await ledger.record(replace(request_of(ANA), purpose=None), "ok")
    (entry,) = await all_entries(database)
    assert entry.note.purpose is None


async def test_entries_are_told_page_by_page_each_once(database: HubDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_rows, "PAGE_ROWS", 2)
    written: dict[str, list[Entry]] = {}
    # The third of one writer and the first of the other are of the same moment, and make a page.
    for writer, numbers in (("a", range(1, 6)), ("b", range(3, 8))):
        head = head_named(writer)
        written[writer] = head.continued([note_of(number) for number in numbers], KEY)
        await ledger_rows.append(database, head, written[writer])
    by_time = sorted((*written["a"], *written["b"]), key=lambda entry: (entry.note.at, entry.writer))
    assert await all_entries(database) == by_time
    assert [entry async for entry in entries_of(database, "a")] == written["a"]


async def test_no_name_and_no_number_of_a_person_is_written(ledger: Ledger, database: HubDatabase) -> None:
    resident = Viewer(Role.CITIZEN, subject="ana-signs-in", nik=ANA)
    await ledger.record(request_of(BUDI, viewer=resident), "ok")
    written = await cells(database)
    assert MARKS.of_person(BUDI) in written
    assert MARKS.of_person(ANA) in written, "who looked is the same person as whoever is looked at"
    assert [secret for secret in (ANA, BUDI, "ana-signs-in", "dewi") if secret in written] == []


def test_marks_need_the_secret_and_tell_people_apart() -> None:
    other = Pseudonyms(b"another secret of these tests, long enough too")
    marks = {MARKS.of_person(ANA), MARKS.of_person(BUDI), MARKS.of_subject(ANA), other.of_person(ANA)}
    assert len(marks) == 4
    assert {len(mark) for mark in marks} == {22}
    # Ever the same: what was written before must be found.
    assert MARKS.of_person(ANA) == "reYkP2fYpCNwk3zA-ejdjw"
    client = Viewer(Role.DEVELOPER, subject="simpul_abc")
    assert MARKS.of_viewer(client) == "simpul_abc"


async def test_an_operation_without_personal_fields_writes_nothing(ledger: Ledger, database: HubDatabase) -> None:
    request = request_of(ANA)
    request.ledger.entries.clear()
    await ledger.record(request, "ok")
    assert await all_entries(database) == []
    assert ledger.head.seq == 0


async def test_reads_of_the_same_fields_are_one_entry(ledger: Ledger, database: HubDatabase) -> None:
    request = request_of(ANA)
    request.ledger.note("complaints", ("description",), 3, frozenset({BUDI}))
    request.ledger.note("complaints", ("description",), 2)
    request.ledger.note("complaints", ("address",), 1)
    await ledger.record(request, "partial")
    notes = [entry.note for entry in await all_entries(database)]
    assert [(note.fields, note.rows, len(note.persons or ()), note.outcome) for note in notes] == [
        (("description",), 6, 2, "partial"),
        (("address",), 1, 0, "partial"),
    ]


async def test_what_an_entry_says_comes_back_as_it_was(database: HubDatabase) -> None:
    odd = 'He said "no"\\, {x}\n\ttwice: 𝛑, é, NULL'
    notes = [
        replace(note_of(1), detail=odd, operation=odd, persons=()),
        replace(note_of(2), department="", purpose=None),
    ]
    entries = head_named("w").continued(notes, KEY)
    await ledger_rows.append(database, head_named("w"), entries)
    assert await all_entries(database) == entries


async def test_where_one_entry_cannot_be_added_none_is_and_the_head_stays(database: HubDatabase) -> None:
    first, second, third = head_named("w").continued([note_of(1), note_of(2), note_of(3)], KEY)
    await ledger_rows.append(database, head_named("w"), [first])
    async with database.writing() as connection:
        await connection.execute(ledger_entries.insert(), ledger_rows._row_of(third))
    with pytest.raises(SQLAlchemyError):
        await ledger_rows.append(database, head_of(first), [second, third])
    assert await heads(database) == [head_of(first)]
    assert [entry.seq for entry in await all_entries(database)] == [1, 3]


async def test_a_group_is_one_statement_on_postgresql(
    database: HubDatabase, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    await ledger.record(request_of(ANA), "ok")
    statements: list[str] = []
    fetchval = asyncpg.Connection.fetchval

    async def counted(connection: asyncpg.Connection, statement: str, *values: object) -> object:
        connection.add_query_logger(lambda record: statements.append(record.query))
        return await fetchval(connection, statement, *values)

    monkeypatch.setattr(asyncpg.Connection, "fetchval", counted)
    event.listen(database.engine.sync_engine, "before_cursor_execute", lambda *_: statements.append("by the engine"))
    await ledger.declare(note_of(1), note_of(2), note_of(3))
    assert len(statements) == (database.engine.dialect.name == "postgresql")
    assert ledger.head.seq == 4


@pytest.fixture
def sizes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many entries each transaction has taken."""
    sizes: list[int] = []
    append = ledger_rows.append

    async def counted(database: HubDatabase, head: Head, entries: Sequence[Entry]) -> None:
        sizes.append(len(entries))
        await append(database, head, entries)

    monkeypatch.setattr(ledger_module, "append", counted)
    return sizes


async def test_operations_at_the_same_time_share_a_transaction(
    ledger: Ledger, database: HubDatabase, sizes: list[int]
) -> None:
    await asyncio.gather(*(ledger.record(request_of(ANA), "ok") for _ in range(20)))
    assert sizes == [20]
    assert [entry.seq for entry in await all_entries(database)] == list(range(1, 21))


async def test_a_transaction_takes_so_many_entries_and_no_more_but_of_one_operation(
    ledger: Ledger, sizes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_module, "GROUP_ENTRIES_MAX", 3)
    await asyncio.gather(*(ledger.record(request_of(ANA), "ok") for _ in range(5)))
    assert sizes == [3, 2]
    await ledger.declare(*(note_of(number) for number in range(4)))
    assert sizes == [3, 2, 4]


async def test_where_many_shared_a_transaction_the_next_one_waits_for_more(
    ledger: Ledger, sizes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_module, "GATHER_S", 0.3)
    await asyncio.gather(*(ledger.record(request_of(ANA), "ok") for _ in range(ledger_module.SIBLINGS_MIN)))
    first = asyncio.ensure_future(ledger.record(request_of(ANA), "ok"))
    for _ in range(10):
        await asyncio.sleep(0)
    await asyncio.gather(first, ledger.record(request_of(BUDI), "ok"))
    assert sizes == [ledger_module.SIBLINGS_MIN, 2]


async def test_who_comes_alone_waits_for_nobody(
    ledger: Ledger, sizes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_module, "GATHER_S", 3600.0)
    for _ in range(2):
        await asyncio.gather(*(ledger.record(request_of(ANA), "ok") for _ in range(ledger_module.SIBLINGS_MIN - 1)))
    assert sizes == [ledger_module.SIBLINGS_MIN - 1] * 2


async def test_who_reads_about_many_lets_others_have_their_turn_meanwhile(ledger: Ledger) -> None:
    crowd = [Nik(resident_number(number)) for number in range(2 * ledger_module.PSEUDONYMS_AT_ONCE + 1)]
    reading = asyncio.ensure_future(ledger._notes_of(request_of(*crowd), "ok", None))
    assert await turns_until(reading) == 3
    few = asyncio.ensure_future(ledger._notes_of(request_of(*crowd[: ledger_module.PSEUDONYMS_AT_ONCE]), "ok", None))
    assert await turns_until(few) == 0
    (note,) = await reading
    assert note.persons == tuple(sorted(map(MARKS.of_person, crowd)))


async def test_two_processes_have_a_chain_each(ledger: Ledger, database: HubDatabase, tmp_path: Path) -> None:
    other = ledger_of(database, tmp_path)
    await asyncio.gather(*(one.record(request_of(ANA), "ok") for one in (ledger, other, ledger)))
    assert {head.writer: head.seq for head in await heads(database)} == {ledger.head.writer: 2, other.head.writer: 1}
    assert (await verified(database)).problems == []


async def test_who_leaves_while_it_is_written_does_not_take_others_along(ledger: Ledger, database: HubDatabase) -> None:
    leaving = asyncio.ensure_future(ledger.record(request_of(ANA), "ok"))
    staying = asyncio.ensure_future(ledger.record(request_of(BUDI), "ok"))
    await asyncio.sleep(0)
    leaving.cancel()
    await staying
    await ledger.record(request_of(ANA), "ok")
    assert [entry.seq for entry in await all_entries(database)][-1] == ledger.head.seq


# --- When the database takes nothing ----------------------------------------------------------------------------------


@pytest.fixture
def broken(database: HubDatabase, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A database that takes nothing, until `undo`."""

    async def refused(*_: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr(ledger_module, "append", refused)
    monkeypatch.setattr(ledger_module, "replay", refused)
    return monkeypatch


async def test_the_journal_takes_what_the_database_does_not(
    ledger: Ledger, database: HubDatabase, broken: pytest.MonkeyPatch
) -> None:
    await ledger.record(request_of(ANA), "ok")
    await ledger.record(request_of(BUDI), "ok")
    assert await all_entries(database) == []
    assert ledger.journal_bytes > 0
    assert not await ledger.replay()
    broken.undo()
    # The order stays: what comes now waits behind what waits already.
    await ledger.record(request_of(ANA), "ok")
    assert await all_entries(database) == []
    assert await ledger.replay()
    assert ledger.journal_bytes == 0
    await ledger.record(request_of(ANA), "ok")
    assert [entry.seq for entry in await all_entries(database)] == [1, 2, 3, 4]
    assert (await verified(database)).problems == []


async def test_a_commit_whose_end_nobody_knows_is_there_once(
    ledger: Ledger, database: HubDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    append = ledger_rows.append

    async def committed_and_lost(*arguments: object) -> None:
        await append(*arguments)  # type: ignore[arg-type]
        raise ConnectionResetError

    monkeypatch.setattr(ledger_module, "append", committed_and_lost)
    await ledger.record(request_of(ANA), "ok")
    monkeypatch.undo()
    assert await ledger.replay()
    await ledger.record(request_of(ANA), "ok")
    assert [entry.seq for entry in await all_entries(database)] == [1, 2]
    assert (await verified(database)).problems == []


async def test_a_database_that_hangs_holds_nobody_for_long(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hung(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(ledger_module, "append", hung)
    monkeypatch.setattr(ledger_module, "COMMIT_S_MAX", 0.05)
    await asyncio.wait_for(ledger.record(request_of(ANA), "ok"), 2)
    assert ledger.journal_bytes > 0


async def test_the_journal_takes_what_a_server_without_the_database_does_not(
    postgres_server: str, tmp_path: Path
) -> None:
    nowhere = HubDatabase(servers.with_database(postgres_server, "simpul_test_no_such"))
    ledger = ledger_of(nowhere, tmp_path)
    await ledger.record(request_of(ANA), "ok")
    assert ledger.journal_bytes > 0
    assert not await ledger.replay()
    with pytest.raises(LedgerUnavailable, match="cannot be opened at the moment"):
        await Trail(nowhere, MARKS).count(request_of(ANA), ANA)
    await nowhere.close()


async def test_without_database_and_journal_a_read_is_refused(
    ledger: Ledger, database: HubDatabase, broken: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "journals").write_text("no folder")
    with capture_logs() as told, pytest.raises(LedgerUnavailable, match="cannot be recorded at the moment"):
        await ledger.record(request_of(ANA), "ok")
    assert [(line["log_level"], line["event"]) for line in told] == [
        ("warning", "ledger writes to its journal"),
        ("error", "the ledger cannot be written: personal reads are refused"),
    ]
    assert ledger.head.seq == 0
    broken.undo()
    await ledger.record(request_of(ANA), "ok")
    assert [entry.seq for entry in await all_entries(database)] == [1]


async def test_a_defect_refuses_the_read_too(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    async def defect(*_: object) -> None:
        raise KeyError("nobody foresaw this")

    monkeypatch.setattr(ledger_module, "append", defect)
    with pytest.raises(LedgerUnavailable):
        await asyncio.wait_for(ledger.record(request_of(ANA), "ok"), 2)


async def test_what_waits_when_a_process_is_told_to_stop_is_replayed(
    ledger: Ledger, database: HubDatabase, broken: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with ledger.run():
        await ledger.record(request_of(ANA), "ok")
        assert await all_entries(database) == []
        broken.undo()
    assert [entry.seq for entry in await all_entries(database)] == [1]
    assert list((tmp_path / "journals").iterdir()) == []


async def test_what_a_dead_process_has_left_is_replayed(
    database: HubDatabase, broken: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    dead = ledger_of(database, tmp_path)
    await dead.record(request_of(ANA), "ok")
    (left,) = (tmp_path / "journals").iterdir()
    living = ledger_of(database, tmp_path)
    broken.undo()
    assert await living.replay()
    assert await all_entries(database) == []  # it lives: it holds its journal
    assert dead._journal._descriptor is not None
    os.close(dead._journal._descriptor)  # as the system does
    async with living.run():
        pass
    assert [entry.writer for entry in await all_entries(database)] == [dead.head.writer]
    assert not left.exists()
    assert (await verified(database)).problems == []


async def test_a_chain_that_was_cut_is_told_by_its_writer(ledger: Ledger, database: HubDatabase) -> None:
    for _ in range(3):
        await ledger.record(request_of(ANA), "ok")
    lost = ledger.head
    first, *_ = [entry async for entry in entries_of(database, lost.writer)]
    async with database.writing() as connection:
        cut = [ledger_entries.c.seq > 1, ledger_entries.c.writer == lost.writer]
        await connection.execute(ledger_entries.delete().where(*cut))
        await connection.execute(ledger_persons.delete().where(ledger_persons.c.seq > 1))
        await connection.execute(ledger_heads.update().values(seq=1, hash=first.hash))
    assert (await verified(database)).problems == []  # nobody else knows it
    with capture_logs() as told:
        await ledger.record(request_of(ANA), "ok")
    assert told == [
        {"log_level": "error", "event": "the ledger's chain was cut", "writer": lost.writer, "seq": lost.seq}
    ]
    assert await ledger.replay()
    assert ledger.head.writer != lost.writer
    (problem,) = (await verified(database)).problems
    assert str(problem) == (f"writer {lost.writer}, entry 2 to 3: it is missing, the process that wrote it knows it")


# --- Around it -------------------------------------------------------------------------------------------------------


def test_databases_have_folders_of_their_own_whoever_signs_in(tmp_path: Path) -> None:
    def places(text: str) -> LedgerFiles:
        return places_of(normalized_url(text), tmp_path / "var")

    named = places("postgresql://hub:secret@db:5432/hub")
    assert named == places("postgresql://other@db:5432/hub?sslmode=require")
    assert named.journals != places("postgresql://hub:secret@db:5432/hub2").journals
    assert (named.journals.parent, named.anchors.parent) == (tmp_path / "var" / "ledger", tmp_path / "var" / "anchors")
    # A file of SQLite has its anchors beside it, but no journal: its disk may be full.
    of_file = places(f"sqlite:///{tmp_path}/hub.db")
    assert of_file.anchors.parent == tmp_path.resolve() / "anchors"
    assert of_file.journals.parent == named.journals.parent
    assert of_file.journals_left == tmp_path.resolve() / "ledger" / of_file.journals.name


def test_a_person_is_not_in_a_repr() -> None:
    request: Request = request_of(Nik(ANA))
    assert ANA not in repr(request.ledger)
