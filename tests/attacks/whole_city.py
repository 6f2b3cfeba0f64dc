"""A hub of the whole sample city in a folder, with its caches, for attacks that need no port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

import city_sources
from bench import patient_city
from connectors import departments
from tests.api.hub import Running, environment, migrated, running


@asynccontextmanager
async def hub_of(city: Path, folder: Path) -> AsyncIterator[Running]:
    """Of the city that `sample.write` has written into one folder; what is the hub's own goes into the other."""
    database = await asyncio.to_thread(migrated, folder / "hub.db")
    environ = environment(city, database)
    own = {name: value for name, value in environ.items() if name != "HUB_CITY" and "_SOURCE_" not in name}
    async with AsyncExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(city_sources, "REPLICAS", folder / "replicas")
            patch.setattr(city_sources, "SAMPLE", city)
            # A machine that runs all tests at once is slow, and nothing here is about time.
            patch.setattr(departments, "PACKAGE", patient_city.PACKAGE)
            hub = await stack.enter_async_context(running(own))
        yield hub


async def forget(hub: Running) -> None:
    """Empty the caches of reads and of whole responses."""
    await hub.hub.cache.store.storage.clear()
    hub.hub.responses.forget_where(lambda _: True)
