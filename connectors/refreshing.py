"""Refreshing: keeps the replicas of the hub young in the background."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager

from connectors.mocking import behind
from connectors.protocol import Connector
from connectors.replica import Replica

FIRST_LOADS_S_MAX = 5.0
"""How long the start waits for the first loads, so that the first question finds them. A slow source delays no more."""


def replicas_among(connectors: Iterable[Connector]) -> tuple[Replica, ...]:
    return tuple(real for real in map(behind, connectors) if isinstance(real, Replica))


async def loaded(replicas: Iterable[Replica]) -> None:
    """Load each replica once, for whoever only looks; one that cannot be loaded keeps what it had, or nothing."""
    await asyncio.gather(*(replica.refresh() for replica in replicas))


@asynccontextmanager
async def refreshing(replicas: Iterable[Replica]) -> AsyncIterator[None]:
    """Load each replica now, and again when its time has come, until the end of the context."""
    running = [asyncio.create_task(replica.run(), name=f"replica {replica.source}") for replica in replicas]
    first = [asyncio.create_task(replica.answering.wait()) for replica in replicas]
    try:
        if first:
            await asyncio.wait(first, timeout=FIRST_LOADS_S_MAX)
        yield
    finally:
        for task in (*running, *first):
            task.cancel()
        await asyncio.gather(*running, *first, return_exceptions=True)
