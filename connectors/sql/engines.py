"""Engines: a URL and a load contract -> a pool of read-only sessions with the server's own time limit."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from connectors.kinds import SourceUrlError
from connectors.load import LoadContract
from connectors.sql.dialects import DIALECTS, Dialect

CONNECT_TIMEOUT_S = 3
POOL_WAIT_S = 2
POOL_RECYCLE_S = 300
PREPARED_STATEMENTS_MAX = 200

SQLITE_STEPS_PER_LOOK = 10_000
"""How many steps SQLite's machine takes between two looks at the clock: well below a millisecond of work."""


def dialect_of(url: str) -> Dialect:
    """The dialect that a URL names."""
    dialect = DIALECTS.get(_parsed(url).get_backend_name())
    if dialect is None or dialect.name not in _CONNECT_ARGUMENTS:
        raise SourceUrlError(f"The scheme of the URL must be one of {', '.join(sorted(_CONNECT_ARGUMENTS))}.")
    return dialect


def engine_for(url: str, load: LoadContract) -> AsyncEngine:
    """A pool of at most `connections_max` read-only connections. Nothing is opened before the first statement."""
    dialect = dialect_of(url)
    target, arguments = _CONNECT_ARGUMENTS[dialect.name](_parsed(url), load)
    engine = create_async_engine(
        target,
        connect_args=arguments,
        pool_size=load.connections_max,
        max_overflow=0,
        pool_timeout=POOL_WAIT_S,
        pool_recycle=POOL_RECYCLE_S,
        isolation_level="AUTOCOMMIT",
    )
    if dialect.name == "sqlite":
        _watch(engine.sync_engine, load)
    return engine


def _parsed(url: str) -> URL:
    try:
        return make_url(url)
    except ArgumentError:
        raise SourceUrlError(
            "The URL cannot be read. Write it like postgresql://user@host:5432/database or sqlite:///path/to/file.db."
        ) from None


def _sqlite(url: URL, load: LoadContract) -> tuple[URL, dict[str, Any]]:  # noqa: ARG001  # all three have one signature
    # As a URI, whose path may hold signs that mean something else in a URL.
    location = Path(url.database or "").resolve().as_uri()
    target = URL.create("sqlite+aiosqlite", database=location, query={"mode": "ro", "uri": "true"})
    return target, {"timeout": CONNECT_TIMEOUT_S}


def _postgresql(url: URL, load: LoadContract) -> tuple[URL, dict[str, Any]]:
    settings = {
        "application_name": "simpul",
        "default_transaction_read_only": "on",
        "statement_timeout": str(load.statement_ms_max),
        "jit": "off",  # compiling costs more than these short statements take
    }
    arguments = {
        "timeout": CONNECT_TIMEOUT_S,
        "server_settings": settings,
        "prepared_statement_cache_size": PREPARED_STATEMENTS_MAX,
    }
    return url.set(drivername="postgresql+asyncpg"), arguments


def _mariadb(url: URL, load: LoadContract) -> tuple[URL, dict[str, Any]]:
    session = f"SET SESSION max_statement_time = {load.statement_ms_max / 1000:.3f}, SESSION tx_read_only = 1"
    arguments = {"connect_timeout": CONNECT_TIMEOUT_S, "charset": "utf8mb4", "init_command": session}
    return url.set(drivername="mysql+asyncmy"), arguments


_CONNECT_ARGUMENTS: dict[str, Callable[[URL, LoadContract], tuple[URL, dict[str, Any]]]] = {
    "sqlite": _sqlite,
    "postgresql": _postgresql,
    "mariadb": _mariadb,
}


def _watch(engine: sa.Engine, load: LoadContract) -> None:
    """What a server would do by itself: SQLite's statements get a time limit, and texts any bytes.

    One invalid byte must not fail a page: it stays as an escape that the decoders see.
    """

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
