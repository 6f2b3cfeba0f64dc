"""Migrates the hub's own tables, one process at a time, and refuses to serve on another revision.

The migrating transaction holds the lock: an advisory lock on PostgreSQL, the write lock of the file on SQLite. So a
process that dies leaves no lock, and a failed migration leaves the tables as they were.
"""

from __future__ import annotations

import asyncio
import math
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, NullPool, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from store.database.engine import CONNECT_S_MAX, HubDatabase, normalized_url, revision_of, sqlite_path
from store.database.errors import LockTimeout, WrongRevision

LOCK_WAIT_S_MAX: Final = 60.0
# Alembic keeps the context of env.py in one global.
_one_at_a_time: Final = Lock()
_JOURNAL_RETRY_S = 0.02
_LOCK_KEY: Final = int.from_bytes(b"simpul", "big")
_MIGRATIONS: Final = Path(__file__).resolve().parents[2] / "migrations"
_LOCK_NOT_AVAILABLE: Final = "55P03"  # PostgreSQL's code for a wait that lock_timeout ended


def upgrade(url: str, revision: str = "head", *, lock_wait_s: float = LOCK_WAIT_S_MAX) -> str | None:
    """Migrate up to `revision` and return the revision of the database.

    Creates the SQLite file and its folder. Must not be called in a running event loop. Raises BadDatabaseUrl,
    LockTimeout, and WrongRevision for a revision that this hub does not know.
    """
    parsed = normalized_url(url)
    path = sqlite_path(parsed)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
    return asyncio.run(_migrate(parsed, command.upgrade, revision, lock_wait_s))


def head() -> str:
    """The revision that this hub needs."""
    revision = _script().get_current_head()
    assert revision is not None, "migrations/versions holds at least one revision"
    return revision


async def require_head(database: HubDatabase) -> None:
    """Raise WrongRevision unless the database is at the revision that this hub needs."""
    revision = await database.revision()
    if revision is not None:
        _require_known(revision)
    if revision != head():
        at = "at no revision yet" if revision is None else f"at revision {revision}"
        raise WrongRevision(f"The hub's database is {at}, this hub needs {head()}. Run: ./simpul migrate")


def _config() -> Config:
    config = Config()
    # configparser takes a lone percent sign for a reference.
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    return config


def _script() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _require_known(revision: str) -> None:
    if revision not in {script.revision for script in _script().walk_revisions()}:
        raise WrongRevision(
            f"The hub's database is at revision {revision}, which this hub does not know: it knows up to {head()}. "
            "Run the newer hub that wrote it, or restore a backup."
        )


async def _migrate(url: URL, step: Callable[[Config, str], None], revision: str, lock_wait_s: float) -> str | None:
    is_sqlite = sqlite_path(url) is not None
    engine = create_async_engine(
        url,
        poolclass=NullPool,
        # On SQLite this is the wait for every lock; on PostgreSQL only the time to connect.
        connect_args={"timeout": lock_wait_s if is_sqlite else CONNECT_S_MAX},
        hide_parameters=True,
    )
    try:
        async with engine.begin() as connection:
            if is_sqlite:
                await connection.run_sync(_lock_sqlite, lock_wait_s)
            else:
                await connection.run_sync(_lock_postgres, lock_wait_s)
            await connection.run_sync(_run, step, revision)
            return await connection.run_sync(revision_of)
    except DBAPIError as error:
        if _is_lock_timeout(error):
            raise LockTimeout(
                f"Somebody else kept the hub's database locked for {lock_wait_s:g} seconds. "
                "Wait until the other migration has ended, or stop the hub, then run: ./simpul migrate"
            ) from error
        raise
    finally:
        await engine.dispose()


def _run(connection: Connection, step: Callable[[Config, str], None], revision: str) -> None:
    # Read under the lock: another process may have migrated before.
    found = revision_of(connection)
    if found is not None:
        _require_known(found)
    config = _config()
    config.attributes["connection"] = connection
    # Always taken after the database's lock, so that two threads cannot deadlock.
    with _one_at_a_time:
        step(config, revision)


def _lock_sqlite(connection: Connection, lock_wait_s: float) -> None:
    # The journal mode is set here, where waiting is expected, so that the hub's connections find it set. SQLite does
    # not wait by itself when two processes set it at once.
    ends_at_s = time.monotonic() + lock_wait_s
    while True:
        try:
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")
            break
        except DBAPIError as error:
            if not _is_lock_timeout(error) or time.monotonic() > ends_at_s:
                raise
            time.sleep(_JOURNAL_RETRY_S)
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _lock_postgres(connection: Connection, lock_wait_s: float) -> None:
    # It also bounds the waits of the migration's statements. Zero would mean no limit.
    lock_wait_ms = max(1, math.ceil(lock_wait_s * 1000))
    connection.execute(text(f"SET LOCAL lock_timeout = {lock_wait_ms}"))
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK_KEY})


def _is_lock_timeout(error: DBAPIError) -> bool:
    if getattr(error.orig, "sqlstate", None) == _LOCK_NOT_AVAILABLE:
        return True
    code = getattr(error.orig, "sqlite_errorcode", None)
    return isinstance(code, int) and code & 0xFF == sqlite3.SQLITE_BUSY  # the low byte is the primary code
