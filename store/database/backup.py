"""Backs the hub's own tables up to one file and restores them, on SQLite and PostgreSQL, also from one to the other.

The file is a ZIP archive: one member per table with a JSON array per row, and a manifest with the number of rows and
the SHA-256 of each table. Rows are written and read in batches, so memory stays bounded.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import zipfile
import zlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import IO, Any, Final

from sqlalchemy import Column, Table, Text, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from models.tables import UtcDateTime, generation, ledger_anchored, metadata
from store.database.engine import HubDatabase
from store.database.errors import StoreError
from store.database.migrate import head, require_head
from store.outbox import tending

FORMAT: Final = "simpul backup 1"
_KEPT: Final = tuple(table for table in metadata.sorted_tables if table not in (generation, ledger_anchored))
"""The tables in a backup. The id of the database and its last anchors belong to this database alone."""
ROWS_AT_ONCE: Final = 500
LINE_BYTES_MAX: Final = 1_000_000
MANIFEST_BYTES_MAX: Final = 100_000
_MANIFEST: Final = "manifest.json"


class BackupRefused(StoreError):
    """A backup cannot be written or restored; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Content:
    """The number of rows of a table, and the SHA-256 of their lines."""

    rows: int
    sha256: str


async def back_up(database: HubDatabase, file: Path) -> dict[str, Content]:
    """Write a snapshot to a new file that only its owner can read; returns the content of each table.

    Raises WrongRevision, BackupRefused if the file exists, and OSError.
    """
    await require_head(database)
    if file.exists():  # noqa: ASYNC240  # a command's only work
        raise BackupRefused(f"{file.name}: there is such a file, and a backup does not replace it. Name another one.")
    staged = file.with_name(f"{file.name}.partial")
    try:
        with _for_the_owner(staged) as opened, zipfile.ZipFile(opened, "w", zipfile.ZIP_DEFLATED) as archive:
            contents: dict[str, Content] = {}
            async with database.snapshot() as connection:
                for table in _KEPT:
                    with archive.open(_member(table), "w", force_zip64=True) as member:
                        contents[table.name] = await _written(connection, table, member)
            tables = {name: asdict(content) for name, content in contents.items()}
            made_at = datetime.now(UTC).isoformat(timespec="seconds")
            manifest = {"format": FORMAT, "revision": head(), "madeAt": made_at, "tables": tables}
            archive.writestr(_MANIFEST, json.dumps(manifest, indent=2))
        staged.replace(file)
    finally:
        staged.unlink(missing_ok=True)
    return contents


async def restore(database: HubDatabase, file: Path, *, replaces: bool = False) -> dict[str, Content]:
    """Restore a backup into a migrated database in one transaction, and compare; returns the content of each table.

    Raises WrongRevision, OSError, and BackupRefused for a file that is damaged or of another revision, and for a
    database that has rows unless `replaces`.
    """
    await require_head(database)
    try:
        with zipfile.ZipFile(file) as archive:
            contents = _contents(archive)
            for table in _KEPT:
                _verify(archive, table, contents[table.name])
            async with database.writing() as connection:
                await _lock(connection)
                await _empty(connection, replaces=replaces)
                for table in _KEPT:
                    await _fill(connection, archive, table)
                    if await _written(connection, table, None) != contents[table.name]:
                        raise BackupRefused(
                            f"{table.name}: what was restored is not what was kept. Nothing was changed."
                        )
                # It may have been delivered since the backup was made: a person looks, or has it tried again.
                await connection.run_sync(tending.park_all)
                # A running hub then sees that the database is another one.
                await connection.execute(generation.update().values(id=secrets.token_hex(16)))
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError) as error:
        raise BackupRefused(_DAMAGED) from error
    return contents


_DAMAGED: Final = "The file is no backup of a hub, or is damaged. Nothing was changed: take another one."


# --- The file ---------------------------------------------------------------------------------------------------------


def _for_the_owner(file: Path) -> IO[bytes]:
    """A new file that only its owner may read: it holds hashes of keys and contacts of people."""
    return os.fdopen(os.open(file, os.O_CREAT | os.O_TRUNC | os.O_RDWR, 0o600), "w+b")


def _member(table: Table) -> str:
    return f"{table.name}.ndjson"


def _contents(archive: zipfile.ZipFile) -> dict[str, Content]:
    """The content of each table by the manifest. Raises BackupRefused for another revision or no manifest."""
    try:
        with archive.open(_MANIFEST) as member:
            manifest = json.loads(member.read(MANIFEST_BYTES_MAX))
        if manifest["format"] != FORMAT:
            raise BackupRefused(_DAMAGED)
        if manifest["revision"] != head():
            raise BackupRefused(
                f"The backup is of revision {manifest['revision']}, this hub needs {head()}. "
                "Restore it with the hub that made it, then run: ./simpul migrate"
            )
        return {table.name: Content(**manifest["tables"][table.name]) for table in _KEPT}
    except (KeyError, TypeError, ValueError) as error:
        raise BackupRefused(_DAMAGED) from error


def _verify(archive: zipfile.ZipFile, table: Table, expected: Content) -> None:
    digest, rows = hashlib.sha256(), 0
    for line in _lines(archive, table):
        digest.update(line)
        rows += 1
    if Content(rows, digest.hexdigest()) != expected:
        raise BackupRefused(_DAMAGED)


def _lines(archive: zipfile.ZipFile, table: Table) -> Iterator[bytes]:
    try:
        member = archive.open(_member(table))
    except KeyError:
        raise BackupRefused(_DAMAGED) from None
    with member:
        while line := member.readline(LINE_BYTES_MAX):
            if not line.endswith(b"\n"):
                raise BackupRefused(_DAMAGED)
            yield line


# --- The tables -------------------------------------------------------------------------------------------------------


async def _written(connection: AsyncConnection, table: Table, member: IO[bytes] | None) -> Content:
    """Hash the rows of a table in an order that is the same on every database, and write them to `member` if given."""
    digest, rows = hashlib.sha256(), 0
    async for line in _lines_of(connection, table):
        digest.update(line)
        rows += 1
        if member is not None:
            member.write(line)
    return Content(rows, digest.hexdigest())


async def _lines_of(connection: AsyncConnection, table: Table) -> AsyncIterator[bytes]:
    by = [_ordered(column, connection.dialect.name) for column in table.primary_key.columns]
    options = {"yield_per": ROWS_AT_ONCE}
    async with connection.stream(select(*table.columns).order_by(*by), execution_options=options) as result:
        async for row in result:
            line = json.dumps([_kept(value) for value in row], ensure_ascii=False, separators=(",", ":")).encode()
            if len(line) >= LINE_BYTES_MAX:
                raise BackupRefused(f"{table.name}: a row is larger than {LINE_BYTES_MAX} bytes.")
            yield line + b"\n"


def _ordered(column: Column[Any], dialect: str) -> Any:
    """The column, with texts in byte order as in SQLite, so that the same rows have the same hash everywhere."""
    return column.collate("C") if dialect == "postgresql" and isinstance(column.type, Text) else column


def _kept(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _value(column: Column[Any], kept: Any) -> Any:
    return datetime.fromisoformat(kept) if isinstance(column.type, UtcDateTime) and kept is not None else kept


async def _lock(connection: AsyncConnection) -> None:
    """Keep a running hub from writing meanwhile. On SQLite the transaction does so by itself."""
    if connection.dialect.name == "postgresql":
        names = ", ".join(table.name for table in metadata.sorted_tables)
        await connection.execute(text(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE"))


async def _empty(connection: AsyncConnection, *, replaces: bool) -> None:
    for table in reversed(_KEPT):
        if replaces:
            await connection.execute(table.delete())
        elif await connection.scalar(select(func.count()).select_from(table)):
            raise BackupRefused(f"The hub's database has rows in {table.name}. To replace all it has, say --force.")


async def _fill(connection: AsyncConnection, archive: zipfile.ZipFile, table: Table) -> None:
    columns = list(table.columns)
    lines_left = _lines(archive, table)
    while lines := list(islice(lines_left, ROWS_AT_ONCE)):
        rows = [
            {column.name: _value(column, kept) for column, kept in zip(columns, json.loads(line), strict=True)}
            for line in lines
        ]
        await connection.execute(table.insert(), rows)
    counted = table.autoincrement_column
    if counted is not None and connection.dialect.name == "postgresql":
        # SQLite continues after the largest number by itself; PostgreSQL has to be told.
        sequence = func.pg_get_serial_sequence(table.name, counted.name)
        await connection.execute(select(func.setval(sequence, func.coalesce(func.max(counted), 0) + 1, text("false"))))
