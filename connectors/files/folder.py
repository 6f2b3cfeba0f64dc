"""Folder: which files lie in it now, in the order in which the later wins, and what makes them another version."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from connectors.files.contents import content_of
from connectors.files.plan import FileBounds, FileRefused
from connectors.files.tables import FileTable
from connectors.protocol import SourceUnreachable
from connectors.replica import LoadRefused
from models.findings import FindingKind

CONTENT_HASHED_BYTES_MAX = 64 * 1024
"""Small files are told apart by their content as well: some file systems keep a time of two seconds."""
ENTRIES_PER_FILE_MAX = 4
"""How many entries a folder may have for each file that it may have, whoever they belong to."""

_UNFINISHED_ENDS = (".tmp", ".part", ".partial", ".crdownload", ".filepart", ".swp")
_UNFINISHED_BEGINNINGS = ("~$", ".", "~")


@dataclass(frozen=True, order=True, slots=True)
class DropFile:
    """A file of a table. They sort as they win: by day, then by the time that they were written, then by name."""

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
        """The day that it is about; that on which it was written (UTC) where its name does not say."""
        return self.day if self.day != date.min else datetime.fromtimestamp(self.written_ns / 1e9, UTC).date()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Something that has the name of a file of a table, and is none that can be read."""

    table: str
    name: str
    refused: FileRefused


@dataclass(frozen=True, slots=True)
class Look:
    """What lies in a folder at one moment."""

    files: tuple[DropFile, ...]
    left_out: tuple[LeftOut, ...]


def look(folder: Path, tables: Sequence[FileTable], bounds: FileBounds) -> Look:
    """Look once. Raises SourceUnreachable for a folder that cannot be read, LoadRefused for one with too many files."""
    files: list[DropFile] = []
    left_out: list[LeftOut] = []
    for entry in _entries(folder, bounds):
        for table in tables:
            if not table.takes(entry.name):
                continue
            try:
                files.append(_file(entry, table))
            except FileRefused as refused:
                left_out.append(LeftOut(table.name, entry.name, refused))
        if len(files) + len(left_out) > bounds.files_max:
            raise LoadRefused(FindingKind.TOO_LARGE, f"more than {bounds.files_max} files")
    return Look(tuple(sorted(files)), tuple(left_out))


def version_of(seen: Look, definition: str) -> str:
    """A hash that changes with any file that is taken, and with how the city states its tables."""
    digest = hashlib.sha256(definition.encode())
    for file in seen.files:
        digest.update(repr((file.table, file.name, file.size_bytes, file.written_ns)).encode())
        if file.size_bytes <= CONTENT_HASHED_BYTES_MAX:
            try:
                digest.update(content_of(file.path, CONTENT_HASHED_BYTES_MAX))
            except FileRefused as refused:
                digest.update(refused.kind.value.encode())
    digest.update(repr(sorted((one.table, one.name) for one in seen.left_out)).encode())
    return digest.hexdigest()


def _entries(folder: Path, bounds: FileBounds) -> Iterator[os.DirEntry[str]]:
    entries_max = bounds.files_max * ENTRIES_PER_FILE_MAX
    try:
        with os.scandir(folder) as entries:
            for count, entry in enumerate(entries, start=1):
                if count > entries_max:
                    raise LoadRefused(FindingKind.TOO_LARGE, f"more than {entries_max} entries in the folder")
                name = entry.name.casefold()
                if not name.startswith(_UNFINISHED_BEGINNINGS) and not name.endswith(_UNFINISHED_ENDS):
                    yield entry
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
