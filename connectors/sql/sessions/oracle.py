"""Sessions of Oracle: asynchronous, in thin mode, without Oracle's client libraries."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
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

REQUIREMENT = "oracledb>=26.1"
PORT = 1521
ROWS_PER_TRIP = 1_000
"""How many rows come per round trip: the time limit is per trip, so a page is one trip."""

_OPTIONS = frozenset({"protocol", "ssl_server_cert_dn", "wallet_location"})
"""The allowed query parameters of a URL; the driver uses the same names."""

# Binary order: ORDER BY must agree with `<`, or keyset pagination skips or repeats rows.
_SETTINGS = "ALTER SESSION SET NLS_COMP = BINARY NLS_SORT = BINARY TIME_ZONE = '+00:00'"


@dataclass(slots=True)
class _OracleSession:
    """It never commits, so that no change stays.

    It connects with its first statement, so that an abandoned connection attempt still counts.
    """

    connect: Callable[[], Awaitable[Any]]
    statement_s_max: float
    connection: Any = None
    _running: asyncio.Future[list[Row]] | None = None
    _lost: bool = False

    async def fetch(self, text: str, parameters: tuple[object, ...]) -> list[Row]:
        self._running = asyncio.ensure_future(self._fetched(text, parameters))
        # In a task of its own: a cancellation in the middle of an answer would break the connection.
        await asyncio.wait({self._running})
        return self._running.result()

    async def _fetched(self, text: str, parameters: tuple[object, ...]) -> list[Row]:
        try:
            if self.connection is None:
                self.connection = await self.connect()
            rows: list[Row] = await self.connection.fetchall(
                text, parameters, arraysize=ROWS_PER_TRIP, fetch_lobs=False
            )
        except BaseException:
            self._lost = self._lost or not self._is_healthy() or self.connection.transaction_in_progress
            raise
        return rows

    def _is_healthy(self) -> bool:
        return self.connection is not None and bool(self.connection.is_healthy())

    @property
    def sound(self) -> bool:
        ended = self._running is None or self._running.done()
        return ended and not self._lost and self._is_healthy()

    async def close(self) -> None:
        self._lost = True
        with suppress(Exception):
            async with asyncio.timeout(STOP_S_MAX):
                await self.connection.close()
        self._cut()

    async def stop(self, elsewhere: Elsewhere) -> bool:
        if self._running is not None:
            with suppress(Exception):
                self.connection.cancel()
            if not await has_ended(self._running, CONNECT_TIMEOUT_S + self.statement_s_max + STOP_S_MAX):
                self._lost = True
                self._cut()
                return False
        if self.sound:
            return True
        await self.close()
        return False

    def _cut(self) -> None:
        with suppress(Exception):
            self.connection.terminate()


def oracle_arguments(url: URL) -> dict[str, Any]:
    """The driver's arguments for a URL, passed separately, so that values may hold any character."""
    if not url.host or not url.database:
        raise SourceUrlError("Write the URL of Oracle like oracle://host:1521/service.")
    if set(url.query) - _OPTIONS:
        raise SourceUrlError(f"The options of a URL of Oracle are {', '.join(sorted(_OPTIONS))}.")
    return {
        "host": url.host,
        "port": url.port or PORT,
        "service_name": url.database,
        "user": url.username,
        "password": str(url.password or ""),
        "tcp_connect_timeout": CONNECT_TIMEOUT_S,
        "program": "simpul",
        **url.query,
    }


def oracle(url: URL, load: LoadContract) -> Opener:
    """The function that opens sessions of Oracle. Their user's grants decide what they may read."""
    arguments = oracle_arguments(url)
    oracledb = driver("oracledb", REQUIREMENT)
    texts = {oracledb.DB_TYPE_CHAR, oracledb.DB_TYPE_NCHAR, oracledb.DB_TYPE_NVARCHAR, oracledb.DB_TYPE_VARCHAR}

    def as_stored(cursor: Any, column: Any) -> Any:
        """Numbers keep all digits, and invalid bytes in texts become surrogates, which decoders handle."""
        if column.type_code is oracledb.DB_TYPE_NUMBER and (column.scale or 0) > 0:
            return cursor.var(Decimal, arraysize=cursor.arraysize)
        if column.type_code in texts:
            size = column.internal_size or 0
            return cursor.var(column.type_code, size, cursor.arraysize, encoding_errors="surrogateescape")
        return None

    async def connected() -> Any:
        # A server without a free session may not answer at all.
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            connection = await oracledb.connect_async(**arguments)
            try:
                connection.call_timeout = load.statement_ms_max
                connection.outputtypehandler = as_stored
                await connection.execute(_SETTINGS)
            except BaseException:
                connection.terminate()
                raise
        return connection

    async def opened() -> Session:
        return _OracleSession(connected, load.statement_ms_max / 1000)

    return opened
