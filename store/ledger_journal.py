"""The journal of the ledger: a file beside the hub, for entries that the database cannot take at the moment.

Each process has one of its own, and holds a lock on it that the system takes away with the process. What a process that
died has left is replayed by whoever finds it unlocked.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from store.ledger_chain import Entry, entry_of, line_of

if sys.platform != "win32":
    import fcntl

JOURNAL_BYTES_MAX: Final = 64_000_000
SUFFIX: Final = ".journal"


class JournalBroken(OSError):
    """The journal cannot take an entry: it is full, or the disk is."""


class Journal:
    """Entries in a file, each safe on the disk before `append` returns. Opened with the first of them."""

    def __init__(self, folder: Path, name: str, *, bytes_max: int = JOURNAL_BYTES_MAX) -> None:
        self.path: Final = folder / f"{name}{SUFFIX}"
        self._bytes_max = bytes_max
        self._descriptor: int | None = None
        self._bytes = 0

    @property
    def bytes(self) -> int:
        """How much waits."""
        return self._bytes

    def append(self, entries: Sequence[Entry]) -> None:
        """Raises OSError when the entries could not be made safe; the journal is then as it was before."""
        lines = b"".join(map(line_of, entries))
        if self._bytes + len(lines) > self._bytes_max:
            raise JournalBroken(f"the journal holds {self._bytes} bytes")
        if self._descriptor is None:
            self._descriptor = _opened(self.path)
        try:
            _write_all(self._descriptor, lines)
            os.fsync(self._descriptor)
        except OSError:
            # Half a line would hide what comes behind it.
            os.ftruncate(self._descriptor, self._bytes)
            raise
        self._bytes += len(lines)

    def read(self, start: int, entries_max: int) -> tuple[list[Entry], int]:
        """At most so many entries from a place in the file on, and the place behind them."""
        return _read(self.path, start, self._bytes, entries_max)

    def clear(self) -> None:
        """Forget the entries: they are in the database."""
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
        self._bytes = 0

    def close(self) -> None:
        """Close the file, and remove it when nothing waits in it."""
        if self._descriptor is None:
            return
        if not self._bytes:
            self.path.unlink(missing_ok=True)
        os.close(self._descriptor)
        self._descriptor = None


@contextmanager
def adopted(path: Path) -> Iterator[bool]:
    """Take the journal of a process that has died; whether it has. It goes at the end, unless the block raises."""
    try:
        file = path.open("r+b")
    except FileNotFoundError:
        yield False
        return
    with file:
        if not _locked(file.fileno()):
            yield False
            return
        yield True
        path.unlink(missing_ok=True)


def left_in(folder: Path, own: Path) -> list[Path]:
    """The journals of other processes, living or dead."""
    return sorted(path for path in folder.glob(f"*{SUFFIX}") if path != own)


def read_all(path: Path, entries_max: int) -> Iterator[list[Entry]]:
    """The entries of a journal that nobody writes to, so many at a time."""
    place, size = 0, path.stat().st_size
    while place < size:
        entries, end = _read(path, place, size, entries_max)
        if not entries:
            return
        yield entries
        place = end


def _read(path: Path, start: int, stop: int, entries_max: int) -> tuple[list[Entry], int]:
    """A last line without its end was never promised to anybody: its process died before it was safe."""
    entries: list[Entry] = []
    place = start
    with path.open("rb") as file:
        file.seek(start)
        while place < stop and len(entries) < entries_max:
            line = file.readline()
            if not line.endswith(b"\n"):
                break
            entries.append(entry_of(line))
            place += len(line)
    return entries, place


def _opened(path: Path) -> int:
    """A new file that is ours alone, written to at its end."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND, mode=0o600)
    _locked(descriptor)
    _sync_folder(path.parent)
    return descriptor


def _write_all(descriptor: int, data: bytes) -> None:
    # A disk that is nearly full takes a part without complaining.
    while data:
        data = data[os.write(descriptor, data) :]


def _locked(descriptor: int) -> bool:
    if sys.platform == "win32":
        return True  # there the hub is one process
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _sync_folder(folder: Path) -> None:
    """Make the name of a new file as safe as its bytes."""
    if sys.platform == "win32":
        return  # there it comes with the file
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
