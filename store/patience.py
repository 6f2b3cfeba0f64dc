"""Patience: waits for the hub's own database for a while, and then goes on without it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Final, TypeVar

from sqlalchemy.exc import SQLAlchemyError

T = TypeVar("T")

DATABASE_AWAY: Final = (SQLAlchemyError, OSError, TimeoutError)
"""What says that the database cannot do it now."""

_left: Final[set[asyncio.Task[Any]]] = set()
"""Work that nobody waits for any more. The database's own limits (store/database.py) end it."""


async def within(seconds: float, work: Coroutine[Any, Any, T]) -> T:
    """What the work brings. Raises TimeoutError after so many seconds; the work is then left to itself.

    It is not cancelled: a driver that is interrupted loses its connection, and whether it has committed is unknown
    either way.
    """
    task = asyncio.create_task(work)
    _left.add(task)
    task.add_done_callback(_ended)
    done, _ = await asyncio.wait({task}, timeout=seconds)
    if not done:
        raise TimeoutError
    return task.result()


def _ended(task: asyncio.Task[Any]) -> None:
    _left.discard(task)
    with suppress(asyncio.CancelledError):
        task.exception()  # looked at, so that nobody is told of what nobody waits for
