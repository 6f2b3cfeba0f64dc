"""Turns: whole transactions on the hub's SQLite file, each in one step of a thread of its own.

The driver of the asynchronous engine hands every statement to its thread by itself: for the ledger, which writes before
each personal answer, the handing over costs ten times what the writing does.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from sqlalchemy.exc import OperationalError

THREADS: Final = 1
"""One connection, one thread: transactions come one after the other, also those that nobody waits for any more."""


class SqliteTurns:
    """Opens its connection when it is first needed, and again after a failure."""

    def __init__(self, path: Path, prepare: Callable[[sqlite3.Connection], None], lock_wait_s: float) -> None:
        self._path = path
        self._prepare = prepare
        self._lock_wait_s = lock_wait_s
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="sqlite turns")
        self._connection: sqlite3.Connection | None = None

    async def run(self, work: Callable[[sqlite3.Connection], None]) -> None:
        """One transaction: committed when `work` ends, rolled back when it raises.

        Raises SQLAlchemy's OperationalError for whatever the file or the driver refuses.
        """
        await asyncio.get_running_loop().run_in_executor(self._threads, self._run, work)

    def _run(self, work: Callable[[sqlite3.Connection], None]) -> None:
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
        """Wait for what has begun, and close the connection."""
        await asyncio.get_running_loop().run_in_executor(self._threads, self._drop)
        self._threads.shutdown()
