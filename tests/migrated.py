"""Migrated: the hub's tables in a file of a test's own, made once and copied."""

from __future__ import annotations

import functools
from pathlib import Path
from tempfile import TemporaryDirectory

from store.migrate import upgrade


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
