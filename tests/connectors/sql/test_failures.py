"""What a driver's errors mean: a server that went away is asked again, and one that refuses is there."""

from __future__ import annotations

import asyncpg
import pytest

from connectors.protocol import SourceBroken, SourceFailure, SourceTimeout, SourceUnreachable
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
