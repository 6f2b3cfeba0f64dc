"""The rows of the ledger: writes entries, heads and anchors to the hub's tables and reads them."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from sqlalchemy import Column, Row, and_, func, literal, select, tuple_, union
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect, make_url
from sqlalchemy.ext.asyncio import AsyncConnection

from models.tables import ledger_anchored, ledger_entries, ledger_heads, ledger_persons
from store.database.engine import HubDatabase
from store.database.transactions import PostgresTransactions
from store.ledger.chain import ChainCut, Entry, EntryKind, Head, Note, head_of

PAGE_ROWS: Final = 1_000
WRITERS_MAX: Final = 100_000


Place = tuple[datetime, str, int]
"""The keyset of an entry: its time, its writer, its number in the writer's chain."""

_INSERTS: Final[dict[str, Any]] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
"""The INSERT of each dialect that allows ON CONFLICT."""


async def append(database: HubDatabase, head: Head, entries: Sequence[Entry]) -> None:
    """Append entries to a chain in one transaction.

    Raises ChainCut and writes nothing if the database has another head.
    """
    transactions = database.transactions
    if isinstance(transactions, PostgresTransactions):
        await append_to_server(transactions, head, entries)
    else:
        await transactions.run(lambda connection: append_to_file(connection, head, entries))


async def replay(database: HubDatabase, entries: Sequence[Entry]) -> None:
    """Add the entries of a journal in one transaction; existing entries stay as they are."""
    last = {entry.writer: head_of(entry) for entry in sorted(entries, key=lambda entry: entry.seq)}
    async with database.writing() as connection:
        insert = _insert(connection, ledger_entries).on_conflict_do_nothing()
        await connection.execute(insert, [_row_of(entry) for entry in entries])
        heads = _insert(connection, ledger_heads)
        further = heads.on_conflict_do_update(
            index_elements=[ledger_heads.c.writer],
            set_={"seq": heads.excluded.seq, "hash": heads.excluded.hash},
            where=heads.excluded.seq > ledger_heads.c.seq,
        )
        await connection.execute(further, [_values_of(head) for head in last.values()])


def row_of(entry: Entry, at: object) -> tuple[object, ...]:
    """The values of an entry in the order of the columns of `ledger_entries`; `at` as the driver takes it."""
    note = entry.note
    return (
        entry.writer,
        entry.seq,
        at,
        note.kind.value,
        note.viewer,
        note.role,
        note.department,
        note.purpose,
        note.operation,
        note.request_id,
        note.record,
        " ".join(note.fields),
        " ".join(note.persons) if note.persons is not None else None,
        note.rows,
        note.outcome,
        note.detail,
        entry.previous,
        entry.hash,
    )


def _insert(connection: AsyncConnection, table: Any) -> Any:
    return _INSERTS[connection.dialect.name](table)


def _values_of(head: Head) -> dict[str, object]:
    return {"writer": head.writer, "seq": head.seq, "hash": head.hash}


def _row_of(entry: Entry) -> dict[str, object]:
    return dict(zip(ledger_entries.columns.keys(), row_of(entry, entry.note.at), strict=True))


def _entry_of(row: Row[Any]) -> Entry:
    """The entry of a row. Raises ValueError for a row that the hub cannot have written."""
    note = Note(
        at=row.at,
        kind=EntryKind(row.kind),
        role=row.role,
        request_id=row.request_id,
        record=row.record,
        fields=tuple(row.fields.split(" ")) if row.fields else (),
        persons=None if row.persons is None else tuple(row.persons.split(" ")) if row.persons else (),
        rows=row.rows,
        outcome=row.outcome,
        viewer=row.viewer,
        department=row.department,
        purpose=row.purpose,
        operation=row.operation,
        detail=row.detail,
    )
    return Entry(row.writer, row.seq, note, row.previous, row.hash)


async def entries_of(database: HubDatabase, writer: str) -> AsyncIterator[Entry]:
    """The entries of a writer in order, page by page. Raises ValueError for a row that is no entry."""
    after = 0
    while True:
        mine = and_(ledger_entries.c.writer == writer, ledger_entries.c.seq > after)
        statement = select(ledger_entries).where(mine).order_by(ledger_entries.c.seq).limit(PAGE_ROWS)
        async with database.reading() as connection:
            rows = (await connection.execute(statement)).all()
        for row in rows:
            after = row.seq
            yield _entry_of(row)
        if len(rows) < PAGE_ROWS:
            return


async def entries_between(
    database: HubDatabase,
    start: datetime | None,
    end: datetime | None,
    kind: EntryKind | None = None,
    *,
    viewer: str | None = None,
    department: str | None = None,
) -> AsyncIterator[Entry]:
    """The entries in [start, end) by time, with keyset pagination."""
    table = ledger_entries.c
    where = [
        *([table.at >= start] if start is not None else []),
        *([table.at < end] if end is not None else []),
        *([table.kind == kind.value] if kind is not None else []),
        *([table.viewer == viewer] if viewer is not None else []),
        *([table.department == department] if department is not None else []),
    ]
    columns = (table.at, table.writer, table.seq)
    behind: list[Any] = []
    while True:
        statement = select(ledger_entries).where(*where, *behind).order_by(*columns).limit(PAGE_ROWS)
        async with database.reading() as connection:
            rows = (await connection.execute(statement)).all()
        for row in rows:
            yield _entry_of(row)
        if len(rows) < PAGE_ROWS:
            return
        behind = [tuple_(*columns) > _bounds((rows[-1].at, rows[-1].writer, rows[-1].seq), columns)]


def _bounds(place: Place, columns: Sequence[Any]) -> Any:
    return tuple_(*(literal(value, column.type) for value, column in zip(place, columns, strict=True)))


async def heads(database: HubDatabase) -> list[Head]:
    """The heads of all chains, sorted by writer; at most WRITERS_MAX."""
    statement = select(ledger_heads).order_by(ledger_heads.c.writer).limit(WRITERS_MAX)
    async with database.reading() as connection:
        rows = (await connection.execute(statement)).all()
    return sorted((Head(row.writer, row.seq, row.hash) for row in rows), key=lambda head: head.writer)


@dataclass(frozen=True, slots=True)
class Anchored:
    """The last line of a chain of anchors, as the database remembers it."""

    chain: str
    number: int
    hash: str
    at: str


async def anchored(database: HubDatabase) -> dict[str, Anchored]:
    """The last anchor of each chain of anchors, by its name."""
    async with database.reading() as connection:
        rows = (await connection.execute(select(ledger_anchored).limit(WRITERS_MAX))).all()
    return {row.chain: Anchored(row.chain, row.number, row.hash, row.at) for row in rows}


async def remember_anchored(database: HubDatabase, last: Anchored) -> None:
    """Remember the last line of a chain of anchors, so that a truncated file is noticed."""
    async with database.writing() as connection:
        insert = _insert(connection, ledger_anchored)
        further = insert.on_conflict_do_update(
            index_elements=[ledger_anchored.c.chain],
            set_={name: insert.excluded[name] for name in ("number", "hash", "at")},
            where=insert.excluded.number > ledger_anchored.c.number,
        )
        await connection.execute(further, asdict(last))


async def indexed_seq(database: HubDatabase, writer: str) -> int:
    """The last entry of a writer that is in the index of trails; 0 without a head."""
    statement = select(ledger_heads.c.indexed).where(ledger_heads.c.writer == writer)
    async with database.reading() as connection:
        return await connection.scalar(statement) or 0


async def head_seq(database: HubDatabase, writer: str) -> int:
    """The number of the last entry of a writer's chain; 0 without a head."""
    statement = select(ledger_heads.c.seq).where(ledger_heads.c.writer == writer)
    async with database.reading() as connection:
        return await connection.scalar(statement) or 0


async def writers(database: HubDatabase) -> set[str]:
    """The writers of all entries; at most WRITERS_MAX.

    One index lookup per writer: there are few writers and many entries.
    """
    found: set[str] = set()
    writer: str | None = None
    async with database.reading() as connection:
        while len(found) < WRITERS_MAX:
            behind = [ledger_entries.c.writer > writer] if writer is not None else []
            writer = await connection.scalar(select(func.min(ledger_entries.c.writer)).where(*behind))
            if writer is None:
                break
            found.add(writer)
    return found


async def persons_of(database: HubDatabase, writer: str, first: int, last: int) -> dict[int, set[tuple[str, datetime]]]:
    """By entry of a writer in this range, the people in the index of trails, with the time."""
    table = ledger_persons.c
    statement = select(table.seq, table.person, table.at).where(table.writer == writer, table.seq.between(first, last))
    found: dict[int, set[tuple[str, datetime]]] = {}
    async with database.reading() as connection:
        for seq, person, at in (await connection.execute(statement)).all():
            found.setdefault(seq, set()).add((person, at))
    return found


async def stray_line(database: HubDatabase) -> tuple[str, int] | None:
    """A line of the index of trails without an entry, as writer and number; None if there is none."""
    line, entry = ledger_persons.c, ledger_entries.c
    joined = ledger_persons.outerjoin(ledger_entries, and_(line.writer == entry.writer, line.seq == entry.seq))
    statement = select(line.writer, line.seq).select_from(joined).where(entry.writer.is_(None)).limit(1)
    async with database.reading() as connection:
        row = (await connection.execute(statement)).one_or_none()
    return (row.writer, row.seq) if row is not None else None


async def trail_page(database: HubDatabase, person: str, rows_max: int, after: Place | None) -> list[Entry]:
    """The entries about a person, newest first, after a keyset."""
    found = _places_of(person, rows_max, after)
    entry = ledger_entries.c
    joined = ledger_entries.join(found, and_(found.c.writer == entry.writer, found.c.seq == entry.seq))
    order = (entry.at.desc(), entry.writer.desc(), entry.seq.desc())
    statement = select(ledger_entries).select_from(joined).order_by(*order).limit(rows_max)
    async with database.reading() as connection:
        rows = (await connection.execute(statement)).all()
    return list(map(_entry_of, rows))


async def trail_count(database: HubDatabase, person: str) -> int:
    """How many entries are about a person."""
    statement = select(func.count()).select_from(_places_of(person))
    async with database.reading() as connection:
        return (await connection.execute(statement)).scalar_one()


def _places_of(person: str, rows_max: int | None = None, after: Place | None = None) -> Any:
    """The keysets of the entries about a person: from the index, and from the entries that are not indexed yet."""
    line, entry, head = ledger_persons.c, ledger_entries.c, ledger_heads.c
    indexed = select(line.at, line.writer, line.seq).where(line.person == person)
    behind = ledger_entries.join(ledger_heads, and_(head.writer == entry.writer, entry.seq > head.indexed))
    named = entry.persons.contains(person, autoescape=True)
    latest = select(entry.at, entry.writer, entry.seq).select_from(behind).where(head.indexed < head.seq, named)
    parts = []
    for part in (indexed, latest):
        columns = tuple(part.selected_columns)
        within = [tuple_(*columns) < _bounds(after, columns)] if after is not None else []
        ordered = part.where(*within).order_by(*(column.desc() for column in columns))
        parts.append(select(ordered.limit(rows_max).subquery()))
    return union(*parts).subquery()


_ADD_ENTRY: Final = str(ledger_entries.insert().compile(dialect=sqlite.dialect()))
"""Takes the values in the order of the columns."""
_ADD_HEAD: Final = f"INSERT INTO {ledger_heads.name} (writer, seq, hash) VALUES (?, ?, ?)"  # noqa: S608  # as below
_MOVE_HEAD: Final = f"UPDATE {ledger_heads.name} SET seq = ?, hash = ? WHERE writer = ? AND seq = ? AND hash = ?"  # noqa: S608  # a name of our own


def append_to_file(connection: sqlite3.Connection, old: Head, entries: Sequence[Entry]) -> None:
    """Append entries on SQLite. Raises ChainCut if the database has another head."""
    new = head_of(entries[-1])
    if old.seq == 0:
        connection.execute(_ADD_HEAD, (new.writer, new.seq, new.hash))
    elif connection.execute(_MOVE_HEAD, (new.seq, new.hash, old.writer, old.seq, old.hash)).rowcount != 1:
        raise ChainCut(old.writer)
    connection.executemany(_ADD_ENTRY, (row_of(entry, _moment(entry.note.at)) for entry in entries))


def _moment(at: datetime) -> str:
    """A time as SQLAlchemy stores it in SQLite."""
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")


_DIALECT: Final[Dialect] = make_url("postgresql+asyncpg://").get_dialect()()
_NAMES: Final = tuple(str(column.name) for column in ledger_entries.columns)


def _quoted(column: Column[object]) -> str:
    return _DIALECT.identifier_preparer.quote(column.name)


def _adding_behind(head: str) -> str:
    """The statement that updates a head, and adds the entries if that changed a row.

    The entries are one JSON text, $4, which is cheaper for the driver than one array per column.
    """
    columns = ", ".join(map(_quoted, ledger_entries.columns))
    typed = ", ".join(f"{_quoted(column)} {column.type.compile(_DIALECT)}" for column in ledger_entries.columns)
    return (
        f"WITH moved AS ({head} RETURNING writer), added AS ("  # noqa: S608  # texts of our own
        f"INSERT INTO {ledger_entries.name} ({columns}) "
        f"SELECT entry.* FROM moved, json_to_recordset($4::text::json) AS entry({typed})) "
        "SELECT count(*) FROM moved"
    )


_BEGIN: Final = _adding_behind(
    f"INSERT INTO {ledger_heads.name} (writer, seq, hash) VALUES ($1, $2, $3)"  # noqa: S608  # as above
)
_GO_ON: Final = _adding_behind(
    f"UPDATE {ledger_heads.name} SET seq = $2, hash = $3 WHERE writer = $1 AND seq = $5 AND hash = $6"  # noqa: S608  # as above
)


async def append_to_server(transactions: PostgresTransactions, old: Head, entries: Sequence[Entry]) -> None:
    """Append entries on PostgreSQL with one statement. Raises ChainCut if the database has another head."""
    new = head_of(entries[-1])
    rows = [dict(zip(_NAMES, row_of(entry, entry.note.at), strict=True)) for entry in entries]
    values = (new.writer, new.seq, new.hash, orjson.dumps(rows).decode())
    if old.seq == 0:
        await transactions.run(_BEGIN, *values)
    elif not await transactions.run(_GO_ON, *values, old.seq, old.hash):
        raise ChainCut(old.writer)
