"""The connector of the kind `sql`: thin execution of the statements that statements.py builds."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from collections.abc import Mapping as Dictionary
from operator import itemgetter
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.criteria import CountCriteria, Criteria, GroupCriteria
from connectors.indexes import Indexes
from connectors.load import LoadContract
from connectors.mapping import Mapping
from connectors.protocol import (
    Call,
    Capabilities,
    RawGroups,
    Rows,
    SourceBroken,
)
from connectors.sql.capabilities import VERSION_QUERIES, declared, probed
from connectors.sql.catalogs import CATALOGS, catalog_columns, catalog_indexes
from connectors.sql.clauses import narrowed
from connectors.sql.dialects import Dialect
from connectors.sql.engines import dialect_of, engine_for, parsed_url
from connectors.sql.failures import failure_of
from connectors.sql.groups import grouped_statement, raw_groups
from connectors.sql.indexes import columns_of, indexes_of
from connectors.sql.parents import chunks_of
from connectors.sql.plans import PREFIXES, Plan, plan_of
from connectors.sql.pool import Pool
from connectors.sql.session_protocol import STOP_S_MAX
from connectors.sql.sessions import opener_of
from connectors.sql.statements import Statement, Statements
from connectors.sql.texts import compiled

S = TypeVar("S")
T = TypeVar("T")

OPERATION_NAME_CHARS_MAX = 60
LOOK_S_MAX = 5.0
"""How long one look at the tables of a source may take, whoever waits for it."""


class SqlConnector:
    """One SQL database. A statement takes one connection and gives it back; sessions are read-only and autocommit."""

    is_local = False

    def __init__(self, url: str, load: LoadContract) -> None:
        self.dialect: Dialect = dialect_of(url)
        self.capabilities = declared(self.dialect)
        self._statements = Statements(self.dialect)
        self._pool = Pool(opener_of(self.dialect.name, parsed_url(url), load), load.connections_max)
        # Nobody looks at the catalog of a database with texts of the hub's own by an engine.
        self._looking: set[asyncio.Task[Any]] = set()
        self._engine: AsyncEngine | None = None if self.dialect.name in CATALOGS else engine_for(url, load)

    async def probe(self) -> Capabilities:
        try:
            # Whoever looks whether a source is back must not find a session that fell silent when it went.
            await self._pool.forget_idle()
            ((version,),) = await self._pool.fetch(VERSION_QUERIES[self.dialect.name], ())
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

    async def groups(self, mapping: Mapping, criteria: GroupCriteria, call: Call) -> RawGroups:
        statement = grouped_statement(self.dialect, mapping, criteria)
        return raw_groups(mapping, criteria, await self._run(statement, call))

    async def columns_of(self, mapping: Mapping) -> Dictionary[str, str] | None:
        if not isinstance(mapping.selectable, sa.TableClause):
            return await self._tried(mapping.selectable)
        try:
            if self._engine is None:
                return await catalog_columns(self.dialect, self._pool.fetch, mapping.selectable)
            return await self._looked(self._engine, columns_of, mapping.selectable)
        except Exception as error:
            raise failure_of(error, self.dialect.name) from error

    async def indexes_of(self, mapping: Mapping) -> Indexes:
        try:
            if self._engine is None:
                return await catalog_indexes(self.dialect, self._pool.fetch, mapping.selectable)
            return await self._looked(self._engine, indexes_of, mapping.selectable)
        except Exception as error:
            raise failure_of(error, self.dialect.name) from error

    async def _looked(self, engine: AsyncEngine, look: Callable[[sa.Connection, S], T], at: S) -> T:
        """Look at tables in the room of a session. Who leaves does not end it: it closes its connection by itself."""

        async def looking() -> T:
            async with asyncio.timeout(LOOK_S_MAX), self._pool.room(), engine.connect() as connection:
                return await connection.run_sync(look, at)

        task = asyncio.ensure_future(looking())
        self._looking.add(task)
        task.add_done_callback(self._looked_to_its_end)
        return await asyncio.shield(task)

    async def _end_looking(self) -> None:
        """Let what looks at tables come to its end, and end it where it takes too long."""
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
            # Who asked has it too, unless they left.
            task.exception()

    def statement(self, mapping: Mapping, criteria: Criteria | CountCriteria | GroupCriteria) -> Statement | None:
        """What a question sends first; None where no parent has a key that the source can have written."""
        if isinstance(criteria, GroupCriteria):
            return grouped_statement(self.dialect, mapping, criteria)
        chunk = None
        if criteria.parents is not None:
            chunk = next(chunks_of(mapping, criteria.parents, self.capabilities.keys_max, self.dialect), None)
            if chunk is None:
                return None
        if isinstance(criteria, CountCriteria):
            return self._statements.count(mapping, criteria, chunk)
        return self._statements.select(mapping, criteria, chunk)

    async def explain(self, statement: Statement, call: Call) -> Plan:
        """How the source would run a statement, which it does not. Raises SourceBroken where plans are not read."""
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
        """How many rows a table has, where it has no more than `rows_max`: it is not counted beyond that."""
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
        except Exception as error:
            raise failure_of(error, self.dialect.name) from error

    async def _tried(self, selectable: sa.FromClause) -> dict[str, str] | None:
        """The columns of a select by trying: all at once, and if that is refused, one by one. None if none is there."""
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
        except Exception as error:
            failure = failure_of(error, self.dialect.name)
            if not isinstance(failure, SourceBroken):
                raise failure from error
            return False
        return True

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
