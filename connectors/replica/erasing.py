"""Erasing in copies of sources: mask a resident number inside texts of public records.

The source still holds it, and the next copy brings it back unless the department erases it too.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from contextlib import closing
from pathlib import Path
from typing import Final

from connectors.replica.replica import Replica
from models.policy.erasure import Searched, Sought

LOCK_WAIT_S_MAX: Final = 2.0


def erase_in_copies(replicas: Iterable[Replica], sought: Sought) -> Searched:
    """Search every text of every copy on disk, replaced ones too. Blocking. Raises sqlite3.Error."""
    found = Searched()
    for replica in replicas:
        for file in sorted(replica.folder.glob(f"{replica.source}.*.db")):
            found = found.plus(_erased_in(file, {table.name for table in replica.tables}, sought))
    return found


def _erased_in(file: Path, tables: AbstractSet[str], sought: Sought) -> Searched:
    uri = f"{file.absolute().as_uri()}?mode=rw"
    with closing(sqlite3.connect(uri, uri=True, timeout=LOCK_WAIT_S_MAX, isolation_level=None)) as connection:
        # Overwritten data leaves the file too.
        connection.execute("PRAGMA secure_delete = ON")
        found = Searched()
        names = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall()
        # A copy made before an upgrade may have other tables.
        for (name,) in names:
            if name in tables:
                found = found.plus(_erased_in_table(connection, name, sought))
    return found


def _erased_in_table(connection: sqlite3.Connection, table: str, sought: Sought) -> Searched:
    columns = [
        column
        for _, column, kind, *_ in connection.execute(f'PRAGMA table_info("{table}")').fetchall()
        if kind == "TEXT"
    ]
    if not columns:
        return Searched()
    holds = " OR ".join(f'instr("{column}", ?)' for column in columns for _ in sought.spellings)
    (looked,) = connection.execute(f'SELECT count(*) FROM "{table}"').fetchone()  # noqa: S608  # a table of our own
    searched = connection.execute(
        f'SELECT rowid FROM "{table}" WHERE {holds}',  # noqa: S608  # as above
        sought.spellings * len(columns),
    ).fetchall()
    for column in columns if searched else ():
        text, values = f'"{column}"', []
        for spelling, covered in sought.covered:
            text = f"replace({text}, ?, ?)"
            values += [spelling, covered]
        connection.executemany(
            f'UPDATE "{table}" SET "{column}" = {text} WHERE rowid = ?',  # noqa: S608  # as above
            [(*values, rowid) for (rowid,) in searched],
        )
    return Searched(looked, len(searched), len(searched))
