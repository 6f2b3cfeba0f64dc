"""The files of the price list: workbooks with a title above the header, and what is left when a copy breaks off."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from xlsxwriter import Workbook  # type: ignore[import-untyped]  # it ships no types

_HEADER = ("Pasar", "Komoditas", "Harga")
_DAYS = ("Senin", "Selasa", "Rabu", "Kamis", "Jumat", "Sabtu", "Minggu")
_MONTHS = (
    "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November",
    "Desember",
)  # fmt: skip
_SOURCE = "Sumber: Perumda Pasar Kota Tangerang"
_USUAL_PLACE, _MOVED_PLACE = (3, 1), (7, 2)
"""Row and column, from 0, of the first cell of the header; the column before it numbers the rows."""
_KEPT_SHARE = 0.6


def write_xlsx(file: Path, day: date, rows: Sequence[tuple[str | None, ...]], *, is_moved: bool) -> None:
    """A workbook of one sheet: title and day, the header further down, the rows, and a remark below them."""
    top, left = _MOVED_PLACE if is_moved else _USUAL_PLACE
    workbook = Workbook(file, {"in_memory": True})
    # Or two files of one city would differ by when they were written.
    workbook.set_properties({"created": datetime(day.year, day.month, day.day)})  # noqa: DTZ001  # a spreadsheet knows no zone
    sheet = workbook.add_worksheet("Harga")
    sheet.write_string(0, 0, "DAFTAR HARGA KEBUTUHAN POKOK DI PASAR TRADISIONAL")
    sheet.write_string(1, 0, f"{_DAYS[day.weekday()]}, {day.day:02} {_MONTHS[day.month - 1]} {day.year}")
    sheet.write_row(top, left - 1, ("No", *_HEADER))
    for number, row in enumerate(rows, start=1):
        sheet.write_number(top + number, left - 1, number)
        for at, cell in enumerate(row):
            if cell:
                sheet.write_string(top + number, left + at, cell)
    sheet.write_string(top + len(rows) + 1, left - 1, _SOURCE)
    workbook.close()


def write_csv(file: Path, rows: Sequence[tuple[str | None, ...]]) -> None:
    """With semicolons, in Windows-1252 and with its line ends, as an Indonesian spreadsheet saves it."""
    with file.open("w", encoding="cp1252", newline="") as opened:
        writer = csv.writer(opened, delimiter=";", lineterminator="\r\n")
        writer.writerow(_HEADER)
        writer.writerows(rows)


def cut(file: Path) -> None:
    """Leave the first part of a file, as when a copy over the network breaks off."""
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * _KEPT_SHARE)])
