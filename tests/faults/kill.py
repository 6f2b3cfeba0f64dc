"""Kills the hub at random moments while people tell it things: what `dev.py kill` starts, from a seed.

Residents report and officers answer, each with a key that is sent again until there is a receipt. Meanwhile the hub is
killed (SIGKILL) and started again. In the end everything that was acknowledged stands in the department's own tables
exactly once, and nothing stands there twice.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
from sqlalchemy import make_url

from api.identity.dev_tokens import DevTokens
from connectors.departments.city import TANGERANG
from models.policy.viewer import Role
from sample.citizens.people import resident_number
from sample.write import write_city
from tests import servers
from tests.api.hub import SECRET, environment
from tests.graph.harness import scribe_of
from tests.migrated import migrated
from tests.small_city import small_city

ROOT = Path(__file__).resolve().parents[2]
ENGINES = ("sqlite", "postgresql", "mariadb")
PEOPLE = 6
MINUTES = 10.0
START_S_MAX, ANSWER_S_MAX, SETTLE_S_MAX = 60.0, 5.0, 90.0
LIVES_S = (0.2, 3.0)
"""How long the hub lives after it is ready."""
_PLACE = {"latitude": -6.19, "longitude": 106.66}
_REPORT = """mutation ($input: ReportComplaintInput!, $key: String!) { told: reportComplaint(input: $input, key: $key) {
  receipt { id state reference } complaint { id } userErrors { code } } }"""
_RESPOND = """mutation ($input: RespondToComplaintInput!, $key: String!) {
  told: respondToComplaint(input: $input, key: $key) { receipt { id state } userErrors { code } } }"""


REPORTS = """SELECT isi_laporan, count(*) FROM tbl_pengaduan WHERE no_tiket LIKE 'LAKSA-H-%' GROUP BY isi_laporan"""
ANSWERS = f"""SELECT tanggapan, count(*) FROM tbl_tanggapan WHERE tanggapan LIKE 'Tim {"_" * 16}' GROUP BY tanggapan"""


class Broken(Exception):
    """What was acknowledged is lost, or stands there twice; the message says what."""


@dataclass(slots=True)
class Tally:
    """What was told, and what became of the hub meanwhile."""

    kills: int = 0
    reports: dict[str, str] = field(default_factory=dict)
    """Acknowledged reports: their reference by what was written."""
    answers: set[str] = field(default_factory=set)
    """Acknowledged answers, by what was written."""
    told: list[str] = field(default_factory=list)
    """Everything that was sent, acknowledged or not."""

    def __str__(self) -> str:
        return (
            f"{self.kills} kills; of {len(self.told)} that were told, {len(self.reports)} reports and "
            f"{len(self.answers)} answers were acknowledged: none is lost, none stands there twice"
        )


@dataclass(slots=True)
class Hub:
    """A hub as a process of its own, that dies and lives again. `url` is None while it is down."""

    environ: dict[str, str]
    process: asyncio.subprocess.Process | None = None
    url: str | None = None

    async def start(self) -> None:
        command = [sys.executable, str(ROOT / "cli.py"), "serve"]
        self.process = await asyncio.create_subprocess_exec(
            *command, env=self.environ, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert self.process.stdout is not None
        line = await asyncio.wait_for(self.process.stdout.readline(), START_S_MAX)
        (self.url,) = re.findall(r"http://[\d.:]+", line.decode())

    async def kill(self) -> None:
        assert self.process is not None
        self.url = None
        self.process.send_signal(signal.SIGKILL)
        await self.process.wait()


@dataclass(slots=True)
class Killing:
    """People tell the hub things for some seconds, and it is killed again and again."""

    hub: Hub
    draw: random.Random
    tokens: DevTokens
    tally: Tally = field(default_factory=Tally)

    async def run(self, seconds: float) -> None:
        await self.hub.start()
        ends_s = time.monotonic() + seconds
        async with asyncio.TaskGroup() as group:
            group.create_task(self._kill_until(ends_s))
            for person in range(PEOPLE):
                group.create_task(self._tell_until(ends_s, person))

    async def _kill_until(self, ends_s: float) -> None:
        while time.monotonic() < ends_s:
            await asyncio.sleep(self.draw.uniform(*LIVES_S))
            await self.hub.kill()
            self.tally.kills += 1
            await self.hub.start()

    async def _tell_until(self, ends_s: float, person: int) -> None:
        officer = {
            "authorization": f"Bearer {self.tokens.issue(Role.OFFICER, department='dpupr')}",
            "hub-purpose": "COMPLAINT_HANDLING",
        }
        # Nobody may tell the city more than so much in a day.
        for number in itertools.count(person, PEOPLE):
            if time.monotonic() > ends_s:
                return
            nik = resident_number(number)
            resident = {"authorization": f"Bearer {self.tokens.issue(Role.CITIZEN, nik=nik)}"}
            words = f"Lubang nomor {secrets.token_hex(8)}"
            given = {"categoryCode": "K01", "description": words, "position": _PLACE}
            told = await self._acknowledged(_REPORT, given, words, resident)
            self.tally.reports[words] = told["receipt"]["reference"]
            complaint = await self._delivered(_REPORT, given, words, resident)
            if complaint is not None:
                answer = f"Tim {secrets.token_hex(8)}"
                await self._acknowledged(_RESPOND, {"id": complaint, "note": answer}, answer, officer)
                self.tally.answers.add(answer)

    async def _acknowledged(
        self, query: str, given: dict[str, Any], key: str, headers: dict[str, str]
    ) -> dict[str, Any]:
        """What the hub answers, however often it has to be asked."""
        self.tally.told.append(key)
        while True:
            told = await self._sent(query, given, key, headers)
            if told is not None and told["receipt"] is not None:
                return told
            if told is not None and told["userErrors"]:
                raise Broken(f"{key!r} was refused: {told['userErrors']}")
            await asyncio.sleep(0.1)

    async def _delivered(self, query: str, given: dict[str, Any], key: str, headers: dict[str, str]) -> str | None:
        """The id of a complaint once it is delivered; None if that takes too long."""
        for _ in range(40):
            told = await self._sent(query, given, key, headers)
            if told is not None and told["complaint"] is not None:
                return str(told["complaint"]["id"])
            await asyncio.sleep(0.1)
        return None

    async def _sent(
        self, query: str, given: dict[str, Any], key: str, headers: dict[str, str]
    ) -> dict[str, Any] | None:
        """What the hub says to it; None if nothing, since it is dead or dies meanwhile."""
        if self.hub.url is None:
            return None
        body = {"query": query, "variables": {"input": given, "key": key}}
        try:
            async with httpx2.AsyncClient(timeout=ANSWER_S_MAX) as client:
                answer = (await client.post(f"{self.hub.url}/graphql", json=body, headers=headers)).json()
        except (httpx2.HTTPError, ValueError):
            return None
        return (answer.get("data") or {}).get("told")


async def settled(laksa: str, tally: Tally) -> None:
    """Wait until all that was acknowledged stands in the department. Raises Broken."""
    async with scribe_of(laksa) as scribe:
        ends_s = time.monotonic() + SETTLE_S_MAX
        while True:
            reports = dict(await _counted(scribe, REPORTS))
            answers = dict(await _counted(scribe, ANSWERS))
            twice = [
                words for words, count in (*reports.items(), *answers.items()) if words in tally.told and count > 1
            ]
            if twice:
                raise Broken(f"{len(twice)} stand there twice, such as {twice[0]!r}")
            lost = [*(tally.reports.keys() - reports.keys()), *(tally.answers - answers.keys())]
            if not lost:
                return
            if time.monotonic() > ends_s:
                raise Broken(f"{len(lost)} of what was acknowledged are not there, such as {lost[0]!r}")
            await asyncio.sleep(0.5)


async def _counted(scribe: Any, statement: str) -> list[tuple[str, int]]:
    return [(str(words), int(count)) for words, count in await scribe.rows(statement)]


async def kill(environ: dict[str, str], laksa: str, seed: int, seconds: float) -> Tally:
    """Kill a hub for so long. Raises Broken."""
    hub = Hub(environ)
    killing = Killing(hub, random.Random(seed), DevTokens(SECRET.encode(), TANGERANG))
    try:
        try:
            await killing.run(seconds)
        except ExceptionGroup as group:
            raise group.exceptions[0] from None
        await settled(laksa, killing.tally)
    finally:
        if hub.process is not None and hub.process.returncode is None:
            await hub.kill()
    return killing.tally


@contextmanager
def prepared(engine: str, folder: Path) -> Iterator[tuple[dict[str, str], str]]:
    """The environment of a hub whose LAKSA lies in such a database, and its URL."""
    small_city(folder)
    own = migrated(folder / "hub.db")
    with ExitStack() as stack:
        laksa, writer = f"sqlite:///{(folder / 'complaints.db').as_posix()}", "a file needs none"
        if engine != "sqlite":
            if engine == "postgresql":
                server = stack.enter_context(servers.postgres_server())
                laksa = stack.enter_context(servers.postgres_database(server))
            else:
                laksa = stack.enter_context(servers.mariadb_database(servers.mariadb_server()))
            write_city("small", laksa)
            url = make_url(laksa)
            writer = f"{url.username}:{url.password or ''}"
        more = {"HUB_SOURCE_COMPLAINTS_URL": laksa, "HUB_SOURCE_COMPLAINTS_WRITER": writer, "HUB_PORT": "0"}
        yield environment(folder, own, **more), laksa


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="dev.py kill", description=__doc__)
    parser.add_argument("--minutes", type=float, default=MINUTES, help=f"how long (default: {MINUTES:.0f})")
    parser.add_argument("--seed", type=int, help="when it is killed, as a failure prints it")
    parser.add_argument("--engine", choices=ENGINES, default=ENGINES[0], help="where the department's rows lie")
    given = parser.parse_args(arguments)
    seed = given.seed if given.seed is not None else secrets.randbelow(2**32)
    with tempfile.TemporaryDirectory() as name, prepared(given.engine, Path(name)) as (environ, laksa):
        try:
            tally = asyncio.run(kill(environ, laksa, seed, given.minutes * 60))
        except Broken as broken:
            sys.stdout.write(f"{given.engine}, seed {seed}: {broken}\n")
            return 1
    sys.stdout.write(f"{given.engine}, seed {seed}: {tally}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
