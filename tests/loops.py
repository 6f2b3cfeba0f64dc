"""Counts the turns that an event loop gives to others while something is worked on."""

from __future__ import annotations

import asyncio
from typing import Any


async def turns_until(work: asyncio.Future[Any]) -> int:
    """How often others have their turn between the beginning and the end of a task that waits for nothing."""
    turns = -1
    while not work.done():
        await asyncio.sleep(0)
        turns += 1
    return turns
