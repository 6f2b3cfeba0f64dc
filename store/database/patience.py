"""Bounds a wait for the hub's own database without cancelling the work."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

from models.errors import HubError
from models.mechanisms import bounded_wait

_log: Final = structlog.get_logger(__name__)
T = TypeVar("T")

DATABASE_AWAY: Final = (SQLAlchemyError, OSError, TimeoutError)
"""The errors that mean: the database is not available now."""

_left: Final[set[asyncio.Task[None]]] = set()
"""Work that nobody waits for any more. The database's own limits (store/database/engine.py) end it."""


async def within(seconds: float, work: Coroutine[Any, Any, T]) -> T:
    """The result of the work. Raises TimeoutError after `seconds`; the work then goes on in the background.

    The work is not cancelled: a cancelled driver loses its connection, and nobody would know whether it committed.
    """
    return (await bounded_wait.within(seconds, work, _left, is_told=False)).result()


async def in_time(seconds: float, work: Coroutine[Any, Any, T], unavailable: HubError) -> T:
    """The result of the work. Raises `unavailable` after `seconds`, or if the database is away."""
    try:
        return await within(seconds, work)
    except DATABASE_AWAY as error:
        # The driver's text is not logged: it may hold an address.
        _log.warning("the hub's database did not answer", error=type(error).__name__, code=_code_of(error))
        raise unavailable from error


def _code_of(error: BaseException) -> str | None:
    """What the driver calls the error, for example SQLITE_BUSY or 57014."""
    cause = getattr(error, "orig", None)
    return getattr(cause, "sqlite_errorname", None) or getattr(cause, "sqlstate", None)
