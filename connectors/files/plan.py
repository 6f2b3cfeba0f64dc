"""Plan: what the parsing process reads from one file, within which bounds, and the safe reading of its bytes."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass

from models.sources.findings import FindingKind

LENGTH_BYTES = 8
"""An answer of the parsing process begins with its length in so many bytes, big-endian."""

Row = list[str | None]
"""The texts of one row, in the order of the wanted columns."""


@dataclass(frozen=True, slots=True)
class FileBounds:
    """Limits for a folder and for each file. `unpacked_*` are for ZIP formats such as XLSX."""

    files_max: int = 5_000
    bytes_max: int = 64 * 1024 * 1024
    unpacked_bytes_max: int = 512 * 1024 * 1024
    unpacked_ratio_max: int = 200
    rows_max: int = 200_000
    columns_max: int = 500
    cell_chars_max: int = 100_000
    file_s_max: float = 20.0
    memory_bytes_max: int = 1024 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class FilePlan:
    """One file and what to read from it: each column with its possible headers, folded."""

    path: str
    columns: tuple[tuple[str, tuple[str, ...]], ...]
    optional: tuple[str, ...]
    encoding: str | None
    delimiter: str | None
    sheet: str | None
    items: tuple[str, ...]
    bounds: FileBounds

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, _ in self.columns)


@dataclass(frozen=True, slots=True)
class Parsed:
    """The rows of one file. `ragged` counts the rows left out for having more cells than the header."""

    rows: list[Row]
    ragged: int = 0


class FileRefused(Exception):
    """A file cannot be read within its bounds. `detail` is for the operators' log and holds no value of a row."""

    def __init__(self, kind: FindingKind, detail: str) -> None:
        super().__init__(f"{kind.value}: {detail}")
        self.kind = kind
        self.detail = detail


# Do not follow symbolic links, and do not block on pipes. Windows has neither flag.
_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def content_of(path: str, bytes_max: int) -> bytes:
    """All bytes of a regular file, which may be replaced at any moment. Raises FileRefused."""
    try:
        with os.fdopen(os.open(path, _FLAGS), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise FileRefused(FindingKind.UNREADABLE, "no regular file")
            content = file.read(bytes_max + 1)
    except OSError as error:
        raise FileRefused(FindingKind.UNREADABLE, f"cannot be opened: {type(error).__name__}") from error
    if len(content) > bytes_max:
        raise FileRefused(FindingKind.TOO_LARGE, f"more than {bytes_max} bytes")
    if not content:
        raise FileRefused(FindingKind.EMPTY, "no bytes")
    return content
