"""Loader: a folder of files -> the rows of its tables. Broken files are left out; if none is left, it refuses."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from connectors.files.folder import DropFile, LeftOut, Look, look, version_of
from connectors.files.parser import Parser
from connectors.files.plan import FileBounds, FileRefused, Row
from connectors.files.tables import FileTable
from connectors.replica.file import ReplicaTable
from connectors.replica.replica import Load, LoadRefused
from models.sources.findings import Finding, FindingKind

SETTLED_AFTER_S = 3.0
"""A younger file is looked at twice, since it may still grow."""
LOOK_AGAIN_AFTER_S = 0.25
POSTPONED_MAX = 3
"""How often in a row a growing file that is part of the copy in use may postpone the load."""

_log = structlog.get_logger("simpul")


@dataclass(slots=True)
class FilesLoader:
    """Loads a folder. `records` are the records of each table, by its name."""

    source: str
    folder: Path
    tables: tuple[FileTable, ...]
    records: Dictionary[str, tuple[str, ...]]
    bounds: FileBounds
    rows_max: int
    note: Callable[[Finding], None]
    zone: ZoneInfo
    clock: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    _taken: frozenset[tuple[str, str]] | None = None
    _postponed: int = 0
    _late: dict[str, date | None] = field(default_factory=dict)

    async def load(self, tables: Sequence[ReplicaTable], known: str | None) -> Load | None:
        seen, moving = await self._settled()
        if moving and known is not None and self._must_wait(moving):
            return None
        self._postponed = 0
        self._note_late(seen)
        version = await asyncio.to_thread(version_of, seen, repr(self.tables))
        if version == known:
            self._taken = frozenset((file.table, file.name) for file in seen.files)
            return None
        left_out = list(seen.left_out)
        rows: dict[str, list[Row]] = {}
        async with Parser(self.bounds) as parser:
            for table, replica_table in self._pairs(tables):
                files = [file for file in seen.files if file.table == table.name]
                rows[table.name] = await self._rows(parser, table, replica_table, files, left_out)
        self._taken = frozenset((file.table, file.name) for file in seen.files)
        return Load(version, rows, self._flaws(left_out, seen.passed_over))

    async def close(self) -> None:
        """Nothing to close: nothing stays open between loads."""

    # --- Looking ------------------------------------------------------------------------------------------------------

    async def _settled(self) -> tuple[Look, frozenset[tuple[str, str]]]:
        """The content of the folder, and the files that are still being written."""
        first = await asyncio.to_thread(look, self.folder, self.tables, self.bounds)
        if all(file.age_s > SETTLED_AFTER_S for file in first.files):
            return first, frozenset()
        await asyncio.sleep(LOOK_AGAIN_AFTER_S)
        second = await asyncio.to_thread(look, self.folder, self.tables, self.bounds)
        still = frozenset(first.files)
        moving = frozenset((file.table, file.name) for file in second.files if file not in still)
        settled = tuple(file for file in second.files if file in still)
        return Look(settled, second.left_out, second.passed_over), moving

    def _must_wait(self, moving: frozenset[tuple[str, str]]) -> bool:
        """Whether a file of the copy in use is being written: a load now would lose its rows."""
        if self._taken is not None and not moving & self._taken:
            return False
        self._postponed += 1
        return self._postponed <= POSTPONED_MAX

    def _note_late(self, seen: Look) -> None:
        """Note once per newest day that the next file is late."""
        today = self.clock().astimezone(self.zone).date()
        for table in self.tables:
            if table.expected_every is None:
                continue
            newest = max((file.newest_day() for file in seen.files if file.table == table.name), default=None)
            late = newest is None or today - newest > table.expected_every
            if late and self._late.get(table.name, date.max) != newest:
                _log.warning("file late", source=self.source, table=table.name, newest=str(newest))
                for record in self.records.get(table.name, ()):
                    self.note(Finding(self.source, record, "", FindingKind.LATE))
            self._late[table.name] = newest if late else date.max

    # --- Reading ------------------------------------------------------------------------------------------------------

    def _pairs(self, wanted: Sequence[ReplicaTable]) -> Iterable[tuple[FileTable, ReplicaTable]]:
        by_name = {table.name: table for table in wanted}
        return ((table, by_name[table.name]) for table in self.tables if table.name in by_name)

    async def _rows(
        self,
        parser: Parser,
        table: FileTable,
        replica_table: ReplicaTable,
        files: Sequence[DropFile],
        left_out: list[LeftOut],
    ) -> list[Row]:
        """The rows of all files of a table. Raises LoadRefused if there are files but none can be read."""
        taken = _Taken(table, replica_table.names)
        for file in files:
            plan = table.plan(file.path, replica_table.names, self.bounds)
            try:
                parsed = await parser.parse(plan)
            except FileRefused as refused:
                left_out.append(LeftOut(table.name, file.name, refused))
                continue
            if parsed.ragged:
                ragged = FileRefused(FindingKind.UNREADABLE, f"{parsed.ragged} rows have more cells than the header")
                left_out.append(LeftOut(table.name, file.name, ragged))
            taken.add(file, parsed.rows)
            if taken.count > self.rows_max:
                raise LoadRefused(FindingKind.TOO_LARGE, f"{table.name} has more than {self.rows_max} rows")
        broken = [one for one in left_out if one.table == table.name]
        if broken and not taken.files:
            for one in broken:
                self._log_left(table.name, one.name, one.refused)
            first = broken[0]
            raise LoadRefused(first.refused.kind, f"no file of {table.name} can be read: {first.refused.detail}")
        return taken.rows()

    def _flaws(self, left_out: Sequence[LeftOut], passed_over: Dictionary[str, int]) -> tuple[Finding, ...]:
        counts: Counter[tuple[str, FindingKind]] = Counter()
        for table, files in passed_over.items():
            _log.warning("too many files", source=self.source, table=table, passed_over=files)
            for record in self.records.get(table, ()):
                counts[record, FindingKind.TOO_MANY] += files
        for one in left_out:
            self._log_left(one.table, one.name, one.refused)
            for record in self.records.get(one.table, ()):
                counts[record, one.refused.kind] += 1
        return tuple(Finding(self.source, record, "", kind, count) for (record, kind), count in counts.items())

    def _log_left(self, table: str, name: str, refused: FileRefused) -> None:
        _log.warning(
            "file left out",
            source=self.source, table=table, file=name, kind=refused.kind.value, reason=refused.detail,
        )  # fmt: skip


class _Taken:
    """Collects the rows of a table from its files, in order of precedence."""

    def __init__(self, table: FileTable, names: tuple[str, ...]) -> None:
        self.files = 0
        self._table = table
        self._day_at = names.index(table.day.fills) if table.day is not None else None
        self._unique_at = [names.index(name) for name in table.unique]
        self._by_day: dict[date, list[Row]] = {}
        self._by_key: dict[tuple[str | None, ...], Row] = {}
        self._keyless: list[Row] = []

    @property
    def count(self) -> int:
        return len(self._by_key) + len(self._keyless) + sum(map(len, self._by_day.values()))

    def add(self, file: DropFile, rows: Sequence[Row]) -> None:
        """Add the rows of a file. Without `unique` columns, a later file of the same day replaces the earlier one."""
        self.files += 1
        if self._day_at is not None:
            for row in rows:
                row.insert(self._day_at, file.day.isoformat())
        if not self._unique_at and self._day_at is not None:
            self._by_day[file.day] = list(rows)
            return
        for row in rows:
            key = tuple(row[at] for at in self._unique_at)
            if not key or None in key:
                self._keyless.append(row)
            else:
                self._by_key[key] = row

    def rows(self) -> list[Row]:
        of_days = [row for rows in self._by_day.values() for row in rows]
        return [*of_days, *self._by_key.values(), *self._keyless]
