"""The cache of whole responses: `python -m bench.hot`. W7 is a hot public query, W8 a herd on a cold and on an old key.

W7 sets it against raw ASGI under the hub's own server and against FastAPI, which answer the same bytes; all are asked
the same by one client, by turns. The client is a loop over raw sockets that costs less than any server, so that
requests per second tell of the server. W8 sends 500 requests at once and counts in the hub's own metrics how often the
operation was executed.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import secrets
import select
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import orjson

from bench.client import Asked, Connection
from bench.processes import Server, free_port, pin
from bench.results import Section
from sample.write import write_city

ROOT = Path(__file__).resolve().parent.parent
SERVER_CORE, LOAD_CORE = 0, 1
CONNECTIONS = 16
ROUNDS = 7
SLICE_S = 1.5
WARM_UP_S = 0.5
TAIL_BYTES = 12
"""`ms` and `calls` of the source, which stand at the end of an answer, change when it is renewed."""
HERD = 500
HERD_ROUNDS = 5
FRESH_S = 61
"""A little longer than complaints are fresh for."""

ROWS = (1, 20, 100)
ABOUT = """\
`python -m bench.hot`. W7 asks the hub, in its prod profile, and two that answer the same bytes, by turns: raw ASGI
under the hub's own server, which reads the body and does not look at it, and FastAPI; each has one core, the client the
other. What is meant is 1.3 times the processor time of raw ASGI at most. Until a parser of the hub's own in front of
the HTTP server was given up, since two parsers may differ on where a request ends, W7 served 4.0 to 4.6 times what
FastAPI does. W8 sends 500 requests for one key at once; `executions` are those of the operation, by the hub's own
count. An expired key is answered with what is old, and renewed behind."""
HOT = """query Hot($first: Int!) { complaints(first: $first) {
  nodes { ticketNumber status statusLabel requestedAt category { name } area { name } } } }"""
HERD_QUERY = HOT.replace("Hot", "Herd")
ANONYMOUS = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """One slice of one server."""

    requests_per_s: float
    cpu_us: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=("W7", "W8"))
    only = parser.parse_args().only
    section = Section("W7 and W8: answers that are kept", ABOUT)
    if (os.cpu_count() or 1) > 1:
        pin(0, LOAD_CORE)
    with tempfile.TemporaryDirectory(prefix="simpul-hot-") as name:
        folder = Path(name)
        hub = _hub(folder)
        try:
            if only != "W8":
                _w7(hub, folder, section)
            if only != "W7":
                asyncio.run(_w8(hub, section))
        finally:
            hub.stop()
    if only is None:
        section.put()


def _hub(folder: Path) -> Server:
    """The hub in its prod profile over two departments of the small sample city."""
    write_city("small", folder)
    port = free_port()
    environment = {
        "HUB_PROFILE": "prod",
        "HUB_SECRET": secrets.token_hex(32),
        "HUB_PORT": str(port),
        "HUB_DATABASE_URL": f"sqlite:///{folder / 'hub.db'}",
        "HUB_SOURCE_AREAS_URL": f"sqlite:///{folder / 'areas.db'}",
        "HUB_SOURCE_COMPLAINTS_URL": f"sqlite:///{folder / 'complaints.db'}",
        "HUB_DEADLINE_MS": "20000",
        # One client asks for all: its budget is not what is measured.
        "HUB_BUDGET_SCALE": "1000000",
    }
    settings = ["env", *(f"{name}={value}" for name, value in environment.items()), sys.executable, "cli.py"]
    subprocess.run([*settings, "migrate"], cwd=ROOT, check=True, capture_output=True, timeout=60)  # noqa: S603  # our own command
    return Server.start("hub", [*settings, "serve"], port, core=SERVER_CORE, folder=folder)


# --- W7 ---------------------------------------------------------------------------------------------------------------


def _w7(hub: Server, folder: Path, section: Section) -> None:
    section.say(
        "### W7: a hot public query against constant bytes",
        "",
        "| answer | requests per s: hub | raw ASGI | FastAPI | CPU us: hub | raw ASGI | times | FastAPI | times |",
        "|---|---|---|---|---|---|---|---|---|",
    )
    for rows in ROWS:
        body = _body(HOT, rows)
        answer = asyncio.run(_answer(hub.port, body))
        file = folder / f"answer.{rows}"
        file.write_bytes(answer)
        with _constant(file, folder) as peers:
            section.say(_compared(f"{len(answer) / 1000:.1f} kB", body, answer, [hub, *peers]))
    section.say("")


@contextmanager
def _constant(file: Path, folder: Path) -> Iterator[list[Server]]:
    """Raw ASGI and FastAPI, which answer with this file."""
    ports, python = [free_port(), free_port()], [sys.executable, "-m"]
    commands = [
        [*python, "bench.servers.raw_asgi", str(file), str(ports[0])],
        [*python, "bench.servers.constant", "--database-url", str(file), "--port", str(ports[1])],
    ]
    with ExitStack() as stack:
        peers = []
        for name, command, port in zip(("raw", "fastapi"), commands, ports, strict=True):
            peers.append(Server.start(name, command, port, core=SERVER_CORE, folder=folder))
            stack.callback(peers[-1].stop)
        yield peers


def _compared(name: str, body: bytes, answer: bytes, servers: Sequence[Server]) -> str:
    found: dict[str, list[Sample]] = {server.name: [] for server in servers}
    for server in servers:
        _slice(server, body, answer, WARM_UP_S)
    for turn in range(ROUNDS):
        for server in servers if turn % 2 else reversed(servers):
            found[server.name].append(_slice(server, body, answer, SLICE_S))
    many, many_raw, many_fastapi = (_median([one.requests_per_s for one in all_]) for all_ in found.values())
    ours, raw, fastapi = (_median([one.cpu_us for one in all_]) for all_ in found.values())
    spread = [one.cpu_us for one in found[servers[0].name]]
    return (
        f"| {name} | {many:,.0f} | {many_raw:,.0f} | {many_fastapi:,.0f} | {ours:.0f} ({min(spread):.0f} to "
        f"{max(spread):.0f}) | {raw:.0f} | **{ours / raw:.2f}** | {fastapi:.0f} | {ours / fastapi:.2f} |"
    )


def _median(figures: Sequence[float]) -> float:
    return statistics.median(figures)


def _slice(server: Server, body: bytes, answer: bytes, seconds: float) -> Sample:
    before_s, started = server.cpu_s, time.perf_counter()
    requests = _loop(server.port, _request(body), answer[-TAIL_BYTES:], seconds)
    elapsed_s = time.perf_counter() - started
    return Sample(requests / elapsed_s, (server.cpu_s - before_s) * 1e6 / requests)


def _loop(port: int, request: bytes, tail: bytes, seconds: float) -> int:
    """Keep one request on each connection; how many were answered, one at least. An answer is whole with its tail.

    It knows no more of HTTP than it needs, so that it costs less than the server. Raises ValueError for any but 200.
    """
    poll = select.epoll()
    open_ = [socket.create_connection(("127.0.0.1", port)) for _ in range(CONNECTIONS)]
    by_number = {connection.fileno(): connection for connection in open_}
    begun: dict[int, bytes] = {}
    for number, connection in by_number.items():
        poll.register(number, select.EPOLLIN)
        connection.sendall(request)
    answered = 0
    ends = time.perf_counter() + seconds
    while time.perf_counter() < ends or not answered:
        for number, _ in poll.poll(1.0):
            connection = by_number[number]
            received = begun.pop(number, b"") + connection.recv(262_144)
            if not received.startswith(b"HTTP/1.1 200"):
                raise ValueError(f"the server answered {received[:200]!r}")
            if received.endswith(tail):
                answered += 1
                connection.sendall(request)
            else:
                begun[number] = received
    poll.close()
    for connection in open_:
        connection.close()
    return answered


def _body(query: str, rows: int) -> bytes:
    return orjson.dumps({"query": " ".join(query.split()), "variables": {"first": rows}})


def _request(body: bytes) -> bytes:
    head = (
        "POST /graphql HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nAccept: application/json\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


async def _answer(port: int, body: bytes) -> bytes:
    connection = await Connection.open(port)
    try:
        return await connection.ask(Asked(ANONYMOUS, body))
    finally:
        connection.close()


# --- W8 ---------------------------------------------------------------------------------------------------------------


async def _w8(hub: Server, section: Section) -> None:
    section.say(
        f"### W8: a herd of {HERD} at once",
        "",
        "| key | executions | median ms | p99 ms | last ms |",
        "|---|---|---|---|---|",
    )
    connections = [await Connection.open(hub.port) for _ in range(HERD)]
    try:
        for number in range(HERD_ROUNDS):
            section.say(await _herd("cold", hub, connections, _body(HERD_QUERY, 20 + number)))
        for connection in connections:
            connection.close()
        await asyncio.sleep(FRESH_S)
        connections = [await Connection.open(hub.port) for _ in range(HERD)]
        section.say(await _herd("expired", hub, connections, _body(HERD_QUERY, 20)))
    finally:
        for connection in connections:
            connection.close()


async def _herd(name: str, hub: Server, connections: Sequence[Connection], body: bytes) -> str:
    before = _executions(hub.port)
    started = time.perf_counter()

    async def ask(connection: Connection) -> float:
        await connection.ask(Asked(ANONYMOUS, body))
        return (time.perf_counter() - started) * 1000

    taken_ms = sorted(await asyncio.gather(*map(ask, connections)))
    executions = _executions(hub.port) - before
    p99_ms = taken_ms[len(taken_ms) * 99 // 100]
    return f"| {name} | {executions:.0f} | {statistics.median(taken_ms):.0f} | {p99_ms:.0f} | {taken_ms[-1]:.0f} |"


def _executions(port: int) -> float:
    """How often the operation of the herd was executed, by the hub's own count."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        text = answer.read().decode()
    found = re.findall(r'^simpul_operations_total\{[^}]*operation="Herd"[^}]*\} (\S+)$', text, re.MULTILINE)
    return sum(map(float, found))


if __name__ == "__main__":
    main()
