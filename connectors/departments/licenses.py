"""The licensing system of DPMPTSP: dotted resident numbers, BPS codes for areas, dates in words, fees as text."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from connectors.decoders import (
    bps,
    bps_code,
    codes,
    duration,
    local_date,
    long_date,
    money,
    nik,
    number_key,
    prose,
    text,
)
from connectors.departments.city import TANGERANG
from connectors.mapping import Mapping, column
from connectors.sources import Source, Subject
from connectors.writing.writings import NewRow, Writing
from models.areas import AreaLevel
from models.licenses import (
    License,
    LicenseApplication,
    LicenseApplicationKind,
    LicenseApplicationStatus,
    LicenseStatus,
    LicenseType,
)
from models.sources.data_terms import DataTerms, UpdateRhythm

SOURCE = Source(
    name="licenses",
    department="dpmptsp",
    title="Perizinan Online",
    terms=DataTerms(
        "DPMPTSP Kota Tangerang",
        "PPID DPMPTSP",
        "Izin terbuka dengan menyebut sumber; data pemohon tidak dibuka (UU 27/2022)",
        UpdateRhythm.CONTINUOUS,
    ),
)

_jenisizin = sa.table(
    "dp_jenisizin",
    sa.column("kode", sa.String(10)),
    sa.column("nama", sa.String(100)),
    sa.column("biaya", sa.Text),
    sa.column("waktu", sa.Text),
)

_izin = sa.table(
    "dp_izin",
    sa.column("izin_id", sa.Integer),
    sa.column("izin_kode_jenis", sa.String(10)),
    sa.column("izin_no_sk", sa.String(60)),
    sa.column("izin_ktp", sa.String(30)),
    sa.column("izin_nama", sa.String(100)),
    sa.column("izin_namausaha", sa.Text),
    sa.column("izin_tglterbit", sa.String(10)),
    sa.column("izin_tglberakhir", sa.String(10)),
    sa.column("izin_kecamatan", sa.String(12)),
)

_statusizin = sa.table(
    "dp_statusizin", sa.column("id", sa.Integer), sa.column("izin_id", sa.Integer), sa.column("status", sa.String(20))
)

_permohonan = sa.table(
    "dp_datapermohonanizin",
    sa.column("dpi_id", sa.Integer),
    sa.column("dpi_no_ident", sa.String(30)),
    sa.column("dpi_jenisizin", sa.String(10)),
    sa.column("dpi_jenispermohonan", sa.String(20)),
    sa.column("dpi_namausaha", sa.Text),
    sa.column("dpi_npwp", sa.String(30)),
    sa.column("dpi_kecamatan", sa.String(7)),
    sa.column("dpi_desa", sa.String(10)),
    sa.column("dpi_tanggal", sa.String(40)),
)

_statuspermohonan = sa.table(
    "dp_statuspermohonan",
    sa.column("id", sa.Integer),
    sa.column("dpi_id", sa.Integer),
    sa.column("status", sa.String(20)),
    sa.column("tgl", sa.String(10)),
)


def _with_last_status(
    table: sa.TableClause, history: sa.TableClause, key: str, *columns: sa.ColumnElement[str]
) -> sa.Subquery:
    """Rows with the status of their latest step: the one with the highest id, since days are often missing.

    It is looked up per row by an index on both columns, and only if the status is read.
    """
    latest = sa.select(history.c.status).where(history.c[key] == table.c[key]).order_by(history.c.id.desc()).limit(1)
    status = latest.correlate(table).scalar_subquery()
    return sa.select(table, status.label("status"), *columns).subquery("t")


# The column izin_status is not updated after the license is printed; later changes are in the history.
_izin_with_status = _with_last_status(_izin, _statusizin, "izin_id")

_village = sa.func.trim(_permohonan.c.dpi_desa, type_=sa.String)
_place = sa.case(
    (_village.in_([sa.literal_column("''"), sa.literal_column("'-'")]), _permohonan.c.dpi_kecamatan),
    else_=sa.func.coalesce(_village, _permohonan.c.dpi_kecamatan),
)
"""The village, else the district. Fixed-width columns may be padded with blanks."""

_permohonan_with_status = _with_last_status(
    _permohonan, _statuspermohonan, "dpi_id", sa.func.trim(_place, type_=sa.String).label("wilayah")
)

_STATUSES = {
    "TERBIT": LicenseStatus.ACTIVE,
    "AKTIF": LicenseStatus.ACTIVE,
    "HABIS": LicenseStatus.EXPIRED,
    "HABIS MASA": LicenseStatus.EXPIRED,
    "BEKU": LicenseStatus.SUSPENDED,
    "DIBEKUKAN": LicenseStatus.SUSPENDED,
    "CABUT": LicenseStatus.REVOKED,
    "DICABUT": LicenseStatus.REVOKED,
}

_APPLICATION_STATUSES = {
    "MASUK": LicenseApplicationStatus.SUBMITTED,
    "PROSES": LicenseApplicationStatus.IN_REVIEW,
    "KEMBALI": LicenseApplicationStatus.RETURNED,
    "SETUJU": LicenseApplicationStatus.APPROVED,
    "TOLAK": LicenseApplicationStatus.REJECTED,
}

_KINDS = {
    "BARU": LicenseApplicationKind.NEW,
    "PERPANJANGAN": LicenseApplicationKind.RENEWAL,
    "PERUBAHAN": LicenseApplicationKind.CHANGE,
}

_NO_TAX_NUMBER = ("", "-", "0", "00.000.000.0-000.000")
_FRESH_FOR = timedelta(minutes=15)
_STALE_FOR = timedelta(days=7)

LICENSE_TYPES = Mapping(
    record=LicenseType,
    source=SOURCE.name,
    selectable=_jenisizin,
    columns={
        "id": column("kode", decoder=text()),
        "code": column("kode", decoder=text()),
        "name": column("nama", decoder=text()),
        "fee": column("biaya", decoder=money(TANGERANG.currency, nulls=("", "-", "0"))),
        "promised_time": column("waktu", decoder=duration()),
    },
    fresh_for=timedelta(days=1),
    stale_for=timedelta(days=30),
    unique_key=True,
)

LICENSES = Mapping(
    record=License,
    source=SOURCE.name,
    selectable=_izin_with_status,
    columns={
        "id": column("izin_id", decoder=number_key()),
        "number": column("izin_no_sk", decoder=text()),
        "type_code": column("izin_kode_jenis", decoder=text()),
        "status": column("status", decoder=codes(_STATUSES)),
        "issued_at": column("izin_tglterbit", decoder=local_date("%Y-%m-%d"), sorts_as="izin_id"),
        "valid_until": column("izin_tglberakhir", decoder=local_date("%Y-%m-%d")),
        "business_name": column("izin_namausaha", decoder=prose()),
        "area_bps_code": column("izin_kecamatan", decoder=bps_code(bps.DISTRICT), area_level=AreaLevel.DISTRICT),
        "holder_nik": column("izin_ktp", decoder=nik()),
        "holder_name": column("izin_nama", decoder=prose()),
    },
    fresh_for=_FRESH_FOR,
    stale_for=_STALE_FOR,
)

LICENSE_APPLICATIONS = Mapping(
    record=LicenseApplication,
    source=SOURCE.name,
    selectable=_permohonan_with_status,
    columns={
        "id": column("dpi_id", decoder=number_key()),
        "license_type_code": column("dpi_jenisizin", decoder=text()),
        "kind": column("dpi_jenispermohonan", decoder=codes(_KINDS)),
        "status": column("status", decoder=codes(_APPLICATION_STATUSES)),
        "submitted_at": column("dpi_tanggal", decoder=long_date(), sorts_as="dpi_id"),
        "business_name": column("dpi_namausaha", decoder=prose()),
        "area_bps_code": column("wilayah", decoder=bps_code(bps.DISTRICT, bps.VILLAGE)),
        "tax_number": column("dpi_npwp", decoder=text(nulls=_NO_TAX_NUMBER)),
        "applicant_nik": column("dpi_no_ident", decoder=nik()),
    },
    fresh_for=_FRESH_FOR,
    stale_for=_STALE_FOR,
)

LICENSE_APPLICATION_WRITING = Writing(
    mapping=LICENSE_APPLICATIONS,
    new=(
        NewRow(
            _permohonan,
            ("license_type_code", "kind", "submitted_at", "business_name", "tax_number"),
            columns={
                "applicant_nik": column("dpi_no_ident", decoder=nik(written_as="##.##.##.######.####")),
                # Of a business only its district is written: the village is asked for at the counter.
                "area_bps_code": column("dpi_kecamatan", decoder=bps_code(bps.DISTRICT)),
            },
        ),
        NewRow(
            _statuspermohonan,
            ("status",),
            columns={"submitted_at": column("tgl", decoder=local_date("%Y-%m-%d"))},
            key_in="dpi_id",
        ),
    ),
    found_by=("applicant_nik", "license_type_code", "submitted_at", "business_name"),
)

SUBJECT = Subject(SOURCE, (LICENSES, LICENSE_APPLICATIONS, LICENSE_TYPES), writings=(LICENSE_APPLICATION_WRITING,))
