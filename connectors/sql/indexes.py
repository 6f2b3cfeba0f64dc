"""Columns and indexes as a database has them now, of the tables that a mapping reads, by SQLAlchemy's way to look."""

from __future__ import annotations

import warnings

import sqlalchemy as sa
from sqlalchemy.exc import SAWarning
from sqlalchemy.sql import visitors

from connectors.indexes import Indexes, table_name


def columns_of(connection: sa.Connection, table: sa.TableClause) -> dict[str, str] | None:
    """Names and types; None where there is no such table."""
    if connection.dialect.name in ("mysql", "mariadb"):
        # What SQLAlchemy asks is for those who may read the whole table, and the hub may read some of its columns.
        told = connection.execute(_MARIADB_COLUMNS, {"schema": table.schema, "name": table.name}).all()
        return {str(name): str(kind).upper() for name, kind in told} or None
    inspector = sa.inspect(connection)
    if not inspector.has_table(table.name, schema=table.schema):
        return None
    return {column["name"]: str(column["type"]) for column in inspector.get_columns(table.name, schema=table.schema)}


_MARIADB_COLUMNS = sa.text(
    "SELECT column_name, column_type FROM information_schema.columns"
    " WHERE table_schema = coalesce(:schema, DATABASE()) AND table_name = :name ORDER BY ordinal_position"
)


def indexes_of(connection: sa.Connection, selectable: sa.FromClause) -> Indexes:
    """By table. Partial indexes serve some rows only, and those on expressions no column: neither counts."""
    if connection.dialect.name in ("mysql", "mariadb"):
        told = {table_name(table): _mariadb_columns(connection, table) for table in tables_in(selectable)}
        return {name: columns for name, columns in told.items() if columns is not None}
    inspector = sa.inspect(connection)
    found: dict[str, frozenset[tuple[str, ...]]] = {}
    for table in tables_in(selectable):
        if table.name in inspector.get_table_names(schema=table.schema):
            with warnings.catch_warnings():
                # SQLAlchemy leaves out SQLite's indexes on expressions, which is right here, and warns of it.
                warnings.simplefilter("ignore", SAWarning)
                found[table_name(table)] = frozenset(_columns(inspector, table))
    return found


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
    """What SQLAlchemy asks is for those who may read the whole table, and the hub may read some of its columns.

    None for a view.
    """
    place = {"schema": table.schema, "name": table.name}
    if connection.execute(_MARIADB_TABLE, place).scalar() != "BASE TABLE":
        return None
    names: dict[str, list[str | None]] = {}
    for index, column in connection.execute(_MARIADB_INDEXES, place):
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
    """The columns of an index up to its first expression, which has no name."""
    leading: list[str] = []
    for name in names:
        if name is None:
            break
        leading.append(name)
    return tuple(leading)
