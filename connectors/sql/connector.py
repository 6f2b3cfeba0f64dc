"""The connector for databases: runs the statements that statements.py builds."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Mapping as Dictionary
from contextlib import AbstractAsyncContextManager
from operator import itemgetter
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.criteria import CountCriteria, Criteria, GroupCriteria, ParentKeys
from connectors.guard.connections import Connections
from connectors.indexes import Indexes
from connectors.load import LoadContract
from connectors.mapping import Mapping
from connectors.protocol import (
    Call,
    Capabilities,
    RawGroups,
    Rows,
    SourceBroken,
    SourceFailure,
    Zones,
)
from connectors.sql.capabilities import VERSION_QUERIES, declared, probed
from connectors.sql.catalogs import (
    CATALOGS,
    ZONE_QUERIES,
    catalog_columns,
    catalog_indexes,
    columns_of,
    indexes_of,
    instants_among,
    tables_in,
)
from connectors.sql.clauses import Clauses, narrowed
from connectors.sql.dialects import Dialect
from connectors.sql.engines import dialect_of, engine_for, parsed_url
from connectors.sql.failures import failure_of
from connectors.sql.groups import grouped_statement, raw_groups
from connectors.sql.parents import ParentChunk, chunks_of
from connectors.sql.plans import PREFIXES, Plan, plan_of
from connectors.sql.pool import Pool
from connectors.sql.sessions.opening import opener_of
from connectors.sql.sessions.protocol import STOP_S_MAX
from connectors.sql.statements import Statement, Statements
from connectors.sql.texts import compiled

S = TypeVar("S")
T = TypeVar("T")

OPERATION_NAME_CHARS_MAX = 60
LOOK_S_MAX = 5.0
"""The time limit of a look at the catalog."""


class SqlConnector:
    """One SQL database. Each statement takes a connection and returns it; sessions are read-only and autocommit."""

    is_local = False

    def __init__(self, url: str, load: LoadContract) -> None:
        self.dialect: Dialect = dialect_of(url)
        self.capabilities = declared(self.dialect)
        self._statements = Statements(self.dialect)
        opener = opener_of(self.dialect.name, parsed_url(url), load)
        self._pool = Pool(opener, load.connections_max, load.statements_per_second_max)
        # Dialects with catalog queries of our own need no engine.
        self._looking: set[asyncio.Task[Any]] = set()
        self._engine: AsyncEngine | None = None if self.dialect.name in CATALOGS else engine_for(url, load)

    @property
    def connections(self) -> Connections:
        return self._pool.connections

    def room(self) -> AbstractAsyncContextManager[None]:
        """Hold a connection of the load contract for a session that writes."""
        return self._pool.room()

    async def probe(self) -> Capabilities:
        try:
            # Probe on a new session: an idle one may be dead since the source went away.
            self._pool.forget_idle()
            ((version,),) = await self._pool.fetch(VERSION_QUERIES[self.dialect.name], ())
        except SourceFailure:
            raise
        except Exception as error:
            raise failure_of(error, self.dialect.name) from error
        self.capabilities = probed(self.dialect, str(version))
        return self.capabilities

    async def read(self, mapping: Mapping, criteria: Criteria, call: Call) -> Rows:
        if criteria.parents is None:
            statement = self._statements.select(mapping, criteria)
            return self._rows(mapping, criteria, await self._run(statement, call), statement.sorts_at)
        found: list[Sequence[Any]] = []
        sorts_at: tuple[int, ...] = ()
        for chunk in self._chunks(mapping, criteria, criteria.parents):
            statement = self._statements.select(mapping, criteria, chunk)
            found += await self._run(statement, call)
            sorts_at = statement.sorts_at
        return self._rows(mapping, criteria, found, sorts_at)

    async def count(self, mapping: Mapping, criteria: CountCriteria, call: Call) -> list[int]:
        if criteria.parents is None:
            return [row[0] for row in await self._run(self._statements.count(mapping, criteria), call)]
        counts = [0] * len(criteria.parents.keys)
        for chunk in self._chunks(mapping, criteria, criteria.parents):
            # A parent has one count per key.
            for ordinal, number in await self._run(self._statements.count(mapping, criteria, chunk), call):
                counts[ordinal] += number
        return counts

    def _chunks(
        self, mapping: Mapping, criteria: Criteria | CountCriteria, parents: ParentKeys
    ) -> Iterator[ParentChunk]:
        values = self._statements.values_count(mapping, criteria)
        return chunks_of(mapping, parents, self.capabilities.keys_max, self.dialect, values)

    async def groups(self, mapping: Mapping, criteria: GroupCriteria, call: Call) -> RawGroups:
        statement = grouped_statement(self.dialect, mapping, criteria)
        return raw_groups(mapping, criteria, await self._run(statement, call))

    async def columns_of(self, mapping: Mapping) -> Dictionary[str, str] | None:
        if not isinstance(mapping.selectable, sa.TableClause):
            return await self._tried(mapping.selectable)
        try:
            return await self._kinds_of(mapping.selectable)
        except SourceFailure:
            raise
        except Exception as error:
            raise failure_of(error, self.dialect.name) from error

    async def _kinds_of(self, table: sa.TableClause) -> Dictionary[str, str] | None:
        if self._engine is None:
            return await catalog_columns(self.dialect, self._pool.fetch, table)
        return await self._looked(self._engine, columns_of, table)

    async def indexes_of(self, mapping: Mapping) -> Indexes:
        try:
            if self._engine is None:
                return await catalog_indexes(self.dialect, self._pool.fetch, mapping.selectable)
            return await self._looked(self._engine, indexes_of, mapping.selectable)
        except SourceFailure:
            raise
        except Exception as error:
            raise failure_of(error, self.dialect.name) from error

    async def _looked(self, engine: AsyncEngine, look: Callable[[sa.Connection, S], T], at: S) -> T:
        """Look at the catalog on a connection of the pool's share; a cancelled caller does not interrupt it."""

        async def looking() -> T:
            async with asyncio.timeout(LOOK_S_MAX), self._pool.room(), engine.connect() as connection:
                return await connection.run_sync(look, at)

        task = asyncio.ensure_future(looking())
        self._looking.add(task)
        task.add_done_callback(self._looked_to_its_end)
        return await asyncio.shield(task)

    async def _end_looking(self) -> None:
        """Wait for looks at the catalog, and cancel those that take too long."""
        if not self._looking:
            return
        _, late = await asyncio.wait(set(self._looking), timeout=STOP_S_MAX)
        for task in late:
            task.cancel()
        if late:
            await asyncio.wait(late, timeout=STOP_S_MAX)

    def _looked_to_its_end(self, task: asyncio.Task[Any]) -> None:
        self._looking.discard(task)
        if not task.cancelled():
            # Mark the error as retrieved; the caller may have left.
            task.exception()

    def statement(self, mapping: Mapping, criteria: Criteria | CountCriteria | GroupCriteria) -> Statement | None:
        """The first statement of a question; None if the source can store no key of any parent."""
        if isinstance(criteria, GroupCriteria):
            return grouped_statement(self.dialect, mapping, criteria)
        chunk = None
        if criteria.parents is not None:
            chunk = next(self._chunks(mapping, criteria, criteria.parents), None)
            if chunk is None:
                return None
        if isinstance(criteria, CountCriteria):
            return self._statements.count(mapping, criteria, chunk)
        return self._statements.select(mapping, criteria, chunk)

    async def lacking(self, mapping: Mapping, call: Call) -> dict[str, int]:
        """The number of rows that lack each required field, where there are any."""
        clauses = Clauses(self.dialect, mapping, mapping.needed)
        no, yes = sa.literal_column("0", sa.Integer), sa.literal_column("1", sa.Integer)
        lacks = [sa.func.sum(sa.case((clauses.has(field), no), else_=yes)) for field in mapping.required]
        asked: sa.Select[Any] = sa.select(*lacks).select_from(clauses.table).where(*clauses.not_deleted())
        text, names = compiled(self.dialect, asked)
        (counts,) = await self._run(Statement(text, tuple(name.constant for name in names), ()), call)
        return {field: int(count) for field, count in zip(mapping.required, counts, strict=True) if count}

    async def zones_of(self, mapping: Mapping) -> Zones:
        """The zone of the server, and the columns of a mapping that it converts into that of a session."""
        instants: list[str] = []
        try:
            for table in sorted(tables_in(mapping.selectable), key=lambda table: table.name):
                kinds = await self._kinds_of(table) or {}
                instants += [f"{table.name}.{name}" for name in instants_among(self.dialect, kinds, table)]
            query = ZONE_QUERIES.get(self.dialect.name)
            rows = await self._pool.fetch(query, ()) if query is not None else ()
        except SourceFailure:
            raise
        except Exception as error:
            raise failure_of(error, self.dialect.name) from error
        return Zones(str(rows[0][0]) if rows else "", tuple(instants))

    async def explain(self, statement: Statement, call: Call) -> Plan:
        """The plan of a statement, without running it. Raises SourceBroken for dialects without plans."""
        prefix = PREFIXES.get(self.dialect.name)
        if prefix is None:
            raise SourceBroken("plans are not read on this database")
        asked = Statement(f"{prefix} {statement.text}", statement.parameters, ())
        rows = await self._run(asked, call)
        try:
            return plan_of(self.dialect.name, rows)
        except ValueError as error:
            raise SourceBroken(str(error)) from error

    async def rows_up_to(self, rows_max: int, table: sa.FromClause, call: Call) -> int:
        """The number of rows of a table, counted up to `rows_max`."""
        one: sa.Select[Any] = sa.select(sa.literal_column("1").label("x")).select_from(table)
        text, names = compiled(self.dialect, one)
        bounded = f"SELECT count(*) FROM ({text} {self.dialect.limit(rows_max)}) u"  # noqa: S608  # the compiler's text
        rows = await self._run(Statement(bounded, tuple(name.constant for name in names), ()), call)
        return int(rows[0][0])

    async def close(self) -> None:
        await self._end_looking()
        await self._pool.close()
        if self._engine is not None:
            await self._engine.dispose()

    async def _run(self, statement: Statement, call: Call) -> Sequence[Sequence[Any]]:
        text = f"/* simpul {_without_signs(call.operation_name)} */ {statement.text}"
        try:
            return await self._pool.fetch(text, statement.parameters)
        except SourceFailure:
            raise
        except Exception as error:
            raise failure_of(error, self.dialect.name) from error

    async def _tried(self, selectable: sa.FromClause) -> dict[str, str] | None:
        """The columns of a select, found by querying all, then each. None if none exists."""
        if await self._answers(selectable):
            return {column.key: str(column.type) for column in selectable.c}
        present = {
            column.key: str(column.type)
            for column in selectable.c
            if await self._answers(narrowed(selectable, frozenset({column.key})))
        }
        return present or None

    async def _answers(self, selectable: sa.FromClause) -> bool:
        nothing = sa.select(selectable.alias("t")).where(sa.literal_column("1") == sa.literal_column("0"))
        text, names = compiled(self.dialect, nothing)
        try:
            await self._pool.fetch(text, tuple(name.constant for name in names))
        except SourceFailure:
            raise
        except Exception as error:
            failure = failure_of(error, self.dialect.name)
            if not isinstance(failure, SourceBroken):
                raise failure from error
            return False
        return True

    def _rows(
        self, mapping: Mapping, criteria: Criteria, found: Sequence[Sequence[Any]], sorts_at: tuple[int, ...]
    ) -> Rows:
        """Rows as columns, by parent; rows that were read backwards are reversed."""
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
        # Joined columns stand last, behind the sort values.
        for join in reversed(criteria.joins):
            start = len(columns) - len(join.legacy)
            joined.insert(0, dict(zip(join.legacy, columns[start:], strict=True)))
            del columns[start:]
        return Rows(len(turned), dict(zip(legacy, columns, strict=False)), keyset, parents, tuple(joined))


def _without_signs(operation_name: str) -> str:
    """The name, unable to end its SQL comment or to look like a parameter."""
    return re.sub(r"[^A-Za-z0-9_]", "", operation_name)[:OPERATION_NAME_CHARS_MAX]
