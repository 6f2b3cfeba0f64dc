"""Files as departments drop them: every format, header rows, encodings, days, repeats, late ones and growing ones."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import structlog

from connectors.decoders import text
from connectors.files import loader
from connectors.files.kind import Files, folder_of
from connectors.files.tables import FileTable, day_of_name
from connectors.kinds import SourceUrlError
from connectors.mapping import Mapping, MappingError, column
from connectors.replica.replica import Replica
from connectors.sources import Source
from models.sources.findings import Finding, FindingKind
from tests.connectors.files.drops import DAILY, LONG_AGO, NOW, QUOTES, TABLE, Drops, Quote, at, rows_of
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
)

ROOT = Path(__file__).resolve().parents[3]
GOOD = sorted([(market, None, commodity, price) for market, commodity, price in ROWS], key=repr)


async def loaded(drops: Drops, *tables: FileTable, name: str, content: bytes) -> list[tuple[object, ...]]:
    drops.put(name, content)
    replica = drops.source(*tables)
    assert await replica.refresh(), replica.state.reason
    assert drops.findings == []
    return await rows_of(replica)


def csv_rows(*rows: tuple[str, ...]) -> bytes:
    return csv_of((HEADER, *rows))


# --- Formats ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", csv_of()),
        ("A.CSV", csv_of()),
        ("a.txt", csv_of(delimiter="\t")),
        ("a.tsv", csv_of(delimiter="\t")),
        ("a.csv", csv_of(delimiter=";")),
        ("a.csv", csv_of(delimiter="|")),
        ("a.csv", csv_of(encoding="utf-8-sig")),
        ("a.csv", csv_of(encoding="utf-16")),
        ("a.csv", csv_of(encoding="utf-32")),
        ("a.csv", csv_of().replace(b"\r\n", b"\n")),
        ("a.csv", csv_of().replace(b"\r\n", b"\r")),
        ("a.csv", csv_of()[:-2]),
        ("a.xlsx", xlsx_of()),
        ("a.xlsm", xlsx_of()),
        ("a.dbf", dbf_of()),
        ("a.json", json_of()),
        ("a.json", b"\xef\xbb\xbf" + json_of()),
    ],
)
async def test_a_file_of_each_format(drops: Drops, name: str, content: bytes) -> None:
    assert await loaded(drops, name=name, content=content) == GOOD


async def test_a_text_in_windows_1252_is_found_out(drops: Drops) -> None:
    found = await loaded(
        drops, name="a.csv", content=csv_rows(("Anyar", "Cabé “rawit”", "1")).decode().encode("cp1252")
    )
    assert found == [("Anyar", None, "Cabé “rawit”", "1")]


async def test_a_stated_encoding_and_delimiter_are_kept_to(drops: Drops) -> None:
    table = FileTable("harga", "*", optional=("tanggal",), encoding="cp850", delimiter=":")
    found = await loaded(drops, table, name="a.csv", content=csv_of((HEADER, ("Anyar", "Cabé", "1,5")), ":", "cp850"))
    assert found == [("Anyar", None, "Cabé", "1,5")]


async def test_quotes_keep_delimiters_and_line_ends(drops: Drops) -> None:
    found = await loaded(drops, name="a.csv", content=b'Pasar,Komoditas,Harga\n"Anyar","Beras, ""super""\nA","1"\n')
    assert found == [("Anyar", None, 'Beras, "super"\nA', "1")]


async def test_nul_in_a_cell_is_left_to_the_decoder(drops: Drops) -> None:
    found = await loaded(drops, name="a.csv", content=csv_rows(("Anyar", "Beras", "1"), ("Po\0ris", "Telur", "2")))
    assert found == [("Anyar", None, "Beras", "1"), ("Po\0ris", None, "Telur", "2")]


async def test_half_a_character_is_no_text(drops: Drops) -> None:
    found = await loaded(drops, name="a.json", content=b'[{"pasar": "A\\ud800", "komoditas": "b", "harga": 1}]')
    assert found == [("A\0", None, "b", "1")]


async def test_cells_of_a_workbook_read_as_a_person_reads_them(drops: Drops) -> None:
    rows = (
        HEADER,
        (text_cell("A2", " a "), number_cell("B2", "45987", 1), number_cell("C2", "12000.0")),
        (text_cell("A3", "b"), number_cell("B3", "45987.5", 2), number_cell("C3", "0.30000000000000004")),
        (text_cell("A4", "c"), '<c r="B4" t="b"><v>1</v></c>', number_cell("C4", "1E+15")),
        (text_cell("A5", "d"), '<c r="B5" t="b"><v>0</v></c>', number_cell("C5", "-0.000025")),
        (text_cell("A6", "e"), text_cell("B6", "   "), number_cell("C6", "3173000000000001")),
    )
    found = await loaded(drops, name="a.xlsx", content=xlsx_of(sheet_xml(rows)))
    assert found == [
        ("a", None, "2025-11-26", "12000"),
        ("b", None, "2025-11-26 12:00:00", "0.3"),
        ("c", None, "TRUE", "1000000000000000"),
        ("d", None, "FALSE", "-0.000025"),
    ]


async def test_a_formula_is_what_it_showed_and_is_never_computed(drops: Drops) -> None:
    rows = (
        HEADER,
        (text_cell("A2", "=cmd|' /C calc'!A0"), '<c r="B2" t="str"><f>1+1</f><v>dua</v></c>', number_cell("C2", "2")),
        (text_cell("A3", "@SUM(A1)"), text_cell("B3", "+62 21"), '<c r="C3"><f>HYPERLINK("http://x")</f></c>'),
        (text_cell("A4", "-"), text_cell("B4", "-1"), '<c r="C4"><f>6*7</f><v>42</v></c>'),
    )
    found = await loaded(drops, name="a.xlsx", content=xlsx_of(sheet_xml(rows)))
    assert found == [
        ("=cmd|' /C calc'!A0", None, "dua", "2"),
        ("-", None, "-1", "42"),
        ("@SUM(A1)", None, "+62 21", None),
    ]


async def test_the_sheet_with_the_headers_is_found_or_stated(drops: Drops) -> None:
    cover, other = sheet_xml((("Sampul",),)), sheet_xml((HEADER, ("Poris", "Telur", "2")))
    content = xlsx_of(sheets=(cover, sheet_xml(), other))
    assert await loaded(drops, name="a.xlsx", content=content) == GOOD
    stated = FileTable("harga", "*", optional=("tanggal",), sheet="LEMBAR-3")
    assert await loaded(drops, stated, name="a.xlsx", content=content) == [("Poris", None, "Telur", "2")]


async def test_json_below_keys_with_nested_values_and_exact_numbers(drops: Drops) -> None:
    content = b"""{"data": {"hasil": [
        {"Pasar": ["Anyar", "Poris "], "KOMODITAS": {"a": 1.50}, "harga": 11000.10, "lain": 1},
        {"pasar": true, "komoditas": null, "harga": 12345678901234567890123}]}}"""
    table = FileTable("harga", "*", optional=("tanggal",), items=("data", "hasil"))
    assert await loaded(drops, table, name="a.json", content=content) == [
        ("Anyar; Poris", None, '{"a":"1.50"}', "11000.10"),
    ]


async def test_a_dbf_table_without_its_deleted_rows_and_with_one_bad_value(drops: Drops) -> None:
    rows = (("Anyar", "20261120", "11000.50"), ("Poris", "20261345", "x"), ("Lama", "20261120", "1"))
    content = dbf_of(rows, kinds="CDN", deleted=frozenset({2}))
    found = await loaded(drops, name="a.dbf", content=content)
    assert found == [("Anyar", None, "2026-11-20", "11000.5"), ("Poris", None, "20261345", "x")]


async def test_a_dbf_table_in_the_code_page_that_its_header_names(drops: Drops) -> None:
    content = dbf_of((("Anyar", "CabQ", "1"),), codepage=0x02).replace(b"CabQ", "Cabé".encode("cp850"))
    assert await loaded(drops, name="a.dbf", content=content) == [("Anyar", None, "Cabé", "1")]


# --- Headers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("top", [1, 2, 7, 29])
async def test_the_header_is_found_below_titles(drops: Drops, top: int) -> None:
    titles = (("DAFTAR HARGA",), ("Jumat, 20 November 2026", "", "")) if top > 2 else ()
    rows = (("Sumber", "x"),) if top == 2 else titles
    content = xlsx_of(
        sheet_xml((*rows, ("No", "nama   PASAR", "Komoditas:", "Harga (Rp.)"), ("1", "Anyar", "Beras", "9")))
    )
    headers = {"pasar": ("Pasar", "Nama Pasar"), "harga": ("Harga (Rp)", "Harga")}
    table = FileTable("harga", "*", headers=headers, optional=("tanggal",))
    assert await loaded(drops, table, name="a.xlsx", content=content) == [("Anyar", None, "Beras", "9")]


async def test_a_header_that_begins_in_another_column(drops: Drops) -> None:
    rows = (("", "", *HEADER), ("x", "", "Anyar", "Beras", "9"), ("", "", "", "", ""), ("Sumber: dinas",))
    assert await loaded(drops, name="a.xlsx", content=xlsx_of(sheet_xml(rows))) == [("Anyar", None, "Beras", "9")]


async def test_columns_may_change_places_and_optional_ones_may_come(drops: Drops) -> None:
    content = csv_of((("Tanggal", "HARGA", "pasar", "Lain", "komoditas"), ("2026-11-01", "1", "Anyar", "?", "Beras")))
    assert await loaded(drops, name="a.csv", content=content) == [("Anyar", "2026-11-01", "Beras", "1")]


async def test_short_rows_are_filled_up_and_long_ones_left_out(drops: Drops) -> None:
    drops.put(
        "a.csv",
        csv_rows(
            ("Anyar", "Beras"), ("Poris", "Telur", "2"), ("Anyar", "Cabai", "Rp 11", "000", "-"), ("x", "y", "3", "")
        ),
    )
    replica = drops.source()
    assert await replica.refresh()
    assert await rows_of(replica) == [
        ("Anyar", None, "Beras", None), ("Poris", None, "Telur", "2"), ("x", None, "y", "3"),
    ]  # fmt: skip
    assert drops.findings == [Finding("prices", "quotes", "", FindingKind.UNREADABLE)]


# --- Days, repeats and late files -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "day"),
    [
        ("SEGAR_2026-11-19.xlsx", date(2026, 11, 19)),
        ("harga 19-11-2026.csv", date(2026, 11, 19)),
        ("2026-11-19 2026-11-19.csv", date(2026, 11, 19)),
        ("2026-11-19 sampai 20-11-2026.csv", None),
        ("2026-13-19.csv", None),
        ("12026-11-19.csv", None),
        ("harga.csv", None),
    ],
)
def test_the_day_in_a_name(name: str, day: date | None) -> None:
    assert day_of_name("%Y-%m-%d", "%d-%m-%Y", fills="tanggal").of(name) == day


@pytest.mark.parametrize("form", ["%Y-%m", "%Y-%m-%d %H", "%d.%d.%Y", "2026"])
def test_a_format_that_is_no_day_is_refused(form: str) -> None:
    with pytest.raises(ValueError, match="a day in a name"):
        day_of_name(form, fills="tanggal")


async def test_the_day_of_the_name_fills_its_column_and_the_later_file_wins(drops: Drops) -> None:
    drops.put("harga 18-11-2026.csv", csv_rows(("Anyar", "Beras", "18")), after_s=500)
    drops.put("SEGAR_2026-11-19.xlsx", xlsx_of(sheet_xml((HEADER, ("Anyar", "Beras", "19"), ("Poris", "Beras", "19")))))
    drops.put("SEGAR_2026-11-19_revisi.csv", csv_rows(("Anyar", "Beras", "19.5"), ("Anyar", "Telur", "20")), after_s=9)
    drops.put("catatan 2026-11-19.docx", b"none of the table's")
    replica = drops.source(DAILY)
    assert await replica.refresh()
    assert drops.findings == []
    assert await rows_of(replica) == [
        ("Anyar", "2026-11-18", "Beras", "18"),
        ("Anyar", "2026-11-19", "Beras", "19.5"),
        ("Anyar", "2026-11-19", "Telur", "20"),
        ("Poris", "2026-11-19", "Beras", "19"),
    ]


@pytest.mark.parametrize(("first", "second"), [("b.csv", "a.csv"), ("a.csv", "b.csv")])
async def test_of_two_files_without_a_day_the_one_that_was_written_later_wins(
    drops: Drops, first: str, second: str
) -> None:
    table = FileTable("harga", "*", optional=("tanggal",), unique=("pasar", "komoditas"))
    drops.put(
        first, csv_rows(("Anyar", "Beras", "old"), ("Anyar", "Beras", "1"), ("", "Beras", "x"), ("", "Beras", "y"))
    )
    drops.put(second, csv_rows(("Anyar", "Beras", "2")), after_s=0.5)
    replica = drops.source(table)
    assert await replica.refresh()
    # Rows that lack a part of what makes them unique are not taken for one another.
    assert await rows_of(replica) == [
        ("Anyar", None, "Beras", "2"), (None, None, "Beras", "x"), (None, None, "Beras", "y"),
    ]  # fmt: skip


async def test_written_at_the_same_time_the_name_decides(drops: Drops) -> None:
    table = FileTable("harga", "*", optional=("tanggal",), unique=("pasar", "komoditas"))
    drops.put("b.csv", csv_rows(("Anyar", "Beras", "b")))
    drops.put("a.csv", csv_rows(("Anyar", "Beras", "a")))
    replica = drops.source(table)
    assert await replica.refresh()
    assert await rows_of(replica) == [("Anyar", None, "Beras", "b")]


async def test_without_unique_columns_the_later_file_of_a_day_is_that_day(drops: Drops) -> None:
    table = FileTable("harga", "*", day=day_of_name("%Y-%m-%d", fills="tanggal"))
    drops.put("2026-11-19.csv", csv_rows(("Anyar", "Beras", "1"), ("Anyar", "Telur", "1")))
    drops.put("2026-11-19 lagi.csv", csv_rows(("Anyar", "Beras", "2"), ("Anyar", "Beras", "3")), after_s=9)
    drops.put("2026-11-18.csv", csv_rows(("Anyar", "Beras", "4")))
    replica = drops.source(table)
    assert await replica.refresh()
    assert await rows_of(replica) == [
        ("Anyar", "2026-11-18", "Beras", "4"),
        ("Anyar", "2026-11-19", "Beras", "2"),
        ("Anyar", "2026-11-19", "Beras", "3"),
    ]


async def test_a_broken_day_is_missing_and_the_broken_revision_of_another_leaves_the_first(drops: Drops) -> None:
    drops.put("2026-11-17.csv", csv_rows(("Anyar", "Beras", "17")))
    drops.put("2026-11-18.xlsx", xlsx_of()[:500])
    drops.put("2026-11-19.csv", csv_rows(("Anyar", "Beras", "19")))
    drops.put("2026-11-19 revisi.xlsx", b"PK", after_s=9)
    drops.put("tanpa hari.csv", csv_rows(("Anyar", "Beras", "0")))
    replica = drops.source(DAILY)
    assert await replica.refresh()
    assert await rows_of(replica) == [("Anyar", "2026-11-17", "Beras", "17"), ("Anyar", "2026-11-19", "Beras", "19")]
    assert drops.findings == [Finding("prices", "quotes", "", FindingKind.UNREADABLE, 3)]


@pytest.mark.parametrize(
    ("newest", "late"), [("2026-11-20", False), ("2026-11-18", False), ("2026-11-17", True), (None, True)]
)
async def test_a_file_that_does_not_come_is_late(drops: Drops, newest: str | None, late: bool) -> None:
    table = FileTable("harga", "*", day=day_of_name("%Y-%m-%d", fills="tanggal"), expected_every=timedelta(days=2))
    replica = drops.source(table)
    assert isinstance(replica.loader, loader.FilesLoader)
    replica.loader.clock = at(NOW)
    if newest is not None:
        drops.put(f"{newest}.csv", csv_of())
    assert await replica.refresh()
    assert await replica.refresh()
    # Once for each file that is waited for, however often the hub looks.
    expected = [Finding("prices", "quotes", "", FindingKind.LATE)] if late else []
    assert drops.taken_findings() == expected
    drops.put("2026-11-19.csv", csv_of())
    assert await replica.refresh()
    replica.loader.clock = at(NOW + timedelta(days=5))
    assert await replica.refresh()
    assert drops.taken_findings() == [Finding("prices", "quotes", "", FindingKind.LATE)]


async def test_without_a_day_late_is_counted_from_when_the_file_was_written(drops: Drops) -> None:
    table = FileTable("harga", "*", optional=("tanggal",), expected_every=timedelta(days=18))
    drops.put("a.csv", csv_of())
    replica = drops.source(table)
    assert isinstance(replica.loader, loader.FilesLoader)
    replica.loader.clock = at(NOW)
    assert await replica.refresh()
    assert drops.findings == [Finding("prices", "quotes", "", FindingKind.LATE)]


# --- Taking files when they come --------------------------------------------------------------------------------------


async def test_nothing_is_read_again_while_nothing_changes(drops: Drops, monkeypatch: pytest.MonkeyPatch) -> None:
    drops.put("a.csv", csv_of())
    replica = drops.source()
    assert await replica.refresh()
    copied_at = replica.state.copied_at
    monkeypatch.setattr(loader, "Parser", None)
    assert await replica.refresh()
    assert replica.state.copied_at == copied_at


async def test_a_change_that_neither_size_nor_time_shows_is_seen(drops: Drops) -> None:
    drops.put("a.csv", csv_rows(("Anyar", "Beras", "1")))
    replica = drops.source()
    assert await replica.refresh()
    drops.put("a.csv", csv_rows(("Anyar", "Beras", "2")))
    assert await replica.refresh()
    assert await rows_of(replica) == [("Anyar", None, "Beras", "2")]


async def test_new_files_are_taken_and_removed_ones_leave(drops: Drops) -> None:
    first = drops.put("a.csv", csv_rows(("Anyar", "Beras", "1")))
    replica = drops.source()
    assert await replica.refresh()
    drops.put("b.csv", csv_rows(("Poris", "Beras", "2")))
    assert await replica.refresh()
    assert await rows_of(replica) == [("Anyar", None, "Beras", "1"), ("Poris", None, "Beras", "2")]
    first.unlink()
    assert await replica.refresh()
    assert await rows_of(replica) == [("Poris", None, "Beras", "2")]


async def test_another_statement_of_the_city_reads_the_same_files_anew(drops: Drops) -> None:
    drops.put("a.csv", csv_rows(("Anyar", "Beras", "1"), ("Anyar", "Beras", "2")))
    assert await (once := drops.source()).refresh()
    assert len(await rows_of(once)) == 2
    again = drops.source(FileTable("harga", "*", optional=("tanggal",), unique=("pasar",)))
    assert await again.refresh()
    assert await rows_of(again) == [("Anyar", None, "Beras", "2")]
    assert (await again.refresh(), again.state.reason) == (True, "")


@pytest.mark.parametrize(
    "name", ["~$a.xlsx", ".a.csv", "a.csv.tmp", "a.csv.part", "a.csv.crdownload", "a.csv.filepart"]
)
async def test_unfinished_copies_are_not_looked_at(drops: Drops, name: str) -> None:
    drops.put("a.csv", csv_of())
    drops.put(name, b"half of it")
    replica = drops.source()
    assert await replica.refresh()
    assert drops.findings == []


async def _grow(file: Path) -> None:
    with file.open("ab") as growing:
        while True:
            growing.write(b"Anyar,Beras,1\r\n")
            growing.flush()
            await asyncio.sleep(0.03)


async def test_a_new_file_that_still_grows_is_left_for_the_next_time(drops: Drops) -> None:
    drops.put("a.csv", csv_of())
    replica = drops.source()
    assert await replica.refresh()
    growing = asyncio.create_task(_grow(drops.put("b.csv", b"Pasar,Komoditas,Harga\r\n")))
    drops.put("c.csv", csv_rows(("Poris", "Ikan", "3")))
    assert await replica.refresh()
    assert await rows_of(replica) == sorted([*GOOD, ("Poris", None, "Ikan", "3")], key=repr)
    growing.cancel()
    os.utime(drops.folder / "b.csv", (LONG_AGO, LONG_AGO))
    assert await replica.refresh()
    assert ("Anyar", None, "Beras", "1") in await rows_of(replica)
    assert drops.findings == []


async def test_while_a_file_in_use_is_written_anew_its_rows_stay_for_some_time(drops: Drops) -> None:
    drops.put("a.csv", csv_of())
    drops.put("b.csv", csv_rows(("Poris", "Ikan", "3")))
    replica = drops.source()
    assert await replica.refresh()
    both = await rows_of(replica)
    growing = asyncio.create_task(_grow(drops.put("b.csv", b"Pasar,Komoditas,Harga\r\n")))
    for _ in range(loader.POSTPONED_MAX):
        assert await replica.refresh()
        assert await rows_of(replica) == both
    # A file that never rests must not keep the others out for ever.
    assert await replica.refresh()
    assert await rows_of(replica) == GOOD
    growing.cancel()


# --- Where it lies ----------------------------------------------------------------------------------------------------


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
async def test_links_folders_and_pipes_named_like_files_are_left_out(drops: Drops, tmp_path: Path) -> None:
    outside = tmp_path / "secret.csv"
    outside.write_bytes(csv_rows(("Rahasia", "x", "1")))
    drops.put("a.csv", csv_of())
    (drops.folder / "b.csv").symlink_to(outside)
    (drops.folder / "c.csv").symlink_to(drops.folder / "a.csv")
    (drops.folder / "d.csv").symlink_to(tmp_path / "nowhere")
    (drops.folder / "e.csv").mkdir()
    os.mkfifo(drops.folder / "f.csv")
    replica = drops.source()
    with structlog.testing.capture_logs() as logs:
        assert await replica.refresh()
    assert await rows_of(replica) == GOOD
    assert {line["file"]: line["kind"] for line in logs} == {
        "b.csv": "UNSAFE_ADDRESS", "c.csv": "UNSAFE_ADDRESS", "d.csv": "UNSAFE_ADDRESS",
        "e.csv": "UNREADABLE", "f.csv": "UNREADABLE",
    }  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
async def test_a_link_put_in_a_files_place_after_the_look_is_not_followed(drops: Drops, tmp_path: Path) -> None:
    outside = tmp_path / "secret.csv"
    outside.write_bytes(csv_rows(("Rahasia", "x", "1")))
    file = drops.put("b.csv", csv_of())
    drops.put("a.csv", csv_rows(("Poris", "Ikan", "3")))
    replica = drops.source()
    assert isinstance(replica.loader, loader.FilesLoader)
    settled = replica.loader._settled

    async def exchanged() -> object:
        seen = await settled()
        file.unlink()
        file.symlink_to(outside)
        return seen

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(loader.FilesLoader, "_settled", lambda _: exchanged())
        assert await replica.refresh()
    assert await rows_of(replica) == [("Poris", None, "Ikan", "3")]
    assert drops.findings == [Finding("prices", "quotes", "", FindingKind.UNREADABLE)]


async def test_a_folder_that_is_not_there_is_unreachable(drops: Drops, tmp_path: Path) -> None:
    drops.put("a.csv", csv_of())
    file = drops.folder / "a.csv"
    for place in (tmp_path / "nowhere", file):
        replica = drops.source(url=place.as_uri())
        assert not await replica.refresh()
        assert drops.taken_findings() == [Finding("prices", "quotes", "", FindingKind.UNREACHABLE)]
        assert "the folder cannot be read" in replica.state.reason
        assert str(place) not in replica.state.reason


@pytest.mark.parametrize("url", ["http://x/y", "postgresql://u:p@h/d", "file://host/share", "", "  ", "file:", "a\0b"])
def test_urls_that_name_no_folder_are_refused(url: str) -> None:
    with pytest.raises(SourceUrlError, match=r"A folder of files") as refused:
        folder_of(url)
    assert "u:p" not in str(refused.value)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("file:///var/drops", "/var/drops"),
        ("file:///var/my%20drops", "/var/my drops"),
        ("/var/a?b", "/var/a?b"),
        ("drops", "drops"),
    ],
)
@pytest.mark.skipif(sys.platform == "win32", reason="paths of Windows look different")
def test_urls_and_paths_name_a_folder(url: str, path: str) -> None:
    assert folder_of(url) == Path(path)


async def test_a_credential_is_refused(drops: Drops) -> None:
    with pytest.raises(SourceUrlError, match="takes no credential"):
        drops.source(credential="user:secret")


# --- What the city states ---------------------------------------------------------------------------------------------


def other_table(name: str) -> Mapping:
    columns = {"id": column("komoditas", decoder=text())}
    return Mapping(Quote, "prices", sa.table(name, sa.column("komoditas", sa.Text)), columns)


async def test_a_table_without_files_and_columns_without_a_table_are_refused(drops: Drops) -> None:
    with pytest.raises(MappingError, match="states no files for the table lain"):
        drops.source(TABLE, mappings=(QUOTES, other_table("lain")))
    with pytest.raises(MappingError, match="state satuan, which the mapping's table does not have"):
        drops.source(FileTable("harga", "*", headers={"satuan": ("Satuan",)}))


async def test_a_joined_table_is_filled_from_its_own_files(drops: Drops) -> None:
    pasar = sa.table("pasar", sa.column("kode", sa.Text), sa.column("nama", sa.Text))
    harga = QUOTES.selectable
    joined = (
        sa.select(harga.c.pasar, harga.c.tanggal, harga.c.harga, pasar.c.nama.label("komoditas"))
        .join_from(harga, pasar, harga.c.pasar == pasar.c.kode)
        .subquery("t")
    )
    mapping = Mapping(Quote, "prices", joined, QUOTES.columns)
    drops.put("harga.csv", csv_rows(("A", "Beras", "1"), ("B", "Telur", "2")))
    drops.put("pasar.csv", csv_of((("Kode", "Nama"), ("A", "Anyar"))))
    tables = (
        FileTable("harga", "harga*", optional=("tanggal", "komoditas")),
        FileTable("pasar", "pasar*"),
    )
    replica: Replica = drops.source(*tables, mappings=(mapping,))
    assert await replica.refresh()
    assert await rows_of(replica, mapping) == [("A", None, "Anyar", "1")]
    # One table that can no longer be read keeps the other back as well: they belong together.
    drops.put("pasar.csv", b"\x00")
    assert not await replica.refresh()
    assert await rows_of(replica, mapping) == [("A", None, "Anyar", "1")]


def test_the_example_of_the_docs_is_one() -> None:
    page = (ROOT / "docs" / "adding-a-department.md").read_text(encoding="utf-8")
    block = re.search(r"^## Files$.*?```python\n(.*?)```", page, re.DOTALL | re.MULTILINE)
    assert block is not None
    stated: dict[str, object] = {}
    exec(block[1], stated)
    source = stated["SOURCE"]
    assert isinstance(source, Source)
    assert isinstance(source.kind, Files)
    (table,) = source.kind.tables
    assert table.takes("Pinjaman 2026-11-20.XLSX")
    assert table.day_of("Pinjaman 2026-11-20.XLSX") == date(2026, 11, 20)
    assert not table.takes("catatan.docx")
