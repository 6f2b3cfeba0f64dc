"""The one door to the hub's own database: an asynchronous engine on SQLite or PostgreSQL, with bounds on every wait."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from alembic.migration import MigrationContext
from sqlalchemy import URL, Connection, event, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from store.errors import BadDatabaseUrl
from store.openings import Openings
from store.postgres_framing import frame_connections
from store.postgres_turns import PostgresTurns
from store.sqlite_turns import SqliteTurns

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


def normalized_url(url: str) -> URL:
    """The URL with the hub's driver: `sqlite:///var/hub.db`, `postgresql://...` and `postgres://...` are understood.

    `sslmode`, as PostgreSQL's own tools write it, becomes the driver's `ssl`. Raises BadDatabaseUrl.
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
    """The hub's own database. Creating one opens nothing; every connection comes from one bounded pool.

    Waiting is bounded everywhere: for a connection to open, for a free one, for a lock, for a statement. What a
    driver reports (refused, timed out, constraint violated) is passed on as SQLAlchemy's or the system's own error.
    """

    def __init__(self, url: str, *, connections_max: int = CONNECTIONS_MAX) -> None:
        self.url: Final = normalized_url(url)
        self.engine: Final = _pooled_engine(self.url, connections_max)
        self._openings: Final = Openings()
        self._autocommit: Final = self.engine.execution_options(isolation_level="AUTOCOMMIT")
        self._is_sqlite: Final = self.engine.dialect.name == "sqlite"
        path = sqlite_path(self.url)
        self.turns: Final = (
            SqliteTurns(path, _set_pragmas, LOCK_WAIT_MS_MAX / 1000) if path is not None else PostgresTurns(self.engine)
        )
        # SQLite knows no other kind of transaction.
        self._repeatable: Final = (
            self.engine if self._is_sqlite else self.engine.execution_options(isolation_level="REPEATABLE READ")
        )

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection without a transaction: each statement sees what is committed when it starts."""
        async with self._openings.opened(self._autocommit.connect()) as connection:
            yield connection

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[AsyncConnection]:
        """One transaction: committed at the end of the block, rolled back when the block raises.

        SQLite takes the write lock at once: a transaction that reads first and writes later would otherwise fail,
        without waiting, when somebody else has written in between.
        """
        async with self._openings.opened(self.engine.connect()) as connection, connection.begin():
            if self._is_sqlite:
                await connection.exec_driver_sql("BEGIN IMMEDIATE")
            yield connection

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection]:
        """One transaction that reads: all its statements see what was committed at the first of them."""
        async with self._openings.opened(self._repeatable.connect()) as connection:
            if self._is_sqlite:
                await connection.exec_driver_sql("BEGIN")
            yield connection
            await connection.rollback()

    async def revision(self) -> str | None:
        """The revision of the tables; None when the database holds none of them, or does not exist yet."""
        path = sqlite_path(self.url)
        if path is not None and not path.exists():
            return None  # looking must not create the file
        async with self.reading() as connection:
            return await connection.run_sync(revision_of)

    async def close(self) -> None:
        """Close all connections. The object is not used afterwards."""
        await self.turns.close()
        await self._openings.close()
        await self.engine.dispose()


def revision_of(connection: Connection) -> str | None:
    """The revision that is recorded in the database of this connection."""
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
        # A server that was restarted is met by this check, not by the first request after it.
        pool_pre_ping=True,
        connect_args={
            "timeout": CONNECT_S_MAX,
            # The server's own limit comes first; the driver's one is for a server that no longer answers.
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
        # First the patience (the driver's `timeout` sets it too), as changing the journal may have to wait.
        cursor.execute(f"PRAGMA busy_timeout = {LOCK_WAIT_MS_MAX}")
        # Readers go on while somebody writes. `synchronous` stays FULL: what is acknowledged survives a power cut.
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA foreign_keys = ON")
    finally:
        cursor.close()
