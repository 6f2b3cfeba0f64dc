"""Engines: a URL and a load contract -> an SQLAlchemy engine for looks at the catalog, read-only and time-limited."""

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
from connectors.sql.sessions.opening import SQLITE_STEPS_PER_LOOK, mariadb_arguments, postgres_arguments, sqlite_target
from connectors.sql.sessions.protocol import CONNECT_TIMEOUT_S


def dialect_of(url: str) -> Dialect:
    """The dialect of a URL."""
    dialect = DIALECTS.get(parsed_url(url).get_backend_name())
    if dialect is None:
        raise SourceUrlError(f"The scheme of the URL must be one of {', '.join(sorted(DIALECTS))}.")
    return dialect


def engine_for(url: str, load: LoadContract) -> AsyncEngine:
    """An engine for looks at the catalog. It opens each read-only connection on demand and closes it.

    Reads use pool.py, because an engine costs more than their statements. Raises SourceUrlError for a dialect with
    catalog queries of our own.
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
    """Give SQLite a time limit for statements, and let its texts hold any bytes."""

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
    """The time limit of the statement that runs on a connection."""

    ends_at_s: float = math.inf

    def is_over(self) -> bool:
        return time.monotonic() > self.ends_at_s
