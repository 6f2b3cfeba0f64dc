"""Failures: errors of each driver -> SourceFailure."""

from __future__ import annotations

import socket
import sqlite3
from collections.abc import Callable

import asyncmy
import asyncpg
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from connectors.protocol import SourceBroken, SourceFailure, SourceTimeout, SourceUnreachable
from connectors.sql.sessions.opening import is_of_mariadb_itself
from connectors.sql.sessions.sqlserver import LOST


def failure_of(error: Exception, dialect: str) -> SourceFailure:
    """The failure for a driver's error, wrapped or not; the driver's own text stays in the cause."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        return _DRIVER_FAILURES[dialect](error.orig)
    if isinstance(error, SQLAlchemyError):
        return SourceBroken(type(error).__name__)
    return _DRIVER_FAILURES[dialect](error)


def _sqlite_failure(error: BaseException) -> SourceFailure:
    if not isinstance(error, sqlite3.Error):
        return _unforeseen(error)
    # The low byte is the primary result code.
    kind = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if kind == sqlite3.SQLITE_INTERRUPT:
        return SourceTimeout(type(error).__name__, said=True)
    return (SourceBroken if kind == sqlite3.SQLITE_ERROR else SourceUnreachable)(type(error).__name__)


def _postgresql_failure(error: BaseException) -> SourceFailure:
    state = getattr(error, "sqlstate", None)
    if not isinstance(state, str):
        # A connection that is closed or closing; if it is a ValueError too, the driver cannot encode a parameter.
        lost = isinstance(error, asyncpg.InterfaceError | asyncpg.InternalClientError)
        lost = lost and not isinstance(error, ValueError)
        return SourceUnreachable(type(error).__name__) if lost else _unforeseen(error)
    if state in _POSTGRESQL_TIMEOUTS:
        return SourceTimeout(state, said=True)
    said = _with_words(state, _WORDS.get(state))
    return (SourceUnreachable if state[:2] in _POSTGRESQL_UNREACHABLE else SourceBroken)(said)


def _mariadb_failure(error: BaseException) -> SourceFailure:
    if not isinstance(error, asyncmy.errors.Error):
        return _unforeseen(error)
    number = error.args[0] if error.args else None
    if number in _MARIADB_TIMEOUTS:
        return SourceTimeout(str(number), said=True)
    refused = is_of_mariadb_itself(error) and number not in _MARIADB_LOST
    return (SourceBroken if refused else SourceUnreachable)(
        _with_words(f"{type(error).__name__} {number}", _WORDS.get(number))
    )


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
        return SourceTimeout(code, said=code.startswith("ORA-"))
    away = code in _ORACLE_UNREACHABLE or code.startswith("DPY-6")
    return (SourceUnreachable if away else SourceBroken)(_with_words(code, _WORDS.get(code)))


def _unforeseen(error: BaseException) -> SourceFailure:
    """An error of the network or the driver, not of the server."""
    away = isinstance(error, OSError | EOFError | TimeoutError)
    words = next((words for kind, words in _NETWORK.items() if isinstance(error, kind)), None)
    return (SourceUnreachable if away else SourceBroken)(_with_words(type(error).__name__, words))


def _with_words(code: str, words: str | None) -> str:
    return f"{words} ({code})" if words is not None else code


_PASSWORD = "the user or the password is wrong"  # noqa: S105  # a sentence
_DATABASE = "the server has no such database"
_HOST_REFUSED = "the server lets nobody in from this host, or not this user"
_REFUSED = "nothing listens at this host and port"
_WORDS: dict[object, str] = {
    "28P01": _PASSWORD, "28000": _HOST_REFUSED, "3D000": _DATABASE,
    1044: "the user may not use this database", 1045: _PASSWORD, 1049: _DATABASE, 1130: _HOST_REFUSED, 2003: _REFUSED,
    "ORA-01017": _PASSWORD, "DPY-6001": _DATABASE, "DPY-6005": _REFUSED,
}  # fmt: skip
"""What keeps a hub out, by the code of the server or driver."""

_NETWORK: dict[type[BaseException], str] = {
    ConnectionRefusedError: _REFUSED,
    socket.gaierror: "there is no host of this name",
}


def connection_failure(error: Exception, dialect: str) -> str | None:
    """Why a database cannot be used, in words; None for an error that is no driver's."""
    known = SQLAlchemyError | OSError | asyncpg.PostgresError | asyncpg.InterfaceError | asyncmy.errors.Error
    return str(failure_of(error, dialect)) if isinstance(error, known) else None


_DRIVER_FAILURES: dict[str, Callable[[BaseException], SourceFailure]] = {
    "sqlite": _sqlite_failure,
    "postgresql": _postgresql_failure,
    "mariadb": _mariadb_failure,
    "mssql": _sql_server_failure,
    "oracle": _oracle_failure,
}

_POSTGRESQL_TIMEOUTS = frozenset({"57014", "55P03"})
"""Cancelled by statement_timeout; lock not available."""

_POSTGRESQL_UNREACHABLE = frozenset({"08", "28", "3D", "40", "53", "57"})
"""Classes: connection, password, unknown database, rolled back, out of resources, shutting down."""

_MARIADB_TIMEOUTS = frozenset({1205, 1317, 1969, 3024})
"""Lock wait timeout; interrupted; max_statement_time in MariaDB and in MySQL."""

_MARIADB_LOST = frozenset({1040, 1044, 1045, 1049, 1053, 1129, 1130, 1152, 1158, 1159, 1160, 1161, 1203, 1213, 1226})
"""Too many connections, access denied, unknown database, shutting down, host blocked, packets lost, deadlock."""

_SQL_SERVER_TIMEOUTS = frozenset({"Timeout expired", "Operation canceled"})

_ORACLE_TIMEOUTS = frozenset({"DPY-4024", "ORA-00040", "ORA-00054", "ORA-01013", "ORA-30006"})
"""Round-trip timeout; the server's own time limit; lock not available, at once or in time; cancelled."""

_ORACLE_UNREACHABLE = frozenset({
    "DPY-1001", "DPY-4011", "ORA-00018", "ORA-00020", "ORA-00060", "ORA-01005", "ORA-01017", "ORA-01033", "ORA-01034",
    "ORA-01035", "ORA-01045", "ORA-01089", "ORA-01090", "ORA-01555", "ORA-02391", "ORA-04031", "ORA-28000", "ORA-28001",
})  # fmt: skip
"""Not connected, connection lost; too many sessions or processes, deadlock, access denied, starting, shutting down, a
snapshot too old, too many sessions of one user, out of memory, account locked, password expired. DPY-6: connecting."""
