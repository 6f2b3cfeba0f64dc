"""Sessions that write: one transaction under a named lock on PostgreSQL, MariaDB and SQLite, open for one delivery.

Everything that a hub leaves behind when it dies is bounded by the server: a transaction that stands still is rolled
back after IDLE_S_MAX, and its lock is free. Closing a session that has not committed rolls back.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import aiosqlite
import asyncmy
import asyncpg
from sqlalchemy.engine import URL

from connectors.kinds import SourceUrlError
from connectors.load import LoadContract
from connectors.protocol import SourceTimeout
from connectors.sql.sessions.opening import SQLITE_STEPS_PER_LOOK
from connectors.sql.sessions.protocol import CONNECT_TIMEOUT_S, STOP_S_MAX, Row

IDLE_S_MAX = 10
"""After this time the server ends a transaction whose client is silent, and frees its lock."""


@dataclass(frozen=True, slots=True)
class Done:
    """The rows of a statement, and how many it changed."""

    rows: list[Row]
    count: int


class WritingSession(Protocol):
    """One connection with at most one transaction. Its methods raise what the driver raises."""

    async def begin(self, lock: str) -> None:
        """Take the lock of this name, then begin. Raises SourceTimeout while another session holds the lock."""
        ...

    async def run(self, text: str, parameters: tuple[Any, ...]) -> Done: ...

    async def commit(self) -> None: ...

    async def close(self) -> None:
        """Close the connection within STOP_S_MAX. Never raises."""
        ...


WritingOpener = Callable[[], Awaitable[WritingSession]]


def writing_opener_of(dialect: str, url: URL, load: LoadContract) -> WritingOpener:
    """The function that opens writing sessions at a URL. Raises SourceUrlError for a kind that is not written to."""
    opener = _OPENERS.get(dialect)
    if opener is None:
        raise SourceUrlError(f"The hub writes to databases of these kinds only: {', '.join(sorted(_OPENERS))}.")
    return opener(url, load)


# --- PostgreSQL -------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _PostgresWriting:
    connection: Any

    async def begin(self, lock: str) -> None:
        await self.connection.execute("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
        number = int.from_bytes(hashlib.sha256(lock.encode()).digest()[:8], signed=True)
        # Freed with the transaction, however that ends.
        await self.connection.execute("SELECT pg_advisory_xact_lock($1)", number)

    async def run(self, text: str, parameters: tuple[Any, ...]) -> Done:
        prepared = await self.connection.prepare(text)
        rows = await prepared.fetch(*parameters)
        count = prepared.get_statusmsg().rpartition(" ")[2]
        return Done(rows, int(count) if count.isdigit() else 0)

    async def commit(self) -> None:
        await self.connection.execute("COMMIT")

    async def close(self) -> None:
        with suppress(Exception):
            await self.connection.close(timeout=STOP_S_MAX)
        # A polite close waits for a statement that was cancelled, and gives up.
        with suppress(Exception):
            self.connection.terminate()


def _postgres(url: URL, load: LoadContract) -> WritingOpener:
    target = url.set(drivername="postgresql+asyncpg")
    settings = {
        "application_name": "simpul writer",
        "default_transaction_read_only": "off",
        "statement_timeout": str(load.statement_ms_max),
        "lock_timeout": str(load.statement_ms_max),
        "idle_in_transaction_session_timeout": f"{IDLE_S_MAX}s",
        "tcp_user_timeout": f"{IDLE_S_MAX}s",
        "synchronous_commit": "on",  # what is acknowledged must survive a crash of the server
        "timezone": "UTC",
    }
    arguments = {
        **target.get_dialect()().create_connect_args(target)[1],
        "timeout": CONNECT_TIMEOUT_S,
        "server_settings": settings,
        "statement_cache_size": 0,
    }

    async def opened() -> WritingSession:
        return _PostgresWriting(await asyncpg.connect(**arguments))

    return opened


# --- MariaDB ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _MariadbWriting:
    connection: Any
    lock_s_max: float

    async def begin(self, lock: str) -> None:
        # Freed with the connection: it is not used again.
        taken = await self.run("SELECT GET_LOCK(%s, %s)", (lock, self.lock_s_max))
        if taken.rows[0][0] != 1:
            raise SourceTimeout("another session delivers the same", said=True)
        await self.run("START TRANSACTION READ WRITE", ())

    async def run(self, text: str, parameters: tuple[Any, ...]) -> Done:
        async with self.connection.cursor() as cursor:
            await cursor.execute(text, parameters)
            rows = list(await cursor.fetchall()) if cursor.description else []
            return Done(rows, cursor.rowcount)

    async def commit(self) -> None:
        await self.run("COMMIT", ())

    async def close(self) -> None:
        with suppress(Exception):
            async with asyncio.timeout(STOP_S_MAX):
                await self.connection.ensure_closed()
        with suppress(Exception):
            self.connection.close()


def _mariadb(url: URL, load: LoadContract) -> WritingOpener:
    target = url.set(drivername="mysql+asyncmy")
    limit_s = load.statement_ms_max / 1000
    session = (
        f"SET SESSION max_statement_time = {limit_s:.3f}, SESSION tx_read_only = 0, SESSION time_zone = '+00:00', "
        f"SESSION innodb_lock_wait_timeout = {max(1, round(limit_s))}, SESSION wait_timeout = {IDLE_S_MAX}, "
        # Without it a text that is too long is cut without an error.
        "SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'"
    )
    arguments = {
        # With the flag FOUND_ROWS: an UPDATE counts the rows that it has found, not those that were different before.
        **target.get_dialect()().create_connect_args(target)[1],
        "connect_timeout": CONNECT_TIMEOUT_S,
        "charset": "utf8mb4",
        "init_command": session,
        "autocommit": True,
    }

    async def opened() -> WritingSession:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            return _MariadbWriting(await asyncmy.connect(**arguments), limit_s)

    return opened


# --- SQLite -----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _SqliteWriting:
    connection: aiosqlite.Connection
    statement_s_max: float
    _ends_at_s: float = 0.0

    async def begin(self, lock: str) -> None:  # the whole file is locked
        # At once: a transaction that begins by reading could not begin to write later while another one writes.
        await self.run("BEGIN IMMEDIATE", ())

    async def run(self, text: str, parameters: tuple[Any, ...]) -> Done:
        self._ends_at_s = time.monotonic() + self.statement_s_max
        cursor = await self.connection.execute(text, parameters)
        return Done(list(await cursor.fetchall()), cursor.rowcount)

    async def commit(self) -> None:
        await self.run("COMMIT", ())

    async def close(self) -> None:
        self._ends_at_s = 0.0
        with suppress(Exception):
            await self.connection.close()

    def is_over(self) -> bool:
        """Whether the running statement has exceeded its time limit."""
        return time.monotonic() > self._ends_at_s


def _sqlite(url: URL, load: LoadContract) -> WritingOpener:
    path = Path(url.database or "").resolve()
    limit_s = load.statement_ms_max / 1000

    async def opened() -> WritingSession:
        if not path.is_file():
            raise FileNotFoundError("the file of the database is not there")
        # Never creates the file.
        target = f"{path.as_uri()}?mode=rw"
        session = _SqliteWriting(
            await aiosqlite.connect(target, uri=True, timeout=limit_s, isolation_level=None), limit_s
        )
        try:
            await session.connection.execute("PRAGMA synchronous = FULL")
            await session.connection.set_progress_handler(session.is_over, SQLITE_STEPS_PER_LOOK)
        except BaseException:
            # No caller can close it yet, and its thread would keep the hub from ending.
            await session.close()
            raise
        return session

    return opened


_OPENERS: dict[str, Callable[[URL, LoadContract], WritingOpener]] = {
    "sqlite": _sqlite,
    "postgresql": _postgres,
    "mariadb": _mariadb,
}
