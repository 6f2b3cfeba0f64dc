"""Delivering: what is accepted reaches the department once, in order, whatever fails on the way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time
from pathlib import Path
from time import monotonic

import pytest
from sqlalchemy import select

from connectors.guard.guard import Guard
from connectors.load import LoadContract, QuietHours
from connectors.protocol import SourceBroken, SourceUnreachable
from connectors.sources import Source
from connectors.writing.protocol import Delivery, NotWritten, Written
from models.actions.receipts import ReceiptState, RefusalReason
from models.tables import outbox as rows
from resolvers import delivering
from resolvers.delivering import Deliverer, Delivering, Result, Target, Work
from store.database.engine import HubDatabase
from store.leases import Leases
from store.outbox.claiming import LEASE
from store.outbox.outbox import RECEIPTS, Outbox, Payloads
from store.outbox.told import AttemptOutcome
from tests.migrated import migrated
from tests.store.outboxes import CALLER, RECORDS, SOURCE, Clock, Department, outbox_of, told

LAKSA = Source(SOURCE, "diskominfo", "LAKSA", LoadContract(connections_max=2, statement_ms_max=700))
ACCEPTED, DELIVERED, REFUSED = ReceiptState.ACCEPTED, ReceiptState.DELIVERED, ReceiptState.REFUSED


@pytest.fixture
def hub_file(tmp_path: Path) -> Path:
    return migrated(tmp_path / "hub.db")


@pytest.fixture
async def database(hub_file: Path) -> AsyncIterator[HubDatabase]:
    opened = HubDatabase(f"sqlite:///{hub_file.as_posix()}")
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def outbox(database: HubDatabase, clock: Clock) -> Outbox:
    return outbox_of(database, clock)


@pytest.fixture
def department(tmp_path: Path) -> Department:
    return Department(tmp_path / "department.db")


@dataclass
class Line:
    """The way to a department, that can be cut before it is asked and after it has committed."""

    department: Department
    down: bool = False
    broken: bool = False
    loses_replies: int = 0
    calls: int = 0
    probes: int = 0
    long_away: asyncio.Event = field(default_factory=asyncio.Event)
    meanwhile: Callable[[], None] = lambda: None
    delivered: list[Delivery] = field(default_factory=list)
    rung = Department.rung

    async def deliver(self, delivery: Delivery) -> Written | NotWritten:
        self.calls += 1
        self.delivered.append(delivery)
        if self.down:
            raise SourceUnreachable("gone")
        if self.broken:
            raise SourceBroken("no such table")
        self.meanwhile()
        written = await self.department.deliver(delivery)
        if self.loses_replies:
            self.loses_replies -= 1
            raise SourceUnreachable("the reply was lost")
        return written

    async def probe(self) -> None:
        self.probes += 1
        if self.probes == 100:
            self.long_away.set()
        if self.down:
            raise SourceUnreachable("gone")

    async def close(self) -> None:
        await self.department.close()


@pytest.fixture
def line(department: Department) -> Line:
    return Line(department)


async def state_of(outbox: Outbox, receipt_id: str) -> tuple[ReceiptState, RefusalReason | None]:
    receipt = await outbox.receipt(receipt_id, CALLER)
    assert receipt is not None
    return receipt.state, receipt.reason


# --- One attempt ------------------------------------------------------------------------------------------------------


def guard_of(line: Line, **more: object) -> Guard:
    return Guard(lambda *_: None, {SOURCE: line.probe}, **more)  # type: ignore[arg-type]  # its own fields


def deliverer(outbox: Outbox, line: Line, monotonic: Callable[[], float] = lambda: 0.0) -> Deliverer:
    guard = guard_of(line)

    async def through(work: Work) -> Result:
        return await guard.call(LAKSA, "Diskominfo", delivering._request(5.0), work, writes=True)

    return Deliverer(outbox, SOURCE, line, through, clock=monotonic, random=lambda: 1.0)


async def test_an_attempt_writes_once_though_the_reply_is_lost(
    outbox: Outbox, line: Line, department: Department, clock: Clock
) -> None:
    accepted = await outbox.accept(told("a hole in the road", about=None))
    line.loses_replies = 1
    worker = deliverer(outbox, line)
    assert await worker.next() is AttemptOutcome.UNREACHABLE
    # A read would have been sent again at once.
    assert line.calls == 1
    assert await worker.next() is None
    clock.forward(seconds=1)
    assert await worker.next() is AttemptOutcome.WRITTEN
    assert department.notes == [(None, "a hole in the road")]
    assert [one.trace for one in line.delivered] == [None, f"tried {accepted.id}"]
    receipt = await outbox.receipt(accepted.id, CALLER)
    assert receipt is not None
    assert (receipt.state, receipt.record_key) == (DELIVERED, "1")


async def test_what_a_department_refuses_is_refused_and_what_is_in_doubt_needs_a_person(
    outbox: Outbox, line: Line, department: Department
) -> None:
    worker = deliverer(outbox, line)
    for reason, ends in (
        (RefusalReason.CHANGED, (REFUSED, RefusalReason.CHANGED)),
        (RefusalReason.IN_DOUBT, (ReceiptState.NEEDS_ATTENTION, RefusalReason.IN_DOUBT)),
    ):
        accepted = await outbox.accept(told("late", about=reason.value))
        department.refuses = reason
        await worker.next()
        assert await state_of(outbox, accepted.id) == ends
    assert department.notes == []


async def test_a_worker_that_sleeps_past_its_lease_commits_nothing(
    outbox: Outbox, line: Line, department: Department, clock: Clock
) -> None:
    """By the database's clock, and by its own if that of the database is set back."""
    accepted = await outbox.accept(told("slow"))
    own_s = [0.0]

    def sleep_by_the_database() -> None:
        clock.now += LEASE

    def sleep_by_its_own() -> None:
        own_s[0] += LEASE.total_seconds()

    worker = deliverer(outbox, line, lambda: own_s[0])
    for line.meanwhile in (sleep_by_the_database, sleep_by_its_own):
        assert await worker.next() is AttemptOutcome.LEASE_LOST
        clock.forward(seconds=2)
    assert department.notes == []
    assert await state_of(outbox, accepted.id) == (ACCEPTED, None)
    line.meanwhile = lambda: None
    assert await worker.next() is AttemptOutcome.WRITTEN
    assert department.notes == [("17", "slow")]


async def test_a_poison_row_is_tried_so_often_and_then_needs_a_person(
    outbox: Outbox, database: HubDatabase, line: Line, department: Department, clock: Clock
) -> None:
    poison = await outbox.accept(told("poison", about="a"))
    line.broken = True
    worker, pauses = deliverer(outbox, line), []
    for _ in range(delivering.ATTEMPTS_MAX):
        assert await worker.next() is AttemptOutcome.BROKEN
        async with database.reading() as connection:
            next_at = (await connection.execute(select(rows.c.next_at))).scalar_one()
        pauses.append(round((next_at - clock.now).total_seconds()))
        clock.now = next_at
    assert pauses == [1, 2, 4, 8, 16, 32, *[60] * 13, 0]
    assert await state_of(outbox, poison.id) == (ReceiptState.NEEDS_ATTENTION, RefusalReason.NOT_TAKEN)
    line.broken = False
    await outbox.accept(told("behind", about="a"))
    await outbox.accept(told("beside", about="b"))
    assert await worker.next() is AttemptOutcome.WRITTEN
    assert await worker.next() is None
    assert department.notes == [("b", "beside")]


async def test_a_defect_of_a_writer_holds_up_one_action_and_its_text_stays_unsaid(
    outbox: Outbox, line: Line, capsys: pytest.CaptureFixture[str]
) -> None:
    def defect() -> None:
        raise RuntimeError("a text of the driver")

    accepted = await outbox.accept(told("unlucky"))
    line.meanwhile = defect
    assert await deliverer(outbox, line).next() is AttemptOutcome.UNFORESEEN
    assert await state_of(outbox, accepted.id) == (ACCEPTED, None)
    said = "".join(capsys.readouterr())
    assert "RuntimeError" in said
    assert "a text of the driver" not in said


async def test_what_cannot_be_read_any_more_needs_a_person(
    outbox: Outbox, line: Line, database: HubDatabase, clock: Clock
) -> None:
    accepted = await outbox.accept(told("sealed by another hub"))
    other = replace(outbox, payloads=Payloads.of(b"another secret that is long enough, too", RECORDS))
    assert await deliverer(other, line).next() is AttemptOutcome.UNREADABLE
    assert await state_of(outbox, accepted.id) == (ReceiptState.NEEDS_ATTENTION, RefusalReason.UNKNOWN)
    assert line.calls == 0


# --- A process that delivers ------------------------------------------------------------------------------------------


@dataclass
class Process:
    """A process that delivers. It probes without pauses, and the database's clock stands still."""

    outbox: Outbox
    line: Line
    clock: Clock
    guard: Guard

    def __post_init__(self) -> None:
        target = Target(LAKSA, "Diskominfo", self.line, self.line.probe)
        leases = Leases(self.outbox.database, self.clock)
        self.delivering = Delivering(self.outbox, leases, self.guard, {SOURCE: target}, "this one", sleep=self.sleep)

    async def sleep(self, for_s: float) -> None:
        await asyncio.sleep(for_s if for_s > delivering.PROBE_EVERY_S else 0.001)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.delivering.run())
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def until(outbox: Outbox, receipt_id: str, state: ReceiptState) -> None:
    """Wait until a receipt is in a state."""
    with outbox.broker.listening(RECEIPTS) as mailbox:
        async with asyncio.timeout(30):
            while (await state_of(outbox, receipt_id))[0] is not state:
                with suppress(TimeoutError):
                    async with asyncio.timeout(0.2):
                        await mailbox.next()


async def until_idle(process: Process) -> None:
    """Wait until it delivers nothing any more."""
    async with asyncio.timeout(30):
        await asyncio.gather(*process.delivering._tasks.values())


async def test_it_is_delivered_as_soon_as_it_is_accepted(
    outbox: Outbox, line: Line, department: Department, clock: Clock
) -> None:
    process = Process(outbox, line, clock, guard_of(line))
    async with process.running():
        accepted = [await outbox.accept(told(str(number))) for number in range(5)]
        await until(outbox, accepted[-1].id, DELIVERED)
        # Counted after it is told.
        await until_idle(process)
    assert department.notes == [("17", str(number)) for number in range(5)]
    assert process.delivering.outcomes == {(SOURCE, AttemptOutcome.WRITTEN): 5}


async def test_while_a_department_is_down_it_is_probed_and_what_waits_comes_in_order_when_it_is_back(
    outbox: Outbox, line: Line, department: Department, clock: Clock
) -> None:
    process = Process(outbox, line, clock, guard_of(line, sleep=lambda _: asyncio.sleep(0.001)))
    # So the pause before the next attempt never passes: what is delivered, is delivered because the source is back.
    line.down = True
    async with process.running():
        accepted = [await outbox.accept(told(str(number))) for number in range(5)]
        async with asyncio.timeout(30):
            await line.long_away.wait()
        # One attempt; the others were questions that write nothing.
        assert line.calls <= 3
        assert process.delivering.outcomes == {(SOURCE, AttemptOutcome.UNREACHABLE): line.calls}
        line.down = False
        await until(outbox, accepted[-1].id, DELIVERED)
    assert department.notes == [("17", str(number)) for number in range(5)]


async def test_nothing_is_delivered_in_quiet_hours(
    outbox: Outbox, line: Line, department: Department, clock: Clock
) -> None:
    hour = [13]
    guard = guard_of(line, now=lambda: datetime(2026, 12, 1, hour[0], tzinfo=UTC))
    process = Process(outbox, line, clock, guard)
    quiet = replace(LAKSA, load=LoadContract(quiet_hours=(QuietHours(time(12), time(14)),)))
    process.delivering.targets = {SOURCE: replace(process.delivering.targets[SOURCE], source=quiet)}
    async with process.running():
        accepted = await outbox.accept(told("at lunch"))
        for _ in range(20):
            await asyncio.sleep(0.001)
        assert line.calls == 0
        hour[0] = 14
        await until(outbox, accepted.id, DELIVERED)
    assert department.notes == [("17", "at lunch")]


async def test_two_processes_deliver_everything_once(outbox: Outbox, department: Department, clock: Clock) -> None:
    processes = [Process(outbox, line, clock, guard_of(line)) for line in (Line(department), Line(department))]
    async with processes[0].running(), processes[1].running():
        accepted = [await outbox.accept(told(str(number), about=str(number % 3))) for number in range(30)]
        for receipt in accepted:
            await until(outbox, receipt.id, DELIVERED)
    assert len(department.notes) == 30
    for about in "012":
        notes = [int(note) for row, note in department.notes if row == about]
        assert notes == sorted(notes)


@pytest.mark.slow
async def test_a_department_that_is_down_for_a_minute_costs_no_receipt_and_gets_all_soon_after(
    database: HubDatabase, line: Line, department: Department
) -> None:
    """On real clocks. The limits are 50 ms and 2 s; a busy machine gets five times as much."""
    outbox, real = outbox_of(database), Clock()
    process = Process(outbox, line, real, guard_of(line))
    process.delivering.sleep = asyncio.sleep
    process.delivering.leases = Leases(database)
    line.down, took_s, accepted = True, [], []
    async with process.running():
        for number in range(120):
            began_s = monotonic()
            accepted.append(await outbox.accept(told(str(number), about=str(number % 3), caller=f"app {number % 4}")))
            took_s.append(monotonic() - began_s)
            await asyncio.sleep(0.5 - (monotonic() - began_s))
        assert department.notes == []
        line.down, healed_s = False, monotonic()
        async with asyncio.timeout(30):
            while len(department.notes) < len(accepted):  # noqa: ASYNC110  # the department tells nobody
                await asyncio.sleep(0.01)
        lasted_s = monotonic() - healed_s
    p99_s = sorted(took_s)[int(len(took_s) * 0.99)]
    assert p99_s < 5 * 0.05
    assert lasted_s < 5 * 2
    for about in "012":
        notes = [int(note) for row, note in department.notes if row == about]
        assert notes == sorted(notes)
    assert len(department.notes) == len(set(department.notes)) == 120
