"""Migrating: one process at a time, atomically, and refusals that say what to do."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

import store.database.migrate
from store.database.engine import HubDatabase
from store.database.errors import LockTimeout, WrongRevision
from store.database.migrate import head, require_head, upgrade
from tests.migrated import current, downgrade

ROOT = Path(__file__).parents[2]
LATEST = max(file.name[:4] for file in (ROOT / "migrations" / "versions").glob("*.py"))

# Says that it is ready, then migrates each database that it is told of. Started once: most of its time is imports.
MIGRATOR = """
import sys
from store.database.migrate import upgrade
print("ready", flush=True)
for line in sys.stdin:
    print(upgrade(line.strip()), flush=True)
"""


@pytest.fixture(scope="module")
def migrators() -> Iterator[list[subprocess.Popen[str]]]:
    pipe = subprocess.PIPE
    processes = [
        subprocess.Popen([sys.executable, "-c", MIGRATOR], cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
        for _ in range(2)
    ]
    yield processes
    for process in processes:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def ready(migrators: list[subprocess.Popen[str]]) -> list[str]:
    return answers_of(migrators)


def answers_of(processes: list[subprocess.Popen[str]]) -> list[str]:
    lines = []
    for process in processes:
        assert process.stdout is not None
        assert process.stderr is not None
        lines.append(process.stdout.readline().strip() or process.stderr.read())
    return lines


@asynccontextmanager
async def held(url: str) -> AsyncIterator[None]:
    """The lock, as another process that migrates holds it."""
    database = HubDatabase(url)
    try:
        async with database.writing() as connection:  # on SQLite this is the lock already
            if connection.dialect.name == "postgresql":
                await connection.execute(
                    text("SELECT pg_advisory_xact_lock(:key)"), {"key": store.database.migrate._LOCK_KEY}
                )
            yield
    finally:
        await database.close()


async def record_revision(url: str, revision: str) -> None:
    database = HubDatabase(url)
    async with database.writing() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
    await database.close()


def test_up_down_and_current(hub_url: str) -> None:
    assert current(hub_url) is None
    assert upgrade(hub_url) == head() == LATEST
    assert current(hub_url) == LATEST
    assert upgrade(hub_url) == LATEST
    assert downgrade(hub_url, "base") is None
    assert current(hub_url) is None


def test_the_folder_of_the_file_is_made(tmp_path: Path) -> None:
    assert upgrade(f"sqlite:///{tmp_path / 'var' / '100% new' / 'hub.db'}") == LATEST


def test_two_processes_that_migrate_at_once_both_end_well(
    migrators: list[subprocess.Popen[str]], ready: list[str], hub_url: str
) -> None:
    assert ready == ["ready", "ready"]
    for _ in range(3):
        for process in migrators:
            assert process.stdin is not None
            process.stdin.write(hub_url + "\n")
            process.stdin.flush()
        assert answers_of(migrators) == [LATEST, LATEST]
        assert current(hub_url) == LATEST
        downgrade(hub_url, "base")


async def test_who_waits_too_long_for_the_lock_is_told_what_to_do(hub_url: str) -> None:
    async with held(hub_url):
        with pytest.raises(LockTimeout) as refused:
            await asyncio.to_thread(upgrade, hub_url, lock_wait_s=0.1)
    assert str(refused.value) == (
        "Somebody else kept the hub's database locked for 0.1 seconds. "
        "Wait until the other migration has ended, or stop the hub, then run: ./simpul migrate"
    )
    assert await asyncio.to_thread(current, hub_url) is None
    assert await asyncio.to_thread(upgrade, hub_url) == LATEST


async def test_who_waits_long_enough_goes_on(hub_url: str) -> None:
    async with held(hub_url):
        waiting = asyncio.create_task(asyncio.to_thread(upgrade, hub_url))
        # While the lock is held, a second migration gives up at its bound: the first one is still waiting, too.
        with pytest.raises(LockTimeout):
            await asyncio.to_thread(upgrade, hub_url, lock_wait_s=0.1)
        assert not waiting.done()
    assert await waiting == LATEST


def test_threads_that_migrate_different_databases_do_not_mix_them_up(tmp_path: Path) -> None:
    urls = [f"sqlite:///{(tmp_path / f'{number}.db').as_posix()}" for number in range(8)]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(upgrade, urls)) == [LATEST] * 8
    assert [current(url) for url in urls] == [LATEST] * 8


def test_a_migration_that_fails_leaves_the_tables_as_they_were(
    hub_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "migrations"
    (broken / "versions").mkdir(parents=True)
    for file in ("env.py", "versions/0001_clients_and_findings.py"):
        (broken / file).write_text((ROOT / "migrations" / file).read_text("utf-8"), "utf-8")
    (broken / "versions" / "0002_broken.py").write_text(
        '"""Fails half way."""\n'
        "from alembic import op\n"
        'revision = "0002"\ndown_revision = "0001"\n'
        "def upgrade():\n"
        '    op.execute("CREATE TABLE half (id INTEGER)")\n'
        '    op.execute("SELECT no_such_function_at_all()")\n',
        "utf-8",
    )
    monkeypatch.setattr(store.database.migrate, "_MIGRATIONS", broken)
    with pytest.raises(DBAPIError, match="no_such_function_at_all"):
        upgrade(hub_url)
    assert current(hub_url) is None
    assert upgrade(hub_url, "0001") == "0001"
    with pytest.raises(DBAPIError, match="no_such_function_at_all"):
        upgrade(hub_url)
    assert current(hub_url) == "0001"


async def test_the_head_is_accepted(database: HubDatabase) -> None:
    await require_head(database)


async def test_a_database_without_tables_is_refused(hub_url: str) -> None:
    database = HubDatabase(hub_url)
    with pytest.raises(WrongRevision) as refused:
        await require_head(database)
    await database.close()
    assert str(refused.value) == (
        f"The hub's database is at no revision yet, this hub needs {LATEST}. Run: ./simpul migrate"
    )


async def test_an_older_database_is_refused(database: HubDatabase, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store.database.migrate, "head", lambda: "0098")
    with pytest.raises(WrongRevision) as refused:
        await require_head(database)
    assert str(refused.value) == (
        f"The hub's database is at revision {LATEST}, this hub needs 0098. Run: ./simpul migrate"
    )


async def test_a_newer_database_is_refused_by_serving_and_by_migrating(migrated_url: str) -> None:
    await record_revision(migrated_url, "0099")
    database = HubDatabase(migrated_url)
    expected = (
        f"The hub's database is at revision 0099, which this hub does not know: it knows up to {LATEST}. "
        "Run the newer hub that wrote it, or restore a backup."
    )
    with pytest.raises(WrongRevision) as refused:
        await require_head(database)
    assert str(refused.value) == expected
    with pytest.raises(WrongRevision) as refused:
        await asyncio.to_thread(upgrade, migrated_url)
    assert str(refused.value) == expected
    assert await database.revision() == "0099"
    await database.close()
