"""Session: what the pool asks of one open connection, whatever its driver."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from connectors.kinds import SourceUrlError

CONNECT_TIMEOUT_S = 3
STOP_S_MAX = 1.0
"""How long stopping a statement that nobody waits for may take, before its connection is cut."""

Row = Sequence[Any]


class Session(Protocol):
    """One connection. It raises what its driver raises."""

    async def fetch(self, text: str, parameters: tuple[object, ...]) -> list[Row]:
        """All rows of a statement. When it is cancelled, or fails, the session is not used again unless it is sound."""
        ...

    @property
    def sound(self) -> bool:
        """Whether the next statement may use it."""
        ...

    async def close(self) -> None:
        """Give the connection back to the server, politely; within STOP_S_MAX, whatever the server does."""
        ...

    async def stop(self, elsewhere: Elsewhere) -> bool:
        """Whether it can be used again, once the server has ended what ran on it; it is closed where it cannot.

        Never raises, and takes as long as the server's own limit at the most.
        """
        ...


Elsewhere = Callable[[str], Awaitable[bool]]
"""Sends a statement on another session of the same pool, if there is room for one; whether there was."""

Opener = Callable[[], Awaitable[Session]]


def driver(module: str, requirement: str) -> Any:
    """A driver that only some cities need. Raises SourceUrlError, which says what to install."""
    try:
        return importlib.import_module(module)
    except ImportError:
        raise SourceUrlError(
            f'The driver of this database is not installed. Run: pip install "{requirement}" (see docs/operating.md).'
        ) from None


async def has_ended(running: asyncio.Future[list[Row]], within_s: float) -> bool:
    """Whether a statement that nobody waits for any more ended in so many seconds, in whatever way."""
    await asyncio.wait({running}, timeout=within_s)
    if running.done() and not running.cancelled():
        # Looked at, so that the loop does not report it as forgotten.
        running.exception()
    return running.done()
