"""Migrated: the hub's tables in a file of a test's own, made once and copied."""

from __future__ import annotations

import asyncio
import functools
from pathlib import Path
from tempfile import TemporaryDirectory

from alembic import command

from store.database import migrate
from store.database.engine import HubDatabase, normalized_url
from store.database.migrate import LOCK_WAIT_S_MAX, upgrade


def migrated(database: Path) -> Path:
    """Write a database of SQLite with the hub's tables, and nothing in them, into a file."""
    database.write_bytes(_model())
    return database


@functools.cache
def _model() -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "hub.db"
        upgrade(f"sqlite:///{file.as_posix()}")
        return file.read_bytes()


def downgrade(url: str, revision: str) -> str | None:
    """Migrate down to `revision` (`base`: no tables at all), which deletes data. Otherwise like `upgrade`."""
    return asyncio.run(migrate._migrate(normalized_url(url), command.downgrade, revision, LOCK_WAIT_S_MAX))


def current(url: str) -> str | None:
    """The revision that the database is at; None without tables."""
    return asyncio.run(_current(url))


async def _current(url: str) -> str | None:
    database = HubDatabase(url, connections_max=1)
    try:
        return await database.revision()
    finally:
        await database.close()
