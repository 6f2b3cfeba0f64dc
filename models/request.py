"""Request: the context of one operation, passed explicitly to everything that works for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from models.batch import SourceState
from models.errors import BadRequest, OperationCancelled
from models.localized import Language
from models.plan_steps import Steps
from models.viewer import Purpose, Viewer

LEDGER_ENTRIES_MAX = 1_000
"""How many reads of personal fields one operation may hold before the hub refuses it."""

LEDGER_PERSONS_MAX = 10_000
"""How many people one read may be about: more could not be named, and nobody shall be read without a trace."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on a monotonic clock at which an answer must be ready, whatever the wall clock does."""

    at_s: float
    clock: Callable[[], float] = time.monotonic

    @classmethod
    def in_ms(cls, budget_ms: float, clock: Callable[[], float] = time.monotonic) -> Deadline:
        return cls(clock() + budget_ms / 1000, clock)

    def sooner(self, by_s: float) -> Deadline:
        """The same deadline, that much earlier."""
        return Deadline(self.at_s - by_s, self.clock)

    @property
    def remaining_s(self) -> float:
        return max(0.0, self.at_s - self.clock())


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """That personal fields of a record were read; never their values.

    `persons` are the resident numbers of whom they are about, for the marks that the ledger keeps; None: not known.
    """

    record: str
    fields: tuple[str, ...]
    rows: int
    persons: frozenset[str] | None = field(default=None, repr=False)

    def plus(self, other: LedgerEntry) -> LedgerEntry:
        """This read and another one of the same fields."""
        known = [entry.persons for entry in (self, other) if entry.persons is not None]
        persons = frozenset().union(*known) if known else None
        return LedgerEntry(self.record, self.fields, self.rows + other.rows, persons)


@dataclass(slots=True)
class LedgerBuffer:
    """What an operation read of personal fields, collected in memory until the answer is ready to leave."""

    entries: list[LedgerEntry] = field(default_factory=list)

    def note(self, record: str, fields: tuple[str, ...], rows: int, persons: frozenset[str] | None = None) -> None:
        """Raises BadRequest for a read that the ledger could not hold: it is then not answered."""
        if len(self.entries) >= LEDGER_ENTRIES_MAX:
            raise BadRequest("document_limit", limit="ledger_entries", allowed=LEDGER_ENTRIES_MAX)
        if persons is not None and len(persons) > LEDGER_PERSONS_MAX:
            raise BadRequest("document_limit", limit="ledger_persons", allowed=LEDGER_PERSONS_MAX)
        self.entries.append(LedgerEntry(record, fields, rows, persons))


_SEVERITY = {state: rank for rank, state in enumerate(SourceState)}


@dataclass(slots=True)
class SourceLine:
    """How one source did within one operation."""

    state: SourceState = SourceState.OK
    calls: int = 0
    elapsed_ms: float = 0.0
    as_of: datetime | None = None
    findings: int = 0


@dataclass(slots=True)
class SourceReport:
    """How every source that an operation touched did: what extensions.sources tells."""

    lines: dict[str, SourceLine] = field(default_factory=dict)

    def note(self, source: str, state: SourceState, *, elapsed_ms: float) -> None:
        """Add one call; the worst state of all calls stands."""
        line = self.lines.setdefault(source, SourceLine())
        line.calls += 1
        line.elapsed_ms += elapsed_ms
        line.state = max(line.state, state, key=_SEVERITY.__getitem__)

    def recovered(self, source: str) -> None:
        """Say that what a source did not answer was answered from what the hub had of it."""
        self.lines[source].state = SourceState.STALE

    def note_data(self, source: str, *, as_of: datetime | None, findings: int) -> None:
        """Add what a call brought; the oldest data of all calls stands."""
        line = self.lines.setdefault(source, SourceLine())
        line.findings += findings
        if as_of is not None:
            line.as_of = as_of if line.as_of is None else min(line.as_of, as_of)


@dataclass(slots=True)
class Cancellation:
    """Whether the client is gone, so that no further work starts for it."""

    requested: bool = False

    def cancel(self) -> None:
        self.requested = True

    def raise_if_requested(self) -> None:
        if self.requested:
            raise OperationCancelled("operation_cancelled")


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks, why, until when, in which language, and what was noted on the way.

    `is_trusted` is an operation whose document is registered with the hub. `steps` are there where it is to be
    explained.
    """

    id: str
    viewer: Viewer
    deadline: Deadline
    language: Language
    purpose: Purpose | None = None
    operation_name: str | None = None
    is_trusted: bool = False
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    ledger: LedgerBuffer = field(default_factory=LedgerBuffer)
    report: SourceReport = field(default_factory=SourceReport)
    cancellation: Cancellation = field(default_factory=Cancellation)
    steps: Steps | None = None
