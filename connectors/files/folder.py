"""Folder: list the files of each table, in order of precedence, and hash them to a version."""

from __future__ import annotations

import hashlib
import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from heapq import heappush, heappushpop
from pathlib import Path

from connectors.files.plan import FileBounds, FileRefused, content_of
from connectors.files.tables import FileTable
from connectors.protocol import SourceUnreachable
from models.sources.findings import FindingKind

CONTENT_HASHED_BYTES_MAX = 64 * 1024
"""Small files are also hashed by content: some file systems store times to two seconds."""
LOOK_S_MAX = 10.0
"""How long one look may take; files not seen by then are ignored."""
LEFT_OUT_MAX = 1_000
"""How many unreadable files are listed."""

_UNFINISHED_ENDS = (".tmp", ".part", ".partial", ".crdownload", ".filepart", ".swp")
_UNFINISHED_BEGINNINGS = ("~$", ".", "~")


@dataclass(frozen=True, order=True, slots=True)
class DropFile:
    """A file of a table. Files sort by precedence: day, time of writing, name."""

    day: date
    written_ns: int
    name: str
    table: str
    path: str
    size_bytes: int

    @property
    def age_s(self) -> float:
        return time.time() - self.written_ns / 1e9

    def newest_day(self) -> date:
        """The day in its name, else the day on which it was written (UTC)."""
        return self.day if self.day != date.min else datetime.fromtimestamp(self.written_ns / 1e9, UTC).date()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """An entry that matches the pattern of a table but cannot be read."""

    table: str
    name: str
    refused: FileRefused


@dataclass(frozen=True, slots=True)
class Look:
    """The content of a folder at one moment. `passed_over` counts, by table, the files beyond the newest."""

    files: tuple[DropFile, ...]
    left_out: tuple[LeftOut, ...]
    passed_over: Mapping[str, int]


def look(folder: Path, tables: Sequence[FileTable], bounds: FileBounds) -> Look:
    """The newest files of each table. Raises SourceUnreachable if the folder cannot be read."""
    newest: dict[str, list[DropFile]] = {table.name: [] for table in tables}
    left_out: list[LeftOut] = []
    passed_over: Counter[str] = Counter()
    for entry, table in _entries(folder, tables, passed_over):
        try:
            file = _file(entry, table)
        except FileRefused as refused:
            if len(left_out) < LEFT_OUT_MAX:
                left_out.append(LeftOut(table.name, entry.name, refused))
            else:
                passed_over[table.name] += 1
            continue
        kept = newest[table.name]
        if len(kept) < bounds.files_max:
            heappush(kept, file)
        else:
            heappushpop(kept, file)
            passed_over[table.name] += 1
    files = sorted(file for kept in newest.values() for file in kept)
    return Look(tuple(files), tuple(left_out), passed_over)


def version_of(seen: Look, definition: str) -> str:
    """A hash of the listed files and of the definition of the tables."""
    digest = hashlib.sha256(definition.encode())
    for file in seen.files:
        digest.update(repr((file.table, file.name, file.size_bytes, file.written_ns)).encode())
        if file.size_bytes <= CONTENT_HASHED_BYTES_MAX:
            try:
                digest.update(content_of(file.path, CONTENT_HASHED_BYTES_MAX))
            except FileRefused as refused:
                digest.update(refused.kind.value.encode())
    digest.update(repr(sorted((one.table, one.name) for one in seen.left_out)).encode())
    digest.update(repr(sorted(seen.passed_over)).encode())
    return digest.hexdigest()


def _entries(
    folder: Path, tables: Sequence[FileTable], passed_over: Counter[str]
) -> Iterator[tuple[os.DirEntry[str], FileTable]]:
    """The entries that match the pattern of a table, with that table, until the time is up."""
    ends_at_s = time.monotonic() + LOOK_S_MAX
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if time.monotonic() > ends_at_s:
                    passed_over.update(table.name for table in tables)
                    return
                name = entry.name.casefold()
                if name.startswith(_UNFINISHED_BEGINNINGS) or name.endswith(_UNFINISHED_ENDS):
                    continue
                yield from ((entry, table) for table in tables if table.takes(name))
    except OSError as error:
        raise SourceUnreachable(f"the folder cannot be read: {type(error).__name__}") from error


def _file(entry: os.DirEntry[str], table: FileTable) -> DropFile:
    if not entry.name.isprintable():
        raise FileRefused(FindingKind.UNREADABLE, "a name that is no text")
    if entry.is_symlink():
        raise FileRefused(FindingKind.UNSAFE_ADDRESS, "a link, which may lead out of the folder")
    if not entry.is_file(follow_symlinks=False):
        raise FileRefused(FindingKind.UNREADABLE, "no regular file")
    day = table.day_of(entry.name)
    if day is None and table.day is not None:
        raise FileRefused(FindingKind.UNREADABLE, "no day in its name, or several")
    try:
        found = entry.stat(follow_symlinks=False)
    except OSError as error:
        raise FileRefused(FindingKind.UNREADABLE, f"cannot be looked at: {type(error).__name__}") from error
    return DropFile(day or date.min, found.st_mtime_ns, entry.name, table.name, entry.path, found.st_size)
