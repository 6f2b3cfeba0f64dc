"""The file of a replica: write the tables of mappings into a new SQLite file, and find the newest one."""

from __future__ import annotations

import hashlib
import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as Dictionary
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.sql import visitors

from connectors.mapping import Mapping
from models.records import KEY

PAGE_BYTES = 4_096
COPIES_MAX = 8
"""How many copies of a source are kept on disk."""
STAGED_FOR_MAX = timedelta(hours=1)
"""An unfinished copy older than this was left by a process that died."""
_META = "simpul_replica"
_STAMP = "%Y%m%dT%H%M%S%f"


@dataclass(frozen=True, slots=True)
class ReplicaTable:
    """One table of a replica: its columns with their SQLite types, and the columns that are indexed."""

    name: str
    columns: tuple[tuple[str, str], ...]
    indexed: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.columns)


@dataclass(frozen=True, slots=True)
class Copy:
    """A complete copy of a source on disk: the version of the source, and when it was copied (UTC)."""

    file: Path
    version: str
    copied_at: datetime


class CopyTooLarge(Exception):
    """The rows exceed the size limit of a replica."""


class CopyImpossible(Exception):
    """SQLite cannot store a value: a lone surrogate, a number over 64 bits, or another type."""


def tables_of(mappings: Iterable[Mapping]) -> tuple[ReplicaTable, ...]:
    """The tables of these mappings, with an index on each column that a filter, an order or a relation uses."""
    found: dict[str, sa.TableClause] = {}
    indexed: dict[str, dict[str, None]] = {}
    for mapping in mappings:
        for element in visitors.iterate(mapping.selectable):
            if isinstance(element, sa.TableClause):
                found.setdefault(element.name, element)
                indexed.setdefault(element.name, {}).update(dict.fromkeys(_asked(mapping, element)))
    return tuple(
        ReplicaTable(
            name,
            tuple((column.name, _affinity(column.type)) for column in table.columns),
            tuple(column.name for column in table.columns if column.name in indexed[name]),
        )
        for name, table in sorted(found.items())
    )


def write(
    folder: Path,
    source: str,
    tables: Sequence[ReplicaTable],
    rows: Dictionary[str, Sequence[Sequence[object]]],
    version: str,
    now: datetime,
    bytes_max: int,
) -> Copy:
    """Write a copy and rename it when it is complete. Raises CopyTooLarge, CopyImpossible or OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{source}.{now.astimezone(UTC):{_STAMP}}.db"
    staged = file.with_suffix(f".{os.getpid()}.new")
    staged.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(staged, isolation_level=None)) as connection:
            _fill(connection, tables, rows, bytes_max)
            connection.execute(f"CREATE TABLE {_META} (shape TEXT, version TEXT, copied_at TEXT)")
            meta = (_shape(tables), version, now.isoformat())
            connection.execute(f"INSERT INTO {_META} VALUES (?, ?, ?)", meta)  # noqa: S608  # a constant
            connection.execute("COMMIT")
            connection.execute("ANALYZE")
        _flush(staged)
        staged.replace(file)
    except sqlite3.OperationalError as error:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            raise CopyTooLarge from error
        raise OSError("the replica cannot be written") from error
    except (sqlite3.Error, UnicodeError, OverflowError) as error:
        raise CopyImpossible(type(error).__name__) from error
    finally:
        staged.unlink(missing_ok=True)
    return Copy(file, version, now)


def mark_checked(folder: Path, source: str, copy: Copy, now: datetime) -> None:
    """Record for other processes that the copy is still current. Raises OSError."""
    staged = folder / f"{source}.{os.getpid()}.mark"
    staged.write_text(f"{copy.file.name} {now.isoformat()}", encoding="ascii")
    staged.replace(folder / f"{source}.checked")


def checked_at(folder: Path, source: str, copy: Copy) -> datetime:
    """When this copy was last known to be current."""
    name, _, moment = _text(folder / f"{source}.checked").partition(" ")
    try:
        return datetime.fromisoformat(moment).astimezone(UTC) if name == copy.file.name else copy.copied_at
    except ValueError:
        return copy.copied_at


def mark_of(folder: Path, source: str) -> str:
    """A text that changes whenever any process loads the source or confirms its copy."""
    file = max(folder.glob(f"{source}.*.db"), default=None)
    return f"{file.name if file is not None else ''} {_text(folder / f'{source}.checked')}"


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="ascii")
    except (OSError, UnicodeDecodeError):
        return ""


def newest(folder: Path, source: str, tables: Sequence[ReplicaTable]) -> Copy | None:
    """The newest complete copy of a source with these tables."""
    for file in sorted(folder.glob(f"{source}.*.db"), reverse=True):
        copy = _opened(file, _shape(tables))
        if copy is not None:
            return copy
    return None


def filled(copy: Copy, tables: Sequence[ReplicaTable]) -> frozenset[str]:
    """The tables of a copy that have rows; none if the copy cannot be read."""
    try:
        with closing(_connected(copy.file)) as connection:
            firsts = {table.name: f'SELECT EXISTS (SELECT 1 FROM "{table.name}")' for table in tables}  # noqa: S608
            return frozenset(name for name, first in firsts.items() if connection.execute(first).fetchone()[0])
    except sqlite3.Error:
        return frozenset()


def remove_old(folder: Path, source: str, in_use: Copy, keep_since: datetime) -> None:
    """Remove unfinished copies and those replaced before `keep_since`.

    Later ones stay, up to COPIES_MAX, because other processes may still read them.
    """
    older = sorted((file for file in folder.glob(f"{source}.*.db") if file.name < in_use.file.name), reverse=True)
    replaced_by = in_use.file
    for at, file in enumerate(older, start=1):
        if at >= COPIES_MAX or _stamp(replaced_by) < f"{keep_since.astimezone(UTC):{_STAMP}}":
            with suppress(OSError):
                file.unlink()
        replaced_by = file
    for staged in folder.glob(f"{source}.*.new"):
        with suppress(OSError):
            if in_use.copied_at.timestamp() - staged.stat().st_mtime > STAGED_FOR_MAX.total_seconds():
                staged.unlink()


def _stamp(file: Path) -> str:
    return file.name.split(".")[-2]


def _flush(file: Path) -> None:
    """Sync to disk before the rename: after a power cut, a partial file must not look complete."""
    with file.open("rb+") as written:
        os.fsync(written.fileno())


def _connected(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)


def _opened(file: Path, shape: str) -> Copy | None:
    """The copy in a file; None if the file is not ours or was made for other tables."""
    try:
        with closing(_connected(file)) as connection:
            row = connection.execute(f"SELECT shape, version, copied_at FROM {_META}").fetchone()  # noqa: S608
        found_shape, version, copied_at = row
        return (
            Copy(file, str(version), datetime.fromisoformat(copied_at).astimezone(UTC))
            if found_shape == shape
            else None
        )
    except (sqlite3.Error, TypeError, ValueError):
        return None


def _fill(
    connection: sqlite3.Connection,
    tables: Sequence[ReplicaTable],
    rows: Dictionary[str, Sequence[Sequence[object]]],
    bytes_max: int,
) -> None:
    # An incomplete file is worthless, so nothing protects it.
    connection.execute("PRAGMA journal_mode = OFF")
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute(f"PRAGMA page_size = {PAGE_BYTES}")
    connection.execute(f"PRAGMA max_page_count = {max(1, bytes_max // PAGE_BYTES)}")
    connection.execute("BEGIN")
    for table in tables:
        columns = ", ".join(f'"{name}" {kind}' for name, kind in table.columns)
        connection.execute(f'CREATE TABLE "{table.name}" ({columns})')
        # A text may come as bytes; the decoders handle invalid ones.
        marks = ", ".join("CAST(? AS TEXT)" if kind == "TEXT" else "?" for _, kind in table.columns)
        connection.executemany(f'INSERT INTO "{table.name}" VALUES ({marks})', rows.get(table.name, ()))  # noqa: S608
        for name in table.indexed:
            connection.execute(f'CREATE INDEX "{table.name}_{name}" ON "{table.name}" ("{name}")')


def _asked(mapping: Mapping, table: sa.TableClause) -> Iterator[str]:
    """The columns of a table that the graph filters, sorts or joins by."""
    relations = {here for relation in mapping.record.relations.values() for here, _ in relation.on}
    for name, mapped in mapping.columns.items():
        contract = mapping.record.fields[name]
        if name == KEY or contract.filter or contract.sort or name in relations:
            legacy = (*mapped.legacy, *((mapped.sorts_as,) if mapped.sorts_as is not None else ()))
            yield from (column for column in legacy if column in table.c)


def _shape(tables: Sequence[ReplicaTable]) -> str:
    return hashlib.sha256(repr(tuple(tables)).encode()).hexdigest()


def _affinity(kind: sa.types.TypeEngine[object]) -> str:
    if isinstance(kind, sa.Integer | sa.Boolean):
        return "INTEGER"
    return "REAL" if isinstance(kind, sa.Numeric) else "TEXT"
