"""The connection to the hub's own database: an asynchronous engine on SQLite or PostgreSQL with every wait bounded."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

from alembic.migration import MigrationContext
from sqlalchemy import URL, Connection, event, make_url, select
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from models.tables import generation
from store.database.errors import BadDatabaseUrl, OtherDatabase
from store.database.postgres_framing import frame_connections
from store.database.transactions import PostgresTransactions, SqliteTransactions

CONNECTIONS_MAX: Final = 5
CONNECT_S_MAX: Final = 5
POOL_WAIT_S_MAX: Final = 5
LOCK_WAIT_MS_MAX: Final = 5_000
STATEMENT_MS_MAX: Final = 10_000

_DRIVERS: Final = {
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
    "postgres": "postgresql+asyncpg",
    "postgresql": "postgresql+asyncpg",
    "postgresql+asyncpg": "postgresql+asyncpg",
}


_REPLACED: Final = OtherDatabase(
    "The hub's database is not the one that was opened: it was replaced or deleted while the hub ran. "
    "Put back the one that was there, or restart the hub with this one and run: ./simpul ledger verify"
)


class FirstSeen:
    """Remembers the first identity of the database that it sees, and refuses any other."""

    def __init__(self) -> None:
        self._first: object = None

    def require_same(self, identity: object) -> None:
        """Raise OtherDatabase unless this is the first identity, or the same as the first."""
        if self._first is None:
            self._first = identity
        elif identity != self._first:
            raise _REPLACED


def _inode_of(path: Path) -> tuple[int, int] | None:
    """The inode of a SQLite file: an open file does not tell when its name becomes another file's."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


def normalized_url(url: str) -> URL:
    """The URL with the hub's driver, from `sqlite:///var/hub.db`, `postgresql://...` or `postgres://...`.

    `sslmode`, as PostgreSQL's own tools call it, becomes the driver's `ssl`. Raises BadDatabaseUrl.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        # Neither the URL nor the cause is shown: both may hold the password.
        raise BadDatabaseUrl(_HOW_TO_WRITE_A_URL) from None
    driver = _DRIVERS.get(parsed.drivername)
    if driver is None or not parsed.database:
        raise BadDatabaseUrl(_HOW_TO_WRITE_A_URL)
    if driver == "sqlite+aiosqlite":
        if parsed.database == ":memory:" or parsed.database.startswith("file:"):
            raise BadDatabaseUrl("The hub's SQLite database must be a file. " + _HOW_TO_WRITE_A_URL)
    elif "sslmode" in parsed.query:
        ssl = parsed.query["sslmode"]
        parsed = parsed.difference_update_query(["sslmode"]).update_query_dict({"ssl": ssl})
    return parsed.set(drivername=driver)


_HOW_TO_WRITE_A_URL: Final = (
    "HUB_DATABASE_URL must name the hub's own database. "
    "Write it like sqlite:///var/hub.db or postgresql://user:password@host:5432/hub."
)


def sqlite_path(url: URL) -> Path | None:
    """The file of a normalized SQLite URL; None for PostgreSQL."""
    return Path(url.database or "") if url.get_backend_name() == "sqlite" else None


class HubDatabase:
    """The hub's own database. Connections open when first used, from one bounded pool.

    Every wait is bounded: to connect, for a free connection, for a lock, for a statement. Failures raise SQLAlchemy's
    or the system's own errors.
    """

    def __init__(self, url: str, *, connections_max: int = CONNECTIONS_MAX) -> None:
        self.url: Final = normalized_url(url)
        self.engine: Final = _pooled_engine(self.url, connections_max)
        self._openings: Final = Openings()
        self._autocommit: Final = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._is_sqlite: Final = self.engine.dialect.name == "sqlite"
        self._path: Final = sqlite_path(self.url)
        self._inode: Final = FirstSeen()
        self._generation: Final = FirstSeen()
        self.transactions: Final = (
            SqliteTransactions(self._path, _set_pragmas, LOCK_WAIT_MS_MAX / 1000, self._require_same_file)
            if self._path is not None
            else PostgresTransactions(self.engine)
        )
        # SQLite has no other isolation level.
        self._repeatable: Final = (
            self.engine if self._is_sqlite else self.engine.execution_options(isolation_level="REPEATABLE READ")
        )

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection in autocommit: each statement sees what is committed when it starts."""
        async with self._openings.opened(self._autocommit.connect()) as connection:
            yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """One transaction, committed at the end of the block and rolled back when the block raises.

        SQLite takes the write lock at once: a transaction that reads first and writes later would fail without
        waiting if another process wrote in between.
        """
        async with self._openings.opened(self.engine.connect()) as connection, connection.begin():
            if self._is_sqlite:
                await connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection]:
        """A read transaction: all its statements see the same state."""
        async with self._openings.opened(self._repeatable.connect()) as connection:
            if self._is_sqlite:
                await connection.exec_driver_sql("BEGIN")
            yield connection
            await connection.rollback()

    async def revision(self) -> str | None:
        """The revision of the tables; None when there are none, or no database yet."""
        if self._path is not None and not self._path.exists():
            return None  # looking must not create the file
        async with self.reading() as connection:
            return await connection.run_sync(revision_of)

    async def require_same(self) -> None:
        """Check that the database is the one that the first call saw.

        Raises OtherDatabase if it is not, and the errors of the database.
        """
        self._require_same_file()
        async with self.reading() as connection:
            self._generation.require_same(await connection.scalar(select(generation.c.id)))

    def _require_same_file(self) -> None:
        if self._path is not None:
            self._inode.require_same(_inode_of(self._path))

    async def close(self) -> None:
        """Close all connections. The object is not used afterwards."""
        await self.transactions.close()
        await self._openings.close()
        await self.engine.dispose()


def revision_of(connection: Connection) -> str | None:
    """The revision in the database of this connection."""
    return MigrationContext.configure(connection).get_current_revision()


def _pooled_engine(url: URL, connections_max: int) -> AsyncEngine:
    if url.get_backend_name() == "sqlite":
        engine = create_async_engine(
            url,
            pool_size=connections_max,
            max_overflow=0,
            pool_timeout=POOL_WAIT_S_MAX,
            connect_args={"timeout": LOCK_WAIT_MS_MAX / 1000},
            hide_parameters=True,
        )
        event.listen(engine.sync_engine, "connect", _set_pragmas)
        return engine
    frame_connections()
    return create_async_engine(
        url,
        pool_size=connections_max,
        max_overflow=0,
        pool_timeout=POOL_WAIT_S_MAX,
        # This check meets a restarted server, not the first request after the restart.
        pool_pre_ping=True,
        connect_args={
            "timeout": CONNECT_S_MAX,
            # The server's limit comes first; the driver's limit is for a server that no longer answers.
            "command_timeout": STATEMENT_MS_MAX / 1000 + 1,
            "server_settings": {
                "application_name": "simpul",
                "statement_timeout": str(STATEMENT_MS_MAX),
                "lock_timeout": str(LOCK_WAIT_MS_MAX),
                "idle_in_transaction_session_timeout": str(STATEMENT_MS_MAX),
            },
        },
        hide_parameters=True,
    )


def _set_pragmas(dbapi_connection: Any, _record: object = None) -> None:
    cursor = dbapi_connection.cursor()
    try:
        # The timeout first: changing the journal mode may have to wait.
        cursor.execute(f"PRAGMA busy_timeout = {LOCK_WAIT_MS_MAX}")
        # WAL: readers continue while somebody writes. `synchronous` stays FULL: a commit survives a power cut.
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA foreign_keys = ON")
    finally:
        cursor.close()


CLOSING_S_MAX: Final = 2.0


class Openings:
    """Opens pooled connections so that a cancelled caller leaks none.

    SQLAlchemy, cancelled between checking a connection out and returning it, does not count it as returned until the
    garbage is collected. Here the connection is opened in a task of its own, and closed if nobody waits for it.
    """

    def __init__(self) -> None:
        self._left: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def opened(self, connection: AsyncConnection) -> AsyncIterator[AsyncConnection]:
        """A connection that is open until the end of the context. Raises the errors of opening it."""
        opening = asyncio.create_task(_opened(connection))
        try:
            opened = await asyncio.shield(opening)
        except asyncio.CancelledError:
            self._leave(opening)
            raise
        try:
            yield opened
        finally:
            await asyncio.shield(asyncio.create_task(opened.close()))

    def _leave(self, opening: asyncio.Task[AsyncConnection]) -> None:
        closing = asyncio.create_task(_closed_after(opening))
        self._left.add(closing)
        closing.add_done_callback(self._left.discard)

    async def close(self) -> None:
        """Wait at most CLOSING_S_MAX for abandoned connections to close."""
        if self._left:
            await asyncio.wait(self._left, timeout=CLOSING_S_MAX)


async def _opened(connection: AsyncConnection) -> AsyncConnection:
    # `start` returns an awaitable, and a task needs a coroutine.
    return await connection.start()


async def _closed_after(opening: asyncio.Task[AsyncConnection]) -> None:
    # Nobody waits for the outcome.
    with suppress(Exception):
        await (await opening).close()
