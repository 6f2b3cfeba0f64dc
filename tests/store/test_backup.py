"""Backup and restore: the same rows on both databases, and nothing at all where the file or the place is wrong."""

from __future__ import annotations

import hashlib
import json
import stat
import sys
import threading
import tracemalloc
import zipfile
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import BigInteger, Integer, Text, func, select

from models.tables import UtcDateTime, clients, findings, generation, ledger_anchored, metadata
from store.clients import add_client, find_client_by_key_hash, list_clients
from store.database import backup
from store.database.backup import BackupRefused, Content, back_up, restore
from store.database.engine import HubDatabase
from store.database.errors import WrongRevision
from store.database.migrate import head, upgrade

NOW = datetime(2026, 3, 1, 8, 0, 0, 123456, tzinfo=UTC)
FINDINGS = 601


def clock() -> datetime:
    return NOW


async def fill(database: HubDatabase) -> str:
    """Three clients and many findings; gives the hash of a key."""
    issued = [
        await add_client(
            database,
            name=f"Peta {number} é",
            contact="tim@example.org",
            scopes=["read:public"],
            clock=clock,
            expires_at=expires,
        )
        for number, expires in enumerate((None, NOW + timedelta(days=1), None))
    ]
    rows = [
        # Small and capital letters, which databases do not agree on how to sort.
        {
            "source": "complaints",
            "record": "Complaints" if number % 2 else "complaints",
            "field": f"field_{number}",
            "kind": "UNDECODABLE",
            "count": 2**40 + number,
            "first_seen_at": NOW,
            "last_seen_at": NOW + timedelta(seconds=number),
        }
        for number in range(FINDINGS)
    ]
    async with database.writing() as connection:
        await connection.execute(findings.insert(), rows)
    return hashlib.sha256(issued[0].key.encode()).hexdigest()


async def counts(database: HubDatabase) -> dict[str, int]:
    """The rows of each table that has some."""
    async with database.reading() as connection:
        found = {
            table.name: await connection.scalar(select(func.count()).select_from(table)) or 0
            for table in metadata.sorted_tables
            if table not in (generation, ledger_anchored)
        }
    return {name: rows for name, rows in found.items() if rows}


@pytest.fixture
async def elsewhere(tmp_path: Path) -> AsyncIterator[HubDatabase]:
    """Another hub's database: SQLite, empty and migrated."""
    opened = HubDatabase(f"sqlite:///{(tmp_path / 'elsewhere.db').as_posix()}")
    thread = threading.Thread(target=upgrade, args=(f"sqlite:///{(tmp_path / 'elsewhere.db').as_posix()}",))
    thread.start()
    thread.join()
    yield opened
    await opened.close()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "hub.zip"


async def test_what_was_kept_comes_back(database: HubDatabase, file: Path) -> None:
    key_hash = await fill(database)
    before = await list_clients(database, 10)
    kept = await back_up(database, file)
    rows = {name: content.rows for name, content in kept.items() if content.rows}
    assert rows == {"clients": 3, "findings": FINDINGS}
    async with database.writing() as connection:
        await connection.execute(clients.delete())
        await connection.execute(findings.delete())
    assert await restore(database, file) == kept
    assert await list_clients(database, 10) == before
    assert await find_client_by_key_hash(database, key_hash, clock=clock) == before[-1]
    assert await counts(database) == {"clients": 3, "findings": FINDINGS}
    # The next client gets a number that none of these had.
    issued = await add_client(database, name="next", contact="", scopes=[], clock=clock)
    assert issued.client.id == max(client.id for client in before) + 1


async def test_it_comes_back_on_another_kind_of_database(
    database: HubDatabase, elsewhere: HubDatabase, file: Path, tmp_path: Path
) -> None:
    await fill(database)
    kept = await back_up(database, file)
    assert await restore(elsewhere, file) == kept
    assert await list_clients(elsewhere, 10) == await list_clients(database, 10)
    again = tmp_path / "again.zip"
    assert await back_up(elsewhere, again) == kept


async def test_the_file_says_what_is_in_it(database: HubDatabase, file: Path) -> None:
    await fill(database)
    kept = await back_up(database, file)
    with zipfile.ZipFile(file) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        lines = archive.read("clients.ndjson")
    assert (manifest["format"], manifest["revision"]) == ("simpul backup 1", head())
    assert manifest["tables"]["clients"] == {"rows": 3, "sha256": hashlib.sha256(lines).hexdigest()}
    assert kept["clients"] == Content(3, hashlib.sha256(lines).hexdigest())
    if sys.platform != "win32":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600  # noqa: ASYNC240  # a test's own file
    assert [path.name for path in file.parent.glob("*.partial")] == []


async def test_an_empty_hub_is_kept_too(database: HubDatabase, file: Path) -> None:
    nothing = Content(0, hashlib.sha256(b"").hexdigest())
    everything = dict.fromkeys((metadata.tables.keys() - {generation.name, ledger_anchored.name}), nothing)
    assert await back_up(database, file) == everything
    assert await restore(database, file) == everything


async def test_a_file_is_never_replaced(database: HubDatabase, file: Path) -> None:
    file.write_bytes(b"precious")  # noqa: ASYNC240  # a test's own file
    with pytest.raises(BackupRefused, match=r"^hub\.zip: there is such a file"):
        await back_up(database, file)
    assert file.read_bytes() == b"precious"  # noqa: ASYNC240  # a test's own file


async def test_rows_are_replaced_only_when_told(database: HubDatabase, file: Path) -> None:
    await fill(database)
    kept = await back_up(database, file)
    await add_client(database, name="later", contact="", scopes=[], clock=clock)
    with pytest.raises(BackupRefused, match=r"has rows in (clients|findings)\. To replace all it has, say --force\.$"):
        await restore(database, file)
    assert (await counts(database))["clients"] == 4
    assert await restore(database, file, replaces=True) == kept
    assert (await counts(database))["clients"] == 3


def changed(file: Path, change: Callable[[str, bytes], bytes | None]) -> None:
    """Write the archive anew, each member as `change` has it."""
    with zipfile.ZipFile(file) as archive:
        members = {name: change(name, archive.read(name)) for name in archive.namelist()}
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            if content is not None:
                archive.writestr(name, content)


def _revised(name: str, content: bytes) -> bytes:
    return content.replace(head().encode(), b"9999") if name == "manifest.json" else content


def flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 0xFF]) + content[at + 1 :]


DAMAGES: dict[str, Callable[[Path], None]] = {
    "no archive": lambda file: (file.write_bytes(b"nothing of the kind"), None)[1],
    "truncated": lambda file: (file.write_bytes(file.read_bytes()[:-200]), None)[1],
    "a byte": lambda file: (file.write_bytes(flipped(file.read_bytes(), 150)), None)[1],
    "a changed row": lambda file: changed(file, lambda _, content: content.replace(b"Peta 1", b"Peta 9")),
    "a row less": lambda file: changed(
        file, lambda name, content: content[content.index(b"\n") + 1 :] if name == "findings.ndjson" else content
    ),
    "a table less": lambda file: changed(file, lambda name, content: None if name == "findings.ndjson" else content),
    "no manifest": lambda file: changed(file, lambda name, content: None if name == "manifest.json" else content),
    "half a manifest": lambda file: changed(
        file, lambda name, content: content[:60] if name == "manifest.json" else content
    ),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
async def test_a_damaged_file_changes_nothing(
    database: HubDatabase, file: Path, damage: Callable[[Path], None]
) -> None:
    await fill(database)
    await back_up(database, file)
    damage(file)
    await add_client(database, name="later", contact="", scopes=[], clock=clock)
    with pytest.raises(BackupRefused, match="is no backup of a hub, or is damaged"):
        await restore(database, file, replaces=True)
    assert await counts(database) == {"clients": 4, "findings": FINDINGS}


async def test_a_backup_of_another_revision_is_refused(database: HubDatabase, file: Path) -> None:
    await back_up(database, file)
    changed(file, _revised)
    with pytest.raises(BackupRefused, match=rf"^The backup is of revision 9999, this hub needs {head()}\."):
        await restore(database, file)


async def test_what_does_not_come_back_as_it_was_is_undone(
    database: HubDatabase, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(database)
    await back_up(database, file)
    value = backup._value
    monkeypatch.setattr(
        backup, "_value", lambda column, kept: "other" if column.name == "contact" else value(column, kept)
    )
    with pytest.raises(BackupRefused, match=r"^clients: what was restored is not what was kept\."):
        await restore(database, file, replaces=True)
    assert {client.contact for client in await list_clients(database, 10)} == {"tim@example.org"}


async def test_a_database_without_tables_is_neither_kept_nor_filled(tmp_path: Path, file: Path) -> None:
    empty = HubDatabase(f"sqlite:///{(tmp_path / 'none.db').as_posix()}")
    with pytest.raises(WrongRevision):
        await back_up(empty, file)
    with pytest.raises(WrongRevision):
        await restore(empty, file)
    assert not file.exists()  # noqa: ASYNC240  # a test's own file


async def test_memory_does_not_grow_with_the_rows(elsewhere: HubDatabase, file: Path) -> None:
    await fill(elsewhere)

    async def peak_of() -> int:
        tracemalloc.start()
        target = file.with_name(f"{len(list(file.parent.iterdir()))}.zip")
        await back_up(elsewhere, target)
        await restore(elsewhere, target, replaces=True)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    await peak_of()
    few = await peak_of()
    async with elsewhere.writing() as connection:
        for number in range(5):
            # Six times as many in the end.
            copied = select(
                *(findings.c[name] for name in ("source", "record")),
                findings.c.field + f".{number}",
                *(findings.c[name] for name in ("kind", "count", "first_seen_at", "last_seen_at")),
            ).where(findings.c.field.not_like("%.%"))
            await connection.execute(findings.insert().from_select(list(findings.c.keys()), copied))
    assert (await counts(elsewhere))["findings"] == 6 * FINDINGS
    assert await peak_of() < 2 * few


def test_every_column_is_of_a_kind_that_can_be_kept() -> None:
    kinds = {type(column.type) for table in metadata.sorted_tables for column in table.columns}
    assert kinds <= {Integer, BigInteger, Text, UtcDateTime}
