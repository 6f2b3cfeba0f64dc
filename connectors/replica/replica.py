"""Replica: an indexed local copy of a source that cannot answer questions itself, replaced atomically.

A loader fetches everything that the source has. A bad load is refused: the old copy stays, and a finding says why. The
SQL connector answers questions from the copy.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from collections.abc import Mapping as Dictionary
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Protocol

import sqlalchemy as sa
import structlog

from connectors.criteria import CountCriteria, Criteria, GroupCriteria
from connectors.indexes import Indexes
from connectors.load import COPY_LOAD
from connectors.mapping import Mapping
from connectors.mocking import behind
from connectors.protocol import (
    Call,
    Capabilities,
    Connector,
    RawGroups,
    Rows,
    SourceBroken,
    SourceFailure,
    SourceUnreachable,
)
from connectors.replica import file as replica_file
from connectors.replica.file import Copy, CopyImpossible, CopyTooLarge, ReplicaTable
from connectors.sql.capabilities import declared
from connectors.sql.connector import SqlConnector
from connectors.sql.dialects import DIALECTS
from models.records import KEY
from models.sources.findings import Finding, FindingKind

if sys.platform != "win32":
    import fcntl

RETRY_S_MIN = 5.0
JITTER = 0.1
KEPT_REFRESHES = 3
"""For how many refreshes a replaced copy stays on disk, because other processes may still read it."""
BAD_KEYS_SHARE_MAX = 0.5
"""A load with a larger share of unreadable keys is refused: the table has changed."""
FIRST_LOADS_S_MAX = 5.0
"""How long startup waits for the first loads."""
LOCK_LOOK_EVERY_S = 0.1
ROWS_HASHED_AT_ONCE = 100
"""`repr` of many rows blocks every thread: 100,000 rows take 300 ms."""

_log = structlog.get_logger("simpul")


@dataclass(frozen=True, slots=True)
class Bounds:
    """How large a copy may be, how often it is refreshed, and how long a load may take."""

    rows_max: int = 200_000
    bytes_max: int = 256 * 1024 * 1024
    refresh_every: timedelta = timedelta(minutes=10)
    load_s_max: float = 120.0
    may_be_empty: bool = False
    """Whether an empty source is normal, as for alerts, or a sign of a defect."""


@dataclass(frozen=True, slots=True)
class Load:
    """Everything that a source has now: rows by table, each row in the order of the table's columns.

    `version` changes whenever the content does. `flaws` are findings about what was left out, such as a broken file.
    """

    version: str
    rows: Dictionary[str, Sequence[Sequence[object]]]
    flaws: tuple[Finding, ...] = ()


class LoadRefused(Exception):
    """A load must not replace the copy. `detail` is for the operators' log and holds no value of a row."""

    def __init__(self, kind: FindingKind, detail: str) -> None:
        super().__init__(f"{kind.value}: {detail}")
        self.kind = kind
        self.detail = detail


class Loader(Protocol):
    """Fetches everything that a source has, within bounds of its own."""

    async def load(self, tables: Sequence[ReplicaTable], known: str | None) -> Load | None:
        """Everything, or None if it is still the version `known`. Raises LoadRefused or SourceFailure."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class LoadState:
    """The result of the last load. `reason` is empty on success; `copied_at` is when the copy in use was made."""

    copied_at: datetime | None
    checked_at: datetime | None
    reason: str = ""


@dataclass(slots=True)
class _InUse:
    """The copy in use. Once replaced, it is closed when its last reader has finished."""

    copy: Copy
    connector: SqlConnector
    current_at: datetime
    """When the copy was last known to be current: unchanged data does not age."""
    readers: int = 0
    replaced: bool = False

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[SqlConnector]:
        self.readers += 1
        try:
            yield self.connector
        finally:
            self.readers -= 1
            await self.close_unless_needed()

    async def close_unless_needed(self) -> None:
        if self.replaced and not self.readers:
            await self.connector.close()


@dataclass(slots=True)
class Replica:
    """A connector that answers from a local copy. `note` takes the findings about loads."""

    source: str
    mappings: tuple[Mapping, ...]
    loader: Loader
    bounds: Bounds
    folder: Path
    note: Callable[[Finding], None]
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    is_local: bool = True
    capabilities: Capabilities = field(default_factory=lambda: declared(DIALECTS["sqlite"]))
    state: LoadState = LoadState(None, None)
    answering: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when there is a copy, or when the first load has failed."""
    tried: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the first load has ended, whatever its result."""
    tables: tuple[ReplicaTable, ...] = field(init=False)
    _seen: str = ""
    """The mark of the folder after this process's last load; another mark means that another process has loaded."""
    _in_use: _InUse | None = None
    _loading: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.tables = replica_file.tables_of(self.mappings)

    @property
    def copied_at(self) -> datetime | None:
        """When the copy in use was last known to be current; None without a copy."""
        return self._in_use.current_at if self._in_use is not None else None

    # --- Loading ------------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Refresh after `refresh_every`, sooner after a failure, until cancelled."""
        every_s = self.bounds.refresh_every.total_seconds()
        retry_s = RETRY_S_MIN
        while True:
            good = await self.refresh()
            wait_s = every_s if good else min(retry_s, every_s)
            retry_s = RETRY_S_MIN if good else min(retry_s * 2, every_s)
            await asyncio.sleep(wait_s * random.uniform(1 - JITTER, 1 + JITTER))  # noqa: S311  # no secret

    async def refresh(self) -> bool:
        """Load what the source has now; returns whether it succeeded. After a failure the old copy stays in use."""
        async with self._loading:
            seen = self._seen if self.tried.is_set() else replica_file.mark_of(self.folder, self.source)
            try:
                async with _load_lock(self.folder / f"{self.source}.lock", self.bounds.load_s_max) as is_ours:
                    await self.adopt()
                    # Else another process has loaded meanwhile, or is loading.
                    if is_ours and replica_file.mark_of(self.folder, self.source) == seen:
                        async with asyncio.timeout(self.bounds.load_s_max):
                            await self._load()
            except LoadRefused as refused:
                return self._failed(refused.kind, str(refused))
            except SourceBroken as failure:
                return self._failed(FindingKind.UNREADABLE, str(failure))
            except SourceFailure as failure:
                return self._failed(FindingKind.UNREACHABLE, str(failure))
            except (TimeoutError, OSError) as failure:
                return self._failed(FindingKind.UNREACHABLE, type(failure).__name__)
            except Exception as defect:  # noqa: BLE001  # a defect must not end all later loads
                return self._failed(FindingKind.UNREADABLE, f"a defect: {type(defect).__name__}")
            finally:
                self._seen = replica_file.mark_of(self.folder, self.source)
                self.tried.set()
                self.answering.set()
            self.state = LoadState(self._in_use.copy.copied_at if self._in_use else None, self.clock())
            return True

    async def adopt(self) -> None:
        """Use the newest copy on disk, from an earlier run or from another process."""
        newest = await asyncio.to_thread(replica_file.newest, self.folder, self.source, self.tables)
        if newest is not None and (self._in_use is None or newest.copied_at > self._in_use.copy.copied_at):
            await self._use(newest)
        used = self._in_use
        if used is not None:
            self.answering.set()
            used.current_at = max(used.current_at, replica_file.checked_at(self.folder, self.source, used.copy))

    async def _load(self) -> None:
        used = self._in_use
        known = used.copy if used is not None else None
        # Data may change while the source answers, so it is as old as the question.
        asked_at = self.clock()
        load = await self.loader.load(self.tables, known.version if known is not None else None)
        if load is None:
            if used is not None:
                used.current_at = max(used.current_at, asked_at)
                await asyncio.to_thread(replica_file.mark_checked, self.folder, self.source, used.copy, used.current_at)
            return
        for flaw in load.flaws:
            self.note(flaw)
        filled = await asyncio.to_thread(replica_file.filled, known, self.tables) if known is not None else frozenset()
        await asyncio.to_thread(self._check, load, filled)
        # Always later than the copy in use, even if the clock was set back: the newest copy is the one that is used.
        now = asked_at if known is None else max(asked_at, known.copied_at + timedelta(microseconds=1))
        try:
            copy = await asyncio.to_thread(
                replica_file.write,
                self.folder,
                self.source,
                self.tables,
                load.rows,
                load.version,
                now,
                self.bounds.bytes_max,
            )
        except CopyTooLarge as error:
            raise LoadRefused(FindingKind.TOO_LARGE, f"more than {self.bounds.bytes_max} bytes") from error
        except CopyImpossible as error:
            raise LoadRefused(FindingKind.UNREADABLE, f"what no table can hold: {error}") from error
        await self._use(copy)
        keep_since = now - self.bounds.refresh_every * KEPT_REFRESHES
        await asyncio.to_thread(replica_file.remove_old, self.folder, self.source, copy, keep_since)

    def _check(self, load: Load, filled: frozenset[str]) -> None:
        """Raises LoadRefused for too many rows, too few or broken keys. `filled` are the tables that had rows."""
        rows = sum(map(len, load.rows.values()))
        if rows > self.bounds.rows_max:
            raise LoadRefused(FindingKind.TOO_LARGE, f"{rows} rows, {self.bounds.rows_max} at most")
        emptied = sorted(name for name in filled if not load.rows.get(name))
        if emptied and not self.bounds.may_be_empty:
            raise LoadRefused(FindingKind.EMPTY, f"no rows of {', '.join(emptied)}")
        for mapping in self.mappings:
            if isinstance(mapping.selectable, sa.TableClause):
                self._check_keys(mapping, load.rows.get(mapping.selectable.name, ()))

    def _check_keys(self, mapping: Mapping, rows: Sequence[Sequence[object]]) -> None:
        table = next(table for table in self.tables if table.name == mapping.selectable.name)  # type: ignore[attr-defined]  # a table, as the caller knows
        positions = [table.names.index(name) for name in mapping.columns[KEY].legacy]
        keys = mapping.columns[KEY].decoder.decode(*([row[position] for row in rows] for position in positions)).values
        lost = sum(key is None for key in keys)
        if lost > BAD_KEYS_SHARE_MAX * len(rows):
            raise LoadRefused(FindingKind.MISSING_KEY, f"{lost} of {len(rows)} rows of {table.name} have no key")

    async def _use(self, copy: Copy) -> None:
        connector = SqlConnector(f"sqlite:///{copy.file.as_posix()}", COPY_LOAD)
        before, self._in_use = self._in_use, _InUse(copy, connector, copy.copied_at)
        if before is not None:
            before.replaced = True
            await before.close_unless_needed()

    def _failed(self, kind: FindingKind, reason: str) -> bool:
        _log.warning("load failed", source=self.source, kind=kind.value, reason=reason)
        for mapping in self.mappings:
            self.note(Finding(self.source, mapping.record.name, "", kind))
        self.state = LoadState(self._in_use.copy.copied_at if self._in_use else None, self.clock(), reason)
        return False

    # --- Answering ----------------------------------------------------------------------------------------------------

    def _copy(self) -> _InUse:
        if self._in_use is None:
            raise SourceUnreachable("nothing has been loaded yet")
        return self._in_use

    async def probe(self) -> Capabilities:
        async with self._copy().reading() as connector:
            self.capabilities = await connector.probe()
        return self.capabilities

    async def read(self, mapping: Mapping, criteria: Criteria, call: Call) -> Rows:
        used = self._copy()
        async with used.reading() as connector:
            return replace(await connector.read(mapping, criteria, call), copied_at=used.current_at)

    async def count(self, mapping: Mapping, criteria: CountCriteria, call: Call) -> list[int]:
        async with self._copy().reading() as connector:
            return await connector.count(mapping, criteria, call)

    async def groups(self, mapping: Mapping, criteria: GroupCriteria, call: Call) -> RawGroups:
        used = self._copy()
        async with used.reading() as connector:
            return replace(await connector.groups(mapping, criteria, call), copied_at=used.current_at)

    async def columns_of(self, mapping: Mapping) -> Dictionary[str, str] | None:
        async with self._copy().reading() as connector:
            return await connector.columns_of(mapping)

    async def indexes_of(self, mapping: Mapping) -> Indexes:
        async with self._copy().reading() as connector:
            return await connector.indexes_of(mapping)

    async def close(self) -> None:
        """Close the copy after its last reader."""
        await self.loader.close()
        if self._in_use is not None:
            self._in_use.replaced = True
            await self._in_use.close_unless_needed()


async def content_version(rows: Dictionary[str, Sequence[Sequence[object]]]) -> str:
    """The hexadecimal SHA-256 of rows by table. Runs in a thread."""
    return await asyncio.to_thread(_digest, rows)


def _digest(rows: Dictionary[str, Sequence[Sequence[object]]]) -> str:
    digest = hashlib.sha256()
    for name, found in sorted(rows.items()):
        digest.update(repr((name, len(found))).encode())
        for at in range(0, len(found), ROWS_HASHED_AT_ONCE):
            digest.update(repr(found[at : at + ROWS_HASHED_AT_ONCE]).encode())
    return digest.hexdigest()


@asynccontextmanager
async def _load_lock(file: Path, wait_s_max: float) -> AsyncIterator[bool]:
    """Hold the lock of a source's loads, so that one process loads at a time; False if it is not free in time.

    The operating system frees it with the process. Raises OSError.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as opened:
        ends_s = time.monotonic() + wait_s_max
        while not (is_ours := _locked(opened)):
            if time.monotonic() >= ends_s:
                break
            # Polled: a blocking wait would need a thread.
            await asyncio.sleep(LOCK_LOOK_EVERY_S)
        yield is_ours


def _locked(held: IO[bytes]) -> bool:
    if sys.platform == "win32":
        return True  # where the hub is one process
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def replicas_among(connectors: Iterable[Connector]) -> tuple[Replica, ...]:
    return tuple(real for real in map(behind, connectors) if isinstance(real, Replica))


async def loaded(replicas: Iterable[Replica]) -> None:
    """Load each replica once; after a failure it keeps its old copy, if any."""
    await asyncio.gather(*(replica.refresh() for replica in replicas))


@asynccontextmanager
async def refreshing(replicas: Iterable[Replica]) -> AsyncIterator[None]:
    """Refresh the replicas in the background within this context; enter it after the first loads."""
    running = [asyncio.create_task(replica.run(), name=f"replica {replica.source}") for replica in replicas]
    first = [asyncio.create_task(replica.answering.wait()) for replica in replicas]
    try:
        if first:
            await asyncio.wait(first, timeout=FIRST_LOADS_S_MAX)
        yield
    finally:
        for task in (*running, *first):
            task.cancel()
        await asyncio.gather(*running, *first, return_exceptions=True)
