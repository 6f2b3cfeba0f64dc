"""Sessions of SQL Server: the driver blocks in a thread of each session, which cannot be interrupted."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from collections.abc import Mapping as Dictionary
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import URL

from connectors.kinds import SourceUrlError
from connectors.load import LoadContract
from connectors.sql.sessions.protocol import (
    CONNECT_TIMEOUT_S,
    STOP_S_MAX,
    Elsewhere,
    Opener,
    Row,
    Session,
    driver,
    has_ended,
)

REQUIREMENT = "mssql-python>=1.16"
PORT = 1433

_OPTIONS: Dictionary[str, str] = {
    "encrypt": "Encrypt",
    "trustservercertificate": "TrustServerCertificate",
    "hostnameincertificate": "HostnameInCertificate",
    "servercertificate": "ServerCertificate",
    "multisubnetfailover": "MultiSubnetFailover",
}
"""The allowed query parameters of a URL, and the driver's names for them."""

LOST = frozenset({
    "Disconnect error", "Client unable to establish connection", "Connection name in use", "Connection not open",
    "Server rejected the connection", "Connection failure during transaction", "Communication link failure",
    "Invalid authorization specification", "Connection timeout expired", "Connection operation failed",
    "Statement completion unknown", "General error", "Function sequence error", "Memory allocation error",
    "Memory management error", "Limit on the number of handles exceeded", "Server declined cancel request",
    "An error occurred with SQLSTATE code: 08S02", "An error occurred with SQLSTATE code: 10054",
})  # fmt: skip
"""The driver's texts for the SQLSTATEs of lost connections; it does not give the codes."""


@dataclass(slots=True)
class _SqlServerSession:
    """It connects with its first statement, in its thread, so that an abandoned connection attempt still counts."""

    connect: Callable[[], Any]
    thread: ThreadPoolExecutor
    statement_s_max: int
    connection: Any = None
    _running: asyncio.Future[list[Row]] | None = None
    _lost: bool = False

    async def fetch(self, text: str, parameters: tuple[object, ...]) -> list[Row]:
        self._running = asyncio.get_running_loop().run_in_executor(self.thread, self._fetched, text, parameters)
        # Shielded: after a cancellation the thread runs to the end of the statement.
        await asyncio.wait({self._running})
        return self._running.result()

    def _fetched(self, text: str, parameters: tuple[object, ...]) -> list[Row]:
        try:
            if self.connection is None:
                self.connection = self.connect()
            with self.connection.cursor() as cursor:
                cursor.execute(text, parameters)
                return [tuple(row) for row in cursor.fetchall()]
        except BaseException as error:
            lost = self.connection is None or getattr(error, "driver_error", None) in LOST
            self._lost = self._lost or lost
            raise

    @property
    def sound(self) -> bool:
        return not self._lost and (self._running is None or self._running.done())

    async def close(self) -> None:
        self._lost = True
        closing = asyncio.get_running_loop().run_in_executor(self.thread, self._close)
        # Work given to the thread is still done.
        self.thread.shutdown(wait=False)
        await asyncio.wait({closing}, timeout=STOP_S_MAX)

    def _close(self) -> None:
        with suppress(Exception):
            if self.connection is not None:
                self.connection.close()

    async def stop(self, elsewhere: Elsewhere) -> bool:
        # Stopping it from another session needs the right KILL, which no reader should have.
        if self._running is not None:
            await has_ended(self._running, CONNECT_TIMEOUT_S + self.statement_s_max + STOP_S_MAX)
        if self.sound:
            return True
        await self.close()
        return False


def connection_string(url: URL) -> str:
    """The driver's connection string for a URL, with values in braces, so that they may hold any character."""
    if not url.host or not url.database:
        raise SourceUrlError("Write the URL of SQL Server like mssql://host:1433/database.")
    unknown = {name.lower() for name in url.query} - set(_OPTIONS)
    if unknown:
        raise SourceUrlError(f"The options of a URL of SQL Server are {', '.join(sorted(_OPTIONS))}.")
    told = {"Server": f"{url.host},{url.port or PORT}", "Database": url.database}
    told |= {"UID": url.username, "PWD": str(url.password or "")} if url.username else {"Trusted_Connection": "yes"}
    told |= {_OPTIONS[name.lower()]: str(value) for name, value in url.query.items()}
    # Read-only intent lets replicas answer. Automatic reconnection would lose the session's limits.
    told |= {"ApplicationIntent": "ReadOnly", "ConnectRetryCount": "0"}
    return ";".join(f"{name}={{{value.replace('}', '}}')}}}" for name, value in told.items() if value)


def sql_server(url: URL, load: LoadContract) -> Opener:
    """The function that opens autocommit sessions of SQL Server. Their user's grants decide what they may read."""
    target = connection_string(url)
    mssql = driver("mssql_python", REQUIREMENT)
    # The driver's own pool would hold uncounted connections.
    mssql.pooling(enabled=False)
    statement_s_max = math.ceil(load.statement_ms_max / 1000)

    def connected() -> Any:
        try:
            connection = mssql.connect(target, autocommit=True, timeout=CONNECT_TIMEOUT_S, native_uuid=False)
        except mssql.ProgrammingError as error:
            # Such as an unknown database: unreachable, as no statement was refused.
            raise ConnectionRefusedError("the server does not let the hub in") from error
        connection.timeout = statement_s_max
        return connection

    async def opened() -> Session:
        return _SqlServerSession(connected, ThreadPoolExecutor(1, thread_name_prefix="sql-server"), statement_s_max)

    return opened
