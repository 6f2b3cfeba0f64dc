"""Bounded wait: what takes too long, and what nobody waits for any more, is left behind and looked after to its end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from functools import partial
from typing import Any, TypeVar

T = TypeVar("T")

TOLD_AGAIN_S = 5.0
"""Longer than any clean-up takes that is not stuck itself."""


async def within(
    seconds: float, work: Awaitable[T], abandoned: set[asyncio.Task[None]], *, is_told: bool = True
) -> asyncio.Future[T]:
    """The work, ended in whatever way. Raises TimeoutError after so many seconds.

    Who runs out of time, or is cancelled, abandons the work.
    """
    task, loop = asyncio.ensure_future(work), asyncio.get_running_loop()
    # What asyncio.wait does for any number of tasks, which costs twice as much.
    waiter: asyncio.Future[None] = loop.create_future()
    timer = loop.call_later(max(0.0, seconds), _wake, waiter)
    task.add_done_callback(partial(_wake, waiter))
    try:
        await waiter
    finally:
        timer.cancel()
        if not task.done():
            abandon(task, abandoned, is_told=is_told)
    if not task.done():
        raise TimeoutError
    return task


def _wake(waiter: asyncio.Future[None], _: object = None) -> None:
    if not waiter.done():
        waiter.set_result(None)


def abandon(task: asyncio.Future[Any], abandoned: set[asyncio.Task[None]], *, is_told: bool = True) -> None:
    """Tell a task to stop, where it is to be told; `abandoned` holds it until it has ended. Its error is nobody's."""
    if is_told:
        task.cancel()
    ending = asyncio.ensure_future(_ended(task, is_told=is_told))
    abandoned.add(ending)
    ending.add_done_callback(abandoned.discard)


async def _ended(task: asyncio.Future[Any], *, is_told: bool) -> None:
    """To be told once is not enough: `wait_for` of Python 3.11 does not hear it where what it waits for has just come.

    A driver that has its connection that way would wait for the greeting of a dead server, for ever.
    """
    while not (await asyncio.wait({task}, timeout=TOLD_AGAIN_S))[0]:
        if is_told:
            task.cancel()
    if not task.cancelled():
        task.exception()
