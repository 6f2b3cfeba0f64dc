"""Listening: every statement that a connector sends, its reads' and those that look at its tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import Any

import sqlalchemy as sa

from connectors.sql.connector import SqlConnector
from connectors.sql.pool import Pool
from connectors.sql.sessions.protocol import Row

Note = Callable[[str], None]


class _HeardPool:
    """A pool whose statements are noted before they are sent."""

    def __init__(self, pool: Pool, note: Note) -> None:
        self.pool = pool
        self._note = note

    async def fetch(self, text: str, parameters: tuple[object, ...]) -> list[Row]:
        self._note(text)
        return await self.pool.fetch(text, parameters)

    def forget_idle(self) -> None:
        self.pool.forget_idle()

    def room(self) -> AbstractAsyncContextManager[None]:
        return self.pool.room()

    async def close(self) -> None:
        await self.pool.close()


@contextmanager
def heard(connector: SqlConnector, note: Note) -> Iterator[None]:
    """Tell `note` the text of each statement, while this lasts."""

    def looked(*event: Any) -> None:
        note(event[2])

    assert connector._engine is not None
    pool, engine = connector._pool, connector._engine.sync_engine
    connector._pool = _HeardPool(pool, note)  # type: ignore[assignment]  # it has what a connector uses of one
    sa.event.listen(engine, "before_cursor_execute", looked)
    try:
        yield
    finally:
        connector._pool = pool
        sa.event.remove(engine, "before_cursor_execute", looked)
