"""Indexes as a database has them now, of every table that a mapping reads."""

from __future__ import annotations

import warnings

import sqlalchemy as sa
from sqlalchemy.exc import SAWarning
from sqlalchemy.sql import visitors

from connectors.indexes import Indexes, table_name


def indexes_of(connection: sa.Connection, selectable: sa.FromClause) -> Indexes:
    """By table. Partial indexes serve some rows only, and those on expressions no column: neither counts."""
    inspector = sa.inspect(connection)
    found: dict[str, frozenset[tuple[str, ...]]] = {}
    for table in _tables(selectable):
        if table.name in inspector.get_table_names(schema=table.schema):
            with warnings.catch_warnings():
                # SQLAlchemy leaves out SQLite's indexes on expressions, which is right here, and warns of it.
                warnings.simplefilter("ignore", SAWarning)
                found[table_name(table)] = frozenset(_columns(inspector, table))
    return found


def _tables(selectable: sa.FromClause) -> set[sa.TableClause]:
    return {element for element in visitors.iterate(selectable) if isinstance(element, sa.TableClause)}


def _columns(inspector: sa.Inspector, table: sa.TableClause) -> list[tuple[str, ...]]:
    indexes = inspector.get_indexes(table.name, schema=table.schema)
    whole = [index for index in indexes if not _is_partial(index.get("dialect_options", {}))]
    columns = [_leading(index["column_names"]) for index in whole]
    columns += [
        tuple(unique["column_names"]) for unique in inspector.get_unique_constraints(table.name, schema=table.schema)
    ]
    columns.append(tuple(inspector.get_pk_constraint(table.name, schema=table.schema)["constrained_columns"]))
    return [each for each in columns if each]


def _is_partial(options: dict[str, object]) -> bool:
    return any(name.endswith("_where") and condition is not None for name, condition in options.items())


def _leading(names: list[str | None]) -> tuple[str, ...]:
    """The columns of an index up to its first expression, which has no name."""
    leading: list[str] = []
    for name in names:
        if name is None:
            break
        leading.append(name)
    return tuple(leading)
