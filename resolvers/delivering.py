"""Delivering: brings what the outbox holds to the sources, one action of a source at a time, and tries again.

Every process does so; the outbox gives each action to one of them. Delivery keeps to the load contracts and to quiet
hours, and leaves a source alone until it answers a probe.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

import structlog

from connectors.catalog import Catalog
from connectors.guard.guard import Guard
from connectors.sources import Source
from connectors.writing.protocol import Delivers, Delivery, LeaseLost, NotWritten, Writer, Written
from models.actions.receipts import ReceiptState, RefusalReason
from models.errors import DataQuality, DepartmentTimeout, DepartmentUnavailable
from models.policy.viewer import Role, Viewer
from models.request import Deadline, Request
from models.values.localized import Language
from store.database.patience import DATABASE_AWAY
from store.leases import Lease, Leases
from store.outbox.claiming import Attempt
from store.outbox.outbox import WAITING, Outbox
from store.outbox.told import AttemptOutcome, Claim, Ending, Standing

DELIVERY_S_MAX: Final = 10.0
"""How long one delivery may take. Its lease lasts longer."""
LOOK_EVERY_S: Final = 1.0
"""How often the outbox is looked into, if nobody says that there is something."""
PROBE_EVERY_S: Final = 0.5
PROBE_S_MAX: Final = 1.0
PAUSE_S_FIRST: Final = 1.0
PAUSE_S_MAX: Final = 60.0
PAUSE_DOUBLINGS_MAX: Final = 10
ATTEMPTS_MAX: Final = 20
"""After so many attempts, an action that the source or the hub itself fails at needs a person."""
NOT_TRIED: Final = timedelta(seconds=1)
"""When an action is tried again that a busy source left no room for."""
COUNT_EVERY_S: Final = 5.0
COUNTS_PER_SWEEP: Final = 12
SWEEP_LEASE: Final = timedelta(seconds=3 * COUNTS_PER_SWEEP * COUNT_EVERY_S)
_SWEEPING: Final = "outbox sweeping"

Result = Written | NotWritten
Work = Callable[[], Awaitable[Result]]

_log: Final = structlog.get_logger(__name__)


@dataclass(slots=True)
class Deliverer:
    """Takes the next action of one source and delivers it once. `through` is the way to the source.

    `clock` is monotonic; `random` is from 0 to 1.
    """

    outbox: Outbox
    source: str
    writer: Delivers
    through: Callable[[Work], Awaitable[Result]]
    clock: Callable[[], float] = time.monotonic
    random: Callable[[], float] = random.random

    async def next(self) -> AttemptOutcome | None:
        """How the next attempt ended; None if there is nothing to deliver, or the source left no room for it.

        Raises the errors of the hub's database.
        """
        began_s = self.clock()
        claimed = await self.outbox.claim(self.source)
        if claimed is None:
            return None
        ending = await self._ended(claimed, began_s)
        if ending is None:
            await self.outbox.give_back(claimed, NOT_TRIED)
            return None
        attempt = Attempt(self.writer.rung.value, round((self.clock() - began_s) * 1000))
        if not await self.outbox.finish(claimed, attempt, ending):
            return AttemptOutcome.LEASE_LOST
        return ending.outcome

    async def _ended(self, claimed: Claim, began_s: float) -> Ending | None:
        """How this attempt ended; None if it did not begin."""
        if claimed.effects is None:
            return Ending(AttemptOutcome.UNREADABLE, ReceiptState.NEEDS_ATTENTION, RefusalReason.UNKNOWN)
        ends_s, has_begun = began_s + claimed.lasts.total_seconds(), False

        async def keep(trace: str) -> None:
            # The database's clock may have been set back meanwhile, or this process may have slept.
            try:
                is_kept = self.clock() < ends_s and await self.outbox.keep(claimed, trace)
            except DATABASE_AWAY as error:
                raise LeaseLost from error
            if not is_kept:
                raise LeaseLost

        delivery = Delivery(claimed.id, claimed.effects, claimed.reference, claimed.trace, keep)

        async def work() -> Result:
            nonlocal has_begun
            has_begun = True
            return await self.writer.deliver(delivery)

        try:
            return _settled(await self.through(work))
        except LeaseLost:
            return self._again(claimed, AttemptOutcome.LEASE_LOST)
        except DepartmentUnavailable:
            return self._again(claimed, AttemptOutcome.UNREACHABLE) if has_begun else None
        except DepartmentTimeout:
            return self._again(claimed, AttemptOutcome.TIMEOUT) if has_begun else None
        except DataQuality:
            return self._again(claimed, AttemptOutcome.BROKEN, RefusalReason.NOT_TAKEN)
        except Exception as error:  # noqa: BLE001  # a defect holds up one action, not all others
            _log.error("a delivery failed in a way that nobody foresaw", source=self.source, error=type(error).__name__)
            return self._again(claimed, AttemptOutcome.UNFORESEEN, RefusalReason.UNKNOWN)

    def _again(self, claimed: Claim, outcome: AttemptOutcome, given_up: RefusalReason | None = None) -> Ending:
        """Another attempt after a pause that grows; with a reason to give up, only so many."""
        if given_up is not None and claimed.attempts >= ATTEMPTS_MAX:
            return Ending(outcome, ReceiptState.NEEDS_ATTENTION, given_up)
        pause_s = min(PAUSE_S_FIRST * 2 ** min(claimed.attempts - 1, PAUSE_DOUBLINGS_MAX), PAUSE_S_MAX)
        again_after = timedelta(seconds=pause_s * (0.5 + self.random() / 2))
        return Ending(outcome, ReceiptState.ACCEPTED, again_after=again_after)


def _settled(result: Result) -> Ending:
    if isinstance(result, Written):
        return Ending(AttemptOutcome.WRITTEN, ReceiptState.DELIVERED, record_key=result.key)
    if result.reason is RefusalReason.IN_DOUBT:
        return Ending(AttemptOutcome.IN_DOUBT, ReceiptState.NEEDS_ATTENTION, result.reason)
    return Ending(AttemptOutcome.REFUSED, ReceiptState.REFUSED, result.reason)


@dataclass(frozen=True, slots=True)
class Target:
    """A source that can be written to. `probe` asks whether it is there."""

    source: Source
    department: str
    writer: Delivers
    probe: Callable[[], Awaitable[object]]


def targets_of(catalog: Catalog, writers: Mapping[str, Writer]) -> dict[str, Target]:
    """The sources of a city that have a writer, by name."""
    sources = {source.name: source for source in catalog.sources}
    return {
        name: Target(
            sources[name], catalog.department_of(sources[name]).abbreviation, writer, catalog.connectors[name].probe
        )
        for name, writer in writers.items()
    }


@dataclass(eq=False, slots=True)
class Delivering:
    """Delivers to these targets until it is stopped. `process` names this process in leases.

    `standing` is what waits by source, some seconds old; `outcomes` counts the attempts of this process.
    """

    outbox: Outbox
    leases: Leases
    guard: Guard
    targets: Mapping[str, Target]
    process: str
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    standing: Mapping[str, Standing] = field(default_factory=dict)
    outcomes: Counter[tuple[str, AttemptOutcome]] = field(default_factory=Counter)
    _tasks: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    """By source: it delivers, or waits until the source answers a probe."""
    _lease: Lease | None = None

    async def run(self) -> None:
        """Deliver until cancelled, whatever fails meanwhile."""
        watching = asyncio.ensure_future(self._watch())
        try:
            with self.outbox.broker.listening(WAITING) as mailbox:
                await self._safely(self._begin)
                while True:
                    await self._safely(self._look)
                    with suppress(TimeoutError):
                        async with asyncio.timeout(LOOK_EVERY_S):
                            await mailbox.next()
        finally:
            tasks = [watching, *self._tasks.values()]
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def late(self) -> list[str]:
        """The sources for which something has waited too long."""
        now = self.now()
        return sorted(source for source, standing in self.standing.items() if standing.is_late(now))

    async def close(self) -> None:
        """Close the writers."""
        for target in self.targets.values():
            await target.writer.close()

    async def _begin(self) -> None:
        """Try at once what another process had put off: sources may have come back since."""
        for name in self.targets:
            await self.outbox.hasten(name)

    async def _look(self) -> None:
        """Begin to deliver to each source that something waits for and that may be asked."""
        self._tasks = {name: task for name, task in self._tasks.items() if not task.done()}
        free = [
            name
            for name, target in self.targets.items()
            if name not in self._tasks and not self.guard.left_alone(target.source)
        ]
        for name in await self.outbox.deliverable(free) if free else ():
            self._tasks[name] = asyncio.create_task(self._safely(partial(self._deliver, self.targets[name])))

    async def _deliver(self, target: Target) -> None:
        """Deliver what waits for a source; when the source is away, wait until it is back."""
        name = target.source.name
        deliverer = Deliverer(self.outbox, name, target.writer, partial(self._through, target))
        while not self.guard.left_alone(target.source) and (outcome := await deliverer.next()) is not None:
            self.outcomes[name, outcome] += 1
            if outcome in (AttemptOutcome.UNREACHABLE, AttemptOutcome.TIMEOUT):
                await self._until_back(target)

    async def _until_back(self, target: Target) -> None:
        """Wait until the source answers. If it was away, everything that waits for it is tried at once."""
        was_away = False
        while True:
            request = _request(PROBE_S_MAX)
            try:
                await self.guard.call(target.source, target.department, request, target.probe)
            except (DepartmentUnavailable, DepartmentTimeout):
                was_away = True
                await self.sleep(PROBE_EVERY_S)
            except DataQuality:
                break
            else:
                break
        if was_away:
            await self.outbox.hasten(target.source.name)

    async def _through(self, target: Target, work: Work) -> Result:
        request = _request(DELIVERY_S_MAX)
        return await self.guard.call(target.source, target.department, request, work, writes=True)

    # --- What waits, and what is old ----------------------------------------------------------------------------------

    async def _watch(self) -> None:
        while True:
            for _ in range(COUNTS_PER_SWEEP):
                await self._safely(self._count)
                await self.sleep(COUNT_EVERY_S)
            await self._safely(self._sweep)

    async def _count(self) -> None:
        self.standing = await self.outbox.standing()

    async def _sweep(self) -> None:
        """Give up and forget, in one process at a time."""
        held = await self.leases.renew(self._lease, SWEEP_LEASE) if self._lease is not None else None
        self._lease = held or await self.leases.take(_SWEEPING, self.process, SWEEP_LEASE)
        if self._lease is not None and (given_up := await self.outbox.sweep()):
            _log.error("actions were given up that waited too long", count=given_up)
        if self._lease is not None:
            await self.outbox.log.prune()

    async def _safely(self, work: Callable[[], Awaitable[None]]) -> None:
        """Do what is done again and again. If the hub's database is away, the next time does it."""
        try:
            await work()
        except DATABASE_AWAY as error:
            _log.warning("the outbox cannot be reached", error=type(error).__name__)
        except Exception as error:  # noqa: BLE001  # whatever it was, what waits must be delivered
            _log.error("delivering failed in a way that nobody foresaw", error=type(error).__name__)


def _request(budget_s: float) -> Request:
    return Request("delivery", Viewer(Role.OPERATOR), Deadline.in_ms(budget_s * 1000), Language.EN)
