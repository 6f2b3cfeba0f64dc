"""Engines: a URL and a load contract -> what looks at the tables of a database, read-only, within its time limit."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from connectors.kinds import SourceUrlError
from connectors.load import LoadContract
from connectors.sql.dialects import DIALECTS, Dialect
from connectors.sql.session_protocol import CONNECT_TIMEOUT_S
from connectors.sql.sessions import SQLITE_STEPS_PER_LOOK, mariadb_arguments, postgres_arguments, sqlite_target


def dialect_of(url: str) -> Dialect:
    """The dialect that a URL names."""
    dialect = DIALECTS.get(parsed_url(url).get_backend_name())
    if dialect is None:
        raise SourceUrlError(f"The scheme of the URL must be one of {', '.join(sorted(DIALECTS))}.")
    return dialect


def engine_for(url: str, load: LoadContract) -> AsyncEngine:
    """What looks at the tables of a database. Each connection is opened when it is needed, read-only, and closed.

    Reads go another way, through pool.py: an engine costs them more than their statements do. Raises SourceUrlError for
    a database whose catalog is read by that way too.
    """
    dialect = dialect_of(url)
    if dialect.name not in _CONNECT_ARGUMENTS:
        raise SourceUrlError(f"For this, the scheme of the URL must be one of {', '.join(sorted(_CONNECT_ARGUMENTS))}.")
    target, arguments = _CONNECT_ARGUMENTS[dialect.name](parsed_url(url), load)
    engine = create_async_engine(target, connect_args=arguments, poolclass=NullPool, isolation_level="AUTOCOMMIT")
    if dialect.name == "sqlite":
        _watch(engine.sync_engine, load)
    return engine


def parsed_url(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError:
        raise SourceUrlError(
            "The URL cannot be read. Write it like postgresql://user@host:5432/database or sqlite:///path/to/file.db."
        ) from None


def _sqlite(url: URL, load: LoadContract) -> tuple[URL, dict[str, Any]]:  # noqa: ARG001  # all three have one signature
    location, _, query = sqlite_target(url).partition("?")
    target = URL.create("sqlite+aiosqlite", database=location, query=dict([query.split("=")]) | {"uri": "true"})
    return target, {"timeout": CONNECT_TIMEOUT_S}


def _postgresql(url: URL, load: LoadContract) -> tuple[URL, dict[str, Any]]:
    return url.set(drivername="postgresql+asyncpg"), postgres_arguments(load)


def _mariadb(url: URL, load: LoadContract) -> tuple[URL, dict[str, Any]]:
    return url.set(drivername="mysql+asyncmy"), mariadb_arguments(load)


_CONNECT_ARGUMENTS: dict[str, Callable[[URL, LoadContract], tuple[URL, dict[str, Any]]]] = {
    "sqlite": _sqlite,
    "postgresql": _postgresql,
    "mariadb": _mariadb,
}


def _watch(engine: sa.Engine, load: LoadContract) -> None:
    """What a server would do by itself: SQLite's statements get a time limit, and texts any bytes."""

    def connected(connection: Any, record: Any) -> None:
        clock = record.info["clock"] = _StatementClock()
        driver = connection.driver_connection
        driver.text_factory = lambda raw: raw.decode("utf-8", "surrogateescape")
        connection.run_async(lambda _: driver.set_progress_handler(clock.is_over, SQLITE_STEPS_PER_LOOK))

    def starting(connection: sa.Connection, *_: object) -> None:
        connection.info["clock"].ends_at_s = time.monotonic() + load.statement_ms_max / 1000

    sa.event.listen(engine, "connect", connected)
    sa.event.listen(engine, "before_cursor_execute", starting)


@dataclass(slots=True)
class _StatementClock:
    """When the statement that runs on a connection has to be over."""

    ends_at_s: float = math.inf

    def is_over(self) -> bool:
        return time.monotonic() > self.ends_at_s
