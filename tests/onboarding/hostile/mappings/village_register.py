"""Sistem Informasi Desa: the finished mapping of the schema `village_register`."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from connectors.decoders import codes, local_datetime, nik, number_key, prose, text
from connectors.departments.city import TANGERANG
from connectors.mapping import Mapping, column
from connectors.sources import Source, Subject
from models.complaints import Complaint, ComplaintCategory, ComplaintStatus, ComplaintStatusDetail

SOURCE = Source(name="village_register", department="diskominfo", title="Sistem Informasi Desa")

_pengaduan = sa.table(
    "tbl_pengaduan",
    sa.column("id", sa.Integer),
    sa.column("id_pend", sa.Integer),
    sa.column("isi", sa.Text),
    sa.column("status", sa.Integer),
    sa.column("kategori", sa.String(30)),
    sa.column("tgl_upload", sa.DateTime),
)

_penduduk = sa.table(
    "tweb_penduduk",
    sa.column("id", sa.Integer),
    sa.column("nik", sa.String(16)),
)

_pengaduan_kategori = (
    sa.select(
        _pengaduan.c.kategori.label("code"),
        _pengaduan.c.kategori.label("name"),
    )
    .where(_pengaduan.c.kategori.is_not(None))
    .distinct()
    .subquery("pengaduan_kategori")
)

COMPLAINT_CATEGORIES = Mapping(
    record=ComplaintCategory,
    source=SOURCE.name,
    selectable=_pengaduan_kategori,
    columns={
        "id": column("code", decoder=text()),
        "code": column("code", decoder=text()),
        "name": column("name", decoder=text()),
    },
    fresh_for=timedelta(minutes=5),
    unique_key=True,
)

_COMPLAINTS_STATUS = {
    1: ComplaintStatus.OPEN,
    2: ComplaintStatus.OPEN,
    3: ComplaintStatus.CLOSED,
}

_COMPLAINTS_STATUS_DETAIL = {
    1: ComplaintStatusDetail.WAITING,
    2: ComplaintStatusDetail.IN_PROGRESS,
    3: ComplaintStatusDetail.DONE,
}

_complaints_rows = (
    sa.select(
        _pengaduan.c.id,
        _pengaduan.c.isi,
        _pengaduan.c.status,
        _pengaduan.c.kategori,
        sa.func.to_char(_pengaduan.c.tgl_upload, "YYYY-MM-DD HH24:MI:SS", type_=sa.String).label("tgl_upload"),
        _penduduk.c.nik,
    )
    .select_from(sa.outerjoin(_pengaduan, _penduduk, _penduduk.c.id == _pengaduan.c.id_pend))
    .subquery("t")
)

COMPLAINTS = Mapping(
    record=Complaint,
    source=SOURCE.name,
    selectable=_complaints_rows,
    columns={
        "id": column("id", decoder=number_key()),
        "category_code": column("kategori", decoder=text()),
        "status": column("status", decoder=codes(_COMPLAINTS_STATUS)),
        "status_detail": column("status", decoder=codes(_COMPLAINTS_STATUS_DETAIL)),
        "requested_at": column(
            "tgl_upload",
            decoder=local_datetime("%Y-%m-%d %H:%M:%S", TANGERANG.time_zone),
            sorts_as="id",
        ),
        "description": column("isi", decoder=prose()),
        "reporter_nik": column("nik", decoder=nik()),
    },
    fresh_for=timedelta(minutes=5),
    unique_key=True,
)


SUBJECT = Subject(SOURCE, (COMPLAINT_CATEGORIES, COMPLAINTS))
