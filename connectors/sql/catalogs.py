"""Catalogs: the columns and indexes that a database has, by SQLAlchemy or, for some dialects, by our own queries."""

from __future__ import annotations

import re
import warnings
from collections.abc import Awaitable, Callable, Sequence
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SAWarning
from sqlalchemy.sql import visitors

from connectors.indexes import Indexes, table_name
from connectors.sql.dialects import Dialect

Fetch = Callable[[str, tuple[object, ...]], Awaitable[Sequence[Sequence[Any]]]]


@dataclass(frozen=True, slots=True)
class CatalogTexts:
    """The catalog queries of one dialect, each with the `parameters` of a table.

    `columns` returns (name, type) in order; `is_table` a row unless it is a view; `indexes` (index, column) in the
    order of each index, with null for an expression, without partial or disabled indexes.
    """

    parameters: Callable[[Dialect, sa.TableClause], tuple[object, ...]]
    columns: str
    is_table: str
    indexes: str


async def catalog_columns(dialect: Dialect, fetch: Fetch, table: sa.TableClause) -> dict[str, str] | None:
    """Names and types; None if there is no such table. Raises what the driver raises."""
    catalog = CATALOGS[dialect.name]
    told = await fetch(catalog.columns, catalog.parameters(dialect, table))
    return {_as_mapped(dialect, name): str(kind).upper() for name, kind in told} or None


async def catalog_indexes(dialect: Dialect, fetch: Fetch, selectable: sa.FromClause) -> Indexes:
    """Indexes by table. Raises what the driver raises."""
    catalog = CATALOGS[dialect.name]
    found: dict[str, frozenset[tuple[str, ...]]] = {}
    for table in tables_in(selectable):
        parameters = catalog.parameters(dialect, table)
        if not await fetch(catalog.is_table, parameters):
            continue
        names: dict[object, list[str | None]] = {}
        for index, column in await fetch(catalog.indexes, parameters):
            names.setdefault(index, []).append(None if column is None else _as_mapped(dialect, column))
        found[table_name(table)] = frozenset(filter(None, map(leading, names.values())))
    return found


def _as_mapped(dialect: Dialect, name: object) -> str:
    """A catalog's name as mappings write it: in lower case if the database folds names to capitals."""
    core: Any = dialect.core
    return str(core.normalize_name(str(name))) if core.requires_name_normalize else str(name)


def _sql_server_parameters(dialect: Dialect, table: sa.TableClause) -> tuple[object, ...]:
    # Named as in statements, so that the server resolves it in the same way.
    return (dialect.core.identifier_preparer.format_table(table),)


_SQL_SERVER = CatalogTexts(
    parameters=_sql_server_parameters,
    columns=(
        "SELECT c.name, y.name FROM sys.columns c JOIN sys.types y ON y.user_type_id = c.user_type_id"
        " WHERE c.object_id = OBJECT_ID(?) ORDER BY c.column_id"
    ),
    is_table="SELECT 1 FROM sys.tables WHERE object_id = OBJECT_ID(?)",
    indexes=(
        "SELECT i.index_id, c.name FROM sys.indexes i"
        " JOIN sys.index_columns ic ON ic.object_id = i.object_id AND ic.index_id = i.index_id"
        " JOIN sys.columns c ON c.object_id = ic.object_id AND c.column_id = ic.column_id"
        " WHERE i.object_id = OBJECT_ID(?) AND ic.key_ordinal > 0"
        " AND i.has_filter = 0 AND i.is_disabled = 0 AND i.is_hypothetical = 0"
        " ORDER BY i.index_id, ic.key_ordinal"
    ),
)


def _oracle_parameters(dialect: Dialect, table: sa.TableClause) -> tuple[object, ...]:
    core: Any = dialect.core
    schema = core.denormalize_name(table.schema) if table.schema is not None else None
    name = core.denormalize_name(table.name)
    return schema, name, schema, name


# A user who may read some columns has a view of them, under a synonym.
_ORACLE_TABLES = (
    "(SELECT coalesce(:s0, sys_context('USERENV', 'CURRENT_SCHEMA')) AS owner, :t0 AS name FROM dual"
    " UNION ALL SELECT table_owner, table_name FROM user_synonyms WHERE :s1 IS NULL AND synonym_name = :t1) p"
)

_ORACLE = CatalogTexts(
    parameters=_oracle_parameters,
    columns=(
        f"SELECT c.column_name, c.data_type FROM {_ORACLE_TABLES}"  # noqa: S608  # as above
        " JOIN all_tab_columns c ON c.owner = p.owner AND c.table_name = p.name ORDER BY c.column_id"
    ),
    is_table=(
        f"SELECT 1 FROM {_ORACLE_TABLES}"  # noqa: S608  # as above
        " JOIN all_tables t ON t.owner = p.owner AND t.table_name = p.name"
    ),
    indexes=(
        f"SELECT i.owner || '.' || i.index_name, CASE WHEN e.column_position IS NULL THEN c.column_name END"  # noqa: S608  # as above
        f" FROM {_ORACLE_TABLES} JOIN all_indexes i ON i.table_owner = p.owner AND i.table_name = p.name"
        " JOIN all_ind_columns c ON c.index_owner = i.owner AND c.index_name = i.index_name"
        " LEFT JOIN all_ind_expressions e ON e.index_owner = c.index_owner AND e.index_name = c.index_name"
        " AND e.column_position = c.column_position"
        " WHERE i.visibility = 'VISIBLE' AND i.status <> 'UNUSABLE'"
        " ORDER BY i.owner, i.index_name, c.column_position"
    ),
)

CATALOGS: Dictionary[str, CatalogTexts] = {"mssql": _SQL_SERVER, "oracle": _ORACLE}
"""By dialect. SQLAlchemy inspects the others."""


def columns_of(connection: sa.Connection, table: sa.TableClause) -> dict[str, str] | None:
    """Names and types by SQLAlchemy; None if there is no such table."""
    if connection.dialect.name in ("mysql", "mariadb"):
        # SQLAlchemy's query needs rights to the whole table; the hub may read only some columns.
        told = connection.execute(_MARIADB_COLUMNS, {"schema": table.schema, "name": table.name}).all()
        return {str(name): str(kind).upper() for name, kind in told} or None
    inspector = sa.inspect(connection)
    if not inspector.has_table(table.name, schema=table.schema):
        return None
    columns = inspector.get_columns(table.name, schema=table.schema)
    return {column["name"]: _kind_of(column["type"]) for column in columns}


def _kind_of(kind: sa.types.TypeEngine[Any]) -> str:
    """The name of a type; SQLAlchemy leaves out whether a moment has a zone."""
    return f"{kind} WITH TIME ZONE" if getattr(kind, "timezone", False) and "ZONE" not in str(kind) else str(kind)


_MARIADB_COLUMNS = sa.text(
    "SELECT column_name, column_type FROM information_schema.columns"
    " WHERE table_schema = coalesce(:schema, DATABASE()) AND table_name = :name ORDER BY ordinal_position"
)


def indexes_of(connection: sa.Connection, selectable: sa.FromClause) -> Indexes:
    """Indexes by table, without partial ones and those on expressions."""
    if connection.dialect.name in ("mysql", "mariadb"):
        told = {table_name(table): _mariadb_columns(connection, table) for table in tables_in(selectable)}
        return {name: columns for name, columns in told.items() if columns is not None}
    inspector = sa.inspect(connection)
    found: dict[str, frozenset[tuple[str, ...]]] = {}
    for table in tables_in(selectable):
        if table.name in inspector.get_table_names(schema=table.schema):
            with warnings.catch_warnings():
                # SQLAlchemy omits SQLite's indexes on expressions, as wanted, but warns.
                warnings.simplefilter("ignore", SAWarning)
                found[table_name(table)] = frozenset(_columns(inspector, table))
    return found


ZONE_QUERIES: Dictionary[str, str] = {
    "mariadb": "SELECT IF(@@global.time_zone = 'SYSTEM', @@system_time_zone, @@global.time_zone)",
    "postgresql": "SELECT current_setting('log_timezone')",
    "oracle": "SELECT DBTIMEZONE FROM dual",
}
"""The zone of a server, as it says it: that of what it fills by itself, unless a writer chose another one.

PostgreSQL tells a session only the zone of that session; its log has the server's.
"""


def instants_among(dialect: Dialect, kinds: Dictionary[str, str], table: sa.TableClause) -> list[str]:
    """The columns of a table that a mapping reads and that a server converts into the zone of the session."""
    instant = _INSTANTS.get(dialect.name)
    return [name for name, kind in kinds.items() if name in table.c and instant is not None and instant.match(kind)]


_ZONED = re.compile(r"TIMESTAMP.* WITH (LOCAL )?TIME ZONE")
_INSTANTS = {"mariadb": re.compile("TIMESTAMP"), "postgresql": _ZONED, "oracle": _ZONED}


def tables_in(selectable: sa.FromClause) -> set[sa.TableClause]:
    """Every table that a mapping reads."""
    return {element for element in visitors.iterate(selectable) if isinstance(element, sa.TableClause)}


def _columns(inspector: sa.Inspector, table: sa.TableClause) -> list[tuple[str, ...]]:
    indexes = inspector.get_indexes(table.name, schema=table.schema)
    whole = [index for index in indexes if not _is_partial(index.get("dialect_options", {}))]
    columns = [leading(index["column_names"]) for index in whole]
    columns += [
        tuple(unique["column_names"]) for unique in inspector.get_unique_constraints(table.name, schema=table.schema)
    ]
    columns.append(tuple(inspector.get_pk_constraint(table.name, schema=table.schema)["constrained_columns"]))
    return [each for each in columns if each]


def _mariadb_columns(connection: sa.Connection, table: sa.TableClause) -> frozenset[tuple[str, ...]] | None:
    """The columns of each index; None for a view. SQLAlchemy's query needs rights to the whole table."""
    parameters = {"schema": table.schema, "name": table.name}
    if connection.execute(_MARIADB_TABLE, parameters).scalar() != "BASE TABLE":
        return None
    names: dict[str, list[str | None]] = {}
    for index, column in connection.execute(_MARIADB_INDEXES, parameters):
        names.setdefault(index, []).append(column)
    return frozenset(filter(None, map(leading, names.values())))


_MARIADB_TABLE = sa.text(
    "SELECT table_type FROM information_schema.tables"
    " WHERE table_schema = coalesce(:schema, DATABASE()) AND table_name = :name"
)
_MARIADB_INDEXES = sa.text(
    "SELECT index_name, column_name FROM information_schema.statistics"
    " WHERE table_schema = coalesce(:schema, DATABASE()) AND table_name = :name ORDER BY index_name, seq_in_index"
)


def _is_partial(options: dict[str, object]) -> bool:
    return any(name.endswith("_where") and condition is not None for name, condition in options.items())


def leading(names: list[str | None]) -> tuple[str, ...]:
    """The columns of an index before its first expression, whose name is None."""
    leading: list[str] = []
    for name in names:
        if name is None:
            break
        leading.append(name)
    return tuple(leading)
