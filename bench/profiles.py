"""Profiles: which functions of the hub a workload's processor time goes into."""

from __future__ import annotations

import asyncio
import io
import pstats
import signal
import sys
import time
from dataclasses import replace
from functools import partial
from pathlib import Path

from bench.client import run_slice
from bench.targets import Asker, Target
from bench.workloads import Workload

WARM_UP_REQUESTS = 20
WARM_UP_S = 8.0
"""What the hub asks for itself at its start, such as plans and words for the search, is over by then."""
REQUESTS = 200
FUNCTIONS_SHOWN = 45


PARTS: dict[str, tuple[str, ...]] = {
    "decoding values": ("connectors/decoders/", "connectors/reading"),
    "building statements": ("connectors/sql/statements", "connectors/sql/lowering", "connectors/sql/parents",
                            "connectors/sql/clauses", "models/predicates", "connectors/criteria", "re/"),
    "driver, sessions, guard": ("asyncpg", "connectors/sql/", "connectors/guard", "connectors/pacing", "asyncio/"),
    "policy and reads": ("resolvers/", "models/policy", "models/records", "models/batch", "connectors/"),
    "engine": ("engine/", "schema/"),
    "arguments": ("graphql/", "strawberry/"),
    "HTTP and token": ("uvicorn", "starlette", "fastapi", "api/", "joserfc", "cryptography", "httptools", "orjson"),
    "SQLAlchemy": ("sqlalchemy",),
    "standard library": ("/lib/python3", "<frozen", "<string>"),
}  # fmt: skip
"""Parts of the hub by the paths of their modules, the first that fits; the rest is `other`."""


def shares(stats_file: Path) -> dict[str, float]:
    """Which share of the profiled time each part took by itself; what is written in C counts for who called it."""
    stats = pstats.Stats(str(stats_file)).stats  # type: ignore[attr-defined]  # the one way to its figures
    own: dict[str, float] = {}
    for (file, _, _), (_, _, own_s, _, callers) in stats.items():
        if file != "~":
            own[_part(file)] = own.get(_part(file), 0.0) + own_s
            continue
        for (caller, _, _), (_, _, its_s, _) in callers.items():
            own[_part(caller)] = own.get(_part(caller), 0.0) + its_s
    whole = sum(own.values()) or 1.0
    return {part: own.get(part, 0.0) / whole for part in (*PARTS, "other")}


def _part(file: str) -> str:
    path = file.replace("\\", "/")
    return next((part for part, marks in PARTS.items() if any(mark in path for mark in marks)), "other")


def where_time_goes(target: Target, workload: Workload, asker: Asker, folder: Path, core: int) -> dict[str, float]:
    """The shares of the parts of the hub in one workload."""
    profiled(target, workload, asker, folder, core)
    return shares(folder / "profile")


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
        time.sleep(WARM_UP_S)
        server.process.send_signal(signal.SIGUSR1)
        asyncio.run(run_slice(server.port, asked, 1, 0.0, REQUESTS))
    finally:
        server.stop()
    out = io.StringIO()
    for order in ("tottime", "cumulative"):
        pstats.Stats(str(stats), stream=out).sort_stats(order).print_stats(FUNCTIONS_SHOWN)
    return out.getvalue()
