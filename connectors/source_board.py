"""Source board: how every source is, by what all processes of the hub see of it, and the news for whoever watches.

Each process says what it sees of its own breakers and loads: at once when it changes, and again from time to time, so
that a process that starts later, or missed something, knows it too. What a process that died has said is forgotten.
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

from connectors.breaker import BreakerState
from connectors.guard import Guard
from connectors.replica import Replica
from models.source_states import SourceCondition, SourceStateChange
from store.broker import Broker, Event, LocalBroker, Mailbox

REPORTS, NEWS = "source-reports", "source-news"
LOOK_EVERY_S = 1.0
"""How often loads are looked at. A breaker tells by itself."""
SAY_AGAIN_S = 10.0
REPORT_S_MAX = 35.0
"""How long a report counts: a process that is alive has said it three times by then."""
REPORTS_MAX = 5_000
"""How many reports of other processes are kept: more than 64 processes with 60 sources each would make."""

_BADNESS = {condition: rank for rank, condition in enumerate(SourceCondition)}


class _Report(msgspec.Struct, array_like=True, frozen=True):
    """What one process sees of one source."""

    process: str
    source: str
    condition: str


_decoder = msgspec.msgpack.Decoder(_Report)


@dataclass(slots=True)
class SourceBoard:
    """The conditions of the sources of these names. A source is as bad as the worst that a living process says."""

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
        """How every source is, in the order in which the city states them."""
        return tuple(self._shown.values())

    def watching(self) -> AbstractContextManager[Mailbox]:
        """A mailbox in which the key of each event is the name of a source that has changed."""
        return self.news.listening(NEWS)

    async def changes(self, sources: frozenset[str]) -> AsyncGenerator[SourceStateChange, None]:
        """How each of these sources is, and then what changes. Who is slow gets the latest only, never a repetition."""
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
        """For the guard: looks at once when a breaker changes, and tells somebody else, too."""

        def changed(source: str, state: BreakerState) -> None:
            told(source, state)
            self.look()

        return changed

    def look(self) -> None:
        """Report what has changed, and everything when it is time to say it again; forget what counts no more."""
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
        return {name: _of_replica(replicas[name]) if name in replicas else self._of_door(name) for name in self.names}

    def _of_door(self, name: str) -> SourceCondition:
        if name not in self.guard.doors:
            return SourceCondition.UNKNOWN
        is_asked = self.guard.state_of(name) is BreakerState.CLOSED
        return SourceCondition.OK if is_asked else SourceCondition.UNAVAILABLE

    # --- What all processes see ---------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Look, say and hear, until cancelled."""
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
        """Keep a report, if it can be one, and tell who watches what has changed by it."""
        place = (report.process, report.source)
        is_ours = report.source in self._shown and report.condition in SourceCondition.__members__
        if not is_ours or (len(self._reports) >= REPORTS_MAX and place not in self._reports):
            return
        self._reports[place] = (report, self.clock())
        self._show(report.source)

    def _forget(self) -> None:
        oldest_s = self.clock() - REPORT_S_MAX
        gone = [place for place, (_, at_s) in self._reports.items() if at_s < oldest_s and place[0] != self.process]
        for place in gone:
            del self._reports[place]
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
