"""The journal of the ledger: a local file for entries while the database is not available.

Each process has its own journal and holds a lock on it, which ends with the process. Other processes replay the
journals of dead ones.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from store.ledger.chain import Entry, entry_of, line_of

if sys.platform != "win32":
    import fcntl

JOURNAL_BYTES_MAX: Final = 64_000_000
SUFFIX: Final = ".journal"


class JournalBroken(OSError):
    """The journal is full."""


class Journal:
    """Entries in a file, synced to disk before `append` returns. The file is created with the first entry."""

    def __init__(self, folder: Path, name: str, *, bytes_max: int = JOURNAL_BYTES_MAX) -> None:
        self.path: Final = folder / f"{name}{SUFFIX}"
        self._bytes_max = bytes_max
        self._descriptor: int | None = None
        self._bytes = 0

    @property
    def bytes(self) -> int:
        """The size of the waiting entries."""
        return self._bytes

    def append(self, entries: Sequence[Entry]) -> None:
        """Append and sync entries. Raises OSError if that fails; the journal is then unchanged."""
        lines = b"".join(map(line_of, entries))
        if self._bytes + len(lines) > self._bytes_max:
            raise JournalBroken(f"the journal holds {self._bytes} bytes")
        if self._descriptor is None:
            self._descriptor = _opened(self.path)
        elif not os.fstat(self._descriptor).st_nlink:
            self._descriptor = self._named_again(self._descriptor)
        try:
            _write_all(self._descriptor, lines)
            os.fsync(self._descriptor)
        except OSError:
            # Half a line would hide the lines after it.
            os.ftruncate(self._descriptor, self._bytes)
            raise
        self._bytes += len(lines)

    def _named_again(self, nameless: int) -> int:
        """Copy the waiting entries to a new file, because somebody has deleted this one."""
        new = _opened(self.path)
        _write_all(new, os.pread(nameless, self._bytes, 0))
        os.close(nameless)
        return new

    def read(self, start: int, entries_max: int) -> tuple[list[Entry], int]:
        """At most `entries_max` entries from byte `start`, and the byte after them."""
        if self._descriptor is None:
            return [], start
        # The descriptor still reads a file that somebody has deleted.
        with os.fdopen(os.dup(self._descriptor), "rb") as file:
            return _read(file, start, self._bytes, entries_max)

    def clear(self) -> None:
        """Delete the entries, once the database has them."""
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
        self._bytes = 0

    def close(self) -> None:
        """Close the file, and delete it if it is empty."""
        if self._descriptor is None:
            return
        if not self._bytes:
            self.path.unlink(missing_ok=True)
        os.close(self._descriptor)
        self._descriptor = None


@contextmanager
def adopted(path: Path) -> Iterator[bool]:
    """Lock the journal of a dead process; False if its process lives. The file is deleted unless the block raises."""
    try:
        file = path.open("r+b")
    except FileNotFoundError:
        yield False
        return
    with file:
        if not locked(file.fileno()):
            yield False
            return
        yield True
        path.unlink(missing_ok=True)


def left_in(folders: Iterable[Path], own: Path | None = None) -> list[Path]:
    """The journals of other processes, alive or dead."""
    return sorted(path for folder in folders for path in folder.glob(f"*{SUFFIX}") if path != own)


def read_all(path: Path, entries_max: int) -> Iterator[list[Entry]]:
    """The entries of a journal that nobody writes to, in batches."""
    place, size = 0, path.stat().st_size
    with path.open("rb") as file:
        while place < size:
            entries, end = _read(file, place, size, entries_max)
            if not entries:
                return
            yield entries
            place = end


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line of a journal that is no entry."""

    writer: str
    line: int


def journal_at(path: Path) -> tuple[list[Entry], list[BadLine]]:
    """The entries of a journal that somebody may write to, and its first bad line."""
    entries: list[Entry] = []
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return [], []  # replayed in the meantime
    for number, line in enumerate(data.split(b"\n")[:-1], 1):
        try:
            entries.append(entry_of(line))
        except ValueError:
            return entries, [BadLine(path.stem, number)]
    return entries, []


def _read(file: IO[bytes], start: int, stop: int, entries_max: int) -> tuple[list[Entry], int]:
    """Read whole lines. A last line without newline was cut by a crash, before anybody could rely on it."""
    entries: list[Entry] = []
    place = start
    file.seek(start)
    while place < stop and len(entries) < entries_max:
        line = file.readline()
        if not line.endswith(b"\n"):
            break
        entries.append(entry_of(line))
        place += len(line)
    return entries, place


def _opened(path: Path) -> int:
    """A new, locked file, opened for appending."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_APPEND, mode=0o600)
    locked(descriptor)
    sync_folder(path.parent)
    return descriptor


def _write_all(descriptor: int, data: bytes) -> None:
    # A nearly full disk writes a part without an error.
    while data:
        data = data[os.write(descriptor, data) :]


def locked(descriptor: int, *, waits: bool = False) -> bool:
    """Lock a file until it is closed; whether that worked."""
    if sys.platform == "win32":
        return True  # on Windows the hub is one process
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if waits else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True


def sync_folder(folder: Path) -> None:
    """Sync the name of a new file to disk."""
    if sys.platform == "win32":
        return  # on Windows it is synced with the file
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
