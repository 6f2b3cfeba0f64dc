"""Writes an export as XLSX. The file is one archive, so it is completed on disk before it is sent."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import xlsxwriter  # type: ignore[import-untyped]  # it ships no types

from api.exports.cells import cells_of, flat_columns
from api.exports.collections import ColumnKind, ExportColumn
from api.exports.request import ExportRequest
from api.exports.writers import Chunk

SHEET_ROWS_MAX: Final = 1_048_576
"""The limit of the format, header included."""
CELL_CHARS_MAX: Final = 32_767
"""The limit of the format; longer texts are cut."""
FILE_PART_BYTES: Final = 65_536

_OPTIONS: Final = {
    "constant_memory": True,
    # A text stays a text.
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}


class Workbook:
    """Writes chunks to sheets, and begins a new one when one is full. Its methods block; call them in threads."""

    def __init__(self, asked: ExportRequest, path: Path, sheet_rows_max: int = SHEET_ROWS_MAX) -> None:
        self._asked = asked
        self._sheet_rows_max = sheet_rows_max
        self._book = xlsxwriter.Workbook(str(path), {**_OPTIONS, "tmpdir": str(path.parent)})
        self._sheets = 0
        self._begin_sheet()

    def _begin_sheet(self) -> None:
        self._sheets += 1
        name = self._asked.collection.name
        self._sheet = self._book.add_worksheet(f"{name[:25]} {self._sheets}" if self._sheets > 1 else name[:31])
        self._sheet.write_row(0, 0, self._asked.names)
        self._sheet.freeze_panes(1, 0)
        self._row = 1

    def add(self, chunk: Chunk) -> None:
        columns = self._asked.columns
        values = flat_columns(columns, chunk.selected)
        cells = [_cells(column, one) for column, one in zip(columns, values, strict=True)]
        if chunk.cursors is not None:
            cells.append(chunk.cursors)
        for row in zip(*cells, strict=True):
            if self._row >= self._sheet_rows_max:
                self._begin_sheet()
            self._write(row)

    def _write(self, row: Sequence[Any]) -> None:
        for number, value in enumerate(row):
            if value is None:
                continue
            if isinstance(value, bool):
                self._sheet.write_boolean(self._row, number, value)
            elif isinstance(value, int | float | Decimal):
                self._sheet.write_number(self._row, number, value)
            else:
                self._sheet.write_string(self._row, number, str(value)[:CELL_CHARS_MAX])
        self._row += 1

    def close(self) -> None:
        self._book.close()

    def abandon(self) -> None:
        """Close the files of the sheets of an unfinished workbook, which would else stay open until collected."""
        for sheet in self._book.worksheets():
            sheet.row_data_fh.close()


def _cells(column: ExportColumn, values: Sequence[Any]) -> Sequence[Any]:
    """The cells as in CSV, but booleans and decimals with the types of a sheet."""
    if column.is_list or column.kind is ColumnKind.TEXT:
        return cells_of(column, values)
    if column.type.name == "Decimal":
        return [None if value is None else Decimal(value) for value in values]
    return values


@asynccontextmanager
async def workbook_of(asked: ExportRequest) -> AsyncIterator[tuple[Workbook, Path]]:
    """A workbook to fill, in a private folder that is deleted at the end."""
    with tempfile.TemporaryDirectory(prefix="simpul-export-") as folder:
        path = Path(folder) / "export.xlsx"
        workbook = await asyncio.to_thread(Workbook, asked, path)
        try:
            yield workbook, path
        finally:
            workbook.abandon()


async def parts_of_file(path: Path) -> AsyncGenerator[bytes, None]:
    """The bytes of a file, part by part."""
    with path.open("rb") as opened:
        while part := await asyncio.to_thread(opened.read, FILE_PART_BYTES):
            yield part
