"""Plan: what is to be read out of one file, and within which bounds, as the process that parses it is told."""

from __future__ import annotations

from dataclasses import dataclass

from models.findings import FindingKind

LENGTH_BYTES = 8
"""How an answer of the process that parses begins: with its length, most significant byte first."""

Row = list[str | None]
"""The texts of one row, in the order of the columns that were asked for."""


@dataclass(frozen=True, slots=True)
class FileBounds:
    """How much a folder and one file of it may be. `unpacked_*` are for what is a ZIP inside, as a workbook is."""

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
    """One file and what is wanted of it: for each column the headers that it may stand below, folded."""

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
    """The rows of one file. `ragged` is how many were left out because they have more cells than the header."""

    rows: list[Row]
    ragged: int = 0


class FileRefused(Exception):
    """A file that cannot be read, or not within its bounds. `detail` is for the operators' log: no value of a row."""

    def __init__(self, kind: FindingKind, detail: str) -> None:
        super().__init__(f"{kind.value}: {detail}")
        self.kind = kind
        self.detail = detail
