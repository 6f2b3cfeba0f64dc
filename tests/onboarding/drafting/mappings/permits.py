"""The licensing service: kinds of permits, the permits granted, and the files handed in for them."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from connectors.decoders import (
    bps,
    bps_code,
    codes,
    duration,
    local_date,
    money,
    nik,
    number_key,
    person_name,
    text,
)
from connectors.departments.city import TANGERANG
from connectors.mapping import Mapping, column, column_equals
from connectors.sources import Source, Subject
from models.licenses import (
    License,
    LicenseApplication,
    LicenseApplicationKind,
    LicenseApplicationStatus,
    LicenseStatus,
    LicenseType,
)

SOURCE = Source(name="permits", department="dpmptsp", title="Layanan Perizinan")

_jenis_perizinan = sa.table(
    "m_jenis_perizinan",
    sa.column("id_jp", sa.Integer),
    sa.column("kode_perizinan", sa.String(12)),
    sa.column("nama_perizinan", sa.String(120)),
    sa.column("retribusi", sa.Numeric),
    sa.column("lama_proses", sa.String(30)),
)

_berkas_permohonan = sa.table(
    "t_berkas_permohonan",
    sa.column("id_berkas", sa.Integer),
    sa.column("id_pemohon", sa.Integer),
    sa.column("id_jp", sa.Integer),
    sa.column("tipe_permohonan", sa.String(30)),
    sa.column("nama_perusahaan", sa.String(120)),
    sa.column("npwp_perusahaan", sa.String(25)),
    sa.column("lokasi_kelurahan", sa.String(10)),
    sa.column("waktu_pendaftaran", sa.DateTime),
    sa.column("posisi_berkas", sa.String(30)),
    sa.column("is_void", sa.String(1)),
)

_izin_terbit = sa.table(
    "t_izin_terbit",
    sa.column("id_izin", sa.Integer),
    sa.column("id_berkas", sa.Integer),
    sa.column("nomor_sk", sa.String(60)),
    sa.column("tanggal_penetapan", sa.Date),
    sa.column("tanggal_kadaluarsa", sa.Date),
    sa.column("status_izin", sa.Integer),
)

_pemohon = sa.table(
    "t_pemohon",
    sa.column("id_pemohon", sa.Integer),
    sa.column("no_identitas", sa.String(25)),
    sa.column("nama_lengkap", sa.String(100)),
)

_license_types_rows = sa.select(
    _jenis_perizinan.c.id_jp,
    _jenis_perizinan.c.kode_perizinan,
    _jenis_perizinan.c.nama_perizinan,
    sa.cast(_jenis_perizinan.c.retribusi, sa.String).label("retribusi"),
    _jenis_perizinan.c.lama_proses,
).subquery("t")

LICENSE_TYPES = Mapping(
    record=LicenseType,
    source=SOURCE.name,
    selectable=_license_types_rows,
    columns={
        "id": column("id_jp", decoder=number_key()),
        "code": column("kode_perizinan", decoder=text()),
        "name": column("nama_perizinan", decoder=text()),
        "fee": column("retribusi", decoder=money(TANGERANG.currency)),
        "promised_time": column("lama_proses", decoder=duration()),
    },
    fresh_for=timedelta(days=1),
    stale_for=timedelta(days=30),
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
        _izin_terbit.c.id_izin,
        _izin_terbit.c.nomor_sk,
        sa.func.substr(_izin_terbit.c.tanggal_penetapan, 1, 10, type_=sa.String).label("tanggal_penetapan"),
        sa.func.substr(_izin_terbit.c.tanggal_kadaluarsa, 1, 10, type_=sa.String).label("tanggal_kadaluarsa"),
        _izin_terbit.c.status_izin,
        _jenis_perizinan.c.kode_perizinan,
        _berkas_permohonan.c.nama_perusahaan,
        _berkas_permohonan.c.lokasi_kelurahan,
        _pemohon.c.no_identitas,
        _pemohon.c.nama_lengkap,
    )
    .select_from(
        sa.outerjoin(
            sa.outerjoin(
                sa.outerjoin(
                    _izin_terbit, _berkas_permohonan, _berkas_permohonan.c.id_berkas == _izin_terbit.c.id_berkas
                ),
                _jenis_perizinan,
                _jenis_perizinan.c.id_jp == _berkas_permohonan.c.id_jp,
            ),
            _pemohon,
            _pemohon.c.id_pemohon == _berkas_permohonan.c.id_pemohon,
        ),
    )
    .subquery("t")
)

LICENSES = Mapping(
    record=License,
    source=SOURCE.name,
    selectable=_licenses_rows,
    columns={
        "id": column("id_izin", decoder=number_key()),
        "number": column("nomor_sk", decoder=text()),
        "type_code": column("kode_perizinan", decoder=text()),
        "status": column("status_izin", decoder=codes(_LICENSES_STATUS)),
        "issued_at": column("tanggal_penetapan", decoder=local_date("%Y-%m-%d"), sorts_as="id_izin"),
        "valid_until": column("tanggal_kadaluarsa", decoder=local_date("%Y-%m-%d")),
        "business_name": column("nama_perusahaan", decoder=text()),
        "area_bps_code": column("lokasi_kelurahan", decoder=bps_code(bps.VILLAGE)),
        "holder_nik": column("no_identitas", decoder=nik()),
        "holder_name": column("nama_lengkap", decoder=person_name()),
    },
    fresh_for=timedelta(minutes=15),
    stale_for=timedelta(days=7),
    unique_key=True,
)

_LICENSE_APPLICATIONS_KIND = {
    "Permohonan Baru": LicenseApplicationKind.NEW,
    "Perpanjangan": LicenseApplicationKind.RENEWAL,
    "Perubahan Data": LicenseApplicationKind.CHANGE,
}

_LICENSE_APPLICATIONS_STATUS = {
    "Diterima Loket": LicenseApplicationStatus.SUBMITTED,
    "Verifikasi Teknis": LicenseApplicationStatus.IN_REVIEW,
    "Dikembalikan": LicenseApplicationStatus.RETURNED,
    "Disetujui": LicenseApplicationStatus.APPROVED,
    "Ditolak": LicenseApplicationStatus.REJECTED,
}

_license_applications_rows = (
    sa.select(
        _berkas_permohonan.c.id_berkas,
        _berkas_permohonan.c.tipe_permohonan,
        _berkas_permohonan.c.nama_perusahaan,
        _berkas_permohonan.c.npwp_perusahaan,
        _berkas_permohonan.c.lokasi_kelurahan,
        sa.func.substr(_berkas_permohonan.c.waktu_pendaftaran, 1, 10, type_=sa.String).label("waktu_pendaftaran"),
        _berkas_permohonan.c.posisi_berkas,
        _berkas_permohonan.c.is_void,
        _jenis_perizinan.c.kode_perizinan,
        _pemohon.c.no_identitas,
    )
    .select_from(
        sa.outerjoin(
            sa.outerjoin(_berkas_permohonan, _jenis_perizinan, _jenis_perizinan.c.id_jp == _berkas_permohonan.c.id_jp),
            _pemohon,
            _pemohon.c.id_pemohon == _berkas_permohonan.c.id_pemohon,
        ),
    )
    .subquery("t")
)

LICENSE_APPLICATIONS = Mapping(
    record=LicenseApplication,
    source=SOURCE.name,
    selectable=_license_applications_rows,
    columns={
        "id": column("id_berkas", decoder=number_key()),
        "license_type_code": column("kode_perizinan", decoder=text()),
        "kind": column("tipe_permohonan", decoder=codes(_LICENSE_APPLICATIONS_KIND)),
        "status": column("posisi_berkas", decoder=codes(_LICENSE_APPLICATIONS_STATUS)),
        "submitted_at": column("waktu_pendaftaran", decoder=local_date("%Y-%m-%d"), sorts_as="id_berkas"),
        "business_name": column("nama_perusahaan", decoder=text()),
        "area_bps_code": column("lokasi_kelurahan", decoder=bps_code(bps.VILLAGE)),
        "tax_number": column("npwp_perusahaan", decoder=text()),
        "applicant_nik": column("no_identitas", decoder=nik()),
    },
    alive=column_equals("is_void", "0"),
    fresh_for=timedelta(minutes=15),
    stale_for=timedelta(days=7),
    unique_key=True,
)

SUBJECT = Subject(SOURCE, (LICENSE_TYPES, LICENSES, LICENSE_APPLICATIONS))
