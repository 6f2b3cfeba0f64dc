"""Reads that are abandoned at any moment, while their connection is being opened too, leave nothing that runs on."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

from connectors.sql.connector import SqlConnector
from tests.connectors.conformance.kinds import LOAD, TABLE, sqlite
from tests.connectors.reading import read

TIMES = 12


def workers() -> int:
    """The threads of SQLite's driver: one that is left keeps a process from ending."""
    return sum("_connection_worker_thread" in thread.name for thread in threading.enumerate())


async def test_no_thread_of_the_driver_is_left(tmp_path: Path) -> None:
    before = workers()
    async with sqlite("", tmp_path) as opened:
        assert isinstance(opened.connector, SqlConnector)
        for turns in range(TIMES):
            connector = SqlConnector(f"sqlite:///{(tmp_path / 'catatan.db').as_posix()}", LOAD)
            reads = [asyncio.ensure_future(read(connector, TABLE)) for _ in range(6)]
            for _ in range(turns):
                await asyncio.sleep(0.0002)
            for one in reads[::2]:
                one.cancel()
            await asyncio.wait(reads)
            await connector.close()
    async with asyncio.timeout(5):
        while workers() > before:  # noqa: ASYNC110  # a thread has no event to wait for
            await asyncio.sleep(0.01)
