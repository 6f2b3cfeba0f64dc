"""`python -m bench.overload`: what is still served at five times what the hub can do, and how soon the rest is refused.

The peak is that of a closed loop; the overload comes at its own pace, as strangers do, whether or not it is answered.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

from api.identity.dev_tokens import DevTokens
from bench.processes import Server, free_port, pin
from bench.results import Section
from connectors.departments.city import TANGERANG
from models.policy.viewer import Role
from sample.places import urls
from sample.write import write_city

SERVER_CORE, LOAD_CORE = 0, 1
PEAK_CONNECTIONS = (16, 32, 64)
CONNECTIONS_MAX = 900
"""Fewer than the server lets in, so that it is the admission that refuses."""
TIMES = 5
ROUNDS = 3
WARM_S = 2.0
SHARE_MIN = 0.8
ABOUT = """\
`python -m bench.overload`. Lists of 20 complaints, no two alike; the hub has one core, the client the other. The peak
is that of a closed loop; the overload comes at its own pace over up to 900 connections. A refusal is 503 with
Retry-After, and its time is from the client's write to the client's read, or from the opening of its
connection. Each round measures both."""
QUERY = """query Latest($before: DateTime!) {
  complaints(first: 20, filter: {requestedAt: {lt: $before}}) {
    nodes { id ticketNumber statusLabel requestedAt area { name } category { name } }
  }
}"""


@dataclass(slots=True)
class Found:
    """Answers by what they were, and how long each took."""

    served_s: list[float] = field(default_factory=list)
    refused_s: list[float] = field(default_factory=list)
    other: int = 0
    not_sent: int = 0
    wall_s: float = 0.0
    cpu_s: float = 0.0

    @property
    def served_per_s(self) -> float:
        return len(self.served_s) / self.wall_s

    @property
    def served_per_cpu_s(self) -> float:
        """For each second of the server's own processor time: what else runs on the machine does not count."""
        return len(self.served_s) / self.cpu_s

    def note(self, status: int, body: bytes, took_s: float) -> None:
        if status == 200 and b'"errors"' not in body:
            self.served_s.append(took_s)
        elif status == 503:
            self.refused_s.append(took_s)
        else:
            self.other += 1


def questions() -> Iterator[bytes]:
    """Requests of which no two are alike, so that none comes from a cache."""
    base, dice = datetime(2026, 1, 1, tzinfo=UTC), random.Random(7)
    while True:
        before = base + timedelta(microseconds=dice.randrange(10**13))
        yield orjson.dumps({"query": QUERY, "variables": {"before": before.isoformat()}})


class Client:
    """Asks over connections that are kept, and notes what comes in `found`."""

    def __init__(self, server: Server, token: str) -> None:
        self._server = server
        named = ("Host: hub", "Content-Type: application/json", f"Authorization: Bearer {token}")
        self._head = "\r\n".join(("POST /graphql HTTP/1.1", *named, ""))
        self._questions = questions()
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self.opened = 0
        self.found = Found()

    async def ask(self) -> None:
        body = next(self._questions)
        started = time.perf_counter()
        connection = self._kept()
        if connection is None:
            if self.opened >= CONNECTIONS_MAX:
                self.found.not_sent += 1
                return
            self.opened += 1
            connection = await asyncio.open_connection("127.0.0.1", self._server.port)
        reader, writer = connection
        try:
            writer.write(f"{self._head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            answer = await reader.readexactly(int(head[head.index(b"content-length:") + 15 :].split(b"\r", 1)[0]))
        except (ConnectionError, asyncio.IncompleteReadError):
            self.opened -= 1
            self.found.other += 1
            return
        except asyncio.CancelledError:
            # A connection that still waits for an answer is of no use any more.
            self.opened -= 1
            writer.close()
            raise
        self.found.note(int(head[9:12]), answer, time.perf_counter() - started)
        self._free.append(connection)

    def _kept(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        """The connection that was used last and that the server has not closed meanwhile, as it does with idle ones."""
        while self._free:
            reader, writer = self._free.pop()
            if not reader.at_eof():
                return reader, writer
            self.opened -= 1
            writer.close()
        return None

    @contextmanager
    def during(self) -> Iterator[Found]:
        """Note what comes within the context, which begins and ends while the server is at work."""
        self.found = found = Found()
        before_s, started = self._server.cpu_s, time.perf_counter()
        yield found
        found.wall_s = time.perf_counter() - started
        found.cpu_s = self._server.cpu_s - before_s
        self.found = Found()


async def closed_loop(client: Client, connections: int, seconds: float) -> Found:
    """What is answered while so many ask again as soon as they are answered."""

    async def one() -> None:
        while True:
            await client.ask()

    asking = [asyncio.create_task(one()) for _ in range(connections)]
    await asyncio.sleep(WARM_S)
    with client.during() as found:
        await asyncio.sleep(seconds)
    for task in asking:
        task.cancel()
    await asyncio.gather(*asking, return_exceptions=True)
    return found


async def open_loop(client: Client, per_s: float, seconds: float) -> Found:
    """What is answered in the midst of an overload that lasts."""
    asking: set[asyncio.Task[None]] = set()

    async def pace() -> None:
        started, sent = time.perf_counter(), 0
        while True:
            while sent < (time.perf_counter() - started) * per_s:
                task = asyncio.create_task(client.ask())
                asking.add(task)
                task.add_done_callback(asking.discard)
                sent += 1
            await asyncio.sleep(0.001)

    pacing = asyncio.create_task(pace())
    # Until all connections are there that it takes: those who come again and again have them.
    await asyncio.sleep(WARM_S)
    with client.during() as found:
        await asyncio.sleep(seconds)
    pacing.cancel()
    await asyncio.gather(pacing, *asking, return_exceptions=True)
    return found


async def measured(server: Server, token: str, seconds: float, section: Section) -> bool:
    """Whether four fifths of the peak are served, for each second of the server's processor time."""
    client = Client(server, token)
    rounds = [await _one_round(client, seconds) for _ in range(ROUNDS)]
    section.say("| | per s | per processor second | of the peak | median, p99 |", "|---|---|---|---|---|")
    for peak, found in rounds:
        section.say(
            f"| the peak, served | {_rates(peak)} | 100 % | {_quantiles(peak.served_s)} |",
            f"| at {TIMES} times that, served | {_rates(found)} | {_share(peak, found):.0%} "
            f"| {_quantiles(found.served_s)} |",
            f"| refused | {len(found.refused_s) / found.wall_s:,.0f} | | | {_quantiles(found.refused_s)} |",
        )
    share = statistics.median(_share(peak, found) for peak, found in rounds)
    section.say(
        "",
        f"Of the peak {share:.0%} are served, the median of the rounds. "
        f"Answers of another kind: {sum(found.other for _, found in rounds)}. "
        f"Not sent for want of a connection: {sum(found.not_sent for _, found in rounds)}.",
    )
    return share >= SHARE_MIN


async def _one_round(client: Client, seconds: float) -> tuple[Found, Found]:
    """The peak and the overload after it, so that both come from the same moments of the machine."""
    peaks = [await closed_loop(client, connections, seconds) for connections in PEAK_CONNECTIONS]
    peak = max(peaks, key=lambda found: found.served_per_cpu_s)
    return peak, await open_loop(client, TIMES * peak.served_per_s, seconds)


def _share(peak: Found, found: Found) -> float:
    return found.served_per_cpu_s / peak.served_per_cpu_s


def _rates(found: Found) -> str:
    return f"{found.served_per_s:,.0f} | {found.served_per_cpu_s:,.0f}"


def _quantiles(seconds: list[float]) -> str:
    if len(seconds) < 2:
        return "none"
    cuts = statistics.quantiles(seconds, n=100)
    return f"median {cuts[49] * 1000:.1f} ms, p99 {cuts[98] * 1000:.1f} ms"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0)
    given = parser.parse_args()
    section = Section("Overload", ABOUT)
    secret = secrets.token_hex(32)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_city("small", folder / "city")
        port = free_port()
        sources = {f"HUB_SOURCE_{source.upper()}_URL": url for source, url in urls(folder / "city").items()}
        environ = {"HUB_SECRET": secret, "HUB_PORT": str(port), "HUB_DATABASE_URL": f"sqlite:///{folder / 'hub.db'}"}
        command = ["env", *(f"{name}={value}" for name, value in (environ | sources).items()), sys.executable, "cli.py"]
        subprocess.run([*command, "migrate"], check=True, stdout=subprocess.DEVNULL)  # noqa: S603  # our own command
        server = Server.start("hub", [*command, "serve"], port, core=SERVER_CORE, folder=folder)
        try:
            pin(os.getpid(), LOAD_CORE)
            token = DevTokens(secret.encode(), TANGERANG).issue(Role.ANALYST)
            is_enough = asyncio.run(measured(server, token, given.seconds, section))
        finally:
            server.stop()
    section.put()
    return 0 if is_enough else 1


if __name__ == "__main__":
    sys.exit(main())
