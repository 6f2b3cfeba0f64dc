"""A hub on a port of this machine, served as in production, for clients that are other programs."""

from __future__ import annotations

import asyncio
import gc
import json
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from api.serving.connections import Connections
from api.serving.server import accepting, config_of, listening, tune_interpreter

SOON_S = 20.0


@asynccontextmanager
async def served(app: ASGIApp, connections: Connections | None = None) -> AsyncIterator[str]:
    """The application on a free port, until the end of the context; gives host and port. It is started already."""
    config = config_of(app, connections)
    config.lifespan = "off"
    server = uvicorn.Server(config)
    listener = listening("127.0.0.1", 0)
    place = f"127.0.0.1:{listener.getsockname()[1]}"
    serving = asyncio.ensure_future(server._serve(sockets=accepting(listener)))
    async with asyncio.timeout(SOON_S):
        while not server.started:  # noqa: ASYNC110  # no event tells
            await asyncio.sleep(0.01)
    try:
        yield place
    finally:
        server.should_exit = True
        await serving


@contextmanager
def tuned_as_when_serving() -> Iterator[None]:
    """Python as a process that serves has it, until the end of the context."""
    thresholds, switch_interval_s = gc.get_threshold(), sys.getswitchinterval()
    tune_interpreter()
    try:
        yield
    finally:
        sys.setswitchinterval(switch_interval_s)
        gc.set_threshold(*thresholds)
        gc.unfreeze()


async def node(folder: Path, *arguments: str, code: str | None = None) -> Any:
    """What a script of tests/peers, or `code`, prints: JSON."""
    command = ["--input-type=module", "-e", code] if code is not None else []
    process = await asyncio.create_subprocess_exec(
        "node", *command, *arguments, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(SOON_S):
        out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return json.loads(out)
