"""Source changes: how the sources were over time, in the hub's own database, the newest of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import func, insert, select, text

from models.source_states import SourceCondition, SourceStateChange
from models.tables import source_changes
from store.database import HubDatabase

CHANGES_MAX: Final = 5_000
"""How many changes are kept, of all sources together: the oldest go first."""


@dataclass(frozen=True, slots=True)
class Outage:
    """A time in which a source was not well; `condition` is the worst of it. It lasts while `until` is None."""

    source: str
    condition: SourceCondition
    since: datetime
    until: datetime | None


async def note(database: HubDatabase, change: SourceStateChange) -> bool:
    """Keep a change, unless it is known: all processes of the hub tell of the same ones. Whether it was new."""
    table = source_changes.c
    last = select(table.condition).where(table.source == change.source).order_by(table.id.desc()).limit(1)
    async with database.writing() as connection:
        if connection.dialect.name == "postgresql":
            # Two processes would otherwise both find that it is new.
            await connection.execute(text("LOCK TABLE source_changes IN SHARE ROW EXCLUSIVE MODE"))
        if await connection.scalar(last) == change.condition.value:
            return False
        row = {"source": change.source, "condition": change.condition.value, "at": change.since}
        await connection.execute(insert(source_changes).values(row))
        newest = select(func.max(table.id)).scalar_subquery()
        await connection.execute(source_changes.delete().where(table.id <= newest - CHANGES_MAX))
    return True


async def outages(database: HubDatabase, since: datetime) -> tuple[Outage, ...]:
    """The times in which sources were not well and that had not ended by then, the newest first."""
    table = source_changes.c
    statement = select(table.source, table.condition, table.at).order_by(table.id)
    async with database.reading() as connection:
        rows = (await connection.execute(statement)).all()
    changes = [SourceStateChange(source, _condition_of(code), at) for source, code, at in rows]
    found = [one for one in _outages_of(changes) if one.until is None or one.until >= since]
    return tuple(sorted(found, key=lambda one: (one.since, one.source), reverse=True))


def _condition_of(code: str) -> SourceCondition:
    # While a new version is rolled out, an older hub meets the conditions of the newer one.
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
