"""A simulation of the outbox: its own code, on a clock of the simulation, with crashes between any two statements.

Two people who tell, two workers and an operator are coroutines. After each step the schedule chooses who goes on, who
crashes and how much time passes; a seed gives the same schedule again. The department's writer is on an exact rung:
marker and effect are one step.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Generator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Concatenate, Final, ParamSpec, TypeVar, cast

import sqlalchemy as sa

from connectors.protocol import SourceBroken, SourceFailure, SourceUnreachable
from connectors.writing.protocol import Delivery, NotWritten, Rung, Written
from models import tables
from models.errors import DataQuality, DepartmentUnavailable
from resolvers.delivering import Deliverer, Result, Work
from store.broker import LocalBroker
from store.database.engine import HubDatabase
from store.outbox import accepting
from store.outbox.claiming import LEASE, Attempt
from store.outbox.outbox import Outbox
from store.outbox.told import AttemptOutcome, Claim, Ending, Told
from tests.store.ledgers import MARKS
from tests.store.outboxes import NOON, PAYLOADS, SOURCE, told
from tests.store.statements import Statements

P = ParamSpec("P")
T = TypeVar("T")
Process = Coroutine[Any, None, None]

CHAINS: Final = ("a", "b", "c")
ACTIONS: Final = 5
STEPS_MAX: Final = 5_000
TROUBLE_STEPS: Final = 150
"""After so many steps nothing fails any more, so that everything comes to its end."""
STATEMENT_CRASHES: Final = 0.02
STEP_CRASHES: Final = 0.03
FAILURES: Final = 0.08
SLEEPS: Final = 0.1
SLEEPS_S: Final = (0.5, 3.0, 19.9, 20.0, 45.0)
IDLE_STEPS: Final = 6
STEP_S: Final = 0.05
"""How long a step takes: all that a delivery needs lie well within its lease."""


class Crash(BaseException):
    """The process is gone."""


class Violated(BaseException):
    """Something does not hold that must. No code under test may catch it."""


class Step:
    """Where others may go on, and where a process may crash."""

    def __await__(self) -> Generator[Step, None, None]:
        yield self


@dataclass
class Connection:
    """A connection before whose statements the process may crash."""

    real: Statements
    may_crash: Callable[[], None]

    @property
    def dialect(self) -> sa.Dialect:
        return self.real.dialect

    def execute(self, *statement: Any) -> Any:
        self.may_crash()
        return self.real.execute(*statement)

    async def run_sync(self, work: Callable[Concatenate[sa.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        return work(cast(sa.Connection, self), *args, **kwargs)


_KEPT: Final = (tables.intents, tables.outbox, tables.delivery_attempts, tables.record_changes)


class Database:
    """The hub's tables in memory. Transactions are whole or not at all, one after the other, as SQLite's are."""

    def __init__(self) -> None:
        self.statements = Statements()
        tables.metadata.create_all(self.statements.slow, tables=list(_KEPT))
        self.run = self.statements.connection.execute
        self.may_crash: Callable[[], None] = lambda: None
        self.committed: Callable[[], None] = lambda: None

    def empty(self) -> None:
        for table in _KEPT:
            self.run(f"DELETE FROM {table.name}")

    @asynccontextmanager
    async def writing(self) -> AsyncIterator[Connection]:
        await Step()
        self.run("BEGIN IMMEDIATE")
        try:
            yield Connection(self.statements, self.may_crash)
            self.may_crash()
            self.run("COMMIT")
        except BaseException:
            self.run("ROLLBACK")
            raise
        self.committed()
        # Nobody knows yet that it is committed.
        await Step()

    reading = writing


class Claims(Outbox):
    """The outbox, whose claims the schedule counts for itself."""

    __slots__ = ("schedule",)
    schedule: Schedule

    async def claim(self, source: str) -> Claim | None:
        claimed = await super().claim(source)
        if claimed is not None:
            self.schedule.has_claimed(claimed)
        return claimed

    async def finish(self, claimed: Claim, attempt: Attempt, ending: Ending) -> bool:
        self.schedule.ends(claimed)
        return await super().finish(claimed, attempt, ending)


@dataclass
class Model:
    """The department: effects and markers in one step."""

    schedule: Schedule
    rung: Rung = Rung.MARKER
    effects: list[tuple[str, str]] = field(default_factory=list)
    """The receipt's id and the row that it is about, as they came."""
    markers: set[str] = field(default_factory=set)

    async def deliver(self, delivery: Delivery) -> Written | NotWritten:
        self.schedule.may_fail()
        await Step()
        if delivery.id in self.markers:
            return Written(delivery.id)
        await delivery.keep(f"tried {delivery.id}")
        self.schedule.require_lease(delivery.id)
        await Step()
        if delivery.id not in self.markers:
            self.markers.add(delivery.id)
            self.effects += [(delivery.id, str(effect.values["complaint_id"])) for effect in delivery.effects]
        await Step()
        # Or the reply is lost.
        self.schedule.may_fail()
        return Written(delivery.id)

    async def close(self) -> None:
        """It holds nothing."""


@dataclass
class Schedule:
    """One schedule. `seen` counts what happened in it."""

    seed: int
    database: Database
    now: datetime = NOON
    steps: int = 0
    current: str = ""
    seen: Counter[str] = field(default_factory=Counter)
    acknowledged: set[str] = field(default_factory=set)
    claims: dict[str, tuple[Claim, datetime]] = field(default_factory=dict)
    """The last claim of each worker, and when it was committed."""
    held: dict[str, tuple[int, datetime]] = field(default_factory=dict)
    """The last claim of each receipt whose end nobody has begun to note: its token, and when it was committed."""
    _decided_at: dict[str, datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)
        self.outbox = Claims(cast(HubDatabase, self.database), PAYLOADS, MARKS, LocalBroker(), lambda _: self.now)
        object.__setattr__(self.outbox, "schedule", self)
        self.model = Model(self)
        self.told = [told(f"note {number}", about=self.random.choice(CHAINS)) for number in range(ACTIONS)]

    # --- What the outbox and the department meet ----------------------------------------------------------------------

    @property
    def is_troubled(self) -> bool:
        return self.steps < TROUBLE_STEPS

    @property
    def decided_at(self) -> datetime:
        """When the last transaction of the present process was committed."""
        return self._decided_at[self.current]

    def committed(self) -> None:
        self._decided_at[self.current] = self.now

    def may_crash(self) -> None:
        if self.is_troubled and self.random.random() < STATEMENT_CRASHES:
            self.seen["crashes between statements"] += 1
            raise Crash

    def may_fail(self) -> None:
        if self.is_troubled and self.random.random() < FAILURES:
            self.seen["failures"] += 1
            raise self.random.choice((SourceUnreachable, SourceBroken))("by the schedule")

    def has_claimed(self, claimed: Claim) -> None:
        """Nobody gets what another one has, unless its lease has passed. Who slept hears of its claim later."""
        mine = claimed.token, self.decided_at
        other = self.held.get(claimed.id, (0, NOON - LEASE))
        if mine[0] == other[0] or abs(mine[1] - other[1]) < LEASE:
            raise Violated("two workers have the same")
        self.claims[self.current] = claimed, self.decided_at
        self.held[claimed.id] = max(mine, other)

    def ends(self, claimed: Claim) -> None:
        if self.held[claimed.id][0] == claimed.token:
            self.held[claimed.id] = claimed.token, NOON - LEASE

    def require_lease(self, receipt_id: str) -> None:
        """Who is let on to write has claimed it, not longer ago than the lease lasts."""
        claimed, at = self.claims[self.current]
        if claimed.id != receipt_id or self.decided_at - at >= LEASE:
            raise Violated("a worker that slept past its lease went on to write")

    # --- Who takes part -----------------------------------------------------------------------------------------------

    async def tell(self, actions: list[Told]) -> None:
        """Tell each action until it is acknowledged: after a crash the client asks again by the same key."""
        for action in actions:
            if action.key not in self.acknowledged:
                await self.outbox.accept(action)
                self.acknowledged.add(action.key)

    async def work(self) -> None:
        worker = Deliverer(self.outbox, SOURCE, self.model, self.through, clock=self.seconds, random=self.random.random)
        while True:
            ended = await worker.next()
            if ended is AttemptOutcome.UNFORESEEN:
                raise Violated("a defect")
            self.seen[ended.value if ended is not None else "nothing to do"] += 1
            for _ in range(0 if ended is not None else IDLE_STEPS):
                await Step()

    async def operate(self) -> None:
        """Now and then a source is back, or the outbox is swept."""
        while True:
            await Step()
            chance = self.random.random()
            if chance < 0.005:
                await self.outbox.sweep()
            elif chance < 0.05:
                await self.outbox.hasten(SOURCE)

    async def through(self, work: Work) -> Result:
        try:
            return await work()
        except SourceBroken as failure:
            raise DataQuality("source_refused") from failure
        except SourceFailure as failure:
            raise DepartmentUnavailable("department_unavailable") from failure

    def seconds(self) -> float:
        return (self.now - NOON).total_seconds()

    # --- The run ------------------------------------------------------------------------------------------------------

    def run(self) -> None:
        """Run until everything is settled, and check what must hold of every schedule."""
        self.database.empty()
        self.database.may_crash, self.database.committed = self.may_crash, self.committed
        ids, new_id = random.Random(self.seed), accepting.new_id
        accepting.new_id = lambda: f"{ids.getrandbits(128):032x}"
        try:
            self._go_on(
                {
                    "one who tells": lambda: self.tell(self.told[::2]),
                    "another who tells": lambda: self.tell(self.told[1::2]),
                    "one worker": self.work,
                    "another worker": self.work,
                    "operator": self.operate,
                }
            )
        finally:
            accepting.new_id = new_id
            self.database.may_crash = self.database.committed = lambda: None
        self.verify()

    def _go_on(self, begins: dict[str, Callable[[], Process]]) -> None:
        running = {name: begin() for name, begin in begins.items()}
        while not self._is_settled():
            self.steps += 1
            assert self.steps < STEPS_MAX, "it comes to no end"
            self.current = self.random.choice(list(running))
            process = running[self.current]
            if self.is_troubled and self.random.random() < STEP_CRASHES:
                self.seen["crashes"] += 1
                process.close()
                running[self.current] = begins[self.current]()
                continue
            try:
                process.send(None)
            except StopIteration:
                del running[self.current]
            except Crash:
                running[self.current] = begins[self.current]()
            sleeps = self.is_troubled and self.random.random() < SLEEPS
            self.now += timedelta(seconds=self.random.choice(SLEEPS_S) if sleeps else STEP_S)
        for process in running.values():
            process.close()

    def _is_settled(self) -> bool:
        if len(self.acknowledged) < ACTIONS or self.steps % 8:
            return False
        return self.database.run("SELECT 1 FROM outbox WHERE state <> 'DELIVERED' LIMIT 1").fetchone() is None

    def verify(self) -> None:
        """Nothing lost, nothing doubled, each row's effects in the order in which they were accepted."""
        rows = self.database.run("SELECT id, chain FROM outbox ORDER BY chain, place").fetchall()
        assert len(rows) == ACTIONS, "each action was accepted once"
        assert sorted(one for one, _ in rows) == sorted(one for one, _ in self.model.effects), "each has one effect"
        for about in CHAINS:
            accepted = [one for one, chain in rows if chain.endswith(f" {about}")]
            assert [one for one, row in self.model.effects if row == about] == accepted, "in order"
        (changes,) = self.database.run("SELECT count(*) FROM record_changes").fetchone()
        assert changes == ACTIONS, "each is in the change log once"


def simulate(seeds: range) -> Counter[str]:
    """Run the schedules of these seeds; raises AssertionError that names the seed. Returns what happened in them."""
    database, seen = Database(), Counter[str]()
    for seed in seeds:
        schedule = Schedule(seed, database)
        try:
            schedule.run()
        except (AssertionError, Violated) as error:
            raise AssertionError(f"seed {seed}, step {schedule.steps}: {error}") from error
        seen.update(schedule.seen)
        seen["steps"] += schedule.steps
    return seen
