"""Failures: what the errors of each driver mean to the hub."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

import asyncmy
import asyncpg
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from connectors.protocol import SourceBroken, SourceFailure, SourceTimeout, SourceUnreachable
from connectors.sql.sessions import is_of_mariadb_itself
from connectors.sql.sessions_sqlserver import LOST


def failure_of(error: Exception, dialect: str) -> SourceFailure:
    """What a driver's error means to the hub, wrapped or not; the driver's own text stays in the cause."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        return _DRIVER_FAILURES[dialect](error.orig)
    if isinstance(error, SQLAlchemyError):
        return SourceBroken(type(error).__name__)
    return _DRIVER_FAILURES[dialect](error)


def _sqlite_failure(error: BaseException) -> SourceFailure:
    if not isinstance(error, sqlite3.Error):
        return _unforeseen(error)
    # The low byte is the kind of error, the rest says more about it.
    kind = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if kind == sqlite3.SQLITE_INTERRUPT:
        return SourceTimeout(type(error).__name__)
    return (SourceBroken if kind == sqlite3.SQLITE_ERROR else SourceUnreachable)(type(error).__name__)


def _postgresql_failure(error: BaseException) -> SourceFailure:
    state = getattr(error, "sqlstate", None)
    if not isinstance(state, str):
        # A closed connection, or one whose end the server has just announced; what is a ValueError too is a parameter
        # that the driver cannot write.
        lost = isinstance(error, asyncpg.InterfaceError | asyncpg.InternalClientError)
        lost = lost and not isinstance(error, ValueError)
        return SourceUnreachable(type(error).__name__) if lost else _unforeseen(error)
    if state in _POSTGRESQL_TIMEOUTS:
        return SourceTimeout(state)
    return (SourceUnreachable if state[:2] in _POSTGRESQL_UNREACHABLE else SourceBroken)(state)


def _mariadb_failure(error: BaseException) -> SourceFailure:
    if not isinstance(error, asyncmy.errors.Error):
        return _unforeseen(error)
    number = error.args[0] if error.args else None
    if number in _MARIADB_TIMEOUTS:
        return SourceTimeout(str(number))
    refused = is_of_mariadb_itself(error) and number not in _MARIADB_LOST
    return (SourceBroken if refused else SourceUnreachable)(f"{type(error).__name__} {number}")


def _sql_server_failure(error: BaseException) -> SourceFailure:
    said = getattr(error, "driver_error", None)
    if not isinstance(said, str):
        return _unforeseen(error)
    if "Failed to load the driver" in getattr(error, "ddbc_error", ""):
        return SourceBroken("a library that the driver of SQL Server needs is missing: see docs/operating.md")
    if said in _SQL_SERVER_TIMEOUTS:
        return SourceTimeout(said)
    return (SourceUnreachable if said in LOST or said == "Serialization failure" else SourceBroken)(said)


def _oracle_failure(error: BaseException) -> SourceFailure:
    code = getattr(error.args[0], "full_code", None) if error.args else None
    if not isinstance(code, str):
        return _unforeseen(error)
    if code in _ORACLE_TIMEOUTS:
        return SourceTimeout(code)
    away = code in _ORACLE_UNREACHABLE or code.startswith("DPY-6")
    return (SourceUnreachable if away else SourceBroken)(code)


def _unforeseen(error: BaseException) -> SourceFailure:
    """What no server said: the network failed, or the driver did."""
    away = isinstance(error, OSError | EOFError | TimeoutError)
    return (SourceUnreachable if away else SourceBroken)(type(error).__name__)


_DRIVER_FAILURES: dict[str, Callable[[BaseException], SourceFailure]] = {
    "sqlite": _sqlite_failure,
    "postgresql": _postgresql_failure,
    "mariadb": _mariadb_failure,
    "mssql": _sql_server_failure,
    "oracle": _oracle_failure,
}

_POSTGRESQL_TIMEOUTS = frozenset({"57014", "55P03"})
"""Cancelled by statement_timeout; a lock that was not to be had."""

_POSTGRESQL_UNREACHABLE = frozenset({"08", "28", "3D", "40", "53", "57"})
"""Classes: connection, password, unknown database, rolled back, out of resources, shutting down."""

_MARIADB_TIMEOUTS = frozenset({1205, 1317, 1969, 3024})
"""A lock that was not to be had; interrupted; max_statement_time in MariaDB and in MySQL."""

_MARIADB_LOST = frozenset({1040, 1044, 1045, 1049, 1053, 1129, 1130, 1152, 1158, 1159, 1160, 1161, 1203, 1213, 1226})
"""Too many connections, not let in, unknown database, shutting down, host blocked, packets lost, deadlock."""

_SQL_SERVER_TIMEOUTS = frozenset({"Timeout expired", "Operation canceled"})

_ORACLE_TIMEOUTS = frozenset({"DPY-4024", "ORA-00040", "ORA-00054", "ORA-01013", "ORA-30006"})
"""The time of a trip; the server's own limit of time; a lock that was not to be had, at once or in time; cancelled."""

_ORACLE_UNREACHABLE = frozenset({
    "DPY-1001", "DPY-4011", "ORA-00018", "ORA-00020", "ORA-00060", "ORA-01005", "ORA-01017", "ORA-01033", "ORA-01034",
    "ORA-01035", "ORA-01045", "ORA-01089", "ORA-01090", "ORA-01555", "ORA-02391", "ORA-04031", "ORA-28000", "ORA-28001",
})  # fmt: skip
"""Not connected, connection lost; too many sessions or processes, deadlock, not let in, starting, shutting down, a
snapshot too old, too many sessions of one user, out of memory, account locked, password expired. DPY-6: connecting."""
