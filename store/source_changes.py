"""Keeps the newest state changes of all sources in the hub's own database, and derives outages from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, insert, select, text

from models.sources.states import SourceCondition, SourceStateChange
from models.tables import source_changes
from store.database.engine import HubDatabase

CHANGES_MAX: Final = 5_000
"""How many changes are kept, of all sources together. The oldest are deleted."""


@dataclass(frozen=True, slots=True)
class Outage:
    """A time in which a source was not OK; `condition` is the worst in it. `until` is None while it lasts."""

    source: str
    condition: SourceCondition
    since: datetime
    until: datetime | None


async def note(database: HubDatabase, change: SourceStateChange) -> bool:
    """Save a change unless it is known, because every process reports it; whether it was new."""
    table = source_changes.c
    last = select(table.condition).where(table.source == change.source).order_by(table.id.desc()).limit(1)
    async with database.writing() as connection:
        if connection.dialect.name == "postgresql":
            # Otherwise two processes could both save it.
            await connection.execute(text("LOCK TABLE source_changes IN SHARE ROW EXCLUSIVE MODE"))
        if await connection.scalar(last) == change.condition.value:
            return False
        row = {"source": change.source, "condition": change.condition.value, "at": change.since}
        await connection.execute(insert(source_changes).values(row))
        newest = select(func.max(table.id)).scalar_subquery()
        await connection.execute(source_changes.delete().where(table.id <= newest - CHANGES_MAX))
    return True


async def outages(database: HubDatabase, since: datetime) -> tuple[Outage, ...]:
    """The outages that had not ended by `since`, newest first."""
    table = source_changes.c
    statement = select(table.source, table.condition, table.at).order_by(table.id)
    async with database.reading() as connection:
        rows = (await connection.execute(statement)).all()
    changes = [SourceStateChange(source, _condition_of(code), at) for source, code, at in rows]
    found = [one for one in _outages_of(changes) if one.until is None or one.until >= since]
    return tuple(sorted(found, key=lambda one: (one.since, one.source), reverse=True))


def _condition_of(code: str) -> SourceCondition:
    # During a rollout an older hub reads conditions that only the newer one knows.
    return SourceCondition.__members__.get(code, SourceCondition.UNKNOWN)


def _outages_of(changes: Iterable[SourceStateChange]) -> Iterable[Outage]:
    badness = list(SourceCondition)
    lasting: dict[str, Outage] = {}
    for change in changes:
        begun = lasting.get(change.source)
        if badness.index(change.condition) <= badness.index(SourceCondition.OK):
            if begun is not None:
                del lasting[change.source]
                yield Outage(begun.source, begun.condition, begun.since, change.since)
        elif begun is None:
            lasting[change.source] = Outage(change.source, change.condition, change.since, None)
        else:
            worst = max(begun.condition, change.condition, key=badness.index)
            lasting[change.source] = Outage(begun.source, worst, begun.since, None)
    yield from lasting.values()
