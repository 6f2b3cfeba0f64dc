"""Caching: a source that answers when it is let, the cache before it, and clocks that a test sets."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import sqlalchemy as sa

from connectors.cache.keys import CacheKeys
from connectors.cache.memory import BoundedMemory
from connectors.cache.reads import CachedAnswer, ReadCache
from connectors.cache.store import CacheStore
from connectors.catalog import Binding
from connectors.criteria import CountCriteria, Criteria, GroupCriteria, Order, ParentKeys
from connectors.decoders import number_key, prose, text
from connectors.departments.city import TANGERANG
from connectors.guard.guard import Guard
from connectors.indexes import Indexes
from connectors.load import LoadContract
from connectors.mapping import Mapping, column
from connectors.protocol import Call, Capabilities, RawGroups, Rows
from connectors.sources import Source
from models.policy.viewer import ANONYMOUS
from models.predicates import EVERYTHING, Predicate
from models.records import PersonalClass, Record
from models.records import field as record_field
from models.request import Deadline, Request
from models.values.localized import Language

T = TypeVar("T")

SECRET = b"a secret of these tests, long enough"
FRESH_FOR, STALE_FOR = timedelta(minutes=10), timedelta(hours=1)
AGES_MS = 3_600_000
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


class Loan(Record, name="loans"):
    """A book that somebody has borrowed."""

    id: str = record_field("The key")
    title: str | None = record_field("The title")
    shelf: str | None = record_field("Where it stands; borrowers write their names into the same column")
    borrower: str | None = record_field("Who has it", personal=PersonalClass.GENERAL)


PINJAMAN = sa.table(
    "pinjaman",
    sa.column("id", sa.Integer),
    sa.column("judul", sa.String),
    sa.column("catatan", sa.String),
    sa.column("peminjam", sa.String),
)

LOANS = Mapping(
    record=Loan,
    source="library",
    selectable=PINJAMAN,
    columns={
        "id": column("id", decoder=number_key()),
        "title": column("judul", decoder=text()),
        "shelf": column("catatan", decoder=prose()),
        "borrower": column("peminjam", decoder=text(), sorts_as="catatan"),
    },
    fresh_for=FRESH_FOR,
    stale_for=STALE_FOR,
)

SOURCE = Source("library", "diskominfo", "Library", LoadContract(connections_max=4, statement_ms_max=60_000))


def rows_of(*titles: object) -> Rows:
    ids = list(range(len(titles)))
    return Rows(len(titles), {"id": ids, "judul": list(titles)}, [(at,) for at in ids], ())


def criteria(
    columns: tuple[str, ...] = ("id", "title"),
    where: Predicate = EVERYTHING,
    *,
    order: tuple[Order, ...] = (Order("id"),),
    parents: ParentKeys | None = None,
) -> Criteria:
    return Criteria("loans", columns, where, order, 10, parents=parents)


@dataclass
class Library:
    """A connector that counts its calls, and answers them or fails while `open` is set."""

    answer: Rows = field(default_factory=lambda: rows_of("Bumi Manusia"))
    counted: list[int] = field(default_factory=lambda: [7])
    grouped: RawGroups = field(default_factory=lambda: RawGroups(1, {}, (), [7]))
    failure: BaseException | None = None
    calls: list[Call] = field(default_factory=list)
    stopped: int = 0
    open: asyncio.Event = field(default_factory=asyncio.Event)
    is_local: bool = False
    capabilities: Capabilities = field(default_factory=Capabilities)

    def __post_init__(self) -> None:
        self.open.set()

    async def read(self, mapping: Mapping, criteria: Criteria, call: Call) -> Rows:
        return await self._answered(call, self.answer)

    async def count(self, mapping: Mapping, criteria: CountCriteria, call: Call) -> list[int]:
        return await self._answered(call, self.counted)

    async def groups(self, mapping: Mapping, criteria: GroupCriteria, call: Call) -> RawGroups:
        return await self._answered(call, self.grouped)

    async def _answered(self, call: Call, answer: T) -> T:
        self.calls.append(call)
        try:
            await self.open.wait()
        except asyncio.CancelledError:
            self.stopped += 1
            raise
        if self.failure is not None:
            raise self.failure
        return answer

    async def probe(self) -> Capabilities:
        return self.capabilities

    async def columns_of(self, mapping: Mapping) -> Dictionary[str, str] | None:
        return {}

    async def indexes_of(self, mapping: Mapping) -> Indexes:
        return {}

    async def close(self) -> None: ...


def memory() -> BoundedMemory:
    return BoundedMemory(bytes_max=1_000_000, entries_max=1_000)


@dataclass
class Desk:
    """The cache before a library. `at` is what the wall clock shows; failures stand until `later` is set."""

    library: Library = field(default_factory=Library)
    mapping: Mapping = LOANS
    source: Source = SOURCE
    store: CacheStore = field(default_factory=lambda: CacheStore(memory()))
    secret: bytes = SECRET
    at: datetime = START
    luck: float = 0.5
    later: asyncio.Event = field(default_factory=asyncio.Event)
    pauses: list[float] = field(default_factory=list)
    changes: dict[str, int] = field(default_factory=dict)
    """The newest changes by the hub, as the processes know them."""

    def __post_init__(self) -> None:
        department = TANGERANG.department("diskominfo")
        assert department is not None
        self.guard = Guard(lambda *_: None)
        self.binding = Binding(self.mapping, self.source, department, self.library)
        self.cache = ReadCache(
            CacheKeys(self.secret, changes=self.changes),
            self.store,
            self.guard,
            lambda: self.at,
            self._sleep,
            lambda: self.luck,
        )

    async def _sleep(self, pause_s: float) -> None:
        self.pauses.append(pause_s)
        await self.later.wait()

    async def rows(self, request: Request | None = None, asked: Criteria | None = None) -> CachedAnswer[Rows]:
        request, asked = request or asking(), asked or criteria()

        async def ask(own: Request) -> Rows:
            call = Call(own.operation_name or "", 1)
            return await self.guard.call(
                self.source, "Diskominfo", own, lambda: self.library.read(self.mapping, asked, call)
            )

        return await self.cache.rows(request, self.binding, asked, ask)

    async def count(
        self, request: Request | None = None, asked: CountCriteria | None = None
    ) -> CachedAnswer[list[int]]:
        request, asked = request or asking(), asked or CountCriteria("loans")

        async def ask(own: Request) -> list[int]:
            call = Call(own.operation_name or "", 1)
            return await self.guard.call(
                self.source, "Diskominfo", own, lambda: self.library.count(self.mapping, asked, call)
            )

        return await self.cache.count(request, self.binding, asked, ask)

    @property
    def calls(self) -> int:
        return len(self.library.calls)

    @property
    def counts(self) -> dict[str, int]:
        assert {source for source, _ in self.cache.counts} <= {self.source.name}
        return {event.value: count for (_, event), count in self.cache.counts.items()}


def asking(budget_ms: float = AGES_MS) -> Request:
    return Request("r1", ANONYMOUS, Deadline.in_ms(budget_ms), Language.EN, operation_name="Loans")


async def settled() -> None:
    """Everything that can go on without being let has gone on."""
    for _ in range(30):
        await asyncio.sleep(0)
