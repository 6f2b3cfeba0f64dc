"""The change log: in the order of its cursors whoever writes, kept for a while, and read from where one stood."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from models.changes import ChangeKind, KeptChanges, NoticedChange
from store.broker import LocalBroker
from store.changes import log as logs
from store.changes.cursors import BadChangeCursor, ChangeCursors
from store.changes.log import CHANGES, CHANGES_KEPT, ChangeLog
from store.database.engine import HubDatabase
from tests.store.outboxes import SECRET, Clock

PUBLIC = {"publication": "PUBLIC"}
HIDDEN = {"publication": "PRIVATE"}


def noticed(key: str | None, record: str = "complaints", kind: ChangeKind = ChangeKind.CHANGED) -> NoticedChange:
    return NoticedChange(record, key, kind)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def log(database: HubDatabase, clock: Clock) -> ChangeLog:
    return ChangeLog(database, LocalBroker(), clock)


async def test_a_change_comes_back_as_it_was_noted_and_everybody_is_told(log: ChangeLog, clock: Clock) -> None:
    whole = NoticedChange(
        "complaints", "17", ChangeKind.GONE, frozenset({"status", "publication"}), PUBLIC, HIDDEN, "abc"
    )
    with log.broker.listening(CHANGES) as mailbox:
        assert await log.append([whole, noticed(None, "incidents", ChangeKind.NEW)]) == {
            "complaints": 2,
            "incidents": 2,
        }
        heard = [await mailbox.next(), await mailbox.next()]
    assert sorted((event.key, event.payload) for event in heard) == [("complaints", b"2"), ("incidents", b"2")]
    first, second = await log.after(0)
    assert (first.cursor, first.record, first.key, first.kind, first.at) == (
        1, "complaints", "17", ChangeKind.GONE, clock.now,
    )  # fmt: skip
    assert (first.fields, first.digest) == (whole.fields, "abc")
    assert (first.visibility_before, first.visibility_after) == (PUBLIC, HIDDEN)
    assert (second.cursor, second.key, second.fields, second.visibility_before, second.digest) == (
        2,
        None,
        None,
        None,
        None,
    )
    assert await log.after(0, {"incidents"}) == [second]
    assert await log.after(0, {"complaints", "incidents"}, rows_max=1) == [first]
    assert await log.after(2) == []


async def test_nothing_is_noted_of_people(log: ChangeLog) -> None:
    assert await log.append([noticed("3671", "citizens")]) == {}
    assert await log.after(0) == []
    assert await log.kept() == KeptChanges(0, 0)


async def test_cursors_only_grow_however_many_write(log: ChangeLog) -> None:
    seen: list[int] = []

    async def follow() -> None:
        while len(seen) < 40:
            seen.extend(change.cursor for change in await log.after(seen[-1] if seen else 0))

    async with asyncio.timeout(30):
        await asyncio.gather(
            follow(), *(log.append([noticed(f"{number}a"), noticed(f"{number}b")]) for number in range(20))
        )
    assert seen == sorted(set(seen))
    assert len(await log.after(0)) == 40


async def test_old_changes_go_in_slices_and_the_newest_stays(
    log: ChangeLog, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "SLICE_ROWS_MAX", 2)
    await log.append([noticed(str(number)) for number in range(5)])
    clock.now += CHANGES_KEPT - timedelta(seconds=1)
    await log.append([noticed("young")])
    await log.prune()
    assert await log.kept() == KeptChanges(1, 6)
    clock.forward(seconds=1)
    await log.prune()
    assert await log.kept() == KeptChanges(6, 6)
    clock.now += CHANGES_KEPT
    await log.prune()
    assert await log.kept() == KeptChanges(6, 6)
    await log.append([noticed("next")])
    assert (await log.after(6))[0].cursor == 7


async def test_only_so_many_are_kept(log: ChangeLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "CHANGES_MAX", 3)
    await log.append([noticed(str(number)) for number in range(6)])
    await log.prune()
    assert await log.kept() == KeptChanges(4, 6)


def test_who_stands_before_what_is_kept_or_after_it_reads_everything_again() -> None:
    kept = KeptChanges(4, 6)
    assert [cursor for cursor in range(9) if kept.reaches(cursor)] == [3, 4, 5, 6]
    assert KeptChanges(0, 0).reaches(0)
    assert not KeptChanges(0, 0).reaches(1)


def test_cursors_are_opaque_and_of_this_hub() -> None:
    cursors, other = ChangeCursors(SECRET), ChangeCursors(b"another secret, which is long enough too")
    texts = [cursors.written(number) for number in (0, 1, 2**40)]
    assert [cursors.read(text) for text in texts] == [0, 1, 2**40]
    assert len(set(texts)) == 3
    assert {len(text) for text in texts} == {32}
    for bad in ("", "0", "1", texts[0][:-1], "A" + texts[0][1:], other.written(1), "é", texts[0] * 3):
        with pytest.raises(BadChangeCursor):
            cursors.read(bad)
