"""A server that cuts every connection off is a server that is away, on the event loop of production as on any other."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from sqlalchemy.engine import URL
from uvicorn.loops.auto import auto_loop_factory

from connectors.load import LoadContract
from connectors.protocol import SourceFailure, SourceUnreachable
from connectors.sql.failures import failure_of
from connectors.sql.sessions.opening import opener_of

TURN_S = 0.002
"""The loop is so busy that it hears of the reset before the driver has had its next turn."""
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, auto_loop_factory()], ids=["asyncio", "production"])
@pytest.mark.parametrize(("dialect", "driver"), [("postgresql", "postgresql"), ("mariadb", "mysql")])
def test_a_server_that_resets_what_it_takes(
    dialect: str, driver: str, loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    with resetting() as port, asyncio.Runner(loop_factory=loop) as runner:
        failure = runner.run(failure_at(dialect, URL.create(driver, "hub", "secret", "127.0.0.1", port, "city")))
    assert type(failure) is SourceUnreachable


async def failure_at(dialect: str, url: URL) -> SourceFailure | None:
    async def keep_busy() -> None:
        while True:
            time.sleep(TURN_S)  # noqa: ASYNC251  # nobody else is to have a turn
            await asyncio.sleep(0)

    busy = asyncio.create_task(keep_busy())
    try:
        await opener_of(dialect, url, LoadContract())()
    except Exception as error:  # noqa: BLE001  # whatever it is, it has a meaning
        return failure_of(error, dialect)
    finally:
        busy.cancel()
    return None


@contextmanager
def resetting() -> Iterator[int]:
    """The port of a server, in a thread of its own."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    taken, _ = listener.accept()
                    taken.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
                    taken.close()

        serving = threading.Thread(target=serve, daemon=True)
        serving.start()
        try:
            yield listener.getsockname()[1]
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            serving.join()
