"""Source board: the condition of every source as all processes of the hub see it, and a stream of its changes.

Each process reports its own breakers and loads: at once on a change, and again at intervals for processes that start
later or missed a report. Reports of processes that died expire.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import msgspec

from connectors.guard.breaker import BreakerState
from connectors.guard.guard import Guard
from connectors.replica.replica import Replica
from models.sources.states import SourceCondition, SourceStateChange
from store.broker import Broker, Event, LocalBroker, Mailbox

REPORTS, NEWS = "source-reports", "source-news"
LOOK_EVERY_S = 1.0
"""How often loads are polled. Breakers report by themselves."""
SAY_AGAIN_S = 10.0
REPORT_S_MAX = 35.0
"""How long a report counts: a living process has repeated it three times by then."""
REPORTS_MAX = 5_000
"""How many reports are kept: more than 64 processes with 60 sources each make."""

_BADNESS = {condition: rank for rank, condition in enumerate(SourceCondition)}


class _Report(msgspec.Struct, array_like=True, frozen=True):
    """What one process sees of one source."""

    process: str
    source: str
    condition: str


_decoder = msgspec.msgpack.Decoder(_Report)


@dataclass(slots=True)
class SourceBoard:
    """The conditions of these sources. A source is as bad as the worst report of a living process."""

    names: tuple[str, ...]
    guard: Guard
    replicas: tuple[Replica, ...]
    broker: Broker
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    process: str = field(default_factory=lambda: os.urandom(8).hex())
    news: LocalBroker = field(default_factory=LocalBroker)
    _reports: dict[tuple[str, str], tuple[_Report, float]] = field(default_factory=dict)
    _shown: dict[str, SourceStateChange] = field(default_factory=dict)
    _said_s: float = float("-inf")

    def __post_init__(self) -> None:
        now = self.now()
        self._shown = {name: SourceStateChange(name, SourceCondition.UNKNOWN, now) for name in self.names}

    @property
    def present(self) -> tuple[SourceStateChange, ...]:
        """The condition of every source, in the order of the city package."""
        return tuple(self._shown.values())

    def watching(self) -> AbstractContextManager[Mailbox]:
        """A mailbox of changes; the key of each event is the name of a source."""
        return self.news.listening(NEWS)

    async def changes(self, sources: frozenset[str]) -> AsyncGenerator[SourceStateChange, None]:
        """The condition of each of these sources, then every change. A slow reader gets only the latest one."""
        with self.watching() as mailbox:
            told: dict[str, SourceStateChange] = {}
            for change in self.present:
                if change.source in sources:
                    told[change.source] = change
                    yield change
            while True:
                name = (await mailbox.next()).key
                change = self._shown[name]
                if name in sources and told[name] != change:
                    told[name] = change
                    yield change

    # --- What this process sees ---------------------------------------------------------------------------------------

    def also(self, told: Callable[[str, BreakerState], None]) -> Callable[[str, BreakerState], None]:
        """A callback for the guard that calls `told` and reports a changed breaker at once."""

        def changed(source: str, state: BreakerState) -> None:
            told(source, state)
            self.look()

        return changed

    def look(self) -> None:
        """Report changes, or everything when a repetition is due, and drop expired reports."""
        says_all = self.clock() >= self._said_s + SAY_AGAIN_S
        if says_all:
            self._said_s = self.clock()
        for name, condition in self._seen().items():
            report = _Report(self.process, name, condition.value)
            known = self._reports.get((self.process, name))
            changed = known is None or known[0] != report
            if changed:
                self._take(report)
            if changed or says_all:
                self.broker.publish(Event(REPORTS, f"{self.process}/{name}", msgspec.msgpack.encode(report)))
        self._forget()

    def _seen(self) -> dict[str, SourceCondition]:
        replicas = {replica.source: replica for replica in self.replicas}
        return {name: _of_replica(replicas[name]) if name in replicas else self._of_guard(name) for name in self.names}

    def _of_guard(self, name: str) -> SourceCondition:
        if name not in self.guard.bulkheads:
            return SourceCondition.UNKNOWN
        is_asked = self.guard.state_of(name) is BreakerState.CLOSED
        return SourceCondition.OK if is_asked else SourceCondition.UNAVAILABLE

    # --- What all processes see ---------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Send and receive reports until cancelled."""
        with self.broker.listening(REPORTS) as mailbox:
            hearing = asyncio.ensure_future(self._hear(mailbox))
            try:
                while True:
                    self.look()
                    await self.sleep(LOOK_EVERY_S)
            finally:
                hearing.cancel()
                await asyncio.gather(hearing, return_exceptions=True)

    async def _hear(self, mailbox: Mailbox) -> None:
        while True:
            event = await mailbox.next()
            try:
                report = _decoder.decode(event.payload)
            except msgspec.MsgspecError:
                continue
            if report.process != self.process:
                self._take(report)

    def _take(self, report: _Report) -> None:
        """Keep a valid report, and publish the change that it makes."""
        key = (report.process, report.source)
        is_ours = report.source in self._shown and report.condition in SourceCondition.__members__
        if not is_ours or (len(self._reports) >= REPORTS_MAX and key not in self._reports):
            return
        self._reports[key] = (report, self.clock())
        self._show(report.source)

    def _forget(self) -> None:
        oldest_s = self.clock() - REPORT_S_MAX
        gone = [key for key, (_, at_s) in self._reports.items() if at_s < oldest_s and key[0] != self.process]
        for key in gone:
            del self._reports[key]
        for source in {source for _, source in gone}:
            self._show(source)

    def _show(self, source: str) -> None:
        conditions = [SourceCondition[one.condition] for one, _ in self._reports.values() if one.source == source]
        condition = max(conditions, key=_BADNESS.__getitem__, default=SourceCondition.UNKNOWN)
        if condition is self._shown[source].condition:
            return
        self._shown[source] = SourceStateChange(source, condition, self.now())
        self.news.publish(Event(NEWS, source, b""))


def _of_replica(replica: Replica) -> SourceCondition:
    state = replica.state
    if not state.reason:
        return SourceCondition.OK if state.checked_at is not None else SourceCondition.UNKNOWN
    return SourceCondition.STALE if state.copied_at is not None else SourceCondition.UNAVAILABLE
