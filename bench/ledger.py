"""What the ledger costs a personal read: `python -m bench.ledger`. One hub with it and one without, asked by turns.

The tables of the hub are in SQLite, or with `python -m bench.ledger postgresql://...` in that empty database.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from api.identity.dev_tokens import DevTokens
from bench.client import Asked, Connection
from bench.processes import Server, free_port, pin
from bench.results import Section
from connectors.departments.city import TANGERANG
from models.policy.viewer import Purpose, Role
from sample.citizens.people import resident_number
from sample.places import urls
from sample.write import write_city

ROOT = Path(__file__).resolve().parent.parent
SERVER_CORE, LOAD_CORE = 0, 1
CONCURRENCY = (1, 16)
ROUNDS = 9
SLICE_S = 0.8
WARM_UP_S = 1.0
CPU_SHARE_MAX, ADDED_MS_MAX = 0.05, 10.0
ABOUT = f"""\
`python -m bench.ledger`. A hub with the ledger and one without it, asked by turns over HTTP: the median of {ROUNDS}
slices of {SLICE_S} s. Processor time is the server's own, of all its threads; servers have one core, the load another.
That of PostgreSQL is not in it. At 16 at once it may take {CPU_SHARE_MAX:.0%} more, and {ADDED_MS_MAX:.0f} ms."""
TABLE = (
    "| personal read | at once | CPU ms without | with | share | median ms without | with | added |",
    "|---|---|---|---|---|---|---|---|",
)

DESK = "query Desk { licenses(first: 20) { nodes { number holderName holderNik type { name } area { name } } } }"
INBOX = "query Inbox { complaints(first: 100) { nodes { ticketNumber description address category { name } } } }"
SELF = "query Self { me { fullName birthDate phone email area { name } } }"
WITHOUT = (sys.executable, "-m", "bench.servers.without_ledger")
WITH = (sys.executable, "cli.py", "serve")


@dataclass(frozen=True, slots=True)
class Question:
    """A personal read, and who asks it."""

    name: str
    query: str
    role: Role
    department: str | None = None
    nik: str | None = None
    purpose: Purpose | None = None

    def asked(self, tokens: DevTokens) -> Asked:
        token = tokens.issue(self.role, department=self.department, nik=self.nik)
        purpose = f"Hub-Purpose: {self.purpose.value}\r\n" if self.purpose is not None else ""
        return Asked(f"Authorization: Bearer {token}\r\n{purpose}", orjson.dumps({"query": self.query}))


QUESTIONS = (
    Question("oneself: 1 person", SELF, Role.CITIZEN, nik=resident_number(0)),
    Question("a desk: 20 people", DESK, Role.OFFICER, "dpmptsp", purpose=Purpose.SERVICE_DELIVERY),
    Question("an inbox: 100 rows", INBOX, Role.OFFICER, "dpupr", purpose=Purpose.COMPLAINT_HANDLING),
)


@dataclass(slots=True)
class Figures:
    """Slices of one server: processor time of each request, and how long it took its client."""

    cpu_ms: list[float] = field(default_factory=list)
    latency_ms: list[float] = field(default_factory=list)


def main() -> None:
    if (os.cpu_count() or 1) > 1:
        pin(0, LOAD_CORE)
    with tempfile.TemporaryDirectory(prefix="simpul-ledger-") as name:
        folder = Path(name)
        secret = secrets.token_hex(32)
        write_city("small", folder / "city")
        url = sys.argv[1] if len(sys.argv) > 1 else None
        section = Section(f"The ledger, on {'PostgreSQL' if url else 'SQLite'}", ABOUT)
        commands = (("with", WITH), ("without", WITHOUT))
        servers = [_hub(each, command, folder, secret, url) for each, command in commands]
        try:
            section.say(*TABLE)
            for question in QUESTIONS:
                for at_once in CONCURRENCY:
                    asked = question.asked(DevTokens(secret.encode(), TANGERANG))
                    section.say(_row(question.name, at_once, asyncio.run(_compared(servers, asked, at_once))))
        finally:
            for server in servers:
                server.stop()
        section.put()


def _hub(name: str, command: tuple[str, ...], folder: Path, secret: str, url: str | None) -> Server:
    port = free_port()
    environment = {
        "HUB_SECRET": secret,
        "HUB_PORT": str(port),
        "HUB_DATABASE_URL": url or f"sqlite:///{folder / name}.db",
        "HUB_DEADLINE_MS": "20000",
        **{f"HUB_SOURCE_{source.upper()}_URL": url for source, url in urls(folder / "city").items()},
    }
    settings = ["env", *(f"{key}={value}" for key, value in environment.items())]
    migrate = [*settings, sys.executable, "cli.py", "migrate"]
    subprocess.run(migrate, cwd=ROOT, check=True, capture_output=True, timeout=60)  # noqa: S603  # our own command
    return Server.start(name, [*settings, *command], port, core=SERVER_CORE, folder=folder)


async def _compared(servers: list[Server], asked: Asked, at_once: int) -> dict[str, Figures]:
    found = {server.name: Figures() for server in servers}
    for server in servers:
        await _slice(server, asked, at_once, WARM_UP_S, Figures())
    for turn in range(ROUNDS):
        for server in servers if turn % 2 else reversed(servers):
            await _slice(server, asked, at_once, SLICE_S, found[server.name])
    return found


async def _slice(server: Server, asked: Asked, at_once: int, seconds: float, found: Figures) -> None:
    latencies_ms: list[float] = []
    ends = time.perf_counter() + seconds

    async def ask_on(connection: Connection) -> None:
        while time.perf_counter() < ends:
            began = time.perf_counter()
            body = await connection.ask(asked)
            latencies_ms.append((time.perf_counter() - began) * 1_000)
            if b'"errors"' in body:
                raise ValueError(body[:400].decode())

    connections = [await Connection.open(server.port) for _ in range(at_once)]
    before_s = server.cpu_s
    await asyncio.gather(*map(ask_on, connections))
    found.cpu_ms.append((server.cpu_s - before_s) * 1_000 / len(latencies_ms))
    found.latency_ms.append(statistics.median(latencies_ms))
    for connection in connections:
        connection.close()


def _row(name: str, at_once: int, found: dict[str, Figures]) -> str:
    """Medians of the slices, each with its neighbour of the other server."""
    ours, bare = found["with"], found["without"]
    shares = [more / less - 1 for more, less in zip(ours.cpu_ms, bare.cpu_ms, strict=True)]
    added = [more - less for more, less in zip(ours.latency_ms, bare.latency_ms, strict=True)]
    share, added_ms = statistics.median(shares), statistics.median(added)
    missed = "" if share <= CPU_SHARE_MAX and added_ms <= ADDED_MS_MAX else " (missed)"
    return (
        f"| {name} | {at_once} | {statistics.median(bare.cpu_ms):.2f} | {statistics.median(ours.cpu_ms):.2f} | "
        f"{share:+.1%}{missed if at_once > 1 else ''} | {statistics.median(bare.latency_ms):.1f} | "
        f"{statistics.median(ours.latency_ms):.1f} | {added_ms:+.1f} |"
    )


if __name__ == "__main__":
    main()
