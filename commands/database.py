"""Opens the hub's own database for one command."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from settings import settings
from store.database.engine import HubDatabase
from store.database.migrate import require_head

T = TypeVar("T")


def on_database(work: Callable[[HubDatabase], Coroutine[Any, Any, T]]) -> T:
    """Run work on the hub's own database, which has to be migrated, and return its result."""

    async def run() -> T:
        database = HubDatabase(settings().database_url.get_secret_value(), connections_max=1)
        try:
            await require_head(database)
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(run())
