"""SIGTERM under load: the process stops, and every request in flight has its answer."""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from pathlib import Path

import httpx2
import pytest

from settings import ROOT
from tests.faults.city import environment, prepared
from tests.faults.proxy import Mode, all_proxied
from tests.faults.question import QUESTION, SIX
from tests.graph.harness import Urls

IN_FLIGHT = 12
LATENCY_S = 0.2
STOPPED_S_MAX = 20.0


@pytest.fixture
def own_folder(tmp_path: Path) -> Path:
    """A folder with a database of the hub's own in it, migrated."""
    return prepared(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM that a process could handle")
async def test_a_stop_under_load_fails_no_request_in_flight(
    urls: Urls, own_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with all_proxied(urls) as proxies:
        environ = environment(urls, proxies, own_folder, HUB_PORT="0", HUB_DEADLINE_MS="10000")
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        hub = await asyncio.create_subprocess_exec(
            sys.executable, "-u", "cli.py", "serve", cwd=ROOT,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            assert hub.stdout is not None
            found = re.match(rb"Simpul serves at (\S+) ", await hub.stdout.readline())
            assert found is not None
            async with httpx2.AsyncClient(base_url=found[1].decode(), timeout=STOPPED_S_MAX) as client:
                # Until it has started, and knows its sources.
                assert (await client.get("/health/ready")).status_code == 200
                for name in SIX:
                    proxies[name].latency_s = LATENCY_S
                    await proxies[name].switch(Mode.LATENCY)
                bodies = [{"query": QUESTION, "variables": {"first": first}} for first in range(1, IN_FLIGHT + 1)]
                asking = [asyncio.create_task(client.post("/graphql", json=body)) for body in bodies]
                await asyncio.sleep(LATENCY_S / 2)
                assert not any(task.done() for task in asking)
                hub.send_signal(signal.SIGTERM)
                answers = await asyncio.gather(*asking)
        finally:
            if hub.returncode is None:
                hub.send_signal(signal.SIGTERM)
            _, err = await asyncio.wait_for(hub.communicate(), STOPPED_S_MAX)
    assert [(answer.status_code, "errors" in answer.json()) for answer in answers] == [(200, False)] * IN_FLIGHT
    assert hub.returncode in (0, -signal.SIGTERM)
    assert b"Traceback" not in err
