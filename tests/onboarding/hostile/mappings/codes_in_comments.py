"""SIM Perizinan: the finished mapping of the schema `codes_in_comments`."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from connectors.decoders import amount, bps, bps_code, codes, duration, local_date, nik, number_key, person_name, text
from connectors.departments.city import TANGERANG
from connectors.mapping import Mapping, column
from connectors.sources import Source, Subject
from models.licenses import (
    License,
    LicenseApplication,
    LicenseApplicationKind,
    LicenseApplicationStatus,
    LicenseStatus,
    LicenseType,
)

SOURCE = Source(name="codes_in_comments", department="dpmptsp", title="SIM Perizinan")

_jenis = sa.table(
    "m_jenis",
    sa.column("id", sa.Integer),
    sa.column("kode", sa.String(6)),
    sa.column("nama", sa.String(60)),
    sa.column("biaya", sa.Numeric),
    sa.column("lama", sa.String(30)),
)

_pemohon = sa.table(
    "pemohon",
    sa.column("id", sa.Integer),
    sa.column("no_ktp", sa.String(20)),
    sa.column("nama", sa.String(60)),
)

_izin = sa.table(
    "t_izin",
    sa.column("id", sa.Integer),
    sa.column("no_sk", sa.String(30)),
    sa.column("jenis", sa.Integer),
    sa.column("stat", sa.Integer),
    sa.column("tgl_terbit", sa.Date),
    sa.column("tgl_akhir", sa.Date),
    sa.column("id_pemohon", sa.Integer),
    sa.column("nm_usaha", sa.String(60)),
    sa.column("kec_bps", sa.String(7)),
)

_permohonan = sa.table(
    "t_permohonan",
    sa.column("id", sa.Integer),
    sa.column("jenis", sa.Integer),
    sa.column("macam", sa.String(12)),
    sa.column("stat", sa.Integer),
    sa.column("tgl_masuk", sa.Date),
    sa.column("id_pemohon", sa.Integer),
    sa.column("nm_usaha", sa.String(60)),
)

_license_types_rows = sa.select(
    _jenis.c.id,
    _jenis.c.kode,
    _jenis.c.nama,
    sa.cast(_jenis.c.biaya, sa.String).label("biaya"),
    _jenis.c.lama,
).subquery("t")

LICENSE_TYPES = Mapping(
    record=LicenseType,
    source=SOURCE.name,
    selectable=_license_types_rows,
    columns={
        "id": column("id", decoder=number_key()),
        "code": column("kode", decoder=text()),
        "name": column("nama", decoder=text()),
        "fee": column("biaya", decoder=amount(TANGERANG.currency, "{}.00", digits_max=12)),
        "promised_time": column("lama", decoder=duration()),
    },
    fresh_for=timedelta(hours=1),
    unique_key=True,
)

_LICENSES_STATUS = {
    1: LicenseStatus.ACTIVE,
    2: LicenseStatus.EXPIRED,
    3: LicenseStatus.SUSPENDED,
    4: LicenseStatus.REVOKED,
}

_licenses_rows = (
    sa.select(
        _izin.c.id,
        _izin.c.no_sk,
        _izin.c.stat,
        sa.func.substr(_izin.c.tgl_terbit, 1, 10, type_=sa.String).label("tgl_terbit"),
        sa.func.substr(_izin.c.tgl_akhir, 1, 10, type_=sa.String).label("tgl_akhir"),
        _izin.c.nm_usaha,
        _izin.c.kec_bps,
        _jenis.c.kode,
        _pemohon.c.no_ktp,
        _pemohon.c.nama,
    )
    .select_from(
        sa.outerjoin(
            sa.outerjoin(_izin, _jenis, _jenis.c.id == _izin.c.jenis),
            _pemohon,
            _pemohon.c.id == _izin.c.id_pemohon,
        ),
    )
    .subquery("t")
)

LICENSES = Mapping(
    record=License,
    source=SOURCE.name,
    selectable=_licenses_rows,
    columns={
        "id": column("id", decoder=number_key()),
        "number": column("no_sk", decoder=text()),
        "type_code": column("kode", decoder=text()),
        "status": column("stat", decoder=codes(_LICENSES_STATUS)),
        "issued_at": column("tgl_terbit", decoder=local_date("%Y-%m-%d"), sorts_as="id"),
        "valid_until": column("tgl_akhir", decoder=local_date("%Y-%m-%d"), sorts_as="id"),
        "business_name": column("nm_usaha", decoder=text()),
        "area_bps_code": column("kec_bps", decoder=bps_code(bps.DISTRICT)),
        "holder_nik": column("no_ktp", decoder=nik()),
        "holder_name": column("nama", decoder=person_name()),
    },
    fresh_for=timedelta(hours=1),
    unique_key=True,
)

_LICENSE_APPLICATIONS_KIND = {
    "BARU": LicenseApplicationKind.NEW,
    "PERPANJANGAN": LicenseApplicationKind.RENEWAL,
    "PERUBAHAN": LicenseApplicationKind.CHANGE,
}

_LICENSE_APPLICATIONS_STATUS = {
    0: LicenseApplicationStatus.SUBMITTED,
    1: LicenseApplicationStatus.IN_REVIEW,
    2: LicenseApplicationStatus.RETURNED,
    3: LicenseApplicationStatus.APPROVED,
    4: LicenseApplicationStatus.REJECTED,
}

_license_applications_rows = (
    sa.select(
        _permohonan.c.id,
        _permohonan.c.macam,
        _permohonan.c.stat,
        sa.func.substr(_permohonan.c.tgl_masuk, 1, 10, type_=sa.String).label("tgl_masuk"),
        _permohonan.c.nm_usaha,
        _jenis.c.kode,
        _pemohon.c.no_ktp,
    )
    .select_from(
        sa.outerjoin(
            sa.outerjoin(_permohonan, _jenis, _jenis.c.id == _permohonan.c.jenis),
            _pemohon,
            _pemohon.c.id == _permohonan.c.id_pemohon,
        ),
    )
    .subquery("t")
)

LICENSE_APPLICATIONS = Mapping(
    record=LicenseApplication,
    source=SOURCE.name,
    selectable=_license_applications_rows,
    columns={
        "id": column("id", decoder=number_key()),
        "license_type_code": column("kode", decoder=text()),
        "kind": column("macam", decoder=codes(_LICENSE_APPLICATIONS_KIND)),
        "status": column("stat", decoder=codes(_LICENSE_APPLICATIONS_STATUS)),
        "submitted_at": column("tgl_masuk", decoder=local_date("%Y-%m-%d"), sorts_as="id"),
        "business_name": column("nm_usaha", decoder=text()),
        "applicant_nik": column("no_ktp", decoder=nik()),
    },
    fresh_for=timedelta(hours=1),
    unique_key=True,
)

SUBJECT = Subject(SOURCE, (LICENSE_TYPES, LICENSES, LICENSE_APPLICATIONS))
