"""A tiny city of six departments, each database behind a proxy of its own, and the real application before them."""

from __future__ import annotations

import asyncio
import itertools
import tempfile
import time
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import city_sources
from connectors.breaker import BreakerState
from tests import servers
from tests.api.hub import SECRET, Running, migrated, running
from tests.faults.proxy import Mode, Proxy, all_proxied, heal, through
from tests.faults.starving import Starving
from tests.graph.cities import TINY
from tests.graph.harness import Urls, written

BUDGET_MS = 800
"""What an operation may take in the default settings."""
ROWS_MAX = 25
"""No department of the tiny city has fewer rows."""

FAILURES_MAX = 12
STARVING_MS_MAX = 3_000

ON_POSTGRES = ("areas", "hospitals", "jobs")
ON_MARIADB = ("complaints", "licenses", "news")
SIX = tuple(sorted((*ON_POSTGRES, *ON_MARIADB)))

FIELDS = {
    "areas": "areas",
    "complaints": "complaints",
    "hospitals": "hospitals",
    "jobs": "jobPostings",
    "licenses": "licenses",
    "news": "newsArticles",
}
"""The field of the graph that reads each source, and no other."""

QUESTION = """
query Six($first: Int!) {
  areas(first: $first) { nodes { code name } }
  complaints(first: $first) { nodes { ticketNumber status statusDetail requestedAt } }
  hospitals(first: $first) { nodes { code name hospitalClass phone } }
  jobPostings(first: $first) { nodes { title hiringOrganization validThrough } }
  licenses(first: $first) { nodes { number issuedAt } }
  newsArticles(first: $first) { nodes { headline datePublished } }
}
"""

AWAY = frozenset({"DEPARTMENT_UNAVAILABLE", "DEPARTMENT_TIMEOUT"})
"""What a department without an answer is said to be."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the hub answered to the question: by source its rows or its error, and how the source is said to be."""

    status: int
    first: int
    took_ms: float
    rows: Mapping[str, list[Any] | None]
    errors: Mapping[str, str]
    states: Mapping[str, str]
    as_of: Mapping[str, datetime]


@dataclass(slots=True)
class SixDepartments:
    """The hub, the proxies by source, and the truth: what every source says while nothing is wrong."""

    running: Running
    proxies: dict[str, Proxy]
    truth: dict[str, list[Any]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    """Who asks: for nobody whole answers are kept, and neither a source nor the cache of reads is asked twice."""
    probes: Counter[str] = field(default_factory=Counter)
    starving: Starving = field(default_factory=Starving)
    failures: deque[str] = field(default_factory=lambda: deque(maxlen=FAILURES_MAX))
    """Why the last calls failed, as the hub's log has it."""
    _firsts: Iterator[int] = field(default_factory=lambda: itertools.cycle(range(1, ROWS_MAX + 1)))

    def __post_init__(self) -> None:
        guard = self.running.hub.guard
        guard.probes = {name: self._counted(name, probe) for name, probe in guard.probes.items()}
        guard.log = self._noted

    def _counted(self, name: str, probe: Callable[[], Awaitable[object]]) -> Callable[[], Awaitable[object]]:
        async def counted() -> object:
            self.probes[name] += 1
            return await probe()

        return counted

    def _noted(self, source: str, kind: str, error: BaseException) -> None:
        self.failures.append(f"{source}: {kind}, {type(error).__name__} {error} of {error.__cause__!r}")

    def in_time(self, took_ms: float, ms_max: float) -> bool:
        """Whether an answer was in time, with the slack that a machine needs which has no time for the hub."""
        return took_ms <= ms_max + (STARVING_MS_MAX if self.starving.is_so else 0)

    def state_of(self, name: str) -> BreakerState:
        return self.running.hub.guard.state_of(name)

    async def ask(self, first: int | None = None) -> Told:
        """The question, each time for another number of rows: what was answered before answers nothing."""
        first = first if first is not None else next(self._firsts)
        started_s = time.perf_counter()
        response = await self.running.ask(QUESTION, self.headers, first=first)
        took_ms = (time.perf_counter() - started_s) * 1000
        body = response.json()
        data = body.get("data") or {}
        rows = {name: (data.get(path) or {}).get("nodes") for name, path in FIELDS.items()}
        named = {path: name for name, path in FIELDS.items()}
        errors = {
            named.get((error.get("path") or [""])[0], "operation"): error["extensions"]["code"]
            for error in body.get("errors", ())
        }
        lines = body.get("extensions", {}).get("sources", ())
        states = {line["source"]: line["state"] for line in lines}
        as_of = {line["source"]: datetime.fromisoformat(line["asOf"]) for line in lines if line["asOf"]}
        return Told(response.status_code, first, took_ms, rows, errors, states, as_of)

    def wrongs(self, told: Told, faulty: frozenset[str]) -> list[str]:
        """What must not be: other values than the truth, a healthy department without them, an error of no kind."""
        wrongs = [] if told.status == 200 else [f"status {told.status}"]
        # A machine that has no time for the hub makes every department late.
        away = frozenset(SIX) if self.starving.is_so else faulty
        wrongs += [f"{name}: {code}" for name, code in told.errors.items() if name not in away or code not in AWAY]
        for name in SIX:
            rows = told.rows[name]
            if rows is None and name not in told.errors:
                wrongs.append(f"{name}: neither rows nor an error")
            elif rows is not None and rows != self.truth[name][: told.first]:
                wrongs.append(f"{name}: not the truth")
        return wrongs

    async def learn(self) -> None:
        """Take the truth down. The suites of the graph hold these very reads against what the sample was made of."""
        told = await self.ask(ROWS_MAX)
        while told.errors and self.starving.is_so:
            told = await self.ask(ROWS_MAX)
        assert told.errors == {}
        self.truth = {name: rows or [] for name, rows in told.rows.items()}
        assert [name for name, rows in self.truth.items() if len(rows) < ROWS_MAX] == []

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
