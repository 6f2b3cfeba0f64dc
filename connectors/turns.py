"""Turns: one process of the hub at a time loads a source; the lock is the system's, and goes with its process."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO

if sys.platform != "win32":
    import fcntl

LOOK_EVERY_S = 0.1


@asynccontextmanager
async def own_turn(file: Path, wait_s_max: float) -> AsyncIterator[bool]:
    """Wait until no other process has its turn; whether it is ours, which it is not where another takes too long.

    Raises OSError where the file cannot be opened.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as held:
        # Closing the file gives the turn back.
        yield await _taken(held, wait_s_max)


async def _taken(held: IO[bytes], wait_s_max: float) -> bool:
    ends_s = time.monotonic() + wait_s_max
    while not _try(held):
        if time.monotonic() >= ends_s:
            return False
        # Nobody tells when a lock becomes free without a thread that waits for it.
        await asyncio.sleep(LOOK_EVERY_S)
    return True


def _try(held: IO[bytes]) -> bool:
    if sys.platform == "win32":
        return True  # there the hub is one process
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
