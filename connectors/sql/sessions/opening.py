"""Sessions of PostgreSQL, MariaDB and SQLite: one read-only connection with a time limit for every statement.

Every session is in UTC, whatever the server's zone: what a server converts for its sessions, such as a TIMESTAMP of
MariaDB, reads the same everywhere, and no hour of it comes twice a year.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiosqlite
import asyncmy
import asyncpg
from sqlalchemy.engine import URL

from connectors.load import LoadContract
from connectors.sql.sessions.oracle import oracle
from connectors.sql.sessions.protocol import CONNECT_TIMEOUT_S, STOP_S_MAX, Elsewhere, Opener, Row, Session
from connectors.sql.sessions.sqlserver import sql_server
from store.database.postgres_framing import frame_connections

PREPARED_STATEMENTS_MAX = 100
"""How many prepared statements each connection keeps: parsing a long one takes as long as running it."""
PREPARED_CHARS_MAX = 200_000

SQLITE_STEPS_PER_LOOK = 500_000
"""How many steps of SQLite's machine lie between two looks at the clock: about 20 ms.

Each look waits for the interpreter lock, so frequent looks would use up a statement's time under load.
"""


def opener_of(dialect: str, url: URL, load: LoadContract) -> Opener:
    """The function that opens sessions at a URL. Raises SourceUrlError if the driver cannot use it."""
    return _OPENERS[dialect](url, load)


# --- PostgreSQL -------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _PostgresSession:
    connection: Any

    async def fetch(self, text: str, parameters: tuple[object, ...]) -> list[Row]:
        # On cancellation, the driver sends the server a cancel request.
        rows: list[Row] = await self.connection.fetch(text, *parameters)
        return rows

    @property
    def sound(self) -> bool:
        return not self.connection.is_closed()

    async def close(self) -> None:
        with suppress(Exception):
            await self.connection.close(timeout=STOP_S_MAX)

    async def stop(self, elsewhere: Elsewhere) -> bool:
        # It answers once the server has stopped the statement. A new connection before that would exceed the limit.
        with suppress(Exception):
            async with asyncio.timeout(STOP_S_MAX):
                await self.connection.fetchval("SELECT 1")
                return True
        # A server that is silent for so long would not answer a polite close either.
        self.connection.terminate()
        return False


def postgres_arguments(load: LoadContract) -> dict[str, Any]:
    settings = {
        "application_name": "simpul",
        "default_transaction_read_only": "on",
        "statement_timeout": str(load.statement_ms_max),
        "timezone": "UTC",
        "jit": "off",  # compiling costs more than these short statements take
    }
    return {"timeout": CONNECT_TIMEOUT_S, "server_settings": settings}


def _postgres(url: URL, load: LoadContract) -> Opener:
    target = url.set(drivername="postgresql+asyncpg")
    arguments = {
        **target.get_dialect()().create_connect_args(target)[1],
        **postgres_arguments(load),
        "statement_cache_size": PREPARED_STATEMENTS_MAX,
        "max_cacheable_statement_size": PREPARED_CHARS_MAX,
    }

    frame_connections()

    async def opened() -> Session:
        return _PostgresSession(await asyncpg.connect(**arguments))

    return opened


# --- MariaDB ----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _MariadbSession:
    connection: Any
    statement_s_max: float
    _ends_at_s: float = 0.0
    _lost: bool = False

    async def fetch(self, text: str, parameters: tuple[object, ...]) -> list[Row]:
        self._ends_at_s = time.monotonic() + self.statement_s_max
        try:
            async with self.connection.cursor() as cursor:
                await cursor.execute(text, parameters)
                rows: list[Row] = await cursor.fetchall()
        except asyncmy.errors.Error as error:
            self._lost = not is_of_mariadb_itself(error)
            raise
        except BaseException:
            self._lost = True
            raise
        return rows

    @property
    def sound(self) -> bool:
        return not self._lost and bool(self.connection.connected)

    async def close(self) -> None:
        with suppress(Exception):
            async with asyncio.timeout(STOP_S_MAX):
                await self.connection.ensure_closed()
        self._cut()

    async def stop(self, elsewhere: Elsewhere) -> bool:
        # The server does not notice a closed client: it must be told, or it stops the statement at its limit.
        thread = self.connection.thread_id()
        self._cut()
        with suppress(Exception):
            # The other session may hang as well.
            async with asyncio.timeout(STOP_S_MAX):
                if await elsewhere(f"KILL {thread:d}"):
                    return False
        await asyncio.sleep(max(0.0, self._ends_at_s - time.monotonic()))
        return False

    def _cut(self) -> None:
        with suppress(Exception):
            self.connection.close()


def is_of_mariadb_itself(error: BaseException | None) -> bool:
    """Whether the error is the server's; numbers from 2000 to 2999 are the client's, for lost connections."""
    number = error.args[0] if error is not None and error.args else None
    return isinstance(number, int) and (1000 <= number < 2000 or number >= 3000)


def mariadb_arguments(load: LoadContract) -> dict[str, Any]:
    limit_s = f"{load.statement_ms_max / 1000:.3f}"
    session = f"SET SESSION max_statement_time = {limit_s}, SESSION tx_read_only = 1, SESSION time_zone = '+00:00'"
    return {"connect_timeout": CONNECT_TIMEOUT_S, "charset": "utf8mb4", "init_command": session}


def _mariadb(url: URL, load: LoadContract) -> Opener:
    target = url.set(drivername="mysql+asyncmy")
    arguments = {**target.get_dialect()().create_connect_args(target)[1], **mariadb_arguments(load), "autocommit": True}

    async def opened() -> Session:
        try:
            # The driver's own timeout ends with the TCP connection: it would wait for a greeting for ever.
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                return _MariadbSession(await asyncmy.connect(**arguments), load.statement_ms_max / 1000)
        except RuntimeError as error:
            # The driver's error for a socket that uvloop has already closed.
            raise ConnectionResetError("the connection was lost while it was opened") from error

    return opened


# --- SQLite -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _SqliteFile:
    """Identifies the file at a path, because SQLite does not notice that a file was replaced."""

    inode: tuple[int, int]
    written: tuple[int, int]
    """Its size in bytes, and its time of modification in ns."""
    log_inode: int | None
    """The inode of its write-ahead log (`-wal`), if there is one."""

    @classmethod
    def at(cls, path: Path) -> _SqliteFile | None:
        try:
            found = path.stat()
        except OSError:
            return None
        try:
            log = path.with_name(f"{path.name}-wal").stat()
            log_inode = log.st_ino if log.st_size else None
        except OSError:
            log_inode = None
        return cls((found.st_dev, found.st_ino), (found.st_size, found.st_mtime_ns), log_inode)

    def is_same_as(self, other: _SqliteFile | None) -> bool:
        return other is not None and (self.inode, self.written) == (other.inode, other.written)

    def has_log_of(self, before: _SqliteFile | None) -> bool:
        """Whether it replaced another file whose write-ahead log still lies beside it."""
        if before is None or self.inode == before.inode:
            return False
        return self.log_inode is not None and self.log_inode == before.log_inode


@dataclass(slots=True)
class _SqliteSession:
    """Invalid bytes in texts become surrogates, which decoders handle, so that they fail no page."""

    connection: aiosqlite.Connection
    statement_s_max: float
    path: Path
    file: _SqliteFile
    _ends_at_s: float = math.inf
    _open: bool = True

    async def fetch(self, text: str, parameters: tuple[object, ...]) -> list[Row]:
        self._ends_at_s = time.monotonic() + self.statement_s_max
        try:
            return list(await self.connection.execute_fetchall(text, parameters))
        except asyncio.CancelledError:
            # Interrupt its thread; else the next statement would wait for it.
            self._ends_at_s = -math.inf
            self._open = False
            raise

    def is_over(self) -> bool:
        """Whether the running statement has exceeded its time limit."""
        return time.monotonic() > self._ends_at_s

    @property
    def sound(self) -> bool:
        """Whether it is open, and its file was not replaced."""
        return self._open and self.file.is_same_as(_SqliteFile.at(self.path))

    async def close(self) -> None:
        self._open = False
        self._ends_at_s = -math.inf
        with suppress(Exception):
            await self.connection.close()

    async def stop(self, elsewhere: Elsewhere) -> bool:
        await self.close()
        return False


def sqlite_target(url: URL) -> str:
    """The file as a read-only URI, with its path quoted."""
    return f"{Path(url.database or '').resolve().as_uri()}?mode=ro"


def _sqlite(url: URL, load: LoadContract) -> Opener:
    before: _SqliteFile | None = None

    async def opened() -> Session:
        nonlocal before
        path = Path(url.database or "")
        # Identified before it is opened: if it is replaced in between, it is opened again.
        file = _SqliteFile.at(path)
        if file is None:
            raise FileNotFoundError("the file of the database is not there")
        if file.has_log_of(before):
            raise FileExistsError("the file was exchanged, and the -wal of the one before lies beside it")
        connection = await aiosqlite.connect(
            sqlite_target(url),
            uri=True,
            timeout=CONNECT_TIMEOUT_S,
            isolation_level=None,
            # A statement of hundreds of branches takes 10 MB in the cache, and parsing it is cheaper than running it.
            cached_statements=0,
        )
        connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
        session = _SqliteSession(connection, load.statement_ms_max / 1000, path, file)
        try:
            await connection.set_progress_handler(session.is_over, SQLITE_STEPS_PER_LOOK)
        except BaseException:
            # No caller can close it yet, and its thread would keep the hub from ending.
            connection.stop()
            raise
        before = file
        return session

    return opened


_OPENERS: dict[str, Callable[[URL, LoadContract], Opener]] = {
    "sqlite": _sqlite,
    "postgresql": _postgres,
    "mariadb": _mariadb,
    "mssql": sql_server,
    "oracle": oracle,
}
