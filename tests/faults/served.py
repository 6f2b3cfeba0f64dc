"""The six departments behind proxies, and the hub before them in a process of its own, as it is in production.

What is measured of it is the hub's own time: whoever asks, and the proxies, have the other core.
"""

from __future__ import annotations

import asyncio
import sys
import urllib.request
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import orjson
from prometheus_client.parser import text_string_to_metric_families

from bench.client import Asked, Connection
from bench.processes import Server, free_port, pin
from connectors.guard.breaker import BreakerState
from tests.faults.city import environment
from tests.faults.proxy import Proxy, all_proxied, heal
from tests.faults.question import Asker
from tests.graph.harness import Urls

HUB_CORE, REST_CORE = 0, 1
METRICS_S_MAX = 5.0


@dataclass(frozen=True, slots=True)
class Door:
    """How the hub sees a source, by its metrics."""

    breaker: BreakerState = BreakerState.CLOSED
    probes: int = 0


@dataclass(slots=True)
class ServedDepartments(Asker):
    """The hub as a server, and the proxies by source."""

    server: Server
    proxies: dict[str, Proxy]
    _idle: list[Connection] = field(default_factory=list)

    async def send(self, query: str, variables: Mapping[str, object]) -> tuple[int, bytes]:
        """Raises Unanswered for any status but 200."""
        headers = "".join(f"{name}: {value}\r\n" for name, value in self.headers.items())
        connection = self._idle.pop() if self._idle else await Connection.open(self.server.port)
        body = await connection.ask(Asked(headers, orjson.dumps({"query": query, "variables": variables})))
        self._idle.append(connection)
        return 200, body

    async def door(self, source: str) -> Door:
        """How the hub sees a source now."""
        text = await asyncio.to_thread(self._metrics)
        state, probes = BreakerState.CLOSED, 0
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if sample.labels.get("source") != source:
                    continue
                if sample.name == "simpul_source_breaker" and sample.value:
                    state = BreakerState(sample.labels["state"])
                if sample.name == "simpul_source_probes_total":
                    probes = int(sample.value)
        return Door(state, probes)

    def _metrics(self) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.server.port}/metrics", timeout=METRICS_S_MAX) as answer:
            text: str = answer.read().decode()
        return text

    def close(self) -> None:
        for connection in self._idle:
            connection.close()
        self.server.stop()


@asynccontextmanager
async def served_departments(urls: Urls, folder: Path, **more: str) -> AsyncIterator[ServedDepartments]:
    """A hub as a server over sources behind proxies, which has settled, and whoever asks it knows the truth.

    Its own database, migrated, lies in the folder.
    """
    pin(0, REST_CORE)
    async with all_proxied(urls) as proxies:
        port = free_port()
        settings = environment(urls, proxies, folder, HUB_PORT=str(port), **more)
        served = ServedDepartments(await asyncio.to_thread(_started, settings, port, folder), proxies)
        try:
            await asyncio.to_thread(served.server.settle)
            await served.learn()
            yield served
        finally:
            await heal(proxies.values())
            await asyncio.to_thread(served.close)


def _started(settings: Mapping[str, str], port: int, folder: Path) -> Server:
    command = ["env", *(f"{name}={value}" for name, value in settings.items()), sys.executable, "cli.py", "serve"]
    return Server.start("hub", command, port, core=HUB_CORE, folder=folder)
