"""Reading: read the tables of a database and a bounded sample of their rows, over one read-only connection.

Every statement has a time limit in the server. Tables that take too long are skipped and reported.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.dialects.postgresql import DOMAIN
from sqlalchemy.exc import DBAPIError, NoSuchTableError, SAWarning
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors.kinds import SourceUrlError
from connectors.load import LoadContract
from connectors.sql.engines import dialect_of, engine_for, parsed_url
from onboarding.drafting.renderings import sampled
from onboarding.drafting.tables import LegacyColumn, LegacyTable, Reference, SampledColumn, SampledTable, SqlType

TABLES_MAX = 700
"""How many tables are described; the largest known city system has 619."""
SAMPLED_TABLES_MAX = 30
COLUMNS_MAX = 200
ROWS_MAX = 1_000
FIRST_LOOK_ROWS = 50
TEXT_CHARS_MAX = 2_000
TABLE_BYTES_MAX = 2_000_000
STATEMENT_MS_MAX = 5_000
SAMPLING_S_MAX = 120.0
"""After this time no further table is sampled."""
LOOKUP_VALUES_MAX = 50
COMMENT = "/* simpul inspection */ "

Progress = Callable[[str, int, int], None]
"""Called with the current table, the number of tables done, and the total."""


@dataclass(slots=True)
class Limits:
    """The limits of reading."""

    rows_max: int = ROWS_MAX
    tables_max: int = SAMPLED_TABLES_MAX
    seconds_max: float = SAMPLING_S_MAX


@dataclass(slots=True)
class Reader:
    """Reads one database. `skipped` are the tables that could not be read within the limits."""

    url: str
    limits: Limits = field(default_factory=Limits)
    skipped: list[str] = field(default_factory=list)
    _engine: AsyncEngine = field(init=False)
    dialect: str = field(init=False)

    def __post_init__(self) -> None:
        self.dialect = dialect_of(self.url).name
        if self.dialect == "sqlite" and not Path(parsed_url(self.url).database or "").is_file():
            raise SourceUrlError("There is no database at this path.")
        self._engine = engine_for(self.url, LoadContract(connections_max=1, statement_ms_max=STATEMENT_MS_MAX))
        sa.event.listen(self._engine.sync_engine, "before_cursor_execute", _commented, retval=True)

    async def tables(self) -> list[LegacyTable]:
        """All tables and views of the database, at most TABLES_MAX, as it declares them."""
        async with self._engine.connect() as connection:
            return await connection.run_sync(_described)

    async def samples(self, tables: Sequence[LegacyTable], progress: Progress) -> dict[str, SampledTable]:
        """A sample of each of these tables, by name, within the limits."""
        ends_at_s = time.monotonic() + self.limits.seconds_max
        found: dict[str, SampledTable] = {}
        for done, table in enumerate(tables[: self.limits.tables_max]):
            progress(table.name, done, len(tables))
            if time.monotonic() > ends_at_s:
                self.skipped.append(table.name)
                continue
            try:
                found[table.name] = await self._sample(table)
            except DBAPIError:
                self.skipped.append(table.name)
        self.skipped += [table.name for table in tables[self.limits.tables_max :]]
        progress("", len(tables), len(tables))
        return found

    async def _sample(self, table: LegacyTable) -> SampledTable:
        columns = [column for column in table.columns if column.kind is not SqlType.BYTES]
        ordered: tuple[str, ...] = table.key if len(table.key) == 1 else ()
        first = await self._rows(table, columns, min(FIRST_LOOK_ROWS, self.limits.rows_max), ordered)
        rows_max = _rows_within(first, self.limits.rows_max)
        rows, whole = first, len(first) < FIRST_LOOK_ROWS
        if not whole:
            # Both ends of a table in the order of its key: codes and formats change over the years.
            half = rows_max // 2 if ordered else 0
            rows = await self._rows(table, columns, rows_max - half, ordered)
            whole = len(rows) < rows_max - half
            if half and not whole:
                rows = _with_end(rows, await self._rows(table, columns, half, ordered, last=True), columns, ordered[0])
                whole = len(rows) < rows_max
        values: list[tuple[Any, ...]] = list(zip(*rows, strict=True)) if rows else [()] * len(columns)
        by_name = {column.name: SampledColumn(table.name, column, values[at]) for at, column in enumerate(columns)}
        return SampledTable(table, by_name, len(rows), whole, await self._unique(table, by_name, whole=whole))

    async def _rows(
        self,
        table: LegacyTable,
        columns: Sequence[LegacyColumn],
        rows_max: int,
        ordered: tuple[str, ...],
        *,
        last: bool = False,
    ) -> list[Sequence[Any]]:
        source = _clause(table)
        selected = [self._selected(source.c[column.name], column).label(f"c{at}") for at, column in enumerate(columns)]
        statement: sa.Select[Any] = sa.select(*selected).limit(rows_max)
        for name in ordered:
            statement = statement.order_by(source.c[name].desc() if last else source.c[name].asc())
        async with self._engine.connect() as connection:
            return [tuple(row) for row in (await connection.execute(statement)).all()]

    def _selected(self, column: sa.ColumnClause[Any], declared: LegacyColumn) -> sa.ColumnElement[Any]:
        if declared.kind is SqlType.TEXT and (declared.width is None or declared.width > TEXT_CHARS_MAX):
            return sa.func.substr(column, 1, TEXT_CHARS_MAX)
        return sampled(declared.kind, self.dialect, column)

    async def _unique(self, table: LegacyTable, columns: dict[str, SampledColumn], *, whole: bool) -> dict[str, str]:
        """The unique columns: declared, or unique in every row; in a large table, one column is queried."""
        found = dict.fromkeys(table.uniques, "a unique index")
        if len(table.key) == 1:
            found[table.key[0]] = "the primary key"
        seen = [name for name, column in columns.items() if name not in found and _is_unique(column)]
        if whole:
            return found | dict.fromkeys(seen, "unique in all rows")
        for name in seen[:1] if not found else []:
            if await self._has_no_pair(table, name):
                found[name] = "unique, as the source counts"
        return found

    async def _has_no_pair(self, table: LegacyTable, name: str) -> bool:
        column = _clause(table).c[name]
        statement: sa.Select[Any] = (
            sa.select(sa.literal_column("1")).group_by(column).having(sa.func.count() > 1).limit(1)
        )
        try:
            async with self._engine.connect() as connection:
                return (await connection.execute(statement)).first() is None
        except DBAPIError:
            return False

    async def contained(self, values: Sequence[object], table: LegacyTable, key: str) -> int | None:
        """How many of at most LOOKUP_VALUES_MAX values are keys of a table; None after a timeout."""
        column = _clause(table).c[key]
        statement = sa.select(sa.func.count(sa.distinct(column))).where(column.in_(values[:LOOKUP_VALUES_MAX]))
        try:
            async with self._engine.connect() as connection:
                return int((await connection.execute(statement)).scalar_one())
        except DBAPIError:
            return None

    async def close(self) -> None:
        await self._engine.dispose()


def _commented(_c: object, _cursor: object, statement: str, parameters: object, *_: object) -> tuple[str, object]:
    """Add a comment that identifies the hub in the server's log."""
    return (statement if statement.startswith("PRAGMA") else COMMENT + statement), parameters


def _clause(table: LegacyTable) -> sa.TableClause:
    return sa.table(table.name, *(sa.column(column.name) for column in table.columns))


def _is_unique(column: SampledColumn) -> bool:
    return bool(column.values) and len(column.counts) == len(column.values)


def _rows_within(first: Sequence[Sequence[object]], rows_max: int) -> int:
    """How many rows of this width fit into the byte limit."""
    bytes_each = sum(len(str(value)) for row in first for value in row) / max(1, len(first))
    return max(FIRST_LOOK_ROWS, min(rows_max, int(TABLE_BYTES_MAX / max(1.0, bytes_each))))


def _with_end(
    rows: list[Sequence[Any]], end: list[Sequence[Any]], columns: Sequence[LegacyColumn], key: str
) -> list[Sequence[Any]]:
    """The first and the last rows of a table in the order of its key, each once."""
    at = next(index for index, column in enumerate(columns) if column.name == key)
    seen = {row[at] for row in rows}
    return [*rows, *(row for row in reversed(end) if row[at] not in seen)]


def _described(connection: sa.Connection) -> list[LegacyTable]:
    with warnings.catch_warnings():
        # Of types that it does not know, and of indexes on expressions: both are left out, which is right here.
        warnings.simplefilter("ignore", SAWarning)
        inspector = sa.inspect(connection)
        names = sorted([*inspector.get_table_names(), *inspector.get_view_names()])
        return [_table(inspector, name) for name in names[:TABLES_MAX]]


def _table(inspector: sa.Inspector, name: str) -> LegacyTable:
    columns = tuple(_column(column) for column in inspector.get_columns(name)[:COLUMNS_MAX])
    known = {column.name for column in columns}
    key = tuple(inspector.get_pk_constraint(name)["constrained_columns"])
    singles = [index["column_names"] for index in inspector.get_indexes(name) if index["unique"]]
    singles += [list(unique["column_names"]) for unique in inspector.get_unique_constraints(name)]
    uniques = {names[0] for names in singles if len(names) == 1 and names[0] is not None}
    references = tuple(
        Reference(foreign["constrained_columns"][0], foreign["referred_table"], foreign["referred_columns"][0])
        for foreign in inspector.get_foreign_keys(name)
        if len(foreign["constrained_columns"]) == 1 and foreign["referred_columns"]
    )
    return LegacyTable(name, columns, key, frozenset(uniques & known), references, _remark(inspector, name))


def _remark(inspector: sa.Inspector, name: str) -> str:
    try:
        return str(inspector.get_table_comment(name)["text"] or "")
    except (NotImplementedError, NoSuchTableError):
        return ""  # An engine without comments, or a view.


_KINDS: Iterable[tuple[type[sa.types.TypeEngine[Any]], SqlType]] = (
    (mysql.ENUM, SqlType.TEXT),
    (mysql.BIT, SqlType.BYTES),
    (sa.Boolean, SqlType.BOOLEAN),
    (sa.Enum, SqlType.TYPED),
    (sa.LargeBinary, SqlType.BYTES),
    (sa.types.BINARY, SqlType.BYTES),
    (sa.types.VARBINARY, SqlType.BYTES),
    (sa.String, SqlType.TEXT),
    (sa.Integer, SqlType.WHOLE),
    (sa.Float, SqlType.FRACTION),
    (sa.Numeric, SqlType.EXACT),
    (sa.DateTime, SqlType.MOMENT),
    (sa.Date, SqlType.DAY),
    (sa.Time, SqlType.CLOCK),
)


def _column(column: Any) -> LegacyColumn:
    declared = column["type"]
    if isinstance(declared, DOMAIN):
        declared = declared.data_type
    kind = next((kind for known, kind in _KINDS if isinstance(declared, known)), SqlType.TYPED)
    if kind is SqlType.MOMENT and getattr(declared, "timezone", False):
        kind = SqlType.ZONED
    width = getattr(declared, "length", None) if kind is SqlType.TEXT else None
    if kind is SqlType.EXACT and declared.precision is not None:
        width = declared.precision - (declared.scale or 0)
    members = tuple(getattr(declared, "enums", ()))
    return LegacyColumn(column["name"], kind, width, str(column.get("comment") or ""), members)
