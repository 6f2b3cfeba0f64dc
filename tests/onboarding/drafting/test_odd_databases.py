"""Odd databases: names that are none in Python, empty tables, many tables, none that fits: a draft is code anyhow."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from connectors.departments.city import TANGERANG
from connectors.sources import CityPackage
from onboarding.drafting.drafter import Draft, draft
from onboarding.drafting.mapping_file import Heading
from onboarding.drafting.reading import Limits
from sample.citizens.people import resident_number
from tests.onboarding.drafting.estates import module_of

HEADING = Heading("complaints", "odd", "diskominfo", True, "connectors.departments.city", "TANGERANG")


def drafted(tmp_path: Path, *statements: str) -> tuple[Draft, CityPackage]:
    path = tmp_path / "odd.db"
    with closing(sqlite3.connect(path)) as connection, connection:
        for statement in statements:
            connection.execute(statement)
    made = asyncio.run(draft(f"sqlite:///{path.as_posix()}", HEADING, TANGERANG, Limits(), lambda *_: None))
    file = tmp_path / "drafted.py"
    file.write_text(made.text, encoding="utf-8")
    return made, CityPackage.of(TANGERANG, module_of(file).SUBJECT)


def said(made: Draft) -> str:
    """The text of a draft, its comments on one line each."""
    return made.text.replace("\n# ", " ")


def test_a_database_without_a_table(tmp_path: Path) -> None:
    made, package = drafted(tmp_path)
    assert package.mappings == ()
    assert "# TODO complaints (Complaint): no table found" in made.text
    assert made.summary[0] == "complaint_categories not found: whoever asks for them is told that nothing is"
    assert "complaint_categories - no table found" in made.summary


def test_tables_without_a_row(tmp_path: Path) -> None:
    made, package = drafted(
        tmp_path, "CREATE TABLE tbl_pengaduan (id integer PRIMARY KEY, no_tiket text, isi_laporan text, lokasi text)"
    )
    assert [mapping.record.name for mapping in package.mappings] == ["complaints"]
    assert "# low: by its name alone; the rows that were read have no value" in made.text


def test_names_that_are_none_in_python(tmp_path: Path) -> None:
    made, package = drafted(
        tmp_path,
        'CREATE TABLE "Data Pengaduan 2024" ("No." integer PRIMARY KEY, "No Tiket" text, "Isi Laporan" text, '
        '"class" text, "Tgl Lapor" text, "Alamat ""Lengkap""" text, "hapus?" text)',
        *(
            f"INSERT INTO \"Data Pengaduan 2024\" VALUES ({at}, 'T-{at}', 'lampu jalan mati sejak kemarin malam', 'x', "
            f"'0{at}-02-2024', 'Jalan Melati nomor {at}', 'T')"
            for at in range(1, 9)
        ),
    )
    (mapping,) = package.mappings
    assert mapping.columns["ticket_number"].legacy == ("No Tiket",)
    assert mapping.columns["address"].legacy == ('Alamat "Lengkap"',)
    assert 'column_equals("hapus?", "T")' in made.text


@pytest.mark.parametrize("key", ["", ", PRIMARY KEY (tahun, nomor)"])
def test_rows_that_no_single_column_tells_apart(tmp_path: Path, key: str) -> None:
    made, package = drafted(
        tmp_path,
        f"CREATE TABLE pengaduan (tahun integer, nomor integer, no_tiket text, isi_laporan text{key})",
        *(f"INSERT INTO pengaduan VALUES ({2000 + at % 3}, {at % 5}, 'T', 'lampu jalan')" for at in range(15)),
    )
    if key:
        (mapping,) = package.mappings
        assert mapping.columns["id"].legacy == ("row_key",)
        assert mapping.unique_key
    else:
        assert package.mappings == ()
        assert "pengaduan: no column that may be shown tells its rows apart" in said(made)


def test_a_number_of_people_is_no_key(tmp_path: Path) -> None:
    made, package = drafted(
        tmp_path,
        "CREATE TABLE tbl_pengaduan (nik text PRIMARY KEY, no_tiket text, isi_laporan text, lokasi text)",
        *(
            f"INSERT INTO tbl_pengaduan VALUES ('{resident_number(at)}', 'T', 'lampu jalan', 'jalan besar')"
            for at in range(30)
        ),
    )
    assert package.mappings == ()
    assert "tbl_pengaduan: no column that may be shown tells its rows apart" in said(made)


def test_the_tables_that_matter_are_found_among_many(tmp_path: Path) -> None:
    made, package = drafted(
        tmp_path,
        *(
            f"CREATE TABLE aset_{at} (id integer PRIMARY KEY, merk text, tahun integer, ruang text)"
            for at in range(300)
        ),
        "CREATE TABLE tbl_pengaduan (id_pengaduan integer PRIMARY KEY, no_tiket text, isi_laporan text, kd_jenis text)",
        "CREATE TABLE zz_kategori (kd_jenis text PRIMARY KEY, nm_kategori text)",
        "INSERT INTO zz_kategori VALUES ('K1', 'Jalan'), ('K2', 'Lampu')",
        *(f"INSERT INTO tbl_pengaduan VALUES ({at}, 'T-{at}', 'lampu jalan mati lagi', 'K1')" for at in range(9)),
    )
    assert {mapping.record.name for mapping in package.mappings} == {"complaints", "complaint_categories"}
    assert "Not looked at, as names say less or time ran out" not in made.text
