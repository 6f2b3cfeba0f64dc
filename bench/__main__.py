"""`python -m bench`: the hub and its peers over one PostgreSQL, compared, measured by turns, and written down."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

import asyncpg
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy.engine import make_url

from bench import in_process, report
from bench.city.tables import write_tables
from bench.client import Unanswered
from bench.measuring import AnswersDiffer, Effort, Result, Running, compare, measure
from bench.processes import NotStarted, pin
from bench.profiles import profiled, where_time_goes
from bench.results import put_report
from bench.targets import PEERS, Asker, Target, install_peers, peers_of, targets_of
from bench.workloads import IN_MEMORY, WORKLOADS, Workload

# Of this run alone: two may be measuring on one server.
DATABASE = f"simpul_bench_{os.getpid()}"
POSTGRES = "postgresql://postgres@127.0.0.1:5432/postgres"
SERVER_CORE, LOAD_CORE = 0, 1

QUICK = Effort((1, 4), rounds=3, slice_s=0.25)
USUAL = Effort((1, 4, 16), rounds=5, slice_s=0.5)
FULL = Effort((1, 4, 16, 64, 256), rounds=7, slice_s=1.0)
QUICK_WORKLOADS = frozenset({"W0", "W0b", "W1", "W2", "W3", "W4", "W6", "W12"})

FORESEEN = (AnswersDiffer, NotStarted, Unanswered, in_process.LanesDiffer, OSError, asyncpg.PostgresError)


def main() -> int:
    """Measure what was asked for. What was foreseen ends in a sentence."""
    given = _arguments()
    # As Ctrl-C does: so that the servers are stopped and the database is dropped, whoever ends it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    console = Console(stderr=True)
    effort = QUICK if given.quick else FULL if given.full else USUAL
    chosen = [
        workload
        for workload in (*WORKLOADS, *(IN_MEMORY if given.peers else ()))
        if (
            workload.name in given.only
            if given.only
            else not given.quick or workload.name in QUICK_WORKLOADS or workload in IN_MEMORY
        )
    ]
    try:
        if given.profile:
            sys.stdout.write(_profile(given))
            return 0
        console.print("The engine alone: both lanes in one process")
        alone = [in_process.measured(name, effort.rounds) for name in in_process.QUERIES]
        results = _over_http(given, chosen, effort, console)
        profiles = {name: _shares(given, name, console) for name in report.missed(results)}
    except FORESEEN as error:
        console.print(f"{type(error).__name__}: {error}", style="red", markup=False)
        return 1
    text = report.written(alone, results, effort, profiles)
    sys.stdout.write(text)
    if not given.quick and not given.only:
        put_report(text)
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="dev.py bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer workloads and rounds, in less than three minutes")
    parser.add_argument("--full", action="store_true", help="more rounds, and up to 256 requests at once")
    parser.add_argument("--only", nargs="+", metavar="WORKLOAD", help="these workloads; writes no RESULTS.md")
    parser.add_argument("--profile", metavar="WORKLOAD", help="only say where the hub's time goes in this workload")
    parser.add_argument("--peers", action="store_true", help="install and measure PostGraphile and mercurius as well")
    parser.add_argument("--postgres", default=POSTGRES, metavar="URL", help="a server to make a database on")
    return parser.parse_args()


@contextmanager
def _database(postgres: str) -> Iterator[str]:
    """A database of the benchmark's own, filled, and dropped when it is over."""
    asyncio.run(_execute(postgres, f"DROP DATABASE IF EXISTS {DATABASE}", f"CREATE DATABASE {DATABASE}"))
    url = make_url(postgres).set(database=DATABASE).render_as_string(hide_password=False)
    try:
        write_tables(url)
        yield url
    finally:
        asyncio.run(_execute(postgres, f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)"))


async def _execute(url: str, *statements: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def _profile(given: argparse.Namespace) -> str:
    with _hub_alone(given, given.profile) as (target, workload, asker, folder):
        return profiled(target, workload, asker, folder, SERVER_CORE)


def _shares(given: argparse.Namespace, name: str, console: Console) -> dict[str, float]:
    console.print(f"Profiling {name}, whose goal is missed")
    with _hub_alone(given, name) as (target, workload, asker, folder):
        return where_time_goes(target, workload, asker, folder, SERVER_CORE)


@contextmanager
def _hub_alone(given: argparse.Namespace, name: str) -> Iterator[tuple[Target, Workload, Asker, Path]]:
    """The hub, the workload of this name, who asks it, and a folder for what comes of it."""
    (workload,) = (workload for workload in WORKLOADS if workload.name == name)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="simpul-bench-")))
        targets, asker = targets_of(stack.enter_context(_database(given.postgres)), folder)
        yield targets[0], workload, asker, folder


def _over_http(given: argparse.Namespace, chosen: list[Workload], effort: Effort, console: Console) -> list[Result]:
    if not chosen:
        return []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="simpul-bench-")))
        console.print(f"The database {DATABASE}: the sample city and its clean tables")
        url = stack.enter_context(_database(given.postgres))
        targets, asker = targets_of(url, folder)
        if given.peers:
            console.print("The peers of other ecosystems")
            install_peers()
            asyncio.run(_execute(url, (PEERS / "schema.sql").read_text(encoding="utf-8")))
            targets += peers_of(url)
        running = []
        for target in targets:
            console.print(f"Starting {target.name}", markup=False)
            server = target.start(folder, SERVER_CORE)
            stack.callback(server.stop)
            running.append((target, server))
        pin(0, LOAD_CORE)
        return asyncio.run(_measure_all(chosen, running, asker, effort, console))


async def _measure_all(
    chosen: list[Workload], running: list[Running], asker: Asker, effort: Effort, console: Console
) -> list[Result]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    results: list[Result] = []
    console.print("Comparing the answers to every workload")
    for workload in chosen:
        await compare(workload, running, asker)
    with Progress(*columns, console=console) as progress:
        for workload in chosen:
            rounds = effort.rounds * (1 if workload.alone else len(effort.concurrencies))
            if not console.is_terminal:
                console.print(f"{workload.name}: {workload.title}", markup=False)
            task = progress.add_task(f"{workload.name}: {workload.title}", total=rounds)
            results += await measure(workload, running, asker, effort, partial(progress.advance, task))
    return results


if __name__ == "__main__":
    sys.exit(main())
