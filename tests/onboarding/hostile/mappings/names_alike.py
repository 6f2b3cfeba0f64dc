"""Report Desk: the finished mapping of the schema `names_alike`."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from connectors.decoders import codes, local_datetime, nik, number_key, prose, text
from connectors.departments.city import TANGERANG
from connectors.mapping import Mapping, column, column_is_null
from connectors.sources import Source, Subject
from models.complaints import Complaint, ComplaintCategory, ComplaintStatus, ComplaintStatusDetail, StatusChange

SOURCE = Source(name="names_alike", department="diskominfo", title="Report Desk")

_m_report = sa.table(
    "m_report",
    sa.column("id", sa.Integer),
    sa.column("code", sa.String(2)),
    sa.column("name", sa.String(30)),
    sa.column("group", sa.String(20)),
)

_t_report = sa.table(
    "t_report",
    sa.column("id", sa.Integer),
    sa.column("report_id", sa.Integer),
    sa.column("class", sa.String(20)),
    sa.column("text", sa.Text),
    sa.column("created_at", sa.DateTime),
)

_tbl_report = sa.table(
    "tbl_report",
    sa.column("id", sa.Integer),
    sa.column("type", sa.Integer),
    sa.column("No. Ticket", sa.String(12)),
    sa.column("text", sa.Text),
    sa.column("class", sa.String(20)),
    sa.column("created_at", sa.DateTime),
    sa.column("deleted_at", sa.DateTime),
    sa.column("national id", sa.String(20)),
)

COMPLAINT_CATEGORIES = Mapping(
    record=ComplaintCategory,
    source=SOURCE.name,
    selectable=_m_report,
    columns={
        "id": column("id", decoder=number_key()),
        "code": column("code", decoder=text()),
        "name": column("name", decoder=text()),
        "group": column("group", decoder=text()),
    },
    fresh_for=timedelta(minutes=5),
    unique_key=True,
)

_COMPLAINTS_STATUS = {
    "in progress": ComplaintStatus.OPEN,
    "waiting": ComplaintStatus.OPEN,
    "done": ComplaintStatus.CLOSED,
}

_COMPLAINTS_STATUS_DETAIL = {
    "waiting": ComplaintStatusDetail.WAITING,
    "in progress": ComplaintStatusDetail.IN_PROGRESS,
    "done": ComplaintStatusDetail.DONE,
}

_complaints_rows = (
    sa.select(
        _tbl_report.c.id,
        _tbl_report.c["No. Ticket"],
        _tbl_report.c.text,
        _tbl_report.c["class"],
        sa.func.substr(_tbl_report.c.created_at, 1, 19, type_=sa.String).label("created_at"),
        _tbl_report.c.deleted_at,
        _tbl_report.c["national id"],
        _m_report.c.code,
    )
    .select_from(sa.outerjoin(_tbl_report, _m_report, _m_report.c.id == _tbl_report.c.type))
    .subquery("t")
)

COMPLAINTS = Mapping(
    record=Complaint,
    source=SOURCE.name,
    selectable=_complaints_rows,
    columns={
        "id": column("id", decoder=number_key()),
        "ticket_number": column("No. Ticket", decoder=text()),
        "category_code": column("code", decoder=text()),
        "status": column("class", decoder=codes(_COMPLAINTS_STATUS)),
        "status_detail": column("class", decoder=codes(_COMPLAINTS_STATUS_DETAIL)),
        "requested_at": column(
            "created_at",
            decoder=local_datetime("%Y-%m-%d %H:%M:%S", TANGERANG.time_zone),
            sorts_as="id",
        ),
        "description": column("text", decoder=prose()),
        "reporter_nik": column("national id", decoder=nik()),
    },
    alive=column_is_null("deleted_at"),
    fresh_for=timedelta(minutes=5),
    unique_key=True,
)

_complaint_status_changes_rows = (
    sa.select(
        _t_report.c.id,
        _t_report.c.report_id,
        _t_report.c["class"],
        _t_report.c.text,
        sa.func.substr(_t_report.c.created_at, 1, 19, type_=sa.String).label("created_at"),
        _tbl_report.c["national id"],
    )
    .select_from(sa.outerjoin(_t_report, _tbl_report, _tbl_report.c.id == _t_report.c.report_id))
    .subquery("t")
)

COMPLAINT_STATUS_CHANGES = Mapping(
    record=StatusChange,
    source=SOURCE.name,
    selectable=_complaint_status_changes_rows,
    columns={
        "id": column("id", decoder=number_key()),
        "complaint_id": column("report_id", decoder=number_key()),
        "at": column("created_at", decoder=local_datetime("%Y-%m-%d %H:%M:%S", TANGERANG.time_zone), sorts_as="id"),
        "status_detail": column("class", decoder=codes(_COMPLAINTS_STATUS_DETAIL)),
        "note": column("text", decoder=prose()),
        "reporter_nik": column("national id", decoder=nik()),
    },
    fresh_for=timedelta(minutes=5),
    unique_key=True,
)

SUBJECT = Subject(SOURCE, (COMPLAINT_CATEGORIES, COMPLAINTS, COMPLAINT_STATUS_CHANGES))
