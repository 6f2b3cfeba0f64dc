"""Changes reach every process: by an event at once, and by the log if the event is lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from models.actions.receipts import ReceiptState
from models.complaints import Complaint, StatusChange
from store.broker import Event, LocalBroker
from store.changes import following
from store.changes.following import ChangeFollower
from store.changes.log import CHANGES
from store.database.engine import HubDatabase
from store.outbox.claiming import Attempt
from store.outbox.outbox import Outbox
from store.outbox.told import AttemptOutcome, Ending
from tests.store.outboxes import RECORDS, SOURCE, outbox_of, told

WRITTEN = Ending(AttemptOutcome.WRITTEN, ReceiptState.DELIVERED)


async def deliver(outbox: Outbox, note: str, *, about: str | None = "17") -> None:
    await outbox.accept(told(note, about=about))
    claim = await outbox.claim(SOURCE)
    assert claim is not None
    await outbox.finish(claim, Attempt("MARKER", 1), WRITTEN)


class Heard(list[set[str]]):
    """What a follower has told, and an event for it."""

    def __init__(self) -> None:
        super().__init__()
        self.news = asyncio.Event()

    def hear(self, records: frozenset[str]) -> None:
        self.append(set(records))
        self.news.set()


@asynccontextmanager
async def running(follower: ChangeFollower) -> AsyncIterator[None]:
    task = asyncio.create_task(follower.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_a_change_is_heard_once_by_event_or_from_the_log(
    database: HubDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    outbox, heard = outbox_of(database), Heard()
    await deliver(outbox, "before the start")
    # Only events of its own broker wake it within this test's life.
    monkeypatch.setattr(following, "LOOK_EVERY_S", 3_600)
    newest: dict[str, int] = {}
    follower = ChangeFollower(outbox.log, RECORDS, newest, (heard.hear,))
    async with running(follower):
        await asyncio.wait_for(heard.news.wait(), 30)
        assert (newest, heard) == ({StatusChange.name: 1}, [{StatusChange.name}])
        heard.news.clear()
        await deliver(outbox, "a new one", about=None)
        await asyncio.wait_for(heard.news.wait(), 30)
        outbox.broker.publish(Event(CHANGES, "no record of this city", b"9"))
        outbox.broker.publish(Event(CHANGES, Complaint.name, b"no cursor"))
        await asyncio.sleep(0)
    assert newest == {StatusChange.name: 1, Complaint.name: 2}
    assert heard == [{StatusChange.name}, {Complaint.name}]
    # Another process did it, and the event was lost.
    await deliver(replace(outbox, broker=LocalBroker()), "by another")
    await follower.catch_up()
    await follower.catch_up()
    assert newest == {StatusChange.name: 3, Complaint.name: 2}
    assert heard[2:] == [{StatusChange.name}]
