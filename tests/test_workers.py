"""Several processes on one port, over PostgreSQL: replaced when they die, drained when told, within the contract."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from urllib.request import Request, urlopen

import asyncpg
import pytest

from api.serving.workers import PAUSE_S_FIRST, Workers
from connectors.load import LoadContract
from sample.write import write_city
from settings import ROOT
from store.database.migrate import upgrade
from tests import servers

START_S_MAX = 60
WORKERS = 4
SOON_S = 20.0


@dataclass(frozen=True, slots=True)
class Serving:
    """A hub of several processes, with the database of its sources."""

    process: subprocess.Popen[str]
    base: str
    source_url: str

    def workers(self) -> set[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return set(map(int, children.read_text().split()))

    def ask(self, rows: int = 3, fields: str = "id") -> tuple[int, int]:
        """Status and rows. What was asked before, with as many rows and the same fields, may come from a cache."""
        query = f"query Newest {{ complaints(first: {rows}) {{ nodes {{ {fields} }} }} }}"
        # A connection of its own for each, so that all processes get some.
        headers = {"content-type": "application/json", "connection": "close"}
        body = json.dumps({"query": query}).encode()
        with urlopen(Request(f"{self.base}/graphql", body, headers), timeout=SOON_S) as response:
            answer = json.load(response)
            assert "errors" not in answer
            return response.status, len(answer["data"]["complaints"]["nodes"])

    def metrics(self) -> str:
        with urlopen(f"{self.base}/metrics", timeout=SOON_S) as response:
            return str(response.read().decode())


def until(condition: Callable[[], bool]) -> None:
    ends_s = time.monotonic() + SOON_S
    while not condition():
        assert time.monotonic() < ends_s, "it never came to that"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def serving(postgres_server: str) -> Iterator[Serving]:
    if not Path("/proc").is_dir():
        pytest.skip("this system does not list the children of a process under /proc")
    with servers.postgres_database(postgres_server) as hub_url, servers.postgres_database(postgres_server) as city_url:
        upgrade(hub_url)
        write_city("small", city_url)
        environ = {
            "HUB_SECRET": "a secret of these tests, which is long enough",
            "HUB_DATABASE_URL": hub_url,
            "HUB_CITY": "tests.api.two_departments",
            "HUB_SOURCE_AREAS_URL": city_url,
            "HUB_SOURCE_COMPLAINTS_URL": city_url,
            "HUB_WORKERS": str(WORKERS),
            "HUB_PORT": "0",
            "HUB_DEADLINE_MS": "20000",
        }
        command = [sys.executable, "-u", "cli.py", "serve"]
        with pytest.MonkeyPatch.context() as patch:
            for name, value in environ.items():
                patch.setenv(name, value)
            process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        with process:
            try:
                assert process.stdout is not None
                found = re.match(r"Simpul serves at (\S+) ", process.stdout.readline())
                assert found is not None
                # The address is told before anybody answers at it; who connects meanwhile waits.
                urlopen(f"{found[1]}/health/live", timeout=START_S_MAX).close()
                yield Serving(process, found[1], city_url)
            finally:
                process.kill()


def test_all_answer_within_the_contract_of_the_source(serving: Serving) -> None:
    rows = [number % 100 + 1 for number in range(200)]
    most = 0
    done = threading.Event()

    async def count() -> None:
        nonlocal most
        connection = await asyncpg.connect(serving.source_url)
        statement = (
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        while not done.is_set():
            most = max(most, await connection.fetchval(statement))
            await asyncio.sleep(0.01)
        await connection.close()

    counting = threading.Thread(target=lambda: asyncio.run(count()))
    counting.start()
    try:
        with ThreadPoolExecutor(16) as clients:
            answers = list(clients.map(serving.ask, rows))
    finally:
        done.set()
        counting.join()
    assert answers == [(200, asked) for asked in rows]
    # The two sources of this hub lie in one database, and each bears so many.
    assert 0 < most <= 2 * LoadContract().connections_max


def test_the_counts_of_all_processes_are_told_by_each(serving: Serving) -> None:
    def counts() -> dict[str, float]:
        found = re.findall(
            r'^simpul_responses_total\{how="\w+",worker="(\d)"\} (\S+)$', serving.metrics(), re.MULTILINE
        )
        return {worker: sum(float(count) for by, count in found if by == worker) for worker, _ in found}

    until(lambda: sum(counts().values()) == 200)
    assert set(counts()) == set(map(str, range(WORKERS)))
    assert sum(count > 0 for count in counts().values()) >= 2


def test_a_process_that_is_killed_is_replaced(serving: Serving) -> None:
    until(lambda: len(serving.workers()) == WORKERS)
    before = serving.workers()
    killed = min(before)
    os.kill(killed, signal.SIGKILL)
    until(lambda: killed not in serving.workers() and len(serving.workers()) == WORKERS)
    assert before - serving.workers() == {killed}
    assert [serving.ask() for _ in range(8)] == [(200, 3)] * 8


def test_what_has_begun_is_finished_when_it_is_told_to_stop(serving: Serving) -> None:
    """The source is locked, so that all requests are under way when the hub is told to stop."""
    asked = 8

    async def scenario() -> list[tuple[int, int]]:
        owner = await asyncpg.connect(serving.source_url)
        watcher = await asyncpg.connect(serving.source_url)
        loop = asyncio.get_running_loop()
        transaction = owner.transaction()
        await transaction.start()
        await owner.execute("LOCK TABLE tbl_pengaduan IN ACCESS EXCLUSIVE MODE")
        try:
            with ThreadPoolExecutor(asked) as clients:
                asking = [loop.run_in_executor(clients, serving.ask, 3, "id status") for _ in range(asked)]
                statement = "SELECT count(*) FROM pg_locks WHERE NOT granted"
                async with asyncio.timeout(SOON_S):
                    while await watcher.fetchval(statement) == 0:  # noqa: ASYNC110  # no event tells
                        await asyncio.sleep(0.01)
                await asyncio.sleep(0.2)
                serving.process.send_signal(signal.SIGTERM)
                await asyncio.sleep(0.1)
                await transaction.rollback()
                return await asyncio.gather(*asking)
        finally:
            await owner.close()
            await watcher.close()

    answers = asyncio.run(scenario())
    assert answers == [(200, 3)] * asked
    assert serving.process.wait(SOON_S) == 0


# --- The watcher by itself --------------------------------------------------------------------------------------------


def watched(script: str, tmp_path: Path) -> subprocess.Popen[str]:
    """A watcher over two workers that run the script, which knows its `number` and a `folder`."""
    program = f"""
import os, sys, time
from pathlib import Path
from api.serving.workers import Workers
folder = Path({str(tmp_path)!r})
def work(number):
    (folder / f"{{number}}.{{os.getpid()}}").touch()
    {script}
sys.exit(Workers(2, work).run())
"""
    return subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, text=True
    )


def test_a_hub_that_cannot_start_gives_up(tmp_path: Path) -> None:
    with watched("sys.exit(3)", tmp_path) as process:
        assert process.wait(SOON_S) == 1


def test_workers_that_die_again_and_again_are_replaced_ever_more_slowly(tmp_path: Path) -> None:
    with watched("sys.exit(1)", tmp_path) as process:
        until(lambda: len(list(tmp_path.iterdir())) >= 6)
        started_s = time.monotonic()
        until(lambda: len(list(tmp_path.iterdir())) >= 10)
        assert time.monotonic() - started_s > 4 * PAUSE_S_FIRST
        process.terminate()
        assert process.wait(SOON_S) == 0


def test_workers_stop_when_their_watcher_is_killed(tmp_path: Path) -> None:
    with watched("time.sleep(60)", tmp_path) as process:
        until(lambda: len(list(tmp_path.iterdir())) == 2)
        process.kill()
    pids = [int(path.suffix[1:]) for path in tmp_path.iterdir()]

    def gone(pid: int) -> bool:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, 0)
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
        return True

    until(lambda: all(map(gone, pids)))


def test_a_system_that_cannot_fork_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("multiprocessing.get_all_start_methods", lambda: ["spawn"])
    with pytest.raises(Exception, match=r"^HUB_WORKERS: this system serves with one process only\."):
        Workers(2, lambda _: None).run()
