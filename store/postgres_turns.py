"""Turns: whole transactions on the hub's PostgreSQL database, each one statement in one round trip.

A transaction of the asynchronous engine looks whether its connection lives, begins, runs its statements and commits,
each in a trip of its own: for the ledger, which writes before each personal answer, that is far more than the writing.
"""

from __future__ import annotations

from typing import Any, Final

import asyncpg
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

_REFUSED: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""The last for a connection whose end the server has announced, and not made yet."""


class PostgresTurns:
    """Borrows a connection from the engine for good when it is first needed, and another one after a failure.

    A statement that nobody waits for any more keeps its connection until the engine's limits end it, and whoever comes
    meanwhile takes a new one.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._free: asyncpg.Connection | None = None
        self._is_closed = False

    async def run(self, statement: str, *values: object) -> Any:
        """The first value that a statement brings, once it is committed.

        Raises SQLAlchemy's OperationalError for whatever the server or the driver refuses.
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
        # One that a server has closed, as when it was restarted, says so by itself.
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
        """Close the connection, and whichever comes back from a statement that is still under way."""
        self._is_closed = True
        if self._free is not None:
            await self._free.close()
            self._free = None
