"""Grants: the columns of each table that a mapping makes the hub read, and the rights to read no others. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from collections.abc import Mapping as Dictionary

import sqlalchemy as sa

from connectors.indexes import table_name
from connectors.load import LoadContract
from connectors.mapping import Mapping
from connectors.sql.clauses import narrowed

USER = "simpul"
PASSWORD = "<password>"  # noqa: S105  # a placeholder, which the owner of the database replaces
DATABASE = "<database>"
OWNER = "<owner of the tables>"
HOST = "<host of the hub>"

Column = tuple[str, str]
"""The full name of a table, and a column of it."""


def columns_read(mapping: Mapping) -> set[Column]:
    """Every column that a statement over a mapping may mention."""
    used = {name for mapped in mapping.columns.values() for name in (*mapped.legacy, mapped.sorts_as) if name}
    used |= mapping.needed
    if isinstance(mapping.selectable, sa.TableClause):
        return {(table_name(mapping.selectable), name) for name in used}
    return set(_within(narrowed(mapping.selectable, frozenset(used))))


def columns_of_legacy(mapping: Mapping, legacy: str) -> set[Column]:
    """The columns that one legacy column of a mapping is, or is computed of."""
    inner = mapping.selectable.element if isinstance(mapping.selectable, sa.Subquery) else None
    if isinstance(inner, sa.Select):
        return set(_within(inner.selected_columns[legacy]))
    return set(_within(mapping.selectable.c[legacy]))


def _within(element: sa.sql.visitors.ExternallyTraversible) -> Iterator[Column]:
    """The columns of tables in an expression or a select; a table that is only named gives none."""
    if isinstance(element, sa.ColumnClause):
        for root in element.base_columns:
            if isinstance(root, sa.ColumnClause) and isinstance(root.table, sa.TableClause):
                yield table_name(root.table), root.name
        return
    if isinstance(element, sa.TableClause):
        return
    # How a select was narrowed is kept in it, with the columns that it had before; its joins stand in its FROM as well.
    children = [child for child in element.get_children() if child.__visit_name__ != "memoized_select_entities"]
    if isinstance(element, sa.Select):
        children += element.get_final_froms()
    for child in children:
        yield from _within(child)


def grants(dialect: str, mappings: Iterable[Mapping], load: LoadContract) -> tuple[str, ...]:
    """How the owner of a database lets the hub in, and no further; nothing for a dialect without users."""
    tables: dict[str, set[str]] = {}
    for mapping in mappings:
        for table, column in columns_read(mapping):
            tables.setdefault(table, set()).add(column)
    columns = {table: ", ".join(sorted(names)) for table, names in sorted(tables.items())}
    granting = _GRANTS.get(dialect)
    return tuple(granting(columns, load)) if granting is not None else ()


def _postgresql(tables: Dictionary[str, str], load: LoadContract) -> Iterator[str]:
    yield f"CREATE USER {USER} PASSWORD '{PASSWORD}' CONNECTION LIMIT {load.connections_max};"
    yield f"ALTER USER {USER} SET default_transaction_read_only = on;"
    yield f"ALTER USER {USER} SET statement_timeout = {load.statement_ms_max};"
    yield f"GRANT CONNECT ON DATABASE {DATABASE} TO {USER};"
    for schema in sorted({table.rpartition(".")[0] or "public" for table in tables}):
        yield f"GRANT USAGE ON SCHEMA {schema} TO {USER};"
    for table, columns in tables.items():
        yield f"GRANT SELECT ({columns}) ON {table} TO {USER};"


def _mariadb(tables: Dictionary[str, str], load: LoadContract) -> Iterator[str]:
    user = f"'{USER}'@'{HOST}'"
    yield f"CREATE USER {user} IDENTIFIED BY '{PASSWORD}' WITH MAX_USER_CONNECTIONS {load.connections_max};"
    for table, columns in tables.items():
        place = table if "." in table else f"{DATABASE}.{table}"
        yield f"GRANT SELECT ({columns}) ON {place} TO {user};"


def _sql_server(tables: Dictionary[str, str], load: LoadContract) -> Iterator[str]:  # noqa: ARG001  # all have one signature
    # A server counts no connections of one user: the hub does, and a trigger at the logon would hold others up too.
    yield f"CREATE LOGIN {USER} WITH PASSWORD = '{PASSWORD}', DEFAULT_DATABASE = [{DATABASE}];"
    yield f"USE [{DATABASE}];"
    yield f"CREATE USER {USER} FOR LOGIN {USER} WITH DEFAULT_SCHEMA = dbo;"
    for table, columns in tables.items():
        yield f"GRANT SELECT ON {table if '.' in table else f'dbo.{table}'} ({columns}) TO {USER};"


def _oracle(tables: Dictionary[str, str], load: LoadContract) -> Iterator[str]:
    """A right to some columns of a table is one to a view of them; a synonym lets that go by the table's name."""
    yield f"CREATE PROFILE {USER} LIMIT SESSIONS_PER_USER {load.connections_max};"
    yield f'CREATE USER {USER} IDENTIFIED BY "{PASSWORD}" PROFILE {USER};'
    yield f"GRANT CREATE SESSION TO {USER};"
    for table, columns in tables.items():
        owner, _, name = table.rpartition(".")
        view = f"{owner or OWNER}.{USER}_{name}"
        yield f"CREATE VIEW {view} AS SELECT {columns} FROM {owner or OWNER}.{name};"  # noqa: S608  # an owner runs it
        yield f"GRANT READ ON {view} TO {USER};"
        yield f"CREATE SYNONYM {USER}.{name} FOR {view};"


_GRANTS: Dictionary[str, Callable[[Dictionary[str, str], LoadContract], Iterator[str]]] = {
    "postgresql": _postgresql,
    "mariadb": _mariadb,
    "mssql": _sql_server,
    "oracle": _oracle,
}
