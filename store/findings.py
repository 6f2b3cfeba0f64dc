"""Counts findings in memory, writes the sums to the hub's database from time to time, and lists them for operators."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any, Final

import structlog
from sqlalchemy import ColumnElement, case, literal, select
from sqlalchemy.dialects import postgresql, sqlite

from models.sources.findings import COUNT_MAX, Finding, FindingKind
from models.tables import findings
from store.database.engine import HubDatabase

KEYS_MAX: Final = 10_000
FLUSH_S_MAX: Final = 15.0
LIST_ROWS_MAX: Final = 1_000

_Key = tuple[str, str, str, FindingKind]
_OVERFLOW_KEY: Final[_Key] = ("hub", "findings", "", FindingKind.OVERFLOW)

_log: Final = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class SeenFinding:
    """A stored finding: its total count, and when it was first and last seen (UTC)."""

    finding: Finding
    first_seen_at: datetime
    last_seen_at: datetime


@dataclass(slots=True)
class _Count:
    count: int
    first_seen_at: datetime
    last_seen_at: datetime

    def add(self, count: int, first_seen_at: datetime, last_seen_at: datetime) -> None:
        self.count = min(self.count + count, COUNT_MAX)
        self.first_seen_at = min(self.first_seen_at, first_seen_at)
        self.last_seen_at = max(self.last_seen_at, last_seen_at)


class FindingsBuffer:
    """Counts findings by (source, record, field, kind) and writes the sums in the background.

    Holds at most `keys_max` distinct findings. Further ones are counted in `overflow` and written as one finding
    (source `hub`, record `findings`, kind OVERFLOW). `note` may be called from any thread, all else from one event
    loop.
    """

    def __init__(self, clock: Callable[[], datetime], *, keys_max: int = KEYS_MAX) -> None:
        self._clock = clock
        self._keys_max = keys_max
        self._noted: dict[_Key, _Count] = {}
        self._in_flight: dict[_Key, _Count] = {}
        self._overflow = 0
        self._lock = Lock()
        self._one_flush = asyncio.Lock()

    @property
    def overflow(self) -> int:
        """How many findings did not fit in, since the start."""
        return self._overflow

    def note(self, finding: Finding) -> None:
        """Count a finding. Cheap, without I/O, and never raises: reads call it."""
        key = (finding.source, finding.record, finding.field, finding.kind)
        now = self._clock()
        with self._lock:
            # Findings that are being written still count, so that they fit in again if the write fails.
            if key not in self._noted and len(self._noted) + len(self._in_flight) >= self._keys_max:
                self._overflow += finding.count
                key = _OVERFLOW_KEY
            self._add(key, finding.count, now, now)

    async def flush(self, database: HubDatabase) -> int:
        """Write the counts in one transaction; returns the number of rows written.

        If writing fails or is cancelled, the counts are kept for the next flush and the error is raised. If the
        database is lost during the commit they are kept too: counting twice does less harm than losing a finding.
        """
        async with self._one_flush:
            with self._lock:
                self._in_flight, self._noted = self._noted, {}
            if not self._in_flight:
                return 0
            try:
                await _add_to_table(database, self._in_flight)
            except BaseException:
                self._take_back()
                raise
            written = len(self._in_flight)
            with self._lock:
                self._in_flight = {}
            return written

    @asynccontextmanager
    async def run(self, database: HubDatabase, interval_s: float) -> AsyncIterator[None]:
        """Flush every `interval_s` seconds while the block runs, and once when it ends.

        A failed flush is logged and tried again after the interval. A flush may take FLUSH_S_MAX seconds.
        """
        stopping = asyncio.Event()
        task = asyncio.create_task(self._flush_until(stopping, database, interval_s), name="findings")
        try:
            yield
        finally:
            stopping.set()
            await task

    async def _flush_until(self, stopping: asyncio.Event, database: HubDatabase, interval_s: float) -> None:
        while not stopping.is_set():
            try:
                async with asyncio.timeout(interval_s):
                    await stopping.wait()
            except TimeoutError:
                await self._try_flush(database)
        await self._try_flush(database)

    async def _try_flush(self, database: HubDatabase) -> None:
        try:
            async with asyncio.timeout(FLUSH_S_MAX):
                await self.flush(database)
        except Exception as error:  # noqa: BLE001 - the next flush tries again
            # The driver's text is not logged: it may hold an address.
            _log.warning("findings_not_written", error=type(error).__name__, kept=len(self._noted))

    def _take_back(self) -> None:
        with self._lock:
            for key, tally in self._in_flight.items():
                self._add(key, tally.count, tally.first_seen_at, tally.last_seen_at)
            self._in_flight = {}

    def _add(self, key: _Key, count: int, first_seen_at: datetime, last_seen_at: datetime) -> None:
        tally = self._noted.get(key)
        if tally is None:
            self._noted[key] = _Count(count, first_seen_at, last_seen_at)
        else:
            tally.add(count, first_seen_at, last_seen_at)


async def list_findings(database: HubDatabase, limit: int) -> tuple[SeenFinding, ...]:
    """List findings by when they were last seen, newest first. Raises ValueError unless `limit` is 1..LIST_ROWS_MAX."""
    if not 1 <= limit <= LIST_ROWS_MAX:
        raise ValueError(f"limit must be in 1..{LIST_ROWS_MAX}")
    columns = findings.c
    statement = (
        select(*columns)
        .order_by(columns.last_seen_at.desc(), columns.source, columns.record, columns.field, columns.kind)
        .limit(limit)
    )
    async with database.reading() as connection:
        rows = (await connection.execute(statement)).all()
    return tuple(
        SeenFinding(Finding(source, record, field, _kind_of(kind), count), first_seen_at, last_seen_at)
        for source, record, field, kind, count, first_seen_at, last_seen_at in rows
    )


def _kind_of(code: str) -> FindingKind:
    # During a rollout an older hub reads kinds that only the newer one knows.
    return FindingKind.__members__.get(code, FindingKind.UNKNOWN)


async def _add_to_table(database: HubDatabase, tallies: dict[_Key, _Count]) -> None:
    rows = [
        {
            "source": source,
            "record": record,
            "field": field,
            "kind": kind.value,
            "count": tally.count,
            "first_seen_at": tally.first_seen_at,
            "last_seen_at": tally.last_seen_at,
        }
        # Every process writes in the same order, so that two of them never deadlock.
        for (source, record, field, kind), tally in sorted(
            tallies.items(), key=lambda item: (item[0][:3], item[0][3].value)
        )
    ]
    async with database.writing() as connection:
        await connection.execute(_upsert(connection.dialect.name), rows)


def _upsert(dialect: str) -> Any:
    insert = postgresql.insert(findings) if dialect == "postgresql" else sqlite.insert(findings)
    kept, new = findings.c, insert.excluded
    room: ColumnElement[int] = literal(COUNT_MAX, findings.c.count.type) - new["count"]
    return insert.on_conflict_do_update(
        index_elements=[kept.source, kept.record, kept.field, kept.kind],
        set_={
            "count": case((kept["count"] > room, COUNT_MAX), else_=kept["count"] + new["count"]),
            "first_seen_at": case(
                (new.first_seen_at < kept.first_seen_at, new.first_seen_at), else_=kept.first_seen_at
            ),
            "last_seen_at": case((new.last_seen_at > kept.last_seen_at, new.last_seen_at), else_=kept.last_seen_at),
        },
    )
