"""Abandoning: what nobody waits for any more is told to stop until it has, so that what it holds comes free."""

from __future__ import annotations

import asyncio
from typing import Any

TOLD_AGAIN_S = 5.0
"""Longer than any clean-up takes that is not stuck itself."""


def abandoned(task: asyncio.Future[Any]) -> asyncio.Task[None]:
    """Tell a task to stop; gives what ends when the task has. Its error is nobody's."""
    task.cancel()
    return asyncio.ensure_future(_ended(task))


async def _ended(task: asyncio.Future[Any]) -> None:
    """To be told once is not enough: `wait_for` of Python 3.11 does not hear it where what it waits for has just come.

    A driver that has its connection that way would wait for the greeting of a dead server, for ever.
    """
    while not (await asyncio.wait({task}, timeout=TOLD_AGAIN_S))[0]:
        task.cancel()
    if not task.cancelled():
        task.exception()
