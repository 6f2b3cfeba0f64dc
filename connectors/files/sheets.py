"""Sheets: XLSX workbooks. Formulas are not computed: the saved value of a cell counts."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
    XmlError,
    ZipError,
)

from connectors.files.headers import Header, folded, header_of, parsed
from connectors.files.plan import FileBounds, FilePlan, FileRefused, Parsed
from models.sources.findings import FindingKind

SHEETS_MAX = 50
PARTS_MAX = 2_000
RATIO_BYTES_MIN = 8 * 1024 * 1024
"""The ratio is not checked below so many unpacked bytes: small uniform sheets compress very well."""

_OLE_BEGINNING = b"\xd0\xcf\x11\xe0"


def rows_of(content: bytes, plan: FilePlan) -> Parsed:
    """The rows of the named sheet, else of the first visible one with the headers. Raises FileRefused."""
    _check_package(content, plan.bounds)
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(content)) as workbook:
            sheet, header = _sheet(workbook, plan)
            rows = iter(sheet.iter_rows())
            for _ in range(header.row + 1):
                next(rows)
            return parsed(rows, header.checked(), plan, ragged_is_broken=False)
    except PasswordError as error:
        raise FileRefused(FindingKind.UNREADABLE, "a workbook with a password") from error
    except (CalamineError, XmlError, ZipError, OSError, ValueError) as error:
        raise FileRefused(FindingKind.UNREADABLE, f"a damaged workbook: {type(error).__name__}") from error


def _sheet(workbook: CalamineWorkbook, plan: FilePlan) -> tuple[CalamineSheet, Header]:
    best: tuple[CalamineSheet, Header] | None = None
    for sheet in _sheets(workbook, plan):
        if sheet.height > plan.bounds.rows_max or sheet.width > plan.bounds.columns_max:
            raise FileRefused(FindingKind.TOO_LARGE, f"a sheet of {sheet.height} rows and {sheet.width} columns")
        if sheet.height == 0:
            continue
        header = header_of(sheet.iter_rows(), plan)
        if best is None or len(header.missing) < len(best[1].missing):
            best = sheet, header
        if not header.missing:
            break
    if best is None:
        raise FileRefused(FindingKind.EMPTY, "no rows")
    return best


def _sheets(workbook: CalamineWorkbook, plan: FilePlan) -> Iterator[CalamineSheet]:
    seen = [
        one.name
        for one in workbook.sheets_metadata
        if one.typ == SheetTypeEnum.WorkSheet and one.visible == SheetVisibleEnum.Visible
    ]
    if plan.sheet is not None:
        wanted = folded(plan.sheet)
        seen = [name for name in seen if folded(name) == wanted]
        if not seen:
            raise FileRefused(FindingKind.MISSING_COLUMN, "the stated sheet is not there")
    for name in seen[:SHEETS_MAX]:
        yield workbook.get_sheet_by_name(name)


def _check_package(content: bytes, bounds: FileBounds) -> None:
    """Check that this is an XLSX package of a sane size before it is unpacked (against ZIP bombs).

    The sizes in a ZIP directory can lie; then the limits of this process apply.
    """
    if content.startswith(_OLE_BEGINNING):
        raise FileRefused(FindingKind.UNREADABLE, "a workbook with a password, or of the format before XLSX")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            parts = package.infolist()
            if len(parts) > PARTS_MAX:
                raise FileRefused(FindingKind.TOO_LARGE, f"more than {PARTS_MAX} parts")
            if not any(part.filename.lower() == "xl/workbook.xml" for part in parts):
                raise FileRefused(FindingKind.UNREADABLE, "no XLSX workbook inside")
            _check_size(sum(part.file_size for part in parts), len(content), bounds)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
        raise FileRefused(FindingKind.UNREADABLE, f"a damaged package: {type(error).__name__}") from error


def _check_size(unpacked_bytes: int, packed_bytes: int, bounds: FileBounds) -> None:
    if unpacked_bytes > bounds.unpacked_bytes_max:
        raise FileRefused(FindingKind.TOO_LARGE, f"{unpacked_bytes} bytes unpacked")
    if unpacked_bytes > RATIO_BYTES_MIN and unpacked_bytes > packed_bytes * bounds.unpacked_ratio_max:
        raise FileRefused(FindingKind.TOO_LARGE, f"packed {unpacked_bytes // packed_bytes} times smaller")
