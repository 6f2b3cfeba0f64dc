"""Files as departments drop them, made byte by byte, so that a test can break what no library would write."""

from __future__ import annotations

import io
import json
import struct
import zipfile
from collections.abc import Sequence
from xml.sax.saxutils import escape

HEADER = ("Pasar", "Komoditas", "Harga")
ROWS = (("Anyar", "Beras I/A (kg)", "Rp. 11.000,-"), ("Poris", "Telur (kg)", "28.500"), ("Malabar", "Cabai", "-"))

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def csv_of(rows: Sequence[Sequence[str]] = (HEADER, *ROWS), delimiter: str = ",", encoding: str = "utf-8") -> bytes:
    lines = [delimiter.join(f'"{cell}"' if delimiter in cell else cell for cell in row) for row in rows]
    return ("\r\n".join(lines) + "\r\n").encode(encoding)


def json_of(rows: Sequence[Sequence[str]] = ROWS) -> bytes:
    return json.dumps([dict(zip(HEADER, row, strict=True)) for row in rows]).encode()


def text_cell(place: str, text: str) -> str:
    return f'<c r="{place}" t="inlineStr"><is><t xml:space="preserve">{escape(text)}</t></is></c>'


def number_cell(place: str, number: str, style: int = 0) -> str:
    return f'<c r="{place}" s="{style}"><v>{number}</v></c>'


def sheet_xml(rows: Sequence[Sequence[str]] = (HEADER, *ROWS), top: int = 1) -> str:
    """A sheet whose cells are texts, or XML where they begin as such; the first row is number `top`."""
    lines = []
    for number, row in enumerate(rows, start=top):
        cells = [
            cell if cell.startswith("<c ") else text_cell(f"{chr(65 + at)}{number}", cell)
            for at, cell in enumerate(row)
        ]
        lines.append(f'<row r="{number}">{"".join(cells)}</row>')
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{"".join(lines)}</sheetData></worksheet>'


def xlsx_of(
    sheet: str | None = None, *, parts: dict[str, str] | None = None, without: str = "", sheets: Sequence[str] = ()
) -> bytes:
    """A workbook of one sheet, or of these `sheets` (their XML by number), with other parts put in, or one left out."""
    bodies = list(sheets) or [sheet if sheet is not None else sheet_xml()]
    numbers = range(1, len(bodies) + 1)
    listed = "".join(f'<sheet name="Lembar {number}" sheetId="{number}" r:id="rId{number}"/>' for number in numbers)
    links = "".join(
        f'<Relationship Id="rId{number}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number in numbers
    )
    kinds = "".join(
        f'<Override PartName="/xl/worksheets/sheet{number}.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
        for number in numbers
    )
    contents = {
        "[Content_Types].xml": (
            f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Override PartName="/xl/workbook.xml" '
            'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
            f"{kinds}</Types>"
        ),
        "_rels/.rels": (
            f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
            f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
        ),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": (
            f'<Relationships xmlns="{_PACKAGE}/relationships">{links}'
            f'<Relationship Id="rId99" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>'
        ),
        # Style 1 is a day, style 2 a day with a time.
        "xl/styles.xml": (
            f'<styleSheet xmlns="{_MAIN}"><cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14"/>'
            '<xf numFmtId="22"/></cellXfs></styleSheet>'
        ),
        **{f"xl/worksheets/sheet{number}.xml": body for number, body in zip(numbers, bodies, strict=True)},
        **(parts or {}),
    }
    contents.pop(without, None)
    return zip_of(contents)


def zip_of(contents: dict[str, str]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        for name, content in contents.items():
            package.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def dbf_of(
    rows: Sequence[Sequence[str]] = ROWS,
    *,
    names: Sequence[str] = HEADER,
    kinds: str = "CCC",
    width: int = 30,
    codepage: int = 0x03,
    deleted: frozenset[int] = frozenset(),
) -> bytes:
    """A dBASE III table whose columns are all `width` wide."""
    fields = b"".join(
        struct.pack("<11scLBB14x", name.upper().encode(), kind.encode(), 0, width, 0)
        for name, kind in zip(names, kinds, strict=True)
    )
    body = b"".join(
        (b"*" if at in deleted else b" ") + b"".join(cell.encode("cp1252").ljust(width) for cell in row)
        for at, row in enumerate(rows)
    )
    header_bytes = 32 + len(fields) + 1
    head = struct.pack("<BBBBLHH17xB2x", 3, 126, 11, 20, len(rows), header_bytes, 1 + width * len(names), codepage)
    return head + fields + b"\r" + body + b"\x1a"
