"""Sessions: one open connection of each driver, read-only, with the server's own limit on every statement."""

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
from connectors.sql.session_protocol import CONNECT_TIMEOUT_S, STOP_S_MAX, Elsewhere, Opener, Row, Session
from connectors.sql.sessions_oracle import oracle
from connectors.sql.sessions_sqlserver import sql_server
from store.postgres_framing import frame_connections

PREPARED_STATEMENTS_MAX = 100
"""How many statements a server keeps prepared for each connection: parsing a long one takes as long as running it."""
PREPARED_CHARS_MAX = 200_000

SQLITE_STEPS_PER_LOOK = 500_000
"""How many steps SQLite's machine takes between two looks at the clock: about 20 ms of work.

Each look waits for the interpreter, which under load takes longer than what lies between: a statement that looked often
would have used up its time with looking.
"""


def opener_of(dialect: str, url: URL, load: LoadContract) -> Opener:
    """What opens a session of a dialect at a URL. Raises SourceUrlError for one that its driver cannot use."""
    return _OPENERS[dialect](url, load)


# --- PostgreSQL -------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _PostgresSession:
    connection: Any

    async def fetch(self, text: str, parameters: tuple[object, ...]) -> list[Row]:
        # Cancelled, the driver asks the server by another way to stop the statement.
        rows: list[Row] = await self.connection.fetch(text, *parameters)
        return rows

    @property
    def sound(self) -> bool:
        return not self.connection.is_closed()

    async def close(self) -> None:
        with suppress(Exception):
            await self.connection.close(timeout=STOP_S_MAX)

    async def stop(self, elsewhere: Elsewhere) -> bool:
        # It answers once the server has stopped what was cancelled. A new connection would come while the server still
        # has the old one.
        with suppress(Exception):
            async with asyncio.timeout(STOP_S_MAX):
                await self.connection.fetchval("SELECT 1")
                return True
        # Who says nothing in all this time does not say good-bye either.
        self.connection.terminate()
        return False


def postgres_arguments(load: LoadContract) -> dict[str, Any]:
    settings = {
        "application_name": "simpul",
        "default_transaction_read_only": "on",
        "statement_timeout": str(load.statement_ms_max),
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
        # The server does not look whether its client is still there: it is told, or ends the statement at its limit.
        thread = self.connection.thread_id()
        self._cut()
        with suppress(Exception):
            # The other session may lead into the same hole.
            async with asyncio.timeout(STOP_S_MAX):
                if await elsewhere(f"KILL {thread:d}"):
                    return False
        await asyncio.sleep(max(0.0, self._ends_at_s - time.monotonic()))
        return False

    def _cut(self) -> None:
        with suppress(Exception):
            self.connection.close()


def is_of_mariadb_itself(error: BaseException | None) -> bool:
    """Whether the server said this; the numbers from 2000 to 2999 are the client's, which lost its connection."""
    number = error.args[0] if error is not None and error.args else None
    return isinstance(number, int) and (1000 <= number < 2000 or number >= 3000)


def mariadb_arguments(load: LoadContract) -> dict[str, Any]:
    session = f"SET SESSION max_statement_time = {load.statement_ms_max / 1000:.3f}, SESSION tx_read_only = 1"
    return {"connect_timeout": CONNECT_TIMEOUT_S, "charset": "utf8mb4", "init_command": session}


def _mariadb(url: URL, load: LoadContract) -> Opener:
    target = url.set(drivername="mysql+asyncmy")
    arguments = {**target.get_dialect()().create_connect_args(target)[1], **mariadb_arguments(load), "autocommit": True}

    async def opened() -> Session:
        try:
            # The driver's own limit ends when the connection is there: for a greeting it would wait for ever.
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                return _MariadbSession(await asyncmy.connect(**arguments), load.statement_ms_max / 1000)
        except RuntimeError as error:
            # What the driver says of a socket that uvloop has already closed, since the server was gone at once.
            raise ConnectionResetError("the connection was lost while it was opened") from error

    return opened


# --- SQLite -----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _SqliteSession:
    """One invalid byte must not fail a page: it stays as an escape that the decoders see."""

    connection: aiosqlite.Connection
    statement_s_max: float
    _ends_at_s: float = math.inf
    _open: bool = True

    async def fetch(self, text: str, parameters: tuple[object, ...]) -> list[Row]:
        self._ends_at_s = time.monotonic() + self.statement_s_max
        try:
            return list(await self.connection.execute_fetchall(text, parameters))
        except asyncio.CancelledError:
            # Its thread is told to stop, and the next one that asks would wait for it.
            self._ends_at_s = -math.inf
            self._open = False
            raise

    def is_over(self) -> bool:
        """What a server would do by itself: whether the statement that runs has had its time."""
        return time.monotonic() > self._ends_at_s

    @property
    def sound(self) -> bool:
        return self._open

    async def close(self) -> None:
        self._open = False
        self._ends_at_s = -math.inf
        with suppress(Exception):
            await self.connection.close()

    async def stop(self, elsewhere: Elsewhere) -> bool:
        await self.close()
        return False


def sqlite_target(url: URL) -> str:
    """The file as a URI, whose path may hold signs that mean something else in a URL, to be read only."""
    return f"{Path(url.database or '').resolve().as_uri()}?mode=ro"


def _sqlite(url: URL, load: LoadContract) -> Opener:
    async def opened() -> Session:
        connection = await aiosqlite.connect(
            sqlite_target(url), uri=True, timeout=CONNECT_TIMEOUT_S, isolation_level=None
        )
        connection.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
        session = _SqliteSession(connection, load.statement_ms_max / 1000)
        try:
            await connection.set_progress_handler(session.is_over, SQLITE_STEPS_PER_LOOK)
        except BaseException:
            # Nobody has it yet who could close it, and its thread would wait for ever and keep the hub from ending.
            connection.stop()
            raise
        return session

    return opened


_OPENERS: dict[str, Callable[[URL, LoadContract], Opener]] = {
    "sqlite": _sqlite,
    "postgresql": _postgres,
    "mariadb": _mariadb,
    "mssql": sql_server,
    "oracle": oracle,
}
