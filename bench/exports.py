"""Exports of all complaints from cities on servers: `python -m bench.exports URL [URL ...]`, as in production.

Each URL names a database that holds the sample city (`./simpul sample --size city --into URL`). Every round takes
each file from each of them by turns. Told are rows per second of wall time and of the hub's own processor time, and the
memory that it took above idle.
"""

from __future__ import annotations

import http.client
import os
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from api.exports.collections import COLLECTIONS
from bench.processes import Server, free_port
from bench.results import Section
from sample.places import urls
from sample.write import SOURCES, write_city

COMPLAINTS = "/export/complaints"
FEW = "ticketNumber,status,requestedAt"
OWN = ",".join(column.name for column in COLLECTIONS["complaints"].columns if column.record == "complaints")


@dataclass(frozen=True, slots=True)
class File:
    """What is taken, and how often: a machine that is shared is not as fast in one minute as in the next."""

    name: str
    path: str
    rounds: int


FILES = (
    File("CSV, all 18 of its own columns", f"{COMPLAINTS}.csv?fields={OWN}", 9),
    File("CSV as it comes, 22 columns, 4 of them of other records", f"{COMPLAINTS}.csv", 9),
    File("CSV, 3 columns", f"{COMPLAINTS}.csv?fields={FEW}", 9),
    File("CSV, 5 columns, 2 of them of other records", f"{COMPLAINTS}.csv?fields={FEW},area.name,category.name", 9),
    File("NDJSON, all 18", f"{COMPLAINTS}.ndjson?fields={OWN}", 3),
    File("GeoJSON, all 18", f"{COMPLAINTS}.geojson?fields={OWN}", 3),
    File("XLSX, all 18", f"{COMPLAINTS}.xlsx?fields={OWN}", 1),
)
ABOUT = """\
`python -m bench.exports URL [URL ...]` takes all complaints that everybody may read out of a hub over the whole sample
city, over HTTP. Hub and client have a core each, of which the server of the source takes what it needs. Rows per second
are the median of some rounds by turns, with the lowest and the highest; those of the hub's own processor time are what
a core gives that it has for itself. Memory is the peak above idle. The goal, for all columns as CSV, is 100,000 rows/s
at under 50 MB above idle."""
HUB_CORE, CLIENT_CORE = 0, 1
SAMPLE_EVERY_S = 0.02


@dataclass(slots=True)
class Taken:
    """What one export took."""

    rows: int
    bytes: int
    seconds: float
    cpu_s: float
    peak_mb: float


def hub(database_url: str, folder: Path) -> Server:
    """One over the city's databases; what is read as files is the small city's."""
    port = free_port()
    write_city("small", folder / "city")
    places = urls(folder / "city") | {source.name: database_url for source in SOURCES}
    environment = {
        "HUB_SECRET": secrets.token_hex(32),
        "HUB_PORT": str(port),
        "HUB_DATABASE_URL": f"sqlite:///{folder / 'hub.db'}",
        **{f"HUB_SOURCE_{name.upper()}_URL": place for name, place in places.items()},
    }
    settings = [f"{name}={value}" for name, value in environment.items()]
    subprocess.run(["env", *settings, sys.executable, "cli.py", "migrate"], check=True, capture_output=True)  # noqa: S603, S607  # our own command
    return Server.start(
        "hub", ["env", *settings, sys.executable, "cli.py", "serve"], port, core=HUB_CORE, folder=folder
    )


def take(server: Server, path: str) -> Taken:
    """One export, read and counted by lines; the peak of memory is looked for beside it."""
    peak_mb, done = [server.memory_mb], threading.Event()

    def watch() -> None:
        while not done.wait(SAMPLE_EVERY_S):
            peak_mb[0] = max(peak_mb[0], server.memory_mb)

    watching = threading.Thread(target=watch)
    watching.start()
    started, cpu_before_s = time.perf_counter(), server.cpu_s
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=600)
    connection.request("GET", path)
    answer = connection.getresponse()
    rows = size = 0
    while part := answer.read1(1_000_000):
        rows += part.count(b"\n")
        size += len(part)
    seconds = time.perf_counter() - started
    done.set()
    watching.join()
    if answer.status != http.client.OK:
        raise SystemExit(f"{path}: {answer.status}")
    return Taken(rows, size, seconds, server.cpu_s - cpu_before_s, peak_mb[0])


def main(*database_urls: str) -> None:
    os.sched_setaffinity(0, {CLIENT_CORE})
    section = Section("Exports", ABOUT)
    with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
        servers: dict[str, Server] = {}
        for database_url in database_urls:
            engine = database_url.partition(":")[0]
            server = servers[engine] = hub(database_url, Path(tempfile.mkdtemp(prefix=engine, dir=name)))
            stack.callback(server.stop)
        for server in servers.values():
            server.settle()
            take(server, "/export/areas.csv")
        idle_mb = {engine: server.memory_mb for engine, server in servers.items()}
        # The lines of a workbook are none of its rows.
        count = {engine: take(server, f"{COMPLAINTS}.csv?fields=id").rows - 1 for engine, server in servers.items()}
        section.say(
            "| file | source | rounds | rows/s | of the hub's processor | MB above idle |",
            "|---|---|---|---|---|---|",
        )
        for file in FILES:
            for engine, rounds in _taken(servers, file).items():
                row = _row(rounds, count[engine], idle_mb[engine])
                section.say(f"| {file.name} | {engine}, {count[engine]:,} rows | {file.rounds} | {row} |")
    section.put()


def _taken(servers: Mapping[str, Server], file: File) -> dict[str, list[Taken]]:
    rounds: dict[str, list[Taken]] = {engine: [] for engine in servers}
    for _ in range(file.rounds):
        for engine, server in servers.items():
            rounds[engine].append(take(server, file.path))
    return rounds


def _row(rounds: list[Taken], rows: int, idle_mb: float) -> str:
    per_s = sorted(rows / one.seconds for one in rounds)
    of_processor = median(rows / one.cpu_s for one in rounds)
    above_mb = max(one.peak_mb for one in rounds) - idle_mb
    return f"{median(per_s):,.0f} ({per_s[0]:,.0f} to {per_s[-1]:,.0f}) | {of_processor:,.0f} | {above_mb:.0f}"


if __name__ == "__main__":
    main(*sys.argv[1:])
