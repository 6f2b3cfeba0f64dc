"""The rows of the ledger: entries on their way into the hub's tables and out of them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, and_, func, literal, select, tuple_, union
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from models.tables import ledger_entries, ledger_heads, ledger_persons
from store.database import HubDatabase
from store.ledger_chain import Entry, EntryKind, Head, Note, head_of
from store.ledger_file import append_to_file
from store.ledger_row import row_of
from store.ledger_server import append_to_server
from store.postgres_turns import PostgresTurns

PAGE_ROWS: Final = 1_000
WRITERS_MAX: Final = 100_000


Place = tuple[datetime, str, int]
"""Where an entry lies among all: its time, its writer and its place in that writer's chain."""


_INSERTS: Final[dict[str, Any]] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
"""How each database of the hub adds rows of which some may be there."""


async def append(database: HubDatabase, head: Head, entries: Sequence[Entry]) -> None:
    """Add entries behind the head of their chain, all in one transaction.

    Raises ChainCut, and writes nothing, where the database has another head.
    """
    turns = database.turns
    if isinstance(turns, PostgresTurns):
        await append_to_server(turns, head, entries)
    else:
        await turns.run(lambda connection: append_to_file(connection, head, entries))


async def replay(database: HubDatabase, entries: Sequence[Entry]) -> None:
    """Add entries that waited in a journal, in one transaction; those that are there already stay as they are."""
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


def _insert(connection: AsyncConnection, table: Any) -> Any:
    return _INSERTS[connection.dialect.name](table)


def _values_of(head: Head) -> dict[str, object]:
    return {"writer": head.writer, "seq": head.seq, "hash": head.hash}


def _row_of(entry: Entry) -> dict[str, object]:
    return dict(zip(ledger_entries.columns.keys(), row_of(entry, entry.note.at), strict=True))


def _entry_of(row: Row[Any]) -> Entry:
    """Raises ValueError for a row that the hub cannot have written."""
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
    """The entries of a writer in their order, page by page. Raises ValueError for a row that is no entry."""
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
    """The entries from `start` up to `end`, by time, page by page."""
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
    """Where each writer's chain ends, by the writer's name, as the database says. WRITERS_MAX at most."""
    statement = select(ledger_heads).order_by(ledger_heads.c.writer).limit(WRITERS_MAX)
    async with database.reading() as connection:
        rows = (await connection.execute(statement)).all()
    return sorted((Head(row.writer, row.seq, row.hash) for row in rows), key=lambda head: head.writer)


async def indexed_seq(database: HubDatabase, writer: str) -> int:
    """Up to which entry of a writer its people are in the index of trails; 0 without a head."""
    statement = select(ledger_heads.c.indexed).where(ledger_heads.c.writer == writer)
    async with database.reading() as connection:
        return await connection.scalar(statement) or 0


async def head_seq(database: HubDatabase, writer: str) -> int:
    """Where a writer's chain ends, as the database says now; 0 without a head."""
    statement = select(ledger_heads.c.seq).where(ledger_heads.c.writer == writer)
    async with database.reading() as connection:
        return await connection.scalar(statement) or 0


async def writers(database: HubDatabase) -> set[str]:
    """The writers of all entries that there are. WRITERS_MAX at most.

    One look into the index for each: there are few of them, and too many entries to go through at once.
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
    """By the entries of a writer in this range, whose trails they are in, and at what time."""
    table = ledger_persons.c
    statement = select(table.seq, table.person, table.at).where(table.writer == writer, table.seq.between(first, last))
    found: dict[int, set[tuple[str, datetime]]] = {}
    async with database.reading() as connection:
        for seq, person, at in (await connection.execute(statement)).all():
            found.setdefault(seq, set()).add((person, at))
    return found


async def stray_line(database: HubDatabase) -> tuple[str, int] | None:
    """A line of somebody's trail that belongs to no entry, as writer and place; None if there is none."""
    line, entry = ledger_persons.c, ledger_entries.c
    joined = ledger_persons.outerjoin(ledger_entries, and_(line.writer == entry.writer, line.seq == entry.seq))
    statement = select(line.writer, line.seq).select_from(joined).where(entry.writer.is_(None)).limit(1)
    async with database.reading() as connection:
        row = (await connection.execute(statement)).one_or_none()
    return (row.writer, row.seq) if row is not None else None


async def trail_page(database: HubDatabase, person: str, rows_max: int, after: Place | None) -> list[Entry]:
    """The entries about a person, the newest first, behind a place in them."""
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
    """Where the entries about a person lie: by the index, and by the entries that it has not come to yet."""
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
