"""The change log: which rows the hub has changed, written in the transaction in which it notes that they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, bindparam, func, select, text

from models.actions.changes import NO_CHANGES, ChangeKind, NewestChanges, RecordChange
from models.actions.effects import Effect
from models.tables import record_changes

CHANGES_MAX: Final = 100_000
"""How many changes are kept. The oldest are deleted."""
CHANGES_KEPT: Final = timedelta(days=7)
PAGE_ROWS_MAX: Final = 500

_C = record_changes.c
_APPEND = record_changes.insert()
_NEWEST = select(func.max(_C.cursor))
_FORGET = record_changes.delete().where(_C.cursor <= bindparam("up_to"))


def append(connection: Connection, effects: Sequence[Effect], first_key: str | None, at: datetime) -> NewestChanges:
    """Note the changes of one action; returns their newest cursor, by record.

    `first_key` is that of the first row, where it was not known before.
    """
    if connection.dialect.name == "postgresql":
        # Otherwise a smaller cursor could be committed after a larger one, and who follows them would miss it.
        connection.execute(text("LOCK TABLE record_changes IN SHARE ROW EXCLUSIVE MODE"))
    rows = [
        {
            "record": effect.record,
            "key": effect.key if effect.key is not None else (first_key if number == 0 else None),
            "kind": (ChangeKind.NEW if effect.is_new else ChangeKind.CHANGED).value,
            "at": at,
        }
        for number, effect in enumerate(effects)
    ]
    if not rows:
        return NO_CHANGES
    connection.execute(_APPEND, rows)
    last = newest(connection)
    connection.execute(_FORGET, {"up_to": last - CHANGES_MAX})
    return dict.fromkeys((effect.record for effect in effects), last)


def newest(connection: Connection) -> int:
    """The cursor of the newest change; 0 if there is none."""
    return connection.execute(_NEWEST).scalar() or 0


def newest_by_record(connection: Connection, cursor: int) -> NewestChanges:
    """The newest change of each record that has any after a cursor."""
    last = func.max(_C.cursor)
    rows = connection.execute(select(_C.record, last).where(_C.cursor > cursor).group_by(_C.record))
    return dict(map(tuple, rows))


def after(connection: Connection, cursor: int, rows_max: int = PAGE_ROWS_MAX) -> list[RecordChange]:
    """The changes after a cursor, at most `rows_max`."""
    rows = connection.execute(select(record_changes).where(_C.cursor > cursor).order_by(_C.cursor).limit(rows_max))
    return list(map(_change_of, rows))


def forget_old(connection: Connection, now: datetime) -> None:
    connection.execute(record_changes.delete().where(_C.at <= now - CHANGES_KEPT))


def _change_of(row: Row[Any]) -> RecordChange:
    return RecordChange(
        row.cursor, row.record, row.key, ChangeKind.__members__.get(row.kind, ChangeKind.UNKNOWN), row.at
    )
