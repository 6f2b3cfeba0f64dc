"""Session: the interface of one open connection for the pool, whatever its driver."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Protocol

from connectors.kinds import SourceUrlError

CONNECT_TIMEOUT_S = 3
STOP_S_MAX = 1.0
"""How long stopping an abandoned statement may take before its connection is cut."""

Row = Sequence[Any]


class Session(Protocol):
    """One connection. Its methods raise what the driver raises."""

    async def fetch(self, text: str, parameters: tuple[object, ...]) -> list[Row]:
        """All rows of a statement. After a cancellation or an error the session is reused only if it is sound."""
        ...

    @property
    def sound(self) -> bool:
        """Whether the next statement may use the session."""
        ...

    async def close(self) -> None:
        """Close the connection politely, within STOP_S_MAX."""
        ...

    async def stop(self, elsewhere: Elsewhere) -> bool:
        """Stop the running statement; returns whether the session can be reused, and closes it if not.

        Never raises, and takes at most the server's own time limit.
        """
        ...


Elsewhere = Callable[[str], Awaitable[bool]]
"""Sends a statement on another session of the pool if a connection is free; returns whether one was."""

Opener = Callable[[], Awaitable[Session]]


def driver(module: str, requirement: str) -> Any:
    """Import an optional driver. Raises SourceUrlError, which says what to install."""
    try:
        return importlib.import_module(module)
    except ImportError:
        raise SourceUrlError(
            f'The driver of this database is not installed. Run: pip install "{requirement}" (see docs/operating.md).'
        ) from None


async def has_ended(running: asyncio.Future[list[Row]], within_s: float) -> bool:
    """Whether an abandoned statement ended within so many seconds, with any result."""
    await asyncio.wait({running}, timeout=within_s)
    if running.done() and not running.cancelled():
        # Retrieve the error, so that the loop does not report it.
        running.exception()
    return running.done()
