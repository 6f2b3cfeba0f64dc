"""Backup: the hub's own state in one file, and back again, on SQLite and PostgreSQL alike, also from one to the other.

The file is a ZIP archive with one member per table, a row per line as a JSON array, and a manifest with the number of
rows and the SHA-256 of each. Nothing is ever held whole: it is written and read some hundred rows at a time.
"""

from __future__ import annotations

import hashlib
import json
import os
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

from models.tables import UtcDateTime, metadata
from store.database import HubDatabase
from store.errors import StoreError
from store.migrate import head, require_head

FORMAT: Final = "simpul backup 1"
ROWS_AT_ONCE: Final = 500
LINE_BYTES_MAX: Final = 1_000_000
MANIFEST_BYTES_MAX: Final = 100_000
_MANIFEST: Final = "manifest.json"


class BackupRefused(StoreError):
    """A backup cannot be written or restored as things are; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Content:
    """What a table holds: how many rows, and the SHA-256 of their lines."""

    rows: int
    sha256: str


async def back_up(database: HubDatabase, file: Path) -> dict[str, Content]:
    """Write the state of one moment to a new file, for its owner's eyes; gives the content of each table.

    Raises WrongRevision, BackupRefused when there is such a file, and OSError.
    """
    await require_head(database)
    if file.exists():  # noqa: ASYNC240  # a command's only work
        raise BackupRefused(f"{file.name}: there is such a file, and a backup does not replace it. Name another one.")
    staged = file.with_name(f"{file.name}.partial")
    try:
        with _for_the_owner(staged) as opened, zipfile.ZipFile(opened, "w", zipfile.ZIP_DEFLATED) as archive:
            contents: dict[str, Content] = {}
            async with database.snapshot() as connection:
                for table in metadata.sorted_tables:
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
    """Put a backup into a migrated database, and compare what is then there; gives the content of each table.

    All of it or nothing. Raises WrongRevision, OSError, and BackupRefused for a file that is damaged or of another
    revision, and for a database that has rows, unless `replaces`.
    """
    await require_head(database)
    try:
        with zipfile.ZipFile(file) as archive:
            contents = _contents(archive)
            for table in metadata.sorted_tables:
                _verify(archive, table, contents[table.name])
            async with database.writing() as connection:
                await _lock(connection)
                await _empty(connection, replaces=replaces)
                for table in metadata.sorted_tables:
                    await _fill(connection, archive, table)
                    if await _written(connection, table, None) != contents[table.name]:
                        raise BackupRefused(
                            f"{table.name}: what was restored is not what was kept. Nothing was changed."
                        )
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError) as error:
        raise BackupRefused(_DAMAGED) from error
    return contents


_DAMAGED: Final = "The file is no backup of a hub, or is damaged. Nothing was changed: take another one."


# --- The file ---------------------------------------------------------------------------------------------------------


def _for_the_owner(file: Path) -> IO[bytes]:
    """A new file that only its owner may read: hashes of keys and the addresses of people are in it."""
    return os.fdopen(os.open(file, os.O_CREAT | os.O_TRUNC | os.O_RDWR, 0o600), "w+b")


def _member(table: Table) -> str:
    return f"{table.name}.ndjson"


def _contents(archive: zipfile.ZipFile) -> dict[str, Content]:
    """What the manifest says. Raises BackupRefused for one of another revision, or none."""
    try:
        with archive.open(_MANIFEST) as member:
            manifest = json.loads(member.read(MANIFEST_BYTES_MAX))
        if manifest["format"] != FORMAT:
            raise BackupRefused(_DAMAGED)
        if manifest["revision"] != head():
            raise BackupRefused(
                f"The backup is of revision {manifest['revision']}, this hub needs {head()}. "
                "Restore it with the hub that made it, then run: python cli.py migrate"
            )
        return {table.name: Content(**manifest["tables"][table.name]) for table in metadata.sorted_tables}
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
    """Write the rows of a table, unless there is nothing to write to, in the same order on every database."""
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
    """Texts by their bytes, as SQLite has them: the same rows then have the same hash everywhere."""
    return column.collate("C") if dialect == "postgresql" and isinstance(column.type, Text) else column


def _kept(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _value(column: Column[Any], kept: Any) -> Any:
    return datetime.fromisoformat(kept) if isinstance(column.type, UtcDateTime) and kept is not None else kept


async def _lock(connection: AsyncConnection) -> None:
    """Keep a hub that runs from writing in between; SQLite's transaction does that by itself."""
    if connection.dialect.name == "postgresql":
        names = ", ".join(table.name for table in metadata.sorted_tables)
        await connection.execute(text(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE"))


async def _empty(connection: AsyncConnection, *, replaces: bool) -> None:
    for table in reversed(metadata.sorted_tables):
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
        # SQLite goes on behind the largest number that it was given; PostgreSQL has to be told.
        sequence = func.pg_get_serial_sequence(table.name, counted.name)
        await connection.execute(select(func.setval(sequence, func.coalesce(func.max(counted), 0) + 1, text("false"))))
