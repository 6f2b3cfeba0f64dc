"""Request: the context of one operation, passed explicitly to everything that works on it."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime

from models.batch import SourceState
from models.errors import BadRequest, OperationCancelled
from models.policy.viewer import CallerClass, Purpose, Viewer, class_of
from models.sources.plan_steps import PlanSteps
from models.values.localized import Language

LEDGER_ENTRIES_MAX = 1_000
"""How many reads of personal fields one operation may have."""

LEDGER_PERSONS_MAX = 10_000
"""How many people one read may be about, because the ledger must name each of them."""


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on a monotonic clock by which an answer must be ready, independent of the wall clock."""

    at_s: float
    clock: Callable[[], float] = time.monotonic

    @classmethod
    def in_ms(cls, budget_ms: float, clock: Callable[[], float] = time.monotonic) -> Deadline:
        return cls(clock() + budget_ms / 1000, clock)

    def sooner(self, by_s: float) -> Deadline:
        """The same deadline, earlier by a given time."""
        return Deadline(self.at_s - by_s, self.clock)

    @property
    def remaining_s(self) -> float:
        return max(0.0, self.at_s - self.clock())


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """Which personal fields of a record were read; never their values.

    `persons` are the resident numbers of the people, from which the ledger makes pseudonyms; None: not known.
    """

    record: str
    fields: tuple[str, ...]
    rows: int
    persons: frozenset[str] | None = field(default=None, repr=False)

    def plus(self, other: LedgerEntry) -> LedgerEntry:
        """The sum of this read and another one of the same fields."""
        known = [entry.persons for entry in (self, other) if entry.persons is not None]
        persons = frozenset().union(*known) if known else None
        return LedgerEntry(self.record, self.fields, self.rows + other.rows, persons)


@dataclass(slots=True)
class LedgerBuffer:
    """The reads of personal fields of an operation, collected until the answer is ready."""

    entries: list[LedgerEntry] = field(default_factory=list)

    def note(self, record: str, fields: tuple[str, ...], rows: int, persons: frozenset[str] | None = None) -> None:
        """Add a read. Raises BadRequest if the ledger could not hold it: then it is not answered."""
        if len(self.entries) >= LEDGER_ENTRIES_MAX:
            raise BadRequest("document_limit", limit="ledger_entries", allowed=LEDGER_ENTRIES_MAX)
        if persons is not None and len(persons) > LEDGER_PERSONS_MAX:
            raise BadRequest("document_limit", limit="ledger_persons", allowed=LEDGER_PERSONS_MAX)
        self.entries.append(LedgerEntry(record, fields, rows, persons))


_SEVERITY = {state: rank for rank, state in enumerate(SourceState)}


@dataclass(slots=True)
class SourceLine:
    """How one source answered within one operation."""

    state: SourceState = SourceState.OK
    calls: int = 0
    elapsed_ms: float = 0.0
    as_of: datetime | None = None
    findings: int = 0
    slow_questions: int = 0
    """Calls that were slow because of the question, which says nothing about the source."""


@dataclass(slots=True)
class SourceReport:
    """How each source of an operation answered, for extensions.sources.

    `ages` has, by source and record, when the oldest data was true; None where the source says of no row. A record
    that was only counted is not among them.
    """

    lines: dict[str, SourceLine] = field(default_factory=dict)
    ages: dict[tuple[str, str], datetime | None] = field(default_factory=dict)

    def note(self, source: str, state: SourceState, *, elapsed_ms: float, by_question: bool = False) -> None:
        """Add a call; the worst state counts. `by_question`: the question itself was too slow."""
        line = self._line(source)
        line.calls += 1
        line.slow_questions += by_question
        line.elapsed_ms += elapsed_ms
        line.state = max(line.state, state, key=_SEVERITY.__getitem__)

    def _line(self, source: str) -> SourceLine:
        line = self.lines.get(source)
        if line is None:
            line = self.lines[source] = SourceLine()
        return line

    def recovered(self, source: str) -> None:
        """Note that the hub answered from its own copy what the source did not answer."""
        self.lines[source].state = SourceState.STALE

    def note_data(self, source: str, record: str, *, as_of: datetime | None, findings: int) -> None:
        """Add the age of the data of a call; the oldest counts."""
        line = self._line(source)
        line.findings += findings
        line.as_of = _older(line.as_of, as_of)
        self.ages[source, record] = _older(self.ages.get((source, record)), as_of)

    def oldest_of(self, records: Collection[str]) -> datetime | None:
        """When the oldest data of these records was true; None if no source says."""
        return min(
            (as_of for (_, record), as_of in self.ages.items() if as_of is not None and record in records),
            default=None,
        )


def _older(one: datetime | None, other: datetime | None) -> datetime | None:
    """The earlier of two moments, as far as they are known."""
    return min((moment for moment in (one, other) if moment is not None), default=None)


@dataclass(slots=True)
class Cancellation:
    """Whether the client is gone, so that no more work starts for it."""

    requested: bool = False

    def cancel(self) -> None:
        self.requested = True

    def raise_if_requested(self) -> None:
        if self.requested:
            raise OperationCancelled("operation_cancelled")


@dataclass(frozen=True, slots=True)
class Request:
    """Who asks, why, until when, in which language, and what was noted on the way.

    `is_trusted`: the operation is a registered document. `is_urgent`: it is about emergencies alone. `steps` is set if
    it is to be explained. `idempotency_key` is that of the header, for the actions of the operation. `asks_for` is the
    caller class that the cache asks for, if not the viewer's.
    """

    id: str
    viewer: Viewer
    deadline: Deadline
    language: Language
    purpose: Purpose | None = None
    operation_name: str | None = None
    is_trusted: bool = False
    is_urgent: bool = False
    asks_for: CallerClass | None = None
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    ledger: LedgerBuffer = field(default_factory=LedgerBuffer)
    report: SourceReport = field(default_factory=SourceReport)
    cancellation: Cancellation = field(default_factory=Cancellation)
    steps: PlanSteps | None = None
    idempotency_key: str | None = None

    def sooner(self, by_s: float) -> Request:
        """The same request with an earlier deadline."""
        return Request(
            self.id,
            self.viewer,
            self.deadline.sooner(by_s),
            self.language,
            self.purpose,
            self.operation_name,
            self.is_trusted,
            self.is_urgent,
            self.asks_for,
            self.now,
            self.ledger,
            self.report,
            self.cancellation,
            self.steps,
            self.idempotency_key,
        )

    @property
    def caller(self) -> CallerClass:
        """The caller class whose share of a source's connections is used."""
        if self.asks_for is not None:
            return self.asks_for
        urgent = self.is_urgent or self.purpose is Purpose.EMERGENCY_RESPONSE
        return class_of(self.viewer, urgent=urgent)
