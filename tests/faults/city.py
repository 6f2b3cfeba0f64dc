"""A tiny city of six departments, each database behind a proxy of its own, and the real application before them."""

from __future__ import annotations

import asyncio
import tempfile
from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

import city_sources
from connectors.guard.breaker import BreakerState
from tests import servers
from tests.api.hub import SECRET, Running, running
from tests.faults.proxy import Mode, Proxy, all_proxied, heal, through
from tests.faults.question import SIX, Asker
from tests.faults.starving import Starving
from tests.graph.cities import TINY
from tests.graph.harness import Urls, written
from tests.migrated import migrated

FAILURES_MAX = 12
STARVING_MS_MAX = 3_000

ON_POSTGRES = ("areas", "hospitals", "jobs")
ON_MARIADB = ("complaints", "licenses", "news")


@dataclass(slots=True)
class SixDepartments(Asker):
    """The hub, in this process, and the proxies by source."""

    running: Running
    proxies: dict[str, Proxy]
    starving: Starving = field(default_factory=Starving)
    failures: deque[str] = field(default_factory=lambda: deque(maxlen=FAILURES_MAX))
    """Why the last calls failed, as the hub's log has it."""

    def __post_init__(self) -> None:
        self.running.hub.guard.log = self._noted

    async def send(self, query: str, variables: Mapping[str, object]) -> tuple[int, bytes]:
        response = await self.running.ask(query, self.headers, **variables)
        return response.status_code, response.content

    @property
    def is_excused(self) -> bool:
        return self.starving.is_so

    def _noted(self, source: str, kind: str, error: BaseException) -> None:
        self.failures.append(f"{source}: {kind}, {type(error).__name__} {error} of {error.__cause__!r}")

    def in_time(self, took_ms: float, ms_max: float) -> bool:
        """Whether an answer was in time, with the slack that a machine needs which has no time for the hub."""
        return took_ms <= ms_max + (STARVING_MS_MAX if self.starving.is_so else 0)

    def state_of(self, name: str) -> BreakerState:
        return self.running.hub.guard.state_of(name)

    def probes_of(self, name: str) -> int:
        return self.running.hub.guard.bulkheads[name].probes_sent

    async def heal(self) -> None:
        await heal(self.proxies.values())

    async def fail(self, fault: Mode, *names: str) -> None:
        for name in names:
            await self.proxies[name].switch(fault)


@contextmanager
def cities(postgres: str, mariadb: str, folder: Path) -> Iterator[Urls]:
    """The sources of a tiny city, three on each server; the URL of each."""
    with written("postgresql", postgres, folder, TINY) as one, written("mariadb", mariadb, folder, TINY) as other:
        yield {name: one[name] for name in ON_POSTGRES} | {name: other[name] for name in ON_MARIADB}


@contextmanager
def cities_of_this_machine(folder: Path) -> Iterator[Urls]:
    """The same on the servers that tests use; for what is no test. Raises servers.Absent."""
    with servers.postgres_server() as postgres, cities(postgres, servers.mariadb_server(), folder) as urls:
        yield urls


def environment(urls: Urls, proxies: Mapping[str, Proxy], folder: Path, **more: str) -> dict[str, str]:
    """That of a hub whose every source is behind its proxy."""
    sources = {f"HUB_SOURCE_{name.upper()}_URL": through(urls[name], proxies[name]) for name in SIX}
    database = f"sqlite:///{(folder / 'hub.db').as_posix()}"
    return {"HUB_SECRET": SECRET, "HUB_DATABASE_URL": database, "HUB_CITY": "tests.faults.six_departments"} | (
        sources | more
    )


@asynccontextmanager
async def six_departments(urls: Urls, folder: Path, **more: str) -> AsyncIterator[SixDepartments]:
    """A hub over sources behind proxies, which knows the truth; its own database, migrated, lies in the folder."""
    _ignore_what_asyncpg_forgets()
    with tempfile.TemporaryDirectory(dir=folder) as copies, patch.object(city_sources, "REPLICAS", Path(copies)):
        async with all_proxied(urls) as proxies, running(environment(urls, proxies, folder, **more)) as started:
            six = SixDepartments(started, proxies)
            watching = asyncio.create_task(six.starving.watch())
            try:
                await six.learn()
                yield six
            finally:
                watching.cancel()
                await six.heal()


def _ignore_what_asyncpg_forgets() -> None:
    """Cancelled just when its connection is made, it leaves a future with an error that nobody can read."""
    loop = asyncio.get_running_loop()
    handle = loop.get_exception_handler() or (lambda of, context: of.default_exception_handler(context))

    def handled(of: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if "unexpected connection_lost() call" not in str(context.get("exception")):
            handle(of, context)

    loop.set_exception_handler(handled)


def prepared(folder: Path) -> Path:
    """A folder with the hub's own database in it, migrated."""
    migrated(folder / "hub.db")
    return folder
