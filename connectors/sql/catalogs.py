"""Catalogs: the columns and indexes of databases that are asked for them by texts of the hub's own, as for rows."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from connectors.indexes import Indexes, table_name
from connectors.sql.dialects import Dialect
from connectors.sql.indexes import leading, tables_in

Fetch = Callable[[str, tuple[object, ...]], Awaitable[Sequence[Sequence[Any]]]]


@dataclass(frozen=True, slots=True)
class CatalogTexts:
    """The questions of one dialect, each with the parameters that `place` makes of a table.

    `columns` gives (name, type) in their order; `is_table` a row for what is no view; `indexes` (index, column) in the
    order of each index, an expression as null, and neither partial indexes nor those that are switched off.
    """

    place: Callable[[Dialect, sa.TableClause], tuple[object, ...]]
    columns: str
    is_table: str
    indexes: str


async def catalog_columns(dialect: Dialect, fetch: Fetch, table: sa.TableClause) -> dict[str, str] | None:
    """Names and types; None where there is no such table. Raises what the driver raises."""
    catalog = CATALOGS[dialect.name]
    told = await fetch(catalog.columns, catalog.place(dialect, table))
    return {_as_mapped(dialect, name): str(kind).upper() for name, kind in told} or None


async def catalog_indexes(dialect: Dialect, fetch: Fetch, selectable: sa.FromClause) -> Indexes:
    """By table. Raises what the driver raises."""
    catalog = CATALOGS[dialect.name]
    found: dict[str, frozenset[tuple[str, ...]]] = {}
    for table in tables_in(selectable):
        place = catalog.place(dialect, table)
        if not await fetch(catalog.is_table, place):
            continue
        names: dict[object, list[str | None]] = {}
        for index, column in await fetch(catalog.indexes, place):
            names.setdefault(index, []).append(None if column is None else _as_mapped(dialect, column))
        found[table_name(table)] = frozenset(filter(None, map(leading, names.values())))
    return found


def _as_mapped(dialect: Dialect, name: object) -> str:
    """A name of the catalog as mappings write it: small where the database writes all names in capitals."""
    core: Any = dialect.core
    return str(core.normalize_name(str(name))) if core.requires_name_normalize else str(name)


def _sql_server_place(dialect: Dialect, table: sa.TableClause) -> tuple[object, ...]:
    # As statements name it, so that the server finds it where it finds it for them.
    return (dialect.core.identifier_preparer.format_table(table),)


_SQL_SERVER = CatalogTexts(
    place=_sql_server_place,
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


def _oracle_place(dialect: Dialect, table: sa.TableClause) -> tuple[object, ...]:
    core: Any = dialect.core
    schema = core.denormalize_name(table.schema) if table.schema is not None else None
    name = core.denormalize_name(table.name)
    return schema, name, schema, name


# Who may read a part of a table is given it as a view, by a synonym of their own.
_ORACLE_PLACES = (
    "(SELECT coalesce(:s0, sys_context('USERENV', 'CURRENT_SCHEMA')) AS owner, :t0 AS name FROM dual"
    " UNION ALL SELECT table_owner, table_name FROM user_synonyms WHERE :s1 IS NULL AND synonym_name = :t1) p"
)

_ORACLE = CatalogTexts(
    place=_oracle_place,
    columns=(
        f"SELECT c.column_name, c.data_type FROM {_ORACLE_PLACES}"  # noqa: S608  # as above
        " JOIN all_tab_columns c ON c.owner = p.owner AND c.table_name = p.name ORDER BY c.column_id"
    ),
    is_table=(
        f"SELECT 1 FROM {_ORACLE_PLACES}"  # noqa: S608  # as above
        " JOIN all_tables t ON t.owner = p.owner AND t.table_name = p.name"
    ),
    indexes=(
        f"SELECT i.owner || '.' || i.index_name, CASE WHEN e.column_position IS NULL THEN c.column_name END"  # noqa: S608  # as above
        f" FROM {_ORACLE_PLACES} JOIN all_indexes i ON i.table_owner = p.owner AND i.table_name = p.name"
        " JOIN all_ind_columns c ON c.index_owner = i.owner AND c.index_name = i.index_name"
        " LEFT JOIN all_ind_expressions e ON e.index_owner = c.index_owner AND e.index_name = c.index_name"
        " AND e.column_position = c.column_position"
        " WHERE i.visibility = 'VISIBLE' AND i.status <> 'UNUSABLE'"
        " ORDER BY i.owner, i.index_name, c.column_position"
    ),
)

CATALOGS: Dictionary[str, CatalogTexts] = {"mssql": _SQL_SERVER, "oracle": _ORACLE}
"""By dialect. The others are looked at by SQLAlchemy, which knows more of them than is asked here."""
