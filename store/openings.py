"""Openings: connections of an engine's pool that are opened whole or not at all, whoever leaves meanwhile.

SQLAlchemy, cancelled between taking a connection out of its pool and giving it to who asked, forgets that it is out:
the pool has one fewer until its garbage is collected.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

CLOSING_S_MAX: Final = 2.0


class Openings:
    """The openings of one engine; what nobody waits for any more is closed as soon as it is open."""

    def __init__(self) -> None:
        self._left: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def opened(self, connection: AsyncConnection) -> AsyncIterator[AsyncConnection]:
        """A connection that is open until the end of the context. Raises what opening it raises."""
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
        """Wait a moment for what was left to itself."""
        if self._left:
            await asyncio.wait(self._left, timeout=CLOSING_S_MAX)


async def _opened(connection: AsyncConnection) -> AsyncConnection:
    # A coroutine, of which a task can be made: what `start` gives is awaitable, and none.
    return await connection.start()


async def _closed_after(opening: asyncio.Task[AsyncConnection]) -> None:
    # Whatever it was, nobody waits for it.
    with suppress(Exception):
        await (await opening).close()
