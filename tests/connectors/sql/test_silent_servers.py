"""A server that lets a connection in and says nothing more is waited for no longer than for the connection."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest
from sqlalchemy.engine import URL

from connectors.load import LoadContract
from connectors.protocol import SourceUnreachable
from connectors.sql.failures import failure_of
from connectors.sql.sessions import opening as sessions
from connectors.sql.sessions.opening import opener_of

SHORT_S = 0.05
SOON_S = 5.0


@pytest.mark.parametrize(("dialect", "driver"), [("postgresql", "postgresql"), ("mariadb", "mysql")])
async def test_a_silent_server(dialect: str, driver: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "CONNECT_TIMEOUT_S", SHORT_S)
    async with AsyncExitStack() as stack:

        async def let_in(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            stack.callback(writer.close)

        silent = await asyncio.start_server(let_in, "127.0.0.1", 0)
        stack.callback(silent.close)
        url = URL.create(driver, "hub", "secret", "127.0.0.1", silent.sockets[0].getsockname()[1], "city")
        opening = asyncio.ensure_future(opener_of(dialect, url, LoadContract())())
        done, _ = await asyncio.wait({opening}, timeout=SOON_S)
        assert done
    error = opening.exception()
    assert isinstance(error, Exception)
    assert isinstance(failure_of(error, dialect), SourceUnreachable)
