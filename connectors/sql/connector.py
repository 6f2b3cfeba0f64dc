"""The connector of the kind `sql`: thin execution of the statements that statements.py builds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from collections.abc import Mapping as Dictionary
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.criteria import CountCriteria, Criteria
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
from connectors.sql.dialects import Dialect
from connectors.sql.engines import dialect_of, engine_for
from connectors.sql.statements import ParentChunk, Statement, Statements, chunks_of
from connectors.sources import LoadContract

POSTGRESQL_KEYS_MAX = 5_000
COMPOUND_TERMS_MAX = 500


class SqlConnector:
    """One SQL database. A statement takes one connection and gives it back; sessions are read-only and autocommit."""

    def __init__(self, url: str, load: LoadContract) -> None:
        self.dialect: Dialect = dialect_of(url)
        self.capabilities = Capabilities(
            keys_max=POSTGRESQL_KEYS_MAX if self.dialect.keys_as_arrays else COMPOUND_TERMS_MAX
        )
        self._statements = Statements(self.dialect)
        self._engine: AsyncEngine = engine_for(url, load)

    async def read(self, mapping: Mapping, criteria: Criteria, call: Call) -> Rows:
        if criteria.parents is None:
            return self._rows(mapping, criteria, await self._run(self._statements.select(mapping, criteria), call))
        parents = criteria.parents
        found: list[Sequence[Any]] = []
        for chunk in chunks_of(mapping, parents.field, parents.keys, self.capabilities.keys_max):
            found += await self._run(self._statements.select(mapping, criteria, chunk), call)
        return self._rows(mapping, criteria, found)

    async def count(self, mapping: Mapping, criteria: CountCriteria, call: Call) -> list[int]:
        if criteria.parents is None:
            return [row[0] for row in await self._run(self._statements.count(mapping, criteria), call)]
        counts = [0] * len(criteria.parents.keys)
        for chunk in chunks_of(mapping, criteria.parents.field, criteria.parents.keys, self.capabilities.keys_max):
            for ordinal, number in await self._count_chunk(mapping, criteria, chunk, call):
                counts[ordinal] += number
        return counts

    async def _count_chunk(
        self, mapping: Mapping, criteria: CountCriteria, chunk: ParentChunk, call: Call
    ) -> Sequence[Sequence[Any]]:
        return await self._run(self._statements.count(mapping, criteria, chunk), call)

    async def columns_of(self, mapping: Mapping) -> Dictionary[str, str] | None:
        try:
            async with self._engine.connect() as connection:
                if isinstance(mapping.selectable, sa.TableClause):
                    return await connection.run_sync(_table_columns, mapping.selectable.name)
                nothing = sa.select(mapping.selectable).where(sa.literal_column("1") == sa.literal_column("0"))
                await connection.execute(nothing)
                return {column.name: str(column.type) for column in mapping.selectable.c}
        except (SQLAlchemyError, OSError) as error:
            failure = _failure(error, self.dialect.name)
            if isinstance(failure, SourceBroken):
                return None
            raise failure from error

    async def close(self) -> None:
        await self._engine.dispose()

    async def _run(self, statement: Statement, call: Call) -> Sequence[Sequence[Any]]:
        text = f"/* simpul {call.operation_name} */ {statement.text}"
        try:
            async with self._engine.connect() as connection:
                result = await connection.exec_driver_sql(text, statement.parameters)
                return result.fetchall()
        except (SQLAlchemyError, OSError) as error:
            raise _failure(error, self.dialect.name) from error

    def _rows(self, mapping: Mapping, criteria: Criteria, found: Sequence[Sequence[Any]]) -> Rows:
        """Rows as columns. Rows that were read backwards are turned round, parent by parent, by reading them from the end."""
        legacy = mapping.legacy_columns(criteria.columns)
        if not found:
            return Rows(0, {name: () for name in legacy}, (), ())
        turned = list(found)
        if criteria.reverse:
            turned.reverse()
            if criteria.parents is not None:
                turned.sort(key=lambda row: row[0])
        columns: list[tuple[Any, ...]] = list(zip(*turned, strict=True))
        parents: Sequence[int] = columns.pop(0) if criteria.parents is not None else ()
        sorts = columns[len(legacy) :]
        keyset = list(zip(*sorts, strict=True))
        return Rows(len(turned), dict(zip(legacy, columns, strict=False)), keyset, parents)


def _table_columns(connection: sa.Connection, table: str) -> dict[str, str] | None:
    inspector = sa.inspect(connection)
    if not inspector.has_table(table):
        return None
    return {column["name"]: str(column["type"]) for column in inspector.get_columns(table)}


_MARIADB_TIMEOUTS = frozenset({1969, 3024, 1317, 1205})
_MARIADB_REFUSALS = frozenset({1044, 1046, 1049, 1054, 1064, 1142, 1143, 1146, 1267, 1271, 1305, 1356, 1370})


def _failure(error: Exception, dialect: str) -> SourceFailure:
    """What a driver's error means to the hub; the driver's own text stays in the cause."""
    if isinstance(error, PoolTimeout | OSError):
        return SourceUnreachable(type(error).__name__)
    if not isinstance(error, DBAPIError):
        return SourceBroken(type(error).__name__)
    return _DRIVER_FAILURES[dialect](error)


def _sqlite_failure(error: DBAPIError) -> SourceFailure:
    missing = "no such" in str(error.orig)
    return (SourceBroken if missing or not _operational(error) else SourceUnreachable)(type(error.orig).__name__)


def _operational(error: DBAPIError) -> bool:
    return isinstance(error, OperationalError | InterfaceError) or error.connection_invalidated


def _postgresql_failure(error: DBAPIError) -> SourceFailure:
    state = getattr(error.orig, "sqlstate", None)
    if not isinstance(state, str):
        return (SourceUnreachable if _operational(error) else SourceBroken)(type(error.orig).__name__)
    if state in _POSTGRESQL_TIMEOUTS:
        return SourceTimeout(state)
    return (SourceUnreachable if state[:2] in _POSTGRESQL_UNREACHABLE else SourceBroken)(state)


def _mariadb_failure(error: DBAPIError) -> SourceFailure:
    number = error.orig.args[0] if error.orig is not None and error.orig.args else None
    if number in _MARIADB_TIMEOUTS:
        return SourceTimeout(str(number))
    refused = number in _MARIADB_REFUSALS or not _operational(error)
    return (SourceBroken if refused else SourceUnreachable)(f"{type(error.orig).__name__} {number}")


_DRIVER_FAILURES: dict[str, Callable[[DBAPIError], SourceFailure]] = {
    "sqlite": _sqlite_failure,
    "postgresql": _postgresql_failure,
    "mariadb": _mariadb_failure,
}
_POSTGRESQL_TIMEOUTS = frozenset({"57014", "55P03"})
_POSTGRESQL_UNREACHABLE = frozenset({"08", "28", "3D", "40", "53", "57"})
_MARIADB_TIMEOUTS = frozenset({1205, 1317, 1969, 3024})
_MARIADB_REFUSALS = frozenset({1044, 1046, 1054, 1064, 1142, 1143, 1146, 1267, 1271, 1305, 1356, 1370})
