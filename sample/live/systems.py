"""The legacy systems as their own applications reach them: a database or a folder of files for each source."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from sample.live.book import Book, Name
from sample.live.deeds import Change, Leave, Put, Write
from sample.shapes import Table

_DRIVERS = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "mysql": "mysql+asyncmy",
    "mariadb": "mysql+asyncmy",
}
# A legacy application waits for a lock, and tries again.
_LOCK_S_MAX = 30
_TRIES_MAX = 5
_STAGED = ".part"


class Systems:
    """Databases by source, and the folder of drops where there is one: files for nobody are not written."""

    def __init__(self, urls: Mapping[str, str], folder: Path | None = None) -> None:
        self.folder = folder
        self.retries = 0
        """How often a lock of somebody else was in the way for longer than a database waits."""
        self._urls = urls
        self._engines: dict[str, AsyncEngine] = {}

    async def apply(self, source: str, writes: Iterable[Write], book: Book) -> dict[Name, int]:
        """Do all writes of a source in their order, those into its database in one transaction.

        Returns the numbers that the database has given; `book` knows them already when a file is written.
        """
        listed = list(writes)
        rows = [one for one in listed if not isinstance(one, Leave)]
        numbers = await self._commit(source, rows, book) if rows else {}
        book.numbers |= numbers
        for leave in listed:
            if isinstance(leave, Leave) and self.folder is not None:
                _leave(self.folder, leave, book)
        return numbers

    async def close(self) -> None:
        for engine in self._engines.values():
            await engine.dispose()

    async def _commit(self, source: str, rows: list[Put | Change], book: Book) -> dict[Name, int]:
        for tried in range(1, _TRIES_MAX + 1):
            try:
                async with self._engine(self._urls[source]).begin() as connection:
                    return await _written(connection, rows, book)
            except OperationalError:
                if tried == _TRIES_MAX:
                    raise
                self.retries += 1
                await asyncio.sleep(tried)
        raise AssertionError("it was tried at least once")

    def _engine(self, url: str) -> AsyncEngine:
        if url not in self._engines:
            target = sa.make_url(url)
            driver = _DRIVERS[target.get_backend_name()]
            waits = {"timeout": _LOCK_S_MAX} if driver.startswith("sqlite") else {}
            self._engines[url] = create_async_engine(
                target.set(drivername=driver), pool_size=1, max_overflow=0, pool_recycle=600, connect_args=waits
            )
        return self._engines[url]


async def _written(connection: AsyncConnection, rows: list[Put | Change], book: Book) -> dict[Name, int]:
    numbers: dict[Name, int] = {}
    dialect = connection.dialect.name

    def number(name: Name) -> int:
        return numbers.get(name) or book.number(name)

    for statement, some in _grouped(rows, dialect):
        cells = [_cells(one, dialect, number) for one in some]
        first = some[0]
        if isinstance(first, Put) and first.name is not None:
            numbers[first.name] = int((await connection.execute(statement, cells[0])).scalar_one())
        else:
            await connection.execute(statement, cells)
    return numbers


def _grouped(rows: list[Put | Change], dialect: str) -> Iterator[tuple[sa.TextClause, list[Put | Change]]]:
    """The rows with their statements; neighbours with the same statement together, but each row alone that is named."""
    before, some = None, list[Put | Change]()
    for one in rows:
        if isinstance(one, Put):
            statement = _insert(one.table, (*one.values, *one.of), dialect, named=one.name is not None)
        else:
            statement = _update(one.table, tuple(one.values), one.where, dialect)
        alone = isinstance(one, Put) and one.name is not None
        if some and (alone or statement is not before):
            assert before is not None
            yield before, some
            some = []
        before = statement
        some.append(one)
    if some and before is not None:
        yield before, some


@lru_cache(maxsize=200)
def _insert(table: Table, columns: tuple[str, ...], dialect: str, *, named: bool) -> sa.TextClause:
    marks = ", ".join(_mark(table, column, dialect) for column in columns)
    returning = f" RETURNING {table.numbered}" if named else ""
    # Names of tables and columns are the sample's own.
    return sa.text(f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({marks}){returning}")  # noqa: S608


@lru_cache(maxsize=200)
def _update(table: Table, columns: tuple[str, ...], where: str, dialect: str) -> sa.TextClause:
    changes = ", ".join(f"{column} = {_mark(table, column, dialect)}" for column in columns)
    return sa.text(f"UPDATE {table.name} SET {changes} WHERE {where}")  # noqa: S608


def _mark(table: Table, column: str, dialect: str) -> str:
    is_text = dialect == "sqlite" and dict(table.columns)[column] == "text"
    return f"CAST(:{column} AS TEXT)" if is_text else f":{column}"


def _cells(one: Put | Change, dialect: str, number: Callable[[Name], int]) -> dict[str, object]:
    """The values of a statement; a database that knows the encoding of its texts takes no raw bytes."""
    cells = dict(one.values)
    if isinstance(one, Put):
        cells |= {column: number(name) for column, name in one.of.items()}
    else:
        cells["key_"] = number(one.key) if isinstance(one.key, Name) else one.key
    if dialect != "sqlite":
        for column, cell in cells.items():
            if isinstance(cell, bytes):
                cells[column] = cell.decode("cp1252")
            elif dialect == "postgresql" and isinstance(cell, str) and "\0" in cell:
                cells[column] = cell.replace("\0", "")
    return cells


def _leave(folder: Path, leave: Leave, book: Book) -> None:
    """Written beside it first, so that nobody reads a half of it."""
    final = folder / leave.drop / leave.file
    staged = folder / f"{leave.drop}-{leave.file}{_STAGED}"
    leave.write(book, staged)
    if leave.saved_at is not None:
        os.utime(staged, (leave.saved_at.timestamp(), leave.saved_at.timestamp()))
    staged.replace(final)
