"""A hundred and more files that cannot be read, and of which kind the finding must be."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Iterator
from typing import NamedTuple

from connectors.files.plan import FileBounds
from models.sources.findings import FindingKind
from tests.connectors.files.workbooks import (
    HEADER,
    ROWS,
    csv_of,
    dbf_of,
    json_of,
    number_cell,
    sheet_xml,
    text_cell,
    xlsx_of,
    zip_of,
)

UNREADABLE, TOO_LARGE = FindingKind.UNREADABLE, FindingKind.TOO_LARGE
EMPTY, MISSING = FindingKind.EMPTY, FindingKind.MISSING_COLUMN

BOUNDS = FileBounds(
    bytes_max=300_000,
    unpacked_bytes_max=20_000_000,
    rows_max=1_000,
    columns_max=50,
    cell_chars_max=2_000,
    file_s_max=5.0,
)
"""Small ones, so that small files break them."""

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class Broken(NamedTuple):
    name: str
    content: bytes
    kind: FindingKind


def broken_files() -> list[Broken]:
    found = [*_truncated(), *_delimited(), *_workbooks(), *_tables(), *_documents()]
    assert len({one.name for one in found}) == len(found) >= 100
    return found


def _truncated() -> Iterator[Broken]:
    whole = xlsx_of()
    for at in range(1, 41):
        yield Broken(f"truncated {at:02}.xlsx", whole[: len(whole) * at // 41], UNREADABLE)
    for at in range(1, 11):
        middle = len(whole) * at // 11
        overwritten = whole[:middle] + bytes(200) + whole[middle + 200 :]
        yield Broken(f"overwritten {at:02}.xlsx", overwritten, UNREADABLE)
    table = dbf_of()
    for at in range(1, 11):
        yield Broken(f"truncated {at:02}.dbf", table[: len(table) * at // 11], UNREADABLE)
    document = json_of()
    for at in range(1, 11):
        yield Broken(f"truncated {at:02}.json", document[: len(document) * at // 11], UNREADABLE)
    yield Broken("truncated quote.csv", csv_of() + b'"Anyar', UNREADABLE)
    yield Broken("truncated row.csv", csv_of() + b"Anyar,Ber", UNREADABLE)


def _delimited() -> Iterator[Broken]:
    header, line = ",".join(HEADER), "Anyar,Beras,1"
    yield Broken("empty.csv", b"", EMPTY)
    yield Broken("blank.csv", b"\r\n\r\n", MISSING)
    yield Broken("mark only.csv", b"\xef\xbb\xbf", EMPTY)
    yield Broken("header only.csv", csv_of((HEADER,)), EMPTY)
    yield Broken("header and blanks.csv", csv_of((HEADER, ("", "", ""), (" ", "", ""))), EMPTY)
    yield Broken("unknown delimiter.csv", csv_of(delimiter="^"), MISSING)
    yield Broken("other headers.csv", csv_of((("A", "B", "C"), *ROWS)), MISSING)
    yield Broken("one header renamed.csv", csv_of((("Pasar", "Komoditas", "Tarif"), *ROWS)), MISSING)
    yield Broken("header far down.csv", b"judul\r\n" * 40 + csv_of(), MISSING)
    yield Broken("doubled header.csv", csv_of((("Pasar", "Komoditas", "Harga", "HARGA."), *ROWS)), UNREADABLE)
    yield Broken("utf-16 without mark.csv", csv_of(encoding="utf-16-le"), UNREADABLE)
    yield Broken("utf-16 cut.csv", csv_of(encoding="utf-16")[:-1], UNREADABLE)
    yield Broken("no text.csv", csv_of() + b"\x81\x8d\x8f", UNREADABLE)
    yield Broken("nul bytes.csv", bytes(4_000), UNREADABLE)
    yield Broken("a million columns.csv", csv_of()[:-2] + b"," * 200_000, TOO_LARGE)
    yield Broken("wide header.csv", (header + ",x" * 60 + "\r\n" + line).encode(), TOO_LARGE)
    yield Broken("one long row.csv", b"x" * 400_000, TOO_LARGE)
    yield Broken("long cell.csv", (f"{header}\r\nAnyar,{'x' * 3_000},1\r\n").encode(), TOO_LARGE)
    yield Broken("long quoted cell.csv", (f'{header}\r\nAnyar,"{"x" * 3_000}",1\r\n').encode(), TOO_LARGE)
    yield Broken("many rows.csv", (header + f"\r\n{line}" * 1_500).encode(), TOO_LARGE)
    yield Broken("letters after quote.csv", (f'{header}\r\nAnyar,"Beras"x,1\r\n').encode(), UNREADABLE)
    yield Broken("ragged.csv", (header + "\r\nAnyar,Beras,Rp 11,000,50" * 3).encode(), UNREADABLE)
    yield Broken("a workbook.csv", xlsx_of(), UNREADABLE)
    yield Broken("an old workbook.csv", OLE + bytes(600), UNREADABLE)
    yield Broken("a picture.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), UNREADABLE)


def _workbooks() -> Iterator[Broken]:
    yield Broken("empty.xlsx", b"", EMPTY)
    yield Broken("with password.xlsx", OLE + bytes(2_000), UNREADABLE)
    yield Broken("a text.xlsx", csv_of(), UNREADABLE)
    yield Broken(
        "an open document.xlsx", zip_of({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}), UNREADABLE
    )
    yield Broken("a zip.xlsx", zip_of({"hello.txt": "hello"}), UNREADABLE)
    yield Broken("header only.xlsx", xlsx_of(sheet_xml((HEADER,))), EMPTY)
    yield Broken("no rows.xlsx", xlsx_of(sheet_xml(())), EMPTY)
    yield Broken("no sheets.xlsx", xlsx_of(parts={"xl/workbook.xml": "<workbook/>"}), EMPTY)
    yield Broken("other headers.xlsx", xlsx_of(sheet_xml((("A", "B", "C"), *ROWS))), MISSING)
    yield Broken(
        "doubled header.xlsx", xlsx_of(sheet_xml((("Pasar", "Komoditas", "Harga", "harga"), *ROWS))), UNREADABLE
    )
    yield Broken("no sheet part.xlsx", xlsx_of(without="xl/worksheets/sheet1.xml"), UNREADABLE)
    yield Broken("no relations.xlsx", xlsx_of(without="xl/_rels/workbook.xml.rels"), UNREADABLE)
    yield Broken("half a sheet.xlsx", xlsx_of(sheet_xml()[:200]), UNREADABLE)
    yield Broken("no xml.xlsx", xlsx_of("\x00\x01 no XML"), UNREADABLE)
    yield Broken("entities.xlsx", xlsx_of(_entity_bomb()), UNREADABLE)
    yield Broken("many rows.xlsx", xlsx_of(sheet_xml((HEADER, *ROWS * 400))), TOO_LARGE)
    yield Broken("long cell.xlsx", xlsx_of(sheet_xml((HEADER, ("x" * 3_000, "x", "1")))), TOO_LARGE)
    yield Broken("far cell.xlsx", xlsx_of(_with_cell(text_cell("XFD1048576", "far"))), UNREADABLE)
    yield Broken("wide.xlsx", xlsx_of(_with_cell(text_cell("ZZ4", "wide"))), TOO_LARGE)
    yield Broken("bomb.xlsx", xlsx_of(parts={"xl/media/image1.bmp": "0" * 12_000_000}), TOO_LARGE)
    yield Broken("large.xlsx", xlsx_of(parts={"xl/media/image1.bmp": "0" * 25_000_000}), TOO_LARGE)
    yield Broken("lying bomb.xlsx", _lying(xlsx_of(sheet_xml() + " " * 150_000_000)), UNREADABLE)
    yield Broken("many parts.xlsx", xlsx_of(parts={f"xl/x{at}": "" for at in range(2_100)}), TOO_LARGE)
    yield Broken("numbers for headers.xlsx", xlsx_of(sheet_xml(((number_cell("A1", "1"),), *ROWS))), MISSING)


def _with_cell(cell: str) -> str:
    return sheet_xml().replace("</sheetData>", f'<row r="9999">{cell}</row></sheetData>')


def _entity_bomb() -> str:
    entities = "".join(f'<!ENTITY l{at} "{f"&l{at - 1};" * 10}">' for at in range(1, 10))
    body = sheet_xml((("Pasar", "Komoditas", "Harga"), ("BOMB", "x", "1"))).replace("BOMB", "&l9;")
    return f'<!DOCTYPE worksheet [<!ENTITY l0 "lol">{entities}]>{body}'


def _lying(package: bytes) -> bytes:
    """The package with all its sizes of unpacked parts said to be 100 bytes, in front of the parts and in the list."""
    told = bytearray(package)
    with zipfile.ZipFile(io.BytesIO(package)) as opened:
        for part in opened.infolist():
            struct.pack_into("<L", told, part.header_offset + 22, 100)
    at = package.find(b"PK\x01\x02")
    while at != -1:
        struct.pack_into("<L", told, at + 24, 100)
        at = package.find(b"PK\x01\x02", at + 4)
    return bytes(told)


def _tables() -> Iterator[Broken]:
    whole = dbf_of()

    def lying(offset: int, form: str, value: int) -> bytes:
        told = bytearray(whole)
        struct.pack_into(form, told, offset, value)
        return bytes(told)

    yield Broken("empty.dbf", b"", EMPTY)
    yield Broken("no rows.dbf", dbf_of(()), EMPTY)
    yield Broken("all deleted.dbf", dbf_of(deleted=frozenset(range(3))), EMPTY)
    yield Broken("too many rows said.dbf", lying(4, "<L", 900), UNREADABLE)
    yield Broken("far too many rows said.dbf", lying(4, "<L", 2**32 - 1), TOO_LARGE)
    yield Broken("no row length.dbf", lying(10, "<H", 0), UNREADABLE)
    yield Broken("other row length.dbf", lying(10, "<H", 200), UNREADABLE)
    yield Broken("no header length.dbf", lying(8, "<H", 0), UNREADABLE)
    yield Broken("long header.dbf", lying(8, "<H", 65_535), UNREADABLE)
    yield Broken("field too long.dbf", lying(32 + 16, "<B", 255), UNREADABLE)
    yield Broken("unknown field.dbf", dbf_of(kinds="CC?"), UNREADABLE)
    yield Broken("no end of fields.dbf", whole.replace(b"\r", b"\x20", 1), UNREADABLE)
    yield Broken("other names.dbf", dbf_of(names=("A", "B", "C")), MISSING)
    yield Broken("a text.dbf", csv_of() * 3, TOO_LARGE)
    odd = dbf_of((("Anyar", "QQ", "1"),)).replace(b"QQ", b"\x81\x8d")
    yield Broken("not its code page.dbf", odd, UNREADABLE)


def _documents() -> Iterator[Broken]:
    deep = "[" * 100_000
    yield Broken("empty.json", b"", EMPTY)
    yield Broken("no objects.json", b"[]", EMPTY)
    yield Broken("empty objects.json", b"[{}, {}]", MISSING)
    yield Broken("nulls.json", b'[{"pasar": null, "komoditas": "", "harga": " "}]', EMPTY)
    yield Broken("one object.json", b'{"pasar": "Anyar"}', UNREADABLE)
    yield Broken("numbers.json", b"[1, 2, 3]", UNREADABLE)
    yield Broken("mixed.json", json_of()[:-1] + b", 7]", UNREADABLE)
    yield Broken("deep.json", deep.encode(), UNREADABLE)
    yield Broken("deep and closed.json", (deep + "]" * 100_000).encode(), UNREADABLE)
    yield Broken("no number.json", b'[{"pasar": NaN, "komoditas": "x", "harga": 1}]', UNREADABLE)
    yield Broken("two documents.json", json_of() * 2, UNREADABLE)
    yield Broken("single quotes.json", b"[{'pasar': 'Anyar'}]", UNREADABLE)
    yield Broken("huge number.json", b'[{"pasar": "x", "komoditas": "x", "harga": ' + b"9" * 5_000 + b"}]", TOO_LARGE)
    yield Broken("long text.json", b'[{"pasar": "x", "komoditas": "x", "harga": "' + b"9" * 5_000 + b'"}]', TOO_LARGE)
    yield Broken("doubled key.json", b'[{"pasar": "a", "Pasar": "b", "komoditas": "x", "harga": 1}]', UNREADABLE)
    yield Broken("renamed key.json", b'[{"pasar": "a", "komoditas": "x", "tarif": 1}]', MISSING)
    yield Broken(
        "many objects.json", b'[{"pasar": "a", "komoditas": "x", "harga": 1}' + b",{}" * 1_500 + b"]", TOO_LARGE
    )
    keys = ",".join(f'"k{at}": 1' for at in range(100))
    yield Broken("many keys.json", f"[{{{keys}}}]".encode(), TOO_LARGE)
    yield Broken("a page.json", b"<!DOCTYPE html><html><body>502 Bad Gateway</body></html>", UNREADABLE)
    yield Broken("unknown kind.pdf", b"%PDF-1.4", UNREADABLE)
