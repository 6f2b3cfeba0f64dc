"""The legacy tables of the licenses, as their office has them."""

from __future__ import annotations

from sample.shapes import Table

DP_JENISIZIN = Table(
    name="dp_jenisizin",
    columns=(("kode", "varchar(10)"), ("nama", "varchar(100)"), ("biaya", "text"), ("waktu", "text")),
)
DP_IZIN = Table(
    name="dp_izin",
    columns=(
        ("izin_id", "integer PRIMARY KEY"),
        ("izin_kode_jenis", "varchar(10)"),
        ("izin_no_sk", "varchar(60)"),
        ("izin_ktp", "varchar(30)"),
        ("izin_nama", "varchar(100)"),
        ("izin_namausaha", "text"),
        ("izin_tglterbit", "varchar(10)"),
        ("izin_tglberakhir", "varchar(10)"),
        ("izin_kecamatan", "varchar(12)"),
        ("izin_status", "char(1)"),
        ("izin_ver_1", "char(1)"),
        ("izin_ver_2", "char(1)"),
        ("izin_ver_3", "char(1)"),
        ("izin_ver_4", "char(1)"),
    ),
    indexes=(
        ("izin_kecamatan", "izin_id"),
        ("izin_kode_jenis", "izin_id"),
        ("izin_tglberakhir", "izin_id"),
        ("izin_no_sk",),
        ("izin_ktp",),
    ),
)
DP_STATUSIZIN = Table(
    name="dp_statusizin",
    columns=(
        ("id", "integer PRIMARY KEY"), ("izin_id", "integer"), ("status", "varchar(20)"), ("tgl", "varchar(10)"),
    ),
    indexes=(("izin_id", "id"),),
)  # fmt: skip
DP_DATAPERMOHONANIZIN = Table(
    name="dp_datapermohonanizin",
    columns=(
        ("dpi_id", "integer PRIMARY KEY"),
        ("dpi_no_ident", "varchar(30)"),
        ("dpi_jenisizin", "varchar(10)"),
        ("dpi_jenispermohonan", "varchar(20)"),
        ("dpi_namausaha", "text"),
        ("dpi_npwp", "varchar(30)"),
        ("dpi_kecamatan", "char(7)"),
        ("dpi_desa", "char(10)"),
        ("dpi_tanggal", "varchar(40)"),
    ),
    indexes=(("dpi_no_ident",),),
)
DP_STATUSPERMOHONAN = Table(
    name="dp_statuspermohonan",
    columns=(
        ("id", "integer PRIMARY KEY"), ("dpi_id", "integer"), ("status", "varchar(20)"), ("tgl", "varchar(10)"),
    ),
    indexes=(("dpi_id", "id"),),
)  # fmt: skip
