"""Grants: the columns that mappings read, and the GRANT statements for exactly these. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from collections.abc import Mapping as Dictionary

import sqlalchemy as sa

from connectors.indexes import table_name
from connectors.load import LoadContract
from connectors.mapping import Mapping
from connectors.sources import Source
from connectors.sql.clauses import narrowed
from connectors.writing.statements import columns_inserted, columns_selected, columns_updated, marker_ddl
from connectors.writing.writings import Writing

USER = "simpul"
WRITER = f"{USER}_writer"
"""Who writes is another user than who reads."""
PASSWORD = "<password>"  # noqa: S105  # a placeholder, which the owner of the database replaces
DATABASE = "<database>"
OWNER = "<owner of the tables>"
HOST = "<host of the hub>"

Column = tuple[str, str]
"""The full name of a table, and the name of a column."""


def columns_read(mapping: Mapping) -> set[Column]:
    """Every column that a statement over a mapping may name."""
    used = {name for mapped in mapping.columns.values() for name in (*mapped.legacy, mapped.sorts_as) if name}
    used |= mapping.needed
    if isinstance(mapping.selectable, sa.TableClause):
        return {(table_name(mapping.selectable), name) for name in used}
    return set(_within(narrowed(mapping.selectable, frozenset(used))))


def columns_of_legacy(mapping: Mapping, legacy: str) -> set[Column]:
    """The columns that a legacy column of a mapping is read or computed from."""
    inner = mapping.selectable.element if isinstance(mapping.selectable, sa.Subquery) else None
    if isinstance(inner, sa.Select):
        return set(_within(inner.selected_columns[legacy]))
    return set(_within(mapping.selectable.c[legacy]))


def _within(element: sa.sql.visitors.ExternallyTraversible) -> Iterator[Column]:
    """The columns of tables in an expression or a select; a bare table has none."""
    if isinstance(element, sa.ColumnClause):
        for root in element.base_columns:
            if isinstance(root, sa.ColumnClause) and isinstance(root.table, sa.TableClause):
                yield table_name(root.table), root.name
        return
    if isinstance(element, sa.TableClause):
        return
    # A narrowed select still holds its former columns, and its joins are in its FROM as well.
    children = [child for child in element.get_children() if child.__visit_name__ != "memoized_select_entities"]
    if isinstance(element, sa.Select):
        children += element.get_final_froms()
    for child in children:
        yield from _within(child)


def grants(dialect: str, mappings: Iterable[Mapping], load: LoadContract) -> tuple[str, ...]:
    """The statements that let the hub read these columns only; none for a dialect without users."""
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
        full_name = table if "." in table else f"{DATABASE}.{table}"
        yield f"GRANT SELECT ({columns}) ON {full_name} TO {user};"


def _sql_server(tables: Dictionary[str, str], load: LoadContract) -> Iterator[str]:  # noqa: ARG001  # all have one signature
    # SQL Server cannot limit a user's connections; the hub does. A logon trigger would delay others too.
    yield f"CREATE LOGIN {USER} WITH PASSWORD = '{PASSWORD}', DEFAULT_DATABASE = [{DATABASE}];"
    yield f"USE [{DATABASE}];"
    yield f"CREATE USER {USER} FOR LOGIN {USER} WITH DEFAULT_SCHEMA = dbo;"
    for table, columns in tables.items():
        yield f"GRANT SELECT ON {table if '.' in table else f'dbo.{table}'} ({columns}) TO {USER};"


def _oracle(tables: Dictionary[str, str], load: LoadContract) -> Iterator[str]:
    """Oracle grants columns through a view; a synonym gives the view the table's name."""
    yield f"CREATE PROFILE {USER} LIMIT SESSIONS_PER_USER {load.connections_max};"
    yield f'CREATE USER {USER} IDENTIFIED BY "{PASSWORD}" PROFILE {USER};'
    yield f"GRANT CREATE SESSION TO {USER};"
    for table, columns in tables.items():
        owner, _, name = table.rpartition(".")
        view = f"{owner or OWNER}.{USER}_{name}"
        yield f"CREATE VIEW {view} AS SELECT {columns} FROM {owner or OWNER}.{name};"  # noqa: S608  # an owner runs it
        yield f"GRANT READ ON {view} TO {USER};"
        yield f"CREATE SYNONYM {USER}.{name} FOR {view};"


def writing_grants(dialect: str, source: Source, writings: Iterable[Writing]) -> tuple[str, ...]:
    """The statements that let a second user of the hub write these columns only, and the table of its markers.

    None for a dialect without users.
    """
    rights: dict[str, list[str]] = {}
    for writing in writings:
        for row in writing.new:
            columns = ", ".join(columns_inserted(writing, row))
            rights.setdefault(table_name(row.table), []).append(f"INSERT ({columns})")
        first = rights[table_name(writing.table)]
        first.insert(0, f"SELECT ({', '.join(columns_selected(writing))})")
        if writing.changed:
            first.append(f"UPDATE ({', '.join(columns_updated(writing))})")
    if source.marker is not None:
        rights[source.marker] = ["SELECT", "INSERT"]
    granting = _WRITING_GRANTS.get(dialect)
    if granting is None or not rights:
        return ()
    made = [f"{marker_ddl(source.marker)};"] if source.marker is not None else []
    return (*made, *granting({table: ", ".join(some) for table, some in rights.items()}, source.load))


def _postgresql_writing(tables: Dictionary[str, str], load: LoadContract) -> Iterator[str]:
    yield f"CREATE USER {WRITER} PASSWORD '{PASSWORD}' CONNECTION LIMIT {load.connections_max};"
    yield f"GRANT CONNECT ON DATABASE {DATABASE} TO {WRITER};"
    for schema in sorted({table.rpartition(".")[0] or "public" for table in tables}):
        yield f"GRANT USAGE ON SCHEMA {schema} TO {WRITER};"
    for table, rights in tables.items():
        yield f"GRANT {rights} ON {table} TO {WRITER};"


def _mariadb_writing(tables: Dictionary[str, str], load: LoadContract) -> Iterator[str]:
    user = f"'{WRITER}'@'{HOST}'"
    yield f"CREATE USER {user} IDENTIFIED BY '{PASSWORD}' WITH MAX_USER_CONNECTIONS {load.connections_max};"
    for table, rights in tables.items():
        yield f"GRANT {rights} ON {table if '.' in table else f'{DATABASE}.{table}'} TO {user};"


_WRITING_GRANTS: Dictionary[str, Callable[[Dictionary[str, str], LoadContract], Iterator[str]]] = {
    "postgresql": _postgresql_writing,
    "mariadb": _mariadb_writing,
}

_GRANTS: Dictionary[str, Callable[[Dictionary[str, str], LoadContract], Iterator[str]]] = {
    "postgresql": _postgresql,
    "mariadb": _mariadb,
    "mssql": _sql_server,
    "oracle": _oracle,
}
