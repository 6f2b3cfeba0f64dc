"""A disk that is full for the hub's database: personal reads go on as long as the journal's disk has room."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import hub as hub_module
from models.policy.viewer import Purpose, Role
from sample.write import write_city
from store.database.engine import HubDatabase
from store.database.migrate import upgrade
from store.database.transactions import SqliteTransactions
from tests import servers
from tests.api.hub import Running, environment, running
from tests.migrated import migrated
from tests.store.ledgers import ledger_of, request_of

INBOX = "query Inbox { complaints(first: 3) { nodes { ticketNumber description } } }"
DISK_BYTES = 1_000_000


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own with little room, where this system lets us have one."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("mounting a small disk takes root on Linux")
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)],  # of the system
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("mounting a small disk takes root on Linux")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)  # as above


def fill(folder: Path) -> Path:
    """Leave no room on a disk; gives back what takes it."""
    file = folder / "full"
    descriptor = os.open(file, os.O_CREAT | os.O_WRONLY)
    try:
        while True:
            os.write(descriptor, bytes(1_024))
    except OSError:
        return file
    finally:
        os.close(descriptor)


async def reads(hub: Running) -> int:
    purpose = {"hub-purpose": Purpose.COMPLAINT_HANDLING.value}
    return (await hub.ask(INBOX, hub.bearer(Role.OFFICER, "dpupr") | purpose)).status_code


async def test_personal_reads_go_on_while_the_disk_of_the_database_is_full(
    small_disk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hub_module, "VAR", tmp_path / "var")
    await asyncio.to_thread(write_city, "small", tmp_path / "city")
    database = await asyncio.to_thread(migrated, small_disk / "hub.db")
    async with running(environment(tmp_path / "city", database)) as hub:
        ledger = hub.hub.ledger
        assert (await reads(hub), ledger.journal_bytes) == (200, 0)
        full = await asyncio.to_thread(fill, small_disk)
        assert [await reads(hub) for _ in range(3)] == [200] * 3
        assert ledger.journal_bytes > 0
        assert not await ledger.replay()
        full.unlink()
        assert await ledger.replay()
        assert (await reads(hub), ledger.journal_bytes, ledger.head.seq) == (200, 0, 5)


async def test_a_file_that_may_not_grow_is_as_a_full_disk(tmp_path: Path) -> None:
    """SQLite's own SQLITE_FULL, also where nobody can mount a disk."""
    await asyncio.to_thread(migrated, tmp_path / "hub.db")
    database = HubDatabase(f"sqlite:///{(tmp_path / 'hub.db').as_posix()}")
    assert isinstance(database.transactions, SqliteTransactions)
    ledger = ledger_of(database, tmp_path)
    await ledger.record(request_of(), "ok")
    await database.transactions.run(bound)
    for _ in range(40):
        await ledger.record(request_of(), "ok")
    assert (ledger.head.seq, ledger.journal_bytes > 0) == (41, True)
    assert await ledger.replay()  # by a connection that is not bound
    assert ledger.journal_bytes == 0
    await database.close()


def bound(connection: sqlite3.Connection) -> None:
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    connection.execute(f"PRAGMA max_page_count = {pages}")


async def test_a_server_whose_disk_is_full_is_as_one_that_is_away(postgres_server: str, tmp_path: Path) -> None:
    """PostgreSQL's disk_full (53100), as its own statement says it."""
    url = servers.with_database(postgres_server, servers.database_name())
    server = servers.with_database(postgres_server, "postgres")
    await servers.postgres_ask(server, f"CREATE DATABASE {url.rpartition('/')[2]}")
    database = HubDatabase(url)
    try:
        await asyncio.to_thread(upgrade, url)
        async with database.writing() as connection:
            await connection.exec_driver_sql(
                "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$"
            )
            await connection.exec_driver_sql(
                "CREATE TRIGGER full_disk BEFORE INSERT ON ledger_entries EXECUTE FUNCTION no_room()"
            )
        ledger = ledger_of(database, tmp_path)
        for _ in range(3):
            await ledger.record(request_of(), "ok")
        assert (ledger.head.seq, await ledger.replay(), ledger.journal_bytes > 0) == (3, False, True)
        async with database.writing() as connection:
            await connection.exec_driver_sql("DROP TRIGGER full_disk ON ledger_entries")
        assert (await ledger.replay(), ledger.journal_bytes) == (True, 0)
    finally:
        await database.close()
        await servers.postgres_ask(server, f"DROP DATABASE {url.rpartition('/')[2]} WITH (FORCE)")
