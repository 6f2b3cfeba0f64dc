"""Profiles: which functions of the hub a workload's processor time goes into."""

from __future__ import annotations

import asyncio
import io
import pstats
import signal
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

from bench.client import run_slice
from bench.targets import Asker, Target
from bench.workloads import Workload

WARM_UP_REQUESTS = 20
REQUESTS = 200
FUNCTIONS_SHOWN = 45


def profiled(target: Target, workload: Workload, asker: Asker, folder: Path, core: int) -> str:
    """Start the hub once more under cProfile, ask it a few hundred times, and return the tables of functions.

    The profiler makes small functions look more expensive than they are: read it as an order, not as times.
    """
    stats = folder / "profile"
    command = (sys.executable, "-m", "bench.servers.under_profile", str(stats), *target.command[2:])
    server = replace(target, name="profiled", command=command).start(folder, core)
    asked = partial(asker.ask, workload, target.kind)
    try:
        asyncio.run(run_slice(server.port, asked, 1, 0.0, WARM_UP_REQUESTS))
        server.process.send_signal(signal.SIGUSR1)
        asyncio.run(run_slice(server.port, asked, 1, 0.0, REQUESTS))
    finally:
        server.stop()
    out = io.StringIO()
    for order in ("tottime", "cumulative"):
        pstats.Stats(str(stats), stream=out).sort_stats(order).print_stats(FUNCTIONS_SHOWN)
    return out.getvalue()
