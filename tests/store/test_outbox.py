"""The outbox on both databases: what is acknowledged is kept once, is handed out in order, and is known afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from models import tables
from models.actions.receipts import KEY_KEPT, Receipt, ReceiptState, RefusalReason
from models.complaints import Complaint, StatusChange
from models.policy.erasure import Searched, Sought
from store.database import engine
from store.database.backup import back_up, restore
from store.database.engine import HubDatabase
from store.outbox import accepting
from store.outbox import outbox as outboxes
from store.outbox.claiming import LEASE, Attempt
from store.outbox.outbox import RECEIPTS, Outbox
from store.outbox.tending import GIVEN_UP_AFTER, RECEIPTS_KEPT
from store.outbox.told import (
    AttemptOutcome,
    Claim,
    Ending,
    KeyStillRunning,
    KeyUsedOtherwise,
    Standing,
    TooLong,
    TooManyOpen,
    TooManyToday,
)
from tests import servers
from tests.store.ledgers import ANA, BUDI, MARKS
from tests.store.outboxes import CALLER, NOON, OTHER_SOURCE, SOURCE, Clock, outbox_of, step, told

ACCEPTED, DELIVERED, REFUSED = ReceiptState.ACCEPTED, ReceiptState.DELIVERED, ReceiptState.REFUSED
ATTENTION = ReceiptState.NEEDS_ATTENTION
ATTEMPT = Attempt("MARKER", 3)
WRITTEN = Ending(AttemptOutcome.WRITTEN, DELIVERED)
UNREACHABLE = Ending(AttemptOutcome.UNREACHABLE, ACCEPTED, again_after=timedelta(seconds=5))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def outbox(database: HubDatabase, clock: Clock) -> Outbox:
    return outbox_of(database, clock)


async def claimed(outbox: Outbox, source: str = SOURCE) -> Claim:
    claim = await outbox.claim(source)
    assert claim is not None
    return claim


async def rows_of(database: HubDatabase, table: str) -> int:
    async with database.reading() as connection:
        return (await connection.execute(select(func.count()).select_from(tables.metadata.tables[table]))).scalar_one()


async def test_what_is_accepted_is_delivered_and_its_receipt_says_so(
    outbox: Outbox, database: HubDatabase, clock: Clock
) -> None:
    new = told("a hole in the road", about=None)
    accepted = await outbox.accept(new)
    assert accepted == Receipt(
        accepted.id, "reportComplaint", ACCEPTED, NOON, Complaint.name, None, new.reference, None, None
    )
    assert await outbox.deliverable([SOURCE, OTHER_SOURCE]) == {SOURCE}
    claim = await claimed(outbox)
    assert (claim.id, claim.effects, claim.trace, claim.reference) == (accepted.id, new.effects, None, new.reference)
    clock.forward(seconds=2)
    assert await outbox.keep(claim, "a trace")
    assert await outbox.finish(claim, ATTEMPT, replace(WRITTEN, record_key="17"))
    delivered = replace(accepted, state=DELIVERED, record_key="17", delivered_at=NOON + timedelta(seconds=2))
    assert await outbox.receipt(accepted.id, CALLER) == delivered
    assert await outbox.claim(SOURCE) is None
    (change,) = await outbox.log.after(0)
    assert (change.record, change.key, change.kind.value) == (Complaint.name, "17", "NEW")
    async with database.reading() as connection:
        attempt = (await connection.execute(select(tables.delivery_attempts))).one()
    assert tuple(attempt) == (accepted.id, 1, clock.now, 3, "MARKER", "WRITTEN")


async def test_the_database_holds_no_text_of_what_was_told(outbox: Outbox, database: HubDatabase) -> None:
    await outbox.accept(told(f"the neighbour {ANA} burns waste"))
    async with database.reading() as connection:
        kept = [
            tuple(row) for table in (tables.outbox, tables.intents) for row in await connection.execute(select(table))
        ]
    assert len(kept) == 2
    assert "burns" not in str(kept)
    assert ANA not in str(kept)


# --- Keys -------------------------------------------------------------------------------------------------------------


async def test_fifty_posts_of_one_key_are_one_action(outbox: Outbox, database: HubDatabase) -> None:
    post = told("twice", key="the same key")
    receipts = await asyncio.gather(*(outbox.accept(post) for _ in range(50)))
    assert len(set(receipts)) == 1
    assert (await rows_of(database, "outbox"), await rows_of(database, "intents")) == (1, 1)


@pytest.fixture
def on_postgres(migrated_databases: servers.MigratedDatabases) -> Iterator[str]:
    with migrated_databases.lent() as url:
        yield url


async def test_a_key_that_is_still_being_accepted_is_said_to_be(
    on_postgres: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On SQLite transactions run one after the other."""
    monkeypatch.setattr(engine, "LOCK_WAIT_MS_MAX", 200)
    database = HubDatabase(on_postgres)
    outbox, post = outbox_of(database), told("slow", key="the same key")
    sealing = outbox.payloads.sealing(post)
    async with database.writing() as connection:
        await connection.run_sync(accepting.accept, post, sealing, NOON)
        with pytest.raises(KeyStillRunning):
            await outbox.accept(post)
    monkeypatch.undo()
    accepted = await outbox.accept(post)
    await database.close()
    assert accepted.id == sealing.id


async def test_a_key_stands_for_one_payload_of_one_caller_for_thirty_days(
    outbox: Outbox, database: HubDatabase, clock: Clock
) -> None:
    post = told("once", key="the same key")
    first = await outbox.accept(post)
    for other in (replace(post, given={"note": "other"}), replace(post, record_key="18")):
        with pytest.raises(KeyUsedOtherwise):
            await outbox.accept(other)
    assert await rows_of(database, "outbox") == 1
    somebody_else = await outbox.accept(replace(post, caller=MARKS.of_person(BUDI)))
    another_action = await outbox.accept(replace(post, action="resolveComplaint"))
    assert len({first.id, somebody_else.id, another_action.id}) == 3
    clock.forward(days=KEY_KEPT.days, seconds=-1)
    assert (await outbox.accept(post)).id == first.id
    clock.forward(seconds=1)
    assert (await outbox.accept(post)).id != first.id


async def test_the_order_of_inputs_makes_no_other_payload(outbox: Outbox) -> None:
    post = replace(told("once", key="the same key"), given={"note": "once", "code": "K03"})
    first = await outbox.accept(post)
    assert await outbox.accept(replace(post, given={"code": "K03", "note": "once"})) == first


async def test_what_is_not_accepted_leaves_nothing(
    outbox: Outbox, database: HubDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(accepting, "OPEN_OF_CALLER_MAX", 2)
    monkeypatch.setattr(accepting, "OPEN_OF_SOURCE_MAX", 3)
    for number in range(2):
        await outbox.accept(told(f"note {number}"))
    with pytest.raises(TooManyOpen):
        await outbox.accept(told("one more"))
    await outbox.accept(told("by another", caller=MARKS.of_person(BUDI)))
    with pytest.raises(TooManyOpen):
        await outbox.accept(told("one more for the source", caller="an app"))
    await outbox.accept(told("for another source", caller="an app", source=OTHER_SOURCE))
    monkeypatch.setattr(outboxes, "EFFECTS_BYTES_MAX", 100)
    with pytest.raises(TooLong):
        await outbox.accept(told("x" * 100, caller="an app"))
    assert (await rows_of(database, "outbox"), await rows_of(database, "intents")) == (4, 4)


async def test_what_lives_in_the_hubs_own_tables_is_delivered_at_once(outbox: Outbox, database: HubDatabase) -> None:
    def view(name: str) -> dict[str, object]:
        return {
            "name": name, "identifier": "i", "variables": "{}", "language": "en", "every_s": 60, "registered_at": NOON,
        }  # fmt: skip

    own = replace(told("seen"), source=None, own=(insert(tables.views).values(view("one")),))
    receipt = await outbox.accept(own)
    assert (receipt.state, receipt.delivered_at) == (DELIVERED, NOON)
    assert await outbox.deliverable([SOURCE]) == set()
    assert [(one.record, one.kind.value) for one in await outbox.log.after(0)] == [(StatusChange.name, "NEW")]
    # The same key does nothing again: the row could not be written twice.
    assert await outbox.accept(own) == receipt
    with pytest.raises(Exception, match="views"):
        await outbox.accept(replace(own, key="another key"))
    assert (await rows_of(database, "views"), await rows_of(database, "outbox")) == (1, 1)


# --- Order, leases and tokens -----------------------------------------------------------------------------------------


async def test_a_row_is_delivered_in_order_and_holds_up_no_other(outbox: Outbox) -> None:
    for note, about in (("a1", "a"), ("a2", "a"), ("b1", "b"), ("a3", "a")):
        await outbox.accept(told(note, about=about))
    first, second = await claimed(outbox), await claimed(outbox)
    assert await outbox.claim(SOURCE) is None
    order = [claim.effects[0].values["note"] for claim in (first, second) if claim.effects]
    assert sorted(map(str, order)) == ["a1", "b1"]
    of_a = first if order[0] == "a1" else second
    await outbox.finish(of_a, ATTEMPT, UNREACHABLE)
    assert await outbox.claim(SOURCE) is None


async def test_poison_parks_its_own_chain_until_a_person_decides(outbox: Outbox) -> None:
    poison = await outbox.accept(told("poison", about="a"))
    await outbox.finish(
        await claimed(outbox), ATTEMPT, Ending(AttemptOutcome.BROKEN, ATTENTION, RefusalReason.NOT_TAKEN)
    )
    await outbox.accept(told("behind it", about="a"))
    await outbox.accept(told("beside it", about="b"))
    beside = await claimed(outbox)
    assert beside.effects == (step("b", "beside it"),)
    assert await outbox.claim(SOURCE) is None
    assert await outbox.standing() == {SOURCE: Standing(2, NOON, 1)}
    assert await outbox.replay(poison.id)
    again = await claimed(outbox)
    assert (again.id, again.attempts) == (poison.id, 1)
    await outbox.finish(again, ATTEMPT, Ending(AttemptOutcome.IN_DOUBT, ATTENTION, RefusalReason.IN_DOUBT))
    assert await outbox.close_by_hand(poison.id)
    assert (await claimed(outbox)).effects == (step("a", "behind it"),)
    closed = await outbox.receipt(poison.id, CALLER)
    assert closed is not None
    assert (closed.state, closed.reason, closed.delivered_at) == (REFUSED, RefusalReason.CLOSED_BY_HAND, None)
    assert not await outbox.replay(poison.id)
    assert not await outbox.close_by_hand(poison.id)


async def test_who_sleeps_past_the_lease_writes_nothing(outbox: Outbox, database: HubDatabase, clock: Clock) -> None:
    accepted = await outbox.accept(told("slow"))
    slow = await claimed(outbox)
    clock.now += LEASE - timedelta(milliseconds=1)
    assert await outbox.keep(slow, "in time")
    clock.forward(milliseconds=1)
    # Nobody else has it yet.
    assert not await outbox.keep(slow, "too late")
    other = await claimed(outbox)
    assert (other.id, other.trace, other.token > slow.token) == (slow.id, "in time", True)
    assert not await outbox.keep(slow, "too late")
    assert not await outbox.finish(slow, ATTEMPT, replace(WRITTEN, record_key="of the slow one"))
    assert await outbox.finish(other, ATTEMPT, WRITTEN)
    receipt = await outbox.receipt(accepted.id, CALLER)
    assert receipt is not None
    assert (receipt.state, receipt.record_key) == (DELIVERED, "17")
    assert (await rows_of(database, "delivery_attempts"), await rows_of(database, "record_changes")) == (2, 1)


async def test_each_row_goes_to_one_of_many_workers(outbox: Outbox) -> None:
    accepted = {(await outbox.accept(told(str(number), about=str(number)))).id for number in range(12)}
    claims = [claim for claim in await asyncio.gather(*(outbox.claim(SOURCE) for _ in range(24))) if claim is not None]
    assert len(claims) == len({claim.id for claim in claims})
    while (claim := await outbox.claim(SOURCE)) is not None:
        claims.append(claim)
    assert {claim.id for claim in claims} == accepted
    assert len(claims) == 12


async def test_a_retry_waits_its_pause_unless_the_source_is_back(outbox: Outbox, clock: Clock) -> None:
    await outbox.accept(told("later"))
    await outbox.finish(await claimed(outbox), ATTEMPT, UNREACHABLE)
    assert await outbox.deliverable([SOURCE]) == set()
    clock.forward(seconds=5)
    await outbox.finish(await claimed(outbox), ATTEMPT, UNREACHABLE)
    await outbox.hasten(SOURCE)
    third = await claimed(outbox)
    assert third.attempts == 3
    await outbox.give_back(third, timedelta(seconds=1))
    clock.forward(seconds=1)
    assert (await claimed(outbox)).attempts == 3


# --- Receipts, age and erasure ----------------------------------------------------------------------------------------


async def test_a_receipt_is_shown_to_its_caller_alone_newest_first(outbox: Outbox, clock: Clock) -> None:
    receipts = []
    for number in range(5):
        clock.forward(seconds=1)
        receipts.append(await outbox.accept(told(str(number))))
    other = await outbox.accept(told("by another", caller="an app"))
    assert await outbox.receipt(other.id, CALLER) is None
    assert await outbox.receipt("none", CALLER) is None
    newest = await outbox.receipts(CALLER, 2)
    assert newest == [receipts[4], receipts[3]]
    assert await outbox.receipts(CALLER, 9, (newest[1].accepted_at, newest[1].id)) == receipts[2::-1]
    assert await outbox.receipts_count(CALLER) == 5


async def test_a_receipt_that_changes_is_told(outbox: Outbox) -> None:
    with outbox.broker.listening(RECEIPTS) as mailbox:
        accepted = await outbox.accept(told("news"))
        first = await mailbox.next()
        await outbox.finish(await claimed(outbox), ATTEMPT, WRITTEN)
        second = await mailbox.next()
    assert [(one.key, one.payload) for one in (first, second)] == [
        (accepted.id, b"ACCEPTED"),
        (accepted.id, b"DELIVERED"),
    ]


async def test_what_waits_too_long_needs_a_person_and_what_is_old_goes(
    outbox: Outbox, database: HubDatabase, clock: Clock
) -> None:
    waiting = await outbox.accept(told("waits"))
    clock.now += GIVEN_UP_AFTER - timedelta(seconds=1)
    assert await outbox.sweep() == 0
    taken = await claimed(outbox)
    clock.forward(seconds=1)
    assert await outbox.sweep() == 0, "a worker has it"
    await outbox.finish(taken, ATTEMPT, replace(UNREACHABLE, again_after=timedelta()))
    assert await outbox.sweep() == 1
    receipt = await outbox.receipt(waiting.id, CALLER)
    assert receipt is not None
    assert (receipt.state, receipt.reason) == (ATTENTION, RefusalReason.WAITED_TOO_LONG)
    # A person who has it tried again gives it as much time again.
    assert await outbox.replay(waiting.id)
    assert await outbox.sweep() == 0
    await outbox.finish(await claimed(outbox), ATTEMPT, WRITTEN)
    assert await rows_of(database, "intents") == 1
    clock.now += KEY_KEPT
    await outbox.sweep()
    async with database.reading() as connection:
        assert (await connection.execute(select(tables.outbox.c.sealed))).all() == [(None,)]
    assert (await rows_of(database, "outbox"), await rows_of(database, "intents")) == (1, 0)
    clock.now += RECEIPTS_KEPT
    await outbox.sweep()
    assert (await rows_of(database, "outbox"), await rows_of(database, "delivery_attempts")) == (0, 0)


async def test_erasure_takes_the_effects_and_leaves_the_outline(outbox: Outbox, clock: Clock) -> None:
    done = await outbox.accept(told("done", about="a"))
    await outbox.finish(await claimed(outbox), ATTEMPT, WRITTEN)
    tried = await outbox.accept(told("tried", about="a"))
    in_hand = await claimed(outbox)
    waits = await outbox.accept(told("waits", about="b"))
    officers = await outbox.accept(told(f"{ANA} called", about="c", caller=MARKS.of_person(BUDI)))
    others = await outbox.accept(told("about somebody else", about="d", caller=MARKS.of_person(BUDI)))
    assert await outbox.erase(Sought(ANA, (str(ANA),))) == Searched(5, 4, 4)
    states = {}
    for receipt, caller in ((done, CALLER), (tried, CALLER), (waits, CALLER), (officers, MARKS.of_person(BUDI))):
        kept = await outbox.receipt(receipt.id, caller)
        assert kept is not None
        states[receipt.id] = (kept.state, kept.reason)
    assert states == {
        done.id: (DELIVERED, None),
        tried.id: (ATTENTION, RefusalReason.ERASED),
        waits.id: (REFUSED, RefusalReason.ERASED),
        officers.id: (REFUSED, RefusalReason.ERASED),
    }
    assert not await outbox.keep(in_hand, "too late")
    assert not await outbox.replay(tried.id)
    clock.now += LEASE
    assert (await claimed(outbox)).id == others.id
    assert await outbox.claim(SOURCE) is None


# --- After a restore --------------------------------------------------------------------------------------------------


async def test_what_was_undelivered_in_a_backup_needs_a_person(
    outbox: Outbox, database: HubDatabase, tmp_path: Path
) -> None:
    """It may have been delivered since the backup was made. Who has it tried again gets it delivered."""
    post = told("told before the backup", key="the same key")
    accepted = await outbox.accept(post)
    in_hand = await claimed(outbox)
    delivered = await outbox.accept(told("delivered before it", about="18"))
    await outbox.finish(await claimed(outbox), ATTEMPT, WRITTEN)
    await back_up(database, tmp_path / "kept.zip")
    await restore(database, tmp_path / "kept.zip", replaces=True)
    assert not await outbox.keep(in_hand, "by a process from before")
    assert await outbox.claim(SOURCE) is None
    receipt = await outbox.receipt(accepted.id, CALLER)
    assert receipt is not None
    assert (receipt.state, receipt.reason) == (ATTENTION, RefusalReason.RESTORED)
    assert await outbox.accept(post) == receipt
    kept = await outbox.receipt(delivered.id, CALLER)
    assert kept is not None
    assert kept.state is DELIVERED
    assert await outbox.replay(accepted.id)
    assert (await claimed(outbox)).effects == post.effects


async def test_a_caller_tells_so_much_within_a_day_and_no_more(outbox: Outbox, clock: Clock) -> None:
    one = replace(told("1"), a_day_max=2)
    await outbox.accept(one)
    await outbox.accept(replace(told("2"), a_day_max=2))
    with pytest.raises(TooManyToday):
        await outbox.accept(replace(told("3"), a_day_max=2))
    # The same again is not told anew, and a day later there is room.
    assert (await outbox.accept(one)).id
    await outbox.accept(replace(told("4", caller="somebody else"), a_day_max=2))
    clock.forward(hours=24)
    assert (await outbox.accept(replace(told("5"), a_day_max=2))).id
