"""What a driver's errors mean: a server that went away is asked again, and one that refuses is there."""

from __future__ import annotations

import socket
from typing import Any

import asyncpg
import pytest
import sqlalchemy as sa

from connectors.load import LoadContract
from connectors.protocol import SourceBroken, SourceFailure, SourceTimeout, SourceUnreachable
from connectors.sql.connector import SqlConnector
from connectors.sql.failures import failure_of


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (asyncpg.InterfaceError("connection is closed"), SourceUnreachable),
        # What it says of a statement that comes just after the server has said that it shuts down.
        (
            asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress"),
            SourceUnreachable,
        ),
        (asyncpg.AdminShutdownError("terminating connection"), SourceUnreachable),
        (asyncpg.DataError("invalid input for query argument $1"), SourceBroken),
        (asyncpg.QueryCanceledError("canceling statement due to statement timeout"), SourceTimeout),
        (asyncpg.UndefinedColumnError("column does not exist"), SourceBroken),
        (ConnectionResetError(), SourceUnreachable),
    ],
    ids=lambda given: type(given).__name__ if isinstance(given, Exception) else None,
)
def test_errors_of_postgresql(error: Exception, kind: type[SourceFailure]) -> None:
    assert type(failure_of(error, "postgresql")) is kind


def test_a_password_a_database_and_a_port_fail_in_different_words() -> None:
    refused = "nothing listens at this host and port"
    assert [str(failure_of(error, "postgresql")) for error in (
        asyncpg.InvalidPasswordError("password authentication failed"),
        asyncpg.InvalidCatalogNameError("database does not exist"),
        ConnectionRefusedError(),
        socket.gaierror(),
    )] == [
        "the user or the password is wrong (28P01)",
        "the server has no such database (3D000)",
        f"{refused} (ConnectionRefusedError)",
        "there is no host of this name (gaierror)",
    ]  # fmt: skip


@pytest.fixture(params=["postgres_server", "mariadb_server"])
def server(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(request.param)
    return url


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"username": "nobody_here", "password": "wrong"}, "the user or the password is wrong"),
        ({"database": "tidak_ada"}, "the server has no such database"),
        ({"port": 1}, "nothing listens at this host and port"),
    ],
    ids=["password", "database", "port"],
)
async def test_servers_say_why_they_let_nobody_in(server: str, changed: dict[str, Any], words: str) -> None:
    if server.startswith("postgresql") and "username" in changed:
        # A server that trusts this host asks for no password, and says of the user alone.
        words = "(28"
    url = sa.make_url(server).set(**changed).render_as_string(hide_password=False)
    connector = SqlConnector(url, LoadContract())
    try:
        with pytest.raises(SourceUnreachable) as failure:
            await connector.probe()
    finally:
        await connector.close()
    assert words in str(failure.value)
    assert "wrong'" not in str(failure.value)
