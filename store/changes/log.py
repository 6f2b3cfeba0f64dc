"""The change log: which rows changed, noted in the transaction in which the hub knows of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, func, select, text

from models.changes import NO_CHANGES, ChangeKind, KeptChanges, NewestChanges, NoticedChange, RecordChange, Visibility
from models.tables import record_changes
from store.broker import Broker, Event
from store.database.clock import database_now
from store.database.engine import HubDatabase

CHANGES_MAX: Final = 1_000_000
"""How many changes are kept at most. The oldest are deleted."""
CHANGES_KEPT: Final = timedelta(days=7)
SLICE_ROWS_MAX: Final = 5_000
"""How many changes one statement deletes, so that nobody waits for long."""
PAGE_ROWS_MAX: Final = 500
CHANGES: Final = "record-changes"
"""The topic of the broker. Its keys and payloads: a record, and the cursor of its newest change."""
PEOPLE: Final = "citizens"
"""The record whose rows are people: nothing is noted of it, so that no key of a person is in the log."""

_C = record_changes.c
_APPEND = record_changes.insert()
_NEWEST = select(func.max(_C.cursor))
_KEPT = select(func.min(_C.cursor), func.max(_C.cursor))
_AFTER = select(record_changes).where(_C.cursor > bindparam("cursor_")).order_by(_C.cursor).limit(bindparam("rows"))
_AFTER_OF = _AFTER.where(_C.record.in_(bindparam("records", expanding=True)))


def append(connection: Connection, noticed: Sequence[NoticedChange], at: datetime) -> NewestChanges:
    """Note changes, in this order; returns the newest cursor of each record.

    Cursors become visible in their order: nobody who follows them misses a smaller one.
    """
    rows = [_row(one, at) for one in noticed if one.record != PEOPLE]
    if not rows:
        return NO_CHANGES
    if connection.dialect.name == "postgresql":
        # Otherwise a smaller cursor could be committed after a larger one, and who follows them would miss it.
        connection.execute(text("LOCK TABLE record_changes IN SHARE ROW EXCLUSIVE MODE"))
    connection.execute(_APPEND, rows)
    return dict.fromkeys((one.record for one in noticed if one.record != PEOPLE), newest(connection))


def newest(connection: Connection) -> int:
    """The cursor of the newest change; 0 if there is none."""
    return connection.execute(_NEWEST).scalar() or 0


def newest_by_record(connection: Connection, cursor: int) -> NewestChanges:
    """The newest change of each record that has any after a cursor."""
    last = func.max(_C.cursor)
    rows = connection.execute(select(_C.record, last).where(_C.cursor > cursor).group_by(_C.record))
    return dict(map(tuple, rows))


def after(
    connection: Connection, cursor: int, records: Collection[str] | None = None, rows_max: int = PAGE_ROWS_MAX
) -> list[RecordChange]:
    """The changes after a cursor, of these records or of all, at most `rows_max`."""
    asked: dict[str, object] = {"cursor_": cursor, "rows": rows_max}
    if records is None:
        return list(map(_change_of, connection.execute(_AFTER, asked)))
    return list(map(_change_of, connection.execute(_AFTER_OF, {**asked, "records": sorted(records)})))


def kept(connection: Connection) -> KeptChanges:
    """What is kept. Read it after the changes: what was pruned meanwhile is then not missed unnoticed."""
    oldest, last = connection.execute(_KEPT).one()
    return KeptChanges(oldest or 0, last or 0)


def prune(connection: Connection, now: datetime) -> bool:
    """Delete one slice of what is not kept any more; whether there may be more. The newest change always stays."""
    last = newest(connection)
    is_old = (_C.at <= now - CHANGES_KEPT) | (_C.cursor <= last - CHANGES_MAX)
    slice_ = select(_C.cursor).where(is_old, _C.cursor < last).order_by(_C.cursor).limit(SLICE_ROWS_MAX)
    deleted = connection.execute(record_changes.delete().where(_C.cursor.in_(slice_.scalar_subquery())))
    return deleted.rowcount == SLICE_ROWS_MAX


@dataclass(frozen=True, slots=True)
class ChangeLog:
    """Appends to the log and reads it. Each method is one transaction, and raises the errors of the database."""

    database: HubDatabase
    broker: Broker
    clock: Callable[[Connection], datetime] = database_now

    async def append(self, noticed: Sequence[NoticedChange]) -> NewestChanges:
        """Note changes and tell every process of it."""
        async with self.database.writing() as connection:
            changed = await connection.run_sync(lambda sync: append(sync, noticed, self.clock(sync)))
        self.tell(changed)
        return changed

    def tell(self, changed: NewestChanges) -> None:
        """Tell every process of changes that are committed."""
        for record, cursor in changed.items():
            self.broker.publish(Event(CHANGES, record, b"%d" % cursor))

    async def newest_by_record(self, cursor: int) -> NewestChanges:
        """The newest change of each record that has any after a cursor."""
        async with self.database.reading() as connection:
            return await connection.run_sync(newest_by_record, cursor)

    async def after(
        self, cursor: int, records: Collection[str] | None = None, rows_max: int = PAGE_ROWS_MAX
    ) -> list[RecordChange]:
        """The next changes after a cursor, of these records or of all, at most `rows_max`."""
        async with self.database.reading() as connection:
            return await connection.run_sync(after, cursor, records, rows_max)

    async def kept(self) -> KeptChanges:
        """What is kept; see `kept`."""
        async with self.database.reading() as connection:
            return await connection.run_sync(kept)

    async def prune(self) -> None:
        """Delete what is not kept any more, in slices of one transaction each."""
        more = True
        while more:
            async with self.database.writing() as connection:
                more = await connection.run_sync(lambda sync: prune(sync, self.clock(sync)))


def _row(noticed: NoticedChange, at: datetime) -> dict[str, object]:
    return {
        "record": noticed.record,
        "key": noticed.key,
        "kind": noticed.kind.value,
        "at": at,
        "fields": None if noticed.fields is None else json.dumps(sorted(noticed.fields)),
        "visibility_before": _written(noticed.visibility_before),
        "visibility_after": _written(noticed.visibility_after),
        "digest": noticed.digest,
    }


def _written(visibility: Visibility | None) -> str | None:
    return None if visibility is None else json.dumps(dict(visibility), sort_keys=True)


def _read(written: str | None) -> Visibility | None:
    return None if written is None else json.loads(written)


def _change_of(row: Row[Any]) -> RecordChange:
    return RecordChange(
        row.cursor,
        row.record,
        row.key,
        ChangeKind.__members__.get(row.kind, ChangeKind.UNKNOWN),
        row.at,
        None if row.fields is None else frozenset(json.loads(row.fields)),
        _read(row.visibility_before),
        _read(row.visibility_after),
        row.digest,
    )
