"""Replica: a clean, indexed local copy of a source that cannot answer questions itself, swapped in as a whole.

A loader fetches everything that the source has now. A load that is worse than nothing is refused: what was loaded
before stays, and a finding says why. Questions are answered by the kind `sql` over the copy.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import sqlalchemy as sa

from connectors import replica_file
from connectors.criteria import CountCriteria, Criteria
from connectors.indexes import Indexes
from connectors.load import LoadContract
from connectors.mapping import Mapping
from connectors.protocol import Call, Capabilities, Rows, SourceBroken, SourceFailure, SourceUnreachable
from connectors.replica_file import Copy, CopyTooLarge, ReplicaTable
from connectors.sql.capabilities import declared
from connectors.sql.connector import SqlConnector
from connectors.sql.dialects import DIALECTS
from models.findings import Finding, FindingKind
from models.records import KEY

LOCAL_LOAD = LoadContract(connections_max=4, statement_ms_max=700)
"""A copy is the hub's own: what its owner allows bounds how it is loaded, not how it is read."""
RETRY_S_MIN = 5.0
JITTER = 0.1
BAD_KEYS_SHARE_MAX = 0.5
"""A load in which more of the keys than this cannot be read is not the table that the mapping was written for."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How large a copy may be, how often it is made, and how long one making may take."""

    rows_max: int = 200_000
    bytes_max: int = 256 * 1024 * 1024
    refresh_every: timedelta = timedelta(minutes=10)
    load_s_max: float = 120.0


@dataclass(frozen=True, slots=True)
class Load:
    """All that a source has now: rows by the name of their table, each in the order of its columns.

    `version` changes whenever the content does. `flaws` are what was left out on the way, such as one broken file.
    """

    version: str
    rows: Dictionary[str, Sequence[Sequence[object]]]
    flaws: tuple[Finding, ...] = ()


class LoadRefused(Exception):
    """What the source gave must not replace what is there. `detail` is for the operators' log: no value of a row."""

    def __init__(self, kind: FindingKind, detail: str) -> None:
        super().__init__(f"{kind.value}: {detail}")
        self.kind = kind
        self.detail = detail


class Loader(Protocol):
    """How a kind of source is fetched whole, within bounds of its own."""

    async def load(self, tables: Sequence[ReplicaTable], known: str | None) -> Load | None:
        """Everything, or None when it is still the version `known`. Raises LoadRefused or SourceFailure."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class LoadState:
    """How the last load went. `reason` is empty when it went well; `copied_at` is when the copy in use was made."""

    copied_at: datetime | None
    checked_at: datetime | None
    reason: str = ""


@dataclass(slots=True)
class _InUse:
    copy: Copy
    connector: SqlConnector


@dataclass(slots=True)
class Replica:
    """A connector whose questions go to a local copy. `note` takes what is found wrong with a load."""

    source: str
    mappings: tuple[Mapping, ...]
    loader: Loader
    bounds: Bounds
    folder: Path
    note: Callable[[Finding], None]
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    capabilities: Capabilities = field(default_factory=lambda: declared(DIALECTS["sqlite"]))
    state: LoadState = LoadState(None, None)
    tables: tuple[ReplicaTable, ...] = field(init=False)
    _in_use: _InUse | None = None
    _loading: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.tables = replica_file.tables_of(self.mappings)

    # --- Loading ------------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        """Keep the copy young for ever: again after `refresh_every`, sooner after a failure. Ends when cancelled."""
        every_s = self.bounds.refresh_every.total_seconds()
        retry_s = RETRY_S_MIN
        while True:
            good = await self.refresh()
            retry_s = RETRY_S_MIN if good else min(retry_s * 2, every_s)
            wait_s = every_s if good else min(retry_s, every_s)
            await asyncio.sleep(wait_s * random.uniform(1 - JITTER, 1 + JITTER))  # noqa: S311  # no secret

    async def refresh(self) -> bool:
        """Load what the source has now; whether that went well. What is there stays in use where it did not."""
        async with self._loading:
            await self._adopt()
            try:
                async with asyncio.timeout(self.bounds.load_s_max):
                    await self._load()
            except LoadRefused as refused:
                return self._failed(refused.kind, str(refused))
            except SourceBroken as failure:
                return self._failed(FindingKind.UNREADABLE, str(failure))
            except (SourceFailure, TimeoutError, OSError) as failure:
                return self._failed(FindingKind.UNREACHABLE, type(failure).__name__)
            self.state = LoadState(self._in_use.copy.copied_at if self._in_use else None, self.clock())
            return True

    async def _adopt(self) -> None:
        """Use the newest copy on the disk: of the last run of the hub, or of another of its processes."""
        newest = await asyncio.to_thread(replica_file.newest, self.folder, self.source, self.tables)
        if newest is not None and (self._in_use is None or newest.copied_at > self._in_use.copy.copied_at):
            await self._use(newest)

    async def _load(self) -> None:
        known = self._in_use.copy if self._in_use is not None else None
        load = await self.loader.load(self.tables, known.version if known is not None else None)
        if load is None:
            return
        for flaw in load.flaws:
            self.note(flaw)
        self._check(load, had_rows=known is not None and await self._has_rows())
        try:
            copy = await asyncio.to_thread(
                replica_file.write,
                self.folder,
                self.source,
                self.tables,
                load.rows,
                load.version,
                self.clock(),
                self.bounds.bytes_max,
            )
        except CopyTooLarge as error:
            raise LoadRefused(FindingKind.TOO_LARGE, f"more than {self.bounds.bytes_max} bytes") from error
        await self._use(copy)
        await asyncio.to_thread(replica_file.remove_others, self.folder, copy, self.source)

    def _check(self, load: Load, *, had_rows: bool) -> None:
        rows = sum(map(len, load.rows.values()))
        if rows > self.bounds.rows_max:
            raise LoadRefused(FindingKind.TOO_LARGE, f"{rows} rows, {self.bounds.rows_max} at most")
        if not rows and had_rows:
            raise LoadRefused(FindingKind.EMPTY, "no rows")
        for mapping in self.mappings:
            if isinstance(mapping.selectable, sa.TableClause):
                self._check_keys(mapping, load.rows.get(mapping.selectable.name, ()))

    def _check_keys(self, mapping: Mapping, rows: Sequence[Sequence[object]]) -> None:
        table = next(table for table in self.tables if table.name == mapping.selectable.name)  # type: ignore[attr-defined]  # a table, as the caller knows
        places = [table.names.index(name) for name in mapping.columns[KEY].legacy]
        keys = mapping.columns[KEY].decoder.decode(*([row[place] for row in rows] for place in places)).values
        lost = sum(key is None for key in keys)
        if lost > BAD_KEYS_SHARE_MAX * len(rows):
            raise LoadRefused(FindingKind.MISSING_KEY, f"{lost} of {len(rows)} rows of {table.name} have no key")

    async def _has_rows(self) -> bool:
        call = Call("replica", LOCAL_LOAD.statement_ms_max)
        counts = [await self.count(mapping, CountCriteria(mapping.record.name), call) for mapping in self.mappings]
        return any(map(any, counts))

    async def _use(self, copy: Copy) -> None:
        before, self._in_use = self._in_use, _InUse(copy, SqlConnector(f"sqlite:///{copy.file.as_posix()}", LOCAL_LOAD))
        if before is not None:
            # Its statements that still run keep their connections until they are done.
            await before.connector.close()

    def _failed(self, kind: FindingKind, reason: str) -> bool:
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
        self.capabilities = await self._copy().connector.probe()
        return self.capabilities

    async def read(self, mapping: Mapping, criteria: Criteria, call: Call) -> Rows:
        used = self._copy()
        return replace(await used.connector.read(mapping, criteria, call), copied_at=used.copy.copied_at)

    async def count(self, mapping: Mapping, criteria: CountCriteria, call: Call) -> list[int]:
        return await self._copy().connector.count(mapping, criteria, call)

    async def columns_of(self, mapping: Mapping) -> Dictionary[str, str] | None:
        return await self._copy().connector.columns_of(mapping)

    async def indexes_of(self, mapping: Mapping) -> Indexes:
        return await self._copy().connector.indexes_of(mapping)

    async def close(self) -> None:
        await self.loader.close()
        if self._in_use is not None:
            await self._in_use.connector.close()
