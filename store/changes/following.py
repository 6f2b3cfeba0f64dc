"""Follows the change log in each process, so that nothing is answered from before a change."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from models.changes import NewestChanges
from store.changes.log import CHANGES, ChangeLog
from store.database.patience import DATABASE_AWAY

LOOK_EVERY_S: Final = 1.0
"""How often the log is read: what no event has told is known by then."""


@dataclass(slots=True)
class ChangeFollower:
    """Keeps `newest` up to date, and tells each of `heard` the records that have changed.

    `records` are the names that an event may have.
    """

    log: ChangeLog
    records: Collection[str]
    newest: dict[str, int]
    heard: tuple[Callable[[frozenset[str]], None], ...] = ()
    _cursor: int = 0

    async def run(self) -> None:
        """Follow until cancelled. Events of the broker come first; the log makes up for those that were lost."""
        with self.log.broker.listening(CHANGES) as mailbox:
            while True:
                with suppress(*DATABASE_AWAY):
                    await self.catch_up()
                with suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_EVERY_S):
                        while True:
                            event = await mailbox.next()
                            if event.key in self.records and event.payload.isdigit():
                                self._note({event.key: int(event.payload)})

    async def catch_up(self) -> None:
        """Read the log from where it was read before. Raises the errors of the database."""
        changes = await self.log.newest_by_record(self._cursor)
        self._cursor = max(changes.values(), default=self._cursor)
        self._note(changes)

    def _note(self, changes: NewestChanges) -> None:
        news = {record: cursor for record, cursor in changes.items() if cursor > self.newest.get(record, 0)}
        if news:
            self.newest.update(news)
            for heard in self.heard:
                heard(frozenset(news))
