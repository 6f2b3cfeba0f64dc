"""The connector of the kind `sql`: thin execution of the statements that statements.py builds."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Sequence
from collections.abc import Mapping as Dictionary
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.criteria import CountCriteria, Criteria
from connectors.indexes import Indexes
from connectors.load import LoadContract
from connectors.mapping import Mapping
from connectors.protocol import (
    Call,
    Capabilities,
    Rows,
    SourceBroken,
    SourceFailure,
    SourceTimeout,
    SourceUnreachable,
)
from connectors.sql.capabilities import VERSION_QUERIES, declared, probed
from connectors.sql.clauses import narrowed
from connectors.sql.dialects import Dialect
from connectors.sql.engines import dialect_of, engine_for
from connectors.sql.indexes import indexes_of
from connectors.sql.parents import chunks_of
from connectors.sql.statements import Statement, Statements

OPERATION_NAME_CHARS_MAX = 60


class SqlConnector:
    """One SQL database. A statement takes one connection and gives it back; sessions are read-only and autocommit."""

    def __init__(self, url: str, load: LoadContract) -> None:
        self.dialect: Dialect = dialect_of(url)
        self.capabilities = declared(self.dialect)
        self._statements = Statements(self.dialect)
        self._engine: AsyncEngine = engine_for(url, load)

    async def probe(self) -> Capabilities:
        try:
            async with self._engine.connect() as connection:
                version = (await connection.exec_driver_sql(VERSION_QUERIES[self.dialect.name])).scalar_one()
        except (SQLAlchemyError, OSError) as error:
            raise _failure(error, self.dialect.name) from error
        self.capabilities = probed(self.dialect, str(version))
        return self.capabilities

    async def read(self, mapping: Mapping, criteria: Criteria, call: Call) -> Rows:
        if criteria.parents is None:
            statement = self._statements.select(mapping, criteria)
            return self._rows(mapping, criteria, await self._run(statement, call), statement.sorts_at)
        found: list[Sequence[Any]] = []
        sorts_at: tuple[int, ...] = ()
        for chunk in chunks_of(mapping, criteria.parents, self.capabilities.keys_max, self.dialect):
            statement = self._statements.select(mapping, criteria, chunk)
            found += await self._run(statement, call)
            sorts_at = statement.sorts_at
        return self._rows(mapping, criteria, found, sorts_at)

    async def count(self, mapping: Mapping, criteria: CountCriteria, call: Call) -> list[int]:
        if criteria.parents is None:
            return [row[0] for row in await self._run(self._statements.count(mapping, criteria), call)]
        counts = [0] * len(criteria.parents.keys)
        for chunk in chunks_of(mapping, criteria.parents, self.capabilities.keys_max, self.dialect):
            # A parent has one number for each of its keys.
            for ordinal, number in await self._run(self._statements.count(mapping, criteria, chunk), call):
                counts[ordinal] += number
        return counts

    async def columns_of(self, mapping: Mapping) -> Dictionary[str, str] | None:
        try:
            async with self._engine.connect() as connection:
                if isinstance(mapping.selectable, sa.TableClause):
                    return await connection.run_sync(_table_columns, mapping.selectable)
                return await connection.run_sync(_select_columns, mapping.selectable, self.dialect.name)
        except (SQLAlchemyError, OSError) as error:
            raise _failure(error, self.dialect.name) from error

    async def indexes_of(self, mapping: Mapping) -> Indexes:
        try:
            async with self._engine.connect() as connection:
                return await connection.run_sync(indexes_of, mapping.selectable)
        except (SQLAlchemyError, OSError) as error:
            raise _failure(error, self.dialect.name) from error

    async def close(self) -> None:
        await self._engine.dispose()

    async def _run(self, statement: Statement, call: Call) -> Sequence[Sequence[Any]]:
        text = f"/* simpul {_without_signs(call.operation_name)} */ {statement.text}"
        try:
            async with self._engine.connect() as connection:
                result = await connection.exec_driver_sql(text, statement.parameters)
                # As the driver has them: a Row for each costs as much as the rest of the reading.
                return list(result.cursor.fetchall())
        except (SQLAlchemyError, OSError) as error:
            raise _failure(error, self.dialect.name) from error

    def _rows(
        self, mapping: Mapping, criteria: Criteria, found: Sequence[Sequence[Any]], sorts_at: tuple[int, ...]
    ) -> Rows:
        """Rows as columns, by parent; those that were read backwards are turned round."""
        legacy = mapping.legacy_columns(criteria.columns)
        if not found:
            nothing = tuple(dict.fromkeys(join.legacy, ()) for join in criteria.joins)
            return Rows(0, dict.fromkeys(legacy, ()), (), (), nothing)
        turned = list(found)
        if criteria.reverse:
            turned.reverse()
        if criteria.parents is not None:
            turned.sort(key=itemgetter(0))
        columns: list[tuple[Any, ...]] = list(zip(*turned, strict=True))
        parents: Sequence[int] = columns.pop(0) if criteria.parents is not None else ()
        keyset = list(zip(*(columns[at] for at in sorts_at), strict=True))
        joined: list[dict[str, Sequence[Any]]] = []
        # They stand last, behind sort values whose number the statement alone knows.
        for join in reversed(criteria.joins):
            start = len(columns) - len(join.legacy)
            joined.insert(0, dict(zip(join.legacy, columns[start:], strict=True)))
            del columns[start:]
        return Rows(len(turned), dict(zip(legacy, columns, strict=False)), keyset, parents, tuple(joined))


def _without_signs(operation_name: str) -> str:
    """A name that cannot end the comment that it stands in, nor be taken for a parameter."""
    return re.sub(r"[^A-Za-z0-9_]", "", operation_name)[:OPERATION_NAME_CHARS_MAX]


def _table_columns(connection: sa.Connection, table: sa.TableClause) -> dict[str, str] | None:
    inspector = sa.inspect(connection)
    if not inspector.has_table(table.name, schema=table.schema):
        return None
    return {column["name"]: str(column["type"]) for column in inspector.get_columns(table.name, schema=table.schema)}


def _select_columns(connection: sa.Connection, selectable: sa.FromClause, dialect: str) -> dict[str, str] | None:
    """The columns of a select by trying: all at once, and if the source refuses, one by one. None when none is left."""
    if _answers(connection, selectable, dialect):
        return {column.key: str(column.type) for column in selectable.c}
    present = {
        column.key: str(column.type)
        for column in selectable.c
        if _answers(connection, narrowed(selectable, frozenset({column.key})), dialect)
    }
    return present or None


def _answers(connection: sa.Connection, selectable: sa.FromClause, dialect: str) -> bool:
    nothing = sa.select(selectable.alias("t")).where(sa.literal_column("1") == sa.literal_column("0"))
    try:
        connection.execute(nothing).close()
    except SQLAlchemyError as error:
        if not isinstance(_failure(error, dialect), SourceBroken):
            raise
        return False
    return True


def _failure(error: Exception, dialect: str) -> SourceFailure:
    """What a driver's error means to the hub; the driver's own text stays in the cause."""
    if isinstance(error, PoolTimeout | OSError):
        return SourceUnreachable(type(error).__name__)
    if not isinstance(error, DBAPIError):
        return SourceBroken(type(error).__name__)
    return _DRIVER_FAILURES[dialect](error)


def _sqlite_failure(error: DBAPIError) -> SourceFailure:
    # The low byte is the kind of error, the rest says more about it.
    kind = getattr(error.orig, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if kind == sqlite3.SQLITE_INTERRUPT:
        return SourceTimeout(type(error.orig).__name__)
    return (SourceBroken if kind == sqlite3.SQLITE_ERROR else SourceUnreachable)(type(error.orig).__name__)


def _postgresql_failure(error: DBAPIError) -> SourceFailure:
    state = getattr(error.orig, "sqlstate", None)
    if not isinstance(state, str):
        lost = isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated
        return (SourceUnreachable if lost else SourceBroken)(type(error.orig).__name__)
    if state in _POSTGRESQL_TIMEOUTS:
        return SourceTimeout(state)
    return (SourceUnreachable if state[:2] in _POSTGRESQL_UNREACHABLE else SourceBroken)(state)


def _mariadb_failure(error: DBAPIError) -> SourceFailure:
    number = error.orig.args[0] if error.orig is not None and error.orig.args else None
    if number in _MARIADB_TIMEOUTS:
        return SourceTimeout(str(number))
    # The server's own numbers; those of the client, 2000 to 2999, say that there is no connection.
    refused = isinstance(number, int) and (1000 <= number < 2000 or number >= 3000) and number not in _MARIADB_LOST
    return (SourceBroken if refused else SourceUnreachable)(f"{type(error.orig).__name__} {number}")


_DRIVER_FAILURES: dict[str, Callable[[DBAPIError], SourceFailure]] = {
    "sqlite": _sqlite_failure,
    "postgresql": _postgresql_failure,
    "mariadb": _mariadb_failure,
}

_POSTGRESQL_TIMEOUTS = frozenset({"57014", "55P03"})
"""Cancelled by statement_timeout; a lock that was not to be had."""

_POSTGRESQL_UNREACHABLE = frozenset({"08", "28", "3D", "40", "53", "57"})
"""Classes: connection, password, unknown database, rolled back, out of resources, shutting down."""

_MARIADB_TIMEOUTS = frozenset({1205, 1317, 1969, 3024})
"""A lock that was not to be had; interrupted; max_statement_time in MariaDB and in MySQL."""

_MARIADB_LOST = frozenset({1040, 1044, 1045, 1049, 1053, 1129, 1130, 1152, 1158, 1159, 1160, 1161, 1203, 1213, 1226})
"""Too many connections, not let in, unknown database, shutting down, host blocked, packets lost, deadlock."""
