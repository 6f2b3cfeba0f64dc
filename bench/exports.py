"""Exports of all complaints from a city on a server: `python -m bench.exports URL [FORM ...]`, as in production.

All forms are measured unless some are named. The URL names a database that holds the sample city (`python cli.py sample
--size city --into URL`). Printed are, for each, rows per second of wall time and of the hub's own processor time, and
the memory that it took above idle.
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
from dataclasses import dataclass
from pathlib import Path

from bench.processes import Server, free_port
from sample.places import urls
from sample.write import SOURCES, write_city

ROUNDS = 2
FORMS = ("csv", "ndjson", "geojson", "xlsx")
FEW = "ticketNumber,status,requestedAt"
WITH_RELATIONS = "ticketNumber,status,requestedAt,area.name,category.name"
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


def main(database_url: str, *forms: str) -> None:
    os.sched_setaffinity(0, {CLIENT_CORE})
    with tempfile.TemporaryDirectory() as name:
        server = hub(database_url, Path(name))
        try:
            server.settle()
            take(server, "/export/areas.csv")
            idle_mb = server.memory_mb
            print(f"{database_url.partition(':')[0]}: {idle_mb:.0f} MB at idle")
            paths = [f"/export/complaints.{form}" for form in forms or FORMS]
            paths += [f"/export/complaints.csv?fields={fields}" for fields in (FEW, WITH_RELATIONS)]
            # The lines of a workbook are none of its rows.
            counted = take(server, "/export/complaints.csv?fields=id").rows
            for path in paths:
                rounds = [take(server, path) for _ in range(ROUNDS)]
                best = min(rounds, key=lambda one: one.seconds)
                above_mb = max(one.peak_mb for one in rounds) - idle_mb
                rows = counted if path.endswith("xlsx") else best.rows
                print(
                    f"{path}: {rows} rows, {best.bytes / 1e6:.1f} MB, {best.seconds:.2f} s, "
                    f"{rows / best.seconds:,.0f} rows/s, "
                    f"{rows / best.cpu_s:,.0f} rows per second of the hub's processor, {above_mb:.0f} MB above idle"
                )
        finally:
            server.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
