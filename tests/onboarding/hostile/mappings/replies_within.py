"""Situs Desa: the finished mapping of the schema `replies_within`."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from connectors.decoders import codes, local_datetime, nik, number_key, prose
from connectors.departments.city import TANGERANG
from connectors.mapping import Mapping, column, column_is_null
from connectors.sources import Source, Subject
from models.complaints import Complaint, ComplaintStatus, ComplaintStatusDetail, StatusChange

SOURCE = Source(name="replies_within", department="diskominfo", title="Situs Desa")

_pengaduan = sa.table(
    "pengaduan",
    sa.column("id", sa.Integer),
    sa.column("id_pengaduan", sa.Integer),
    sa.column("nik", sa.String(16)),
    sa.column("isi", sa.Text),
    sa.column("status", sa.Integer),
    sa.column("created_at", sa.DateTime),
)

_pengaduan_replies = (
    sa.select(
        _pengaduan.c.id,
        _pengaduan.c.id_pengaduan,
        _pengaduan.c.isi,
        _pengaduan.c.created_at,
    )
    .where(_pengaduan.c.id_pengaduan.is_not(None))
    .subquery("pengaduan_replies")
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

_complaints_rows = sa.select(
    _pengaduan.c.id,
    _pengaduan.c.id_pengaduan,
    _pengaduan.c.nik,
    _pengaduan.c.isi,
    _pengaduan.c.status,
    sa.func.substr(_pengaduan.c.created_at, 1, 19, type_=sa.String).label("created_at"),
).subquery("t")

COMPLAINTS = Mapping(
    record=Complaint,
    source=SOURCE.name,
    selectable=_complaints_rows,
    columns={
        "id": column("id", decoder=number_key()),
        "status": column("status", decoder=codes(_COMPLAINTS_STATUS)),
        "status_detail": column("status", decoder=codes(_COMPLAINTS_STATUS_DETAIL)),
        "requested_at": column("created_at", decoder=local_datetime("%Y-%m-%d %H:%M:%S", TANGERANG.time_zone)),
        "description": column("isi", decoder=prose()),
        "reporter_nik": column("nik", decoder=nik()),
    },
    alive=column_is_null("id_pengaduan"),
    fresh_for=timedelta(minutes=5),
    unique_key=True,
)

_complaint_status_changes_rows = (
    sa.select(
        _pengaduan_replies.c.id,
        _pengaduan_replies.c.id_pengaduan,
        _pengaduan_replies.c.isi,
        sa.func.substr(_pengaduan_replies.c.created_at, 1, 19, type_=sa.String).label("created_at"),
        _pengaduan.c.nik,
    )
    .select_from(sa.outerjoin(_pengaduan_replies, _pengaduan, _pengaduan.c.id == _pengaduan_replies.c.id_pengaduan))
    .subquery("t")
)

COMPLAINT_STATUS_CHANGES = Mapping(
    record=StatusChange,
    source=SOURCE.name,
    selectable=_complaint_status_changes_rows,
    columns={
        "id": column("id", decoder=number_key()),
        "complaint_id": column("id_pengaduan", decoder=number_key()),
        "at": column("created_at", decoder=local_datetime("%Y-%m-%d %H:%M:%S", TANGERANG.time_zone), sorts_as="id"),
        "note": column("isi", decoder=prose()),
        "reporter_nik": column("nik", decoder=nik()),
    },
    fresh_for=timedelta(minutes=5),
    unique_key=True,
)


SUBJECT = Subject(SOURCE, (COMPLAINTS, COMPLAINT_STATUS_CHANGES))
