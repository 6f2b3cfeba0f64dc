"""Bystanders: how long others wait while one client spends its budget. Hub, spender and bystander are processes.

By turns the hub is left alone, and a client with a full budget asks what is dearest, on some connections at once, until
nothing is left. Meanwhile an officer asks for one complaint, and strangers for a list, which no cache knows. Compared
are medians of what these wait for in both states: by the clock, and in processor time of the thread of the hub's event
loop, which other programs on the machine do not change.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import multiprocessing
import os
import statistics
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

import uvloop

from models.policy.viewer import Purpose, Role
from store.database.sqlite_accounting import stop_accounting
from tests.api.hub import running, whole_city
from tests.api.serving import served, tuned_as_when_serving
from tests.migrated import migrated

ROUNDS: Final = 4
ALONE: Final = 12
"""How often each bystander asks in a round while nobody else does."""
AT_ONCE: Final = 4
"""Connections of the client that spends."""
BETWEEN_S: Final = 0.03
"""Between two questions of bystanders, so that they are no load themselves."""
SPENDING_S_MAX: Final = 30.0
WAIT_S_MAX: Final = 60.0
SETTLED_S: Final = 3.0
_spawning: Final = multiprocessing.get_context("spawn")


@dataclass(frozen=True, slots=True)
class Wait:
    """What one answer took: by the clock, and of the hub's event loop, whatever that did meanwhile."""

    ms: float
    loop_ms: float


@dataclass(slots=True)
class Waited:
    """What one bystander waited for."""

    alone: list[Wait] = field(default_factory=list)
    meanwhile: list[Wait] = field(default_factory=list)

    @property
    def times(self) -> float:
        """By the clock."""
        return statistics.median(_ms(self.meanwhile)) / statistics.median(_ms(self.alone))

    @property
    def loop_times(self) -> float:
        alone, meanwhile = ([wait.loop_ms for wait in waits] for waits in (self.alone, self.meanwhile))
        return statistics.median(meanwhile) / statistics.median(alone)

    def row(self, name: str) -> str:
        told = " | ".join(
            f"{statistics.median(waits):.1f} | {statistics.quantiles(waits, n=10)[-1]:.1f}"
            for waits in (_ms(self.alone), _ms(self.meanwhile))
        )
        return f"| {name} | {told} | {self.times:.2f} | {self.loop_times:.2f} |"


def _ms(waits: Sequence[Wait]) -> list[float]:
    return [wait.ms for wait in waits]


HEAD: Final = (
    "| who waits | alone, ms | its 9th tenth | meanwhile, ms | its 9th tenth | times | times, of the loop's work |",
    "|---|--:|--:|--:|--:|--:|--:|",
)


def waits(
    city: Path, folder: Path, queries: Sequence[str], rounds: int = ROUNDS, **sources: str
) -> tuple[dict[str, Waited], float]:
    """What each bystander waits for, and how long a client spends its budget on these questions, in s.

    `sources` are the environment variables of sources that are not in the city's folder.
    """
    found = {"an officer, one complaint": Waited(), "a stranger, a list": Waited()}
    spent_s = []
    with _hub(city, folder, sources) as (place, token, thread):
        asks = dict(zip(found, _bystanders(place, token, thread), strict=True))
        for ask in asks.values():
            ask()
        for turn in range(rounds):
            for _ in range(ALONE):
                for name, ask in asks.items():
                    found[name].alone.append(ask())
            with _process(_spend, place, queries, f"10.1.{turn // 250}.{turn % 250 + 1}") as (spending, _):
                started_s = time.monotonic()
                while spending.is_alive():
                    for name, ask in asks.items():
                        found[name].meanwhile.append(ask())
                spent_s.append(time.monotonic() - started_s)
    return found, statistics.median(spent_s)


def _bystanders(place: str, token: str, thread: int) -> Iterator[Callable[[], Wait]]:
    numbers = itertools.count()
    officer = {"authorization": f"Bearer {token}", "hub-purpose": Purpose.COMPLAINT_HANDLING.value}

    def asking(query: str, headers: Mapping[str, str]) -> Callable[[], Wait]:
        connection = HTTPConnection(place, timeout=WAIT_S_MAX)

        def ask() -> Wait:
            time.sleep(BETWEEN_S)
            number = next(numbers)
            by = headers or {"x-forwarded-for": f"10.2.{number // 250}.{number % 250 + 1}"}
            busy_ms, started_s = _busy_ms(thread), time.perf_counter()
            status, body = _asked(connection, query % {"number": number, "rows": number % 99 + 1}, by)
            waited = Wait((time.perf_counter() - started_s) * 1_000, _busy_ms(thread) - busy_ms)
            assert status == 200, body[:500]
            assert b'"errors"' not in body, body[:500]
            return waited

        return ask

    yield asking('query Q%(number)d { complaint(ticketNumber: "%(number)d") { id description } }', officer)
    yield asking("query Q%(number)d { complaints(first: %(rows)d) { nodes { id status } } }", {})


def _busy_ms(thread: int) -> float:
    """The processor time of a thread of another process, which is its main one."""
    return int(Path(f"/proc/{thread}/task/{thread}/schedstat").read_text().split()[0]) / 1_000_000


def _asked(connection: HTTPConnection, query: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
    body = json.dumps({"query": query})
    connection.request(
        "POST", "/graphql", body, {"content-type": "application/json", "accept-language": "en", **headers}
    )
    response = connection.getresponse()
    return response.status, response.read()


def _spend(place: str, queries: Sequence[str], address: str, _: Connection) -> None:
    """Ask until the bucket is empty."""
    numbers, until_s = itertools.count(), time.monotonic() + SPENDING_S_MAX

    def spend() -> None:
        connection = HTTPConnection(place, timeout=WAIT_S_MAX)
        status = 200
        while status != 429 and time.monotonic() < until_s:
            number = next(numbers)
            query = f"query S{number}x{os.getpid()} {queries[number % len(queries)]}"
            status, _ = _asked(connection, query, {"x-forwarded-for": address})

    threads = [threading.Thread(target=spend) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _serve(city: Path, folder: Path, sources: Mapping[str, str], told: Connection) -> None:
    """Serve a hub as in production, with the budgets of production, until the other end of the pipe is closed."""

    async def serve() -> None:
        with whole_city(city, folder / "hub.db", folder, HUB_BUDGET_SCALE="1") as environ:
            async with running({**environ, **sources}) as hub, served(hub.app) as place:
                with tuned_as_when_serving():
                    await asyncio.sleep(SETTLED_S)
                    told.send((place, hub.tokens.issue(Role.OFFICER, department="dpupr"), threading.get_native_id()))
                    await asyncio.to_thread(_closed, told)

    stop_accounting()
    migrated(folder / "hub.db")
    uvloop.run(serve())


def _closed(pipe: Connection) -> None:
    try:
        pipe.recv()
    except EOFError:
        return


@contextmanager
def _hub(city: Path, folder: Path, sources: Mapping[str, str]) -> Iterator[tuple[str, str, int]]:
    """Its place, the token of an officer, and the thread of its event loop."""
    with _process(_serve, city, folder, dict(sources)) as (_, told):
        if not told.poll(WAIT_S_MAX):
            raise TimeoutError("the hub has not started")
        yield told.recv()


@contextmanager
def _process(work: Callable[..., None], *given: Any) -> Iterator[tuple[Any, Connection]]:
    """A process, and the pipe to it, which is closed at the end."""
    ours, theirs = _spawning.Pipe()
    process = _spawning.Process(target=work, args=(*given, theirs))
    process.start()
    theirs.close()
    try:
        yield process, ours
    finally:
        ours.close()
        process.join()
