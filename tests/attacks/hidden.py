"""Changes, in the departments' databases, everything that a viewer may not see, and nothing that they may."""

from __future__ import annotations

import re
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

from models.policy.masks import masked_text
from models.values.types import Nik

CHANGED = "sesuatu yang lain"
"""What stands in every hidden cell afterwards: no resident number, no address, no date."""

FREE_TEXT = frozenset({"isi_laporan", "lokasi", "tanggapan"})
"""Columns of complaints that citizens and officers see with the numbers in them masked."""

PERSONAL: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "complaints": {
        "tbl_pengaduan": ("nik", "nm_pelapor", "telp", "isi_laporan", "lokasi"), "tbl_tanggapan": ("tanggapan",),
    },
    "citizens": {
        "tweb_penduduk": ("nik", "nama", "sex", "tempatlahir", "tanggallahir", "status_kawin", "telepon", "email"),
        "tweb_keluarga": ("no_kk", "nik_kepala"),
    },
    "licenses": {"dp_izin": ("izin_ktp", "izin_nama"), "dp_datapermohonanizin": ("dpi_no_ident", "dpi_npwp")},
    "jobs": {"lamars": ("email", "nama", "surat")},
    "admissions": {"tbl_siswa": ("nik", "nisn", "nama_lengkap", "tgl_lahir")},
    "emergencies": {"pelaporan": ("nm_pelapor", "telp", "isi", "lokasi", "lat", "lng")},
}  # fmt: skip
"""The personal columns of each table, by source."""

Row = Mapping[str, object]
IsOpen = Callable[[str, Row], bool]
"""Whether a row of a table is open to the viewer."""


def nothing_open(_table: str, _row: Row) -> bool:
    return False


def open_to_citizen(nik: Nik, email: str) -> IsOpen:
    """The rows of one resident."""

    def is_open(table: str, row: Row) -> bool:
        if table == "lamars":
            return str(row["email"]).strip().lower() == email
        if table == "tbl_tanggapan":
            return _digits(row["nik_pelapor"]) == nik
        numbers = (row.get(name) for name in ("nik", "nik_kepala", "izin_ktp", "dpi_no_ident"))
        return any(_digits(number) == nik for number in numbers if number is not None)

    return is_open


def open_to_complaint_desk(department: str) -> IsOpen:
    """The complaints that a department handles, with what was answered; nothing else for that purpose."""

    def is_open(table: str, row: Row) -> bool:
        return table in ("tbl_pengaduan", "tbl_tanggapan") and str(row["kd_opd"]).lower() == department

    return is_open


def changed_copy(city: Path, copy: Path, is_open: IsOpen, *, free_text_masked: bool) -> int:
    """A copy of the sources in which each hidden cell says something else. How many cells that were."""
    shutil.copytree(city, copy)
    changed = 0
    for source, tables in PERSONAL.items():
        with closing(sqlite3.connect(copy / f"{source}.db")) as connection:
            for table, columns in tables.items():
                changed += _change(connection, table, columns, is_open, free_text_masked=free_text_masked)
            connection.commit()
    return changed


def _change(
    connection: sqlite3.Connection, table: str, columns: tuple[str, ...], is_open: IsOpen, *, free_text_masked: bool
) -> int:
    connection.row_factory = sqlite3.Row
    connection.text_factory = lambda raw: raw.decode(errors="surrogateescape")
    query = f"SELECT t.rowid AS place, t.* FROM {table} t"  # the names stand above
    if table == "tbl_tanggapan":
        query = (
            "SELECT t.rowid AS place, t.*, p.kd_opd, p.nik AS nik_pelapor FROM tbl_tanggapan t"
            " JOIN tbl_pengaduan p USING (id_pengaduan)"
        )
    changed = 0
    for found in connection.execute(query).fetchall():
        row = dict(found)
        if is_open(table, row):
            continue
        for column in columns:
            masked = free_text_masked and column in FREE_TEXT and table.startswith("tbl_")
            old = row[column]
            new = _same_when_masked(old) if masked else CHANGED
            if new != old:
                statement = f"UPDATE {table} SET {column} = ? WHERE rowid = ?"  # as above
                connection.execute(statement, (new, row["place"]))
                changed += 1
    return changed


def _same_when_masked(old: object) -> object:
    """A text with other digits under its masks."""
    if not isinstance(old, str) or old.isascii() is False:
        return old
    masked = masked_text(old)
    new = "".join(
        str((int(sign) + 1) % 10) if sign.isdigit() and cover != sign else sign
        for sign, cover in zip(old, masked, strict=True)
    )
    return new if masked_text(new) == masked else old


def _digits(value: object) -> str:
    return re.sub(r"\D", "", str(value))
