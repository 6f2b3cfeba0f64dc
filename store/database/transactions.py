"""Fast transactions on the hub's own database, for the ledger, which writes before each personal answer.

PostgreSQL: one statement in one round trip, where the engine takes one each to ping, begin, write and commit. SQLite:
one step of one thread, where the engine hands each statement to its thread, which costs ten times the writing.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import asyncpg
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

_REFUSED: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""The last one is for a connection that the server is about to close."""


class PostgresTransactions:
    """Takes a connection out of the engine's pool at the first use, and another one after a failure.

    An abandoned statement keeps its connection until the engine's limits end it; meanwhile others use a new one.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._free: asyncpg.Connection | None = None
        self._is_closed = False

    async def run(self, statement: str, *values: object) -> Any:
        """Run and commit a statement; returns its first value.

        Raises SQLAlchemy's OperationalError for every error of the server or the driver.
        """
        connection = await self._taken()
        try:
            value = await connection.fetchval(statement, *values)
        except BaseException as error:
            connection.terminate()
            if isinstance(error, _REFUSED):
                raise OperationalError("a transaction of the hub's own", None, error, hide_parameters=True) from error
            raise
        self._put_back(connection)
        return value

    async def _taken(self) -> asyncpg.Connection:
        connection, self._free = self._free, None
        # A connection that the server has closed knows it.
        if connection is None or connection.is_closed():
            return await self._borrowed()
        return connection

    async def _borrowed(self) -> asyncpg.Connection:
        lent = await (await self._engine.connect()).get_raw_connection()
        connection = lent.driver_connection
        lent.detach()
        return connection

    def _put_back(self, connection: asyncpg.Connection) -> None:
        if self._is_closed or self._free is not None:
            connection.terminate()
        else:
            self._free = connection

    async def close(self) -> None:
        """Close the connection, also one that is still in use when its statement ends."""
        self._is_closed = True
        if self._free is not None:
            await self._free.close()
            self._free = None


THREADS: Final = 1
"""One connection in one thread: transactions run one after the other, also abandoned ones."""


class SqliteTransactions:
    """Opens its connection at the first use, and again after a failure."""

    def __init__(
        self,
        path: Path,
        prepare: Callable[[sqlite3.Connection], None],
        lock_wait_s: float,
        require_same: Callable[[], None],
    ) -> None:
        self._path = path
        self._prepare = prepare
        self._lock_wait_s = lock_wait_s
        self._require_same = require_same
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="sqlite transactions")
        self._connection: sqlite3.Connection | None = None

    async def run(self, work: Callable[[sqlite3.Connection], None]) -> None:
        """One transaction, committed when `work` ends and rolled back when it raises.

        Raises SQLAlchemy's OperationalError for every error of the driver, and OtherDatabase if the file was replaced.
        """
        await asyncio.get_running_loop().run_in_executor(self._threads, self._run, work)

    def _run(self, work: Callable[[sqlite3.Connection], None]) -> None:
        # Opening must not create a file in place of one that was deleted.
        self._require_same()
        try:
            connection = self._opened()
            connection.execute("BEGIN IMMEDIATE")
            try:
                work(connection)
                connection.execute("COMMIT")
            except BaseException:
                connection.execute("ROLLBACK")
                raise
        except sqlite3.Error as error:
            self._drop()
            raise OperationalError("a transaction of the hub's own", None, error, hide_parameters=True) from error
        # A row in a deleted file does not count as written.
        self._require_same()

    def _opened(self) -> sqlite3.Connection:
        if self._connection is None:
            connection = sqlite3.connect(
                self._path, timeout=self._lock_wait_s, isolation_level=None, check_same_thread=False
            )
            self._prepare(connection)
            self._connection = connection
        return self._connection

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    async def close(self) -> None:
        """Wait for the running transaction and close the connection."""
        await asyncio.get_running_loop().run_in_executor(self._threads, self._drop)
        self._threads.shutdown()
