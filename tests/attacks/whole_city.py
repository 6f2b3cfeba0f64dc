"""A hub of the whole sample city in a folder, with its caches, for attacks that need no port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from tests.api.hub import Running, running, whole_city
from tests.migrated import migrated


@asynccontextmanager
async def hub_of(city: Path, folder: Path) -> AsyncIterator[Running]:
    """Of the city that `sample.write` has written into one folder; what is the hub's own goes into the other."""
    database = await asyncio.to_thread(migrated, folder / "hub.db")
    async with AsyncExitStack() as stack:
        with whole_city(city, database, folder) as environ:
            hub = await stack.enter_async_context(running(environ))
        yield hub


async def forget(hub: Running) -> None:
    """Empty the caches of reads and of whole responses, and what reads were prepared."""
    await hub.hub.cache.store.storage.clear()
    hub.hub.responses.forget_where(lambda _: True)
    hub.hub.operations.services.records.prepared_reads.clear()
