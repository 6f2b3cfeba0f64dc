"""Writes the sample city's legacy sources into SQLite files, PostgreSQL or MariaDB, streaming in bounded memory."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import asyncmy
import asyncpg
from sqlalchemy.engine import URL, make_url

from sample import areas
from sample.admissions import schools
from sample.admissions import source as admissions
from sample.citizens import source as citizens
from sample.city import DAY, SEED, SIZES, VERSION, Size
from sample.complaints import source as complaints
from sample.emergencies import alerts
from sample.emergencies import source as emergencies
from sample.events import source as events
from sample.hospitals import beds_feed
from sample.hospitals import source as hospitals
from sample.jobs import source as jobs
from sample.licenses import source as licenses
from sample.news import feed as news_feed
from sample.news import source as news
from sample.prices import source as prices
from sample.services import source as services
from sample.shapes import Drop, Row, Source, Table

# One line per subject.
SOURCES = (
    admissions.SOURCE,
    areas.SOURCE,
    citizens.SOURCE,
    complaints.SOURCE,
    emergencies.SOURCE,
    hospitals.SOURCE,
    jobs.SOURCE,
    licenses.SOURCE,
    news.SOURCE,
)

# One line for each that is read as files, from a folder or from the sample's own web.
DROPS: tuple[Drop, ...] = (
    alerts.DROP,
    beds_feed.DROP,
    events.DROP,
    news_feed.DROP,
    prices.DROP,
    schools.DROP,
    services.DROP,
)

CHUNK_ROWS = 5_000
# MariaDB takes a statement of at most max_allowed_packet; the smallest usual one is 16 MiB, and a row is below 2 KiB.
MARIADB_STATEMENT_ROWS = 1_000
COMPLETE_FILE = "complete"

Progress = Callable[[str, int, int], None]
"""Called with a source's name, how many rows of its main table are written, and how many there will be."""


def write_city(
    size_name: str, into: str | Path, *, seed: int = SEED, as_of: date = DAY, progress: Progress | None = None
) -> None:
    """Write all sources of a size into a folder, or its databases into a PostgreSQL or MariaDB database.

    All of it lies before the day.

    A folder gets one SQLite file per database, one folder per source of files, and last the file `complete` with the
    version of the city. In a database only the sample's own tables are replaced. Old data stays until the new data of
    the source is complete, so a killed run leaves no half of a source.

    Must not be called in a running event loop. Raises KeyError for an unknown size, ValueError for an unknown kind of
    database.
    """
    size, report = SIZES[size_name].until(as_of), progress or say_nothing
    if "://" not in str(into):
        _into_folder(Path(into), size, seed, report)
        return
    url = make_url(str(into))
    kind = url.get_backend_name()
    if kind == "postgresql":
        asyncio.run(_into_postgres(url, size, seed, report))
    elif kind in ("mysql", "mariadb"):
        asyncio.run(_into_mariadb(url, size, seed, report))
    else:
        raise ValueError(f"The sample city can be written into a folder, postgresql:// or mysql://, not {kind}://.")


def say_nothing(_source: str, _done: int, _total: int) -> None:
    """The progress of a run that nobody watches."""


def chunks(source: Source, size: Size, seed: int, progress: Progress) -> Iterator[tuple[Table, list[Row]]]:
    """The rows of a source by table, at most CHUNK_ROWS at a time; reports when a chunk has been taken."""
    tables = {table.name: table for table in source.tables}
    pending: dict[str, list[Row]] = {name: [] for name in tables}
    done, total = 0, source.total(size)
    progress(source.name, done, total)
    for name, row in source.rows(size, seed):
        rows = pending[name]
        rows.append(row)
        if len(rows) == CHUNK_ROWS:
            yield tables[name], rows
            pending[name] = []
            if name == source.main:
                done += CHUNK_ROWS
                progress(source.name, done, total)
    for name, rows in pending.items():
        if rows:
            yield tables[name], rows
    progress(source.name, done + len(pending[source.main]), total)


def _staged(table: Table) -> str:
    """The name of a table while it is being filled."""
    return f"{table.name}__new"


def _index_sql(table: Table, name: str) -> Iterator[str]:
    for at, columns in enumerate(table.indexes):
        yield f"CREATE INDEX {table.name}_{at} ON {name} ({', '.join(columns)})"


def _into_folder(folder: Path, size: Size, seed: int, progress: Progress) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / COMPLETE_FILE).unlink(missing_ok=True)
    for source in SOURCES:
        staged = folder / f"{source.name}.db.new"
        staged.unlink(missing_ok=True)
        _into_file(staged, source, size, seed, progress)
        staged.replace(folder / f"{source.name}.db")
    write_drops(folder, size, seed, progress)
    (folder / COMPLETE_FILE).write_text(str(VERSION), encoding="ascii")


def write_drops(folder: Path, size: Size, seed: int = SEED, progress: Progress = say_nothing) -> None:
    """Write what is read as files into a folder of its own for each; what was there is replaced when it is whole."""
    for drop in DROPS:
        progress(drop.name, 0, 1)
        staged, final = folder / f"{drop.name}.new", folder / drop.name
        shutil.rmtree(staged, ignore_errors=True)
        staged.mkdir(parents=True)
        drop.write(staged, size, seed)
        shutil.rmtree(final, ignore_errors=True)
        staged.replace(final)
        progress(drop.name, 1, 1)


def _into_file(file: Path, source: Source, size: Size, seed: int, progress: Progress) -> None:
    connection = sqlite3.connect(file, isolation_level=None)
    try:
        # Nothing is worth saving of a file that is not complete.
        connection.execute("PRAGMA journal_mode = OFF")
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("BEGIN")
        for table in source.tables:
            connection.execute(table.create_sql("sqlite", table.name))
        for table, rows in chunks(source, size, seed, progress):
            connection.executemany(table.insert_sql("sqlite", table.name), rows)
        for table in source.tables:
            for statement in _index_sql(table, table.name):
                connection.execute(statement)
        connection.execute("COMMIT")
        connection.execute("ANALYZE")
    finally:
        connection.close()


async def _into_postgres(url: URL, size: Size, seed: int, progress: Progress) -> None:
    connection = await asyncpg.connect(url.set(drivername="postgresql").render_as_string(hide_password=False))
    try:
        for source in SOURCES:
            async with connection.transaction():
                for table in source.tables:
                    await connection.execute(f"DROP TABLE IF EXISTS {_staged(table)}")
                    await connection.execute(table.create_sql("postgresql", _staged(table)))
                for table, rows in chunks(source, size, seed, progress):
                    plain = [as_characters(row, table, nul=False) for row in rows]
                    await connection.copy_records_to_table(_staged(table), records=plain)
                for table in source.tables:
                    for columns in table.indexes:
                        # Unnamed: names of indexes belong to the schema, and the old table still has its own.
                        await connection.execute(f"CREATE INDEX ON {_staged(table)} ({', '.join(columns)})")
                    if table.numbered is not None:
                        # Rows that are copied do not count.
                        await connection.execute(table.count_on_sql(_staged(table)))
                    await connection.execute(f"ANALYZE {_staged(table)}")
                for table in source.tables:
                    await connection.execute(f"DROP TABLE IF EXISTS {table.name}")
                    await connection.execute(f"ALTER TABLE {_staged(table)} RENAME TO {table.name}")
    finally:
        await connection.close()


async def _into_mariadb(url: URL, size: Size, seed: int, progress: Progress) -> None:
    options: dict[str, Any] = {"unix_socket": url.query["unix_socket"]} if "unix_socket" in url.query else {}
    connection = await asyncmy.connect(
        host=url.host or "localhost",
        port=url.port or 3306,
        user=url.username,
        password=url.password or "",
        database=url.database,
        charset="utf8mb4",
        **options,
    )
    try:
        async with connection.cursor() as cursor:
            for source in SOURCES:
                for table in source.tables:
                    await _drop(cursor, _staged(table))
                    await cursor.execute(table.create_sql("mariadb", _staged(table)))
                for table, rows in chunks(source, size, seed, progress):
                    plain = [as_characters(row, table, nul=True) for row in rows]
                    for start in range(0, len(plain), MARIADB_STATEMENT_ROWS):
                        part = plain[start : start + MARIADB_STATEMENT_ROWS]
                        await cursor.executemany(table.insert_sql("mariadb", _staged(table)), part)
                    await connection.commit()
                for table in source.tables:
                    for statement in _index_sql(table, _staged(table)):
                        await cursor.execute(statement)
                    await cursor.execute(f"ANALYZE TABLE {_staged(table)}")
                    await cursor.fetchall()
                for table in source.tables:
                    await _drop(cursor, table.name)
                renames = ", ".join(f"{_staged(table)} TO {table.name}" for table in source.tables)
                await cursor.execute(f"RENAME TABLE {renames}")
    finally:
        connection.close()


async def _drop(cursor: Any, name: str) -> None:
    """Drop a table if it is there. IF EXISTS would make the driver warn of each that is not."""
    query = "SELECT 1 FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = %s"
    if await cursor.execute(query, (name,)):
        await cursor.execute(f"DROP TABLE {name}")


def as_characters(row: Row, table: Table, *, nul: bool) -> Row:
    """The row for a database that knows the encoding of its texts: it can hold no raw bytes, and perhaps no NUL."""
    for at in table.text_positions:
        cell = row[at]
        if isinstance(cell, bytes):
            row = (*row[:at], cell.decode("cp1252"), *row[at + 1 :])
        elif not nul and cell is not None and "\0" in str(cell):
            row = (*row[:at], str(cell).replace("\0", ""), *row[at + 1 :])
    return row
