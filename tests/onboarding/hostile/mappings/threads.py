"""Help Desk: the finished mapping of the schema `threads`."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from connectors.decoders import codes, local_datetime, nik, number_key, prose, text
from connectors.departments.city import TANGERANG
from connectors.mapping import Mapping, column, column_is_null
from connectors.sources import Source, Subject
from models.complaints import Complaint, ComplaintCategory, ComplaintStatus, ComplaintStatusDetail, StatusChange

SOURCE = Source(name="threads", department="diskominfo", title="Help Desk")

_customers = sa.table(
    "customers",
    sa.column("id", sa.Integer),
    sa.column("national_id", sa.String(20)),
)

_tickets = sa.table(
    "tickets",
    sa.column("id", sa.Integer),
    sa.column("parent_id", sa.Integer),
    sa.column("customer_id", sa.Integer),
    sa.column("queue", sa.String(20)),
    sa.column("body", sa.Text),
    sa.column("status", sa.Integer),
    sa.column("created_at", sa.DateTime),
)

_tickets_queue = (
    sa.select(
        _tickets.c.queue.label("code"),
        _tickets.c.queue.label("name"),
    )
    .where(_tickets.c.queue.is_not(None))
    .distinct()
    .subquery("tickets_queue")
)

COMPLAINT_CATEGORIES = Mapping(
    record=ComplaintCategory,
    source=SOURCE.name,
    selectable=_tickets_queue,
    columns={
        "id": column("code", decoder=text()),
        "code": column("code", decoder=text()),
        "name": column("name", decoder=text()),
    },
    fresh_for=timedelta(minutes=5),
    unique_key=True,
)

_tickets_replies = (
    sa.select(
        _tickets.c.id,
        _tickets.c.parent_id,
        _tickets.c.body,
        _tickets.c.status,
        _tickets.c.created_at,
    )
    .where(_tickets.c.parent_id.is_not(None))
    .subquery("tickets_replies")
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
        _tickets.c.id,
        _tickets.c.parent_id,
        _tickets.c.queue,
        _tickets.c.body,
        _tickets.c.status,
        sa.func.to_char(_tickets.c.created_at, "YYYY-MM-DD HH24:MI:SS", type_=sa.String).label("created_at"),
        _customers.c.national_id,
    )
    .select_from(sa.outerjoin(_tickets, _customers, _customers.c.id == _tickets.c.customer_id))
    .subquery("t")
)

COMPLAINTS = Mapping(
    record=Complaint,
    source=SOURCE.name,
    selectable=_complaints_rows,
    columns={
        "id": column("id", decoder=number_key()),
        "category_code": column("queue", decoder=text()),
        "status": column("status", decoder=codes(_COMPLAINTS_STATUS)),
        "status_detail": column("status", decoder=codes(_COMPLAINTS_STATUS_DETAIL)),
        "requested_at": column("created_at", decoder=local_datetime("%Y-%m-%d %H:%M:%S", TANGERANG.time_zone)),
        "description": column("body", decoder=prose()),
        "reporter_nik": column("national_id", decoder=nik()),
    },
    alive=column_is_null("parent_id"),
    fresh_for=timedelta(minutes=5),
    unique_key=True,
)

_complaint_status_changes_rows = (
    sa.select(
        _tickets_replies.c.id,
        _tickets_replies.c.parent_id,
        _tickets_replies.c.body,
        _tickets_replies.c.status,
        sa.func.to_char(_tickets_replies.c.created_at, "YYYY-MM-DD HH24:MI:SS", type_=sa.String).label("created_at"),
        _customers.c.national_id,
    )
    .select_from(
        sa.outerjoin(
            sa.outerjoin(_tickets_replies, _tickets, _tickets.c.id == _tickets_replies.c.parent_id),
            _customers,
            _customers.c.id == _tickets.c.customer_id,
        ),
    )
    .subquery("t")
)

COMPLAINT_STATUS_CHANGES = Mapping(
    record=StatusChange,
    source=SOURCE.name,
    selectable=_complaint_status_changes_rows,
    columns={
        "id": column("id", decoder=number_key()),
        "complaint_id": column("parent_id", decoder=number_key()),
        "at": column("created_at", decoder=local_datetime("%Y-%m-%d %H:%M:%S", TANGERANG.time_zone), sorts_as="id"),
        "status_detail": column("status", decoder=codes(_COMPLAINTS_STATUS_DETAIL)),
        "note": column("body", decoder=prose()),
        "reporter_nik": column("national_id", decoder=nik()),
    },
    fresh_for=timedelta(minutes=5),
    unique_key=True,
)


SUBJECT = Subject(SOURCE, (COMPLAINT_CATEGORIES, COMPLAINTS, COMPLAINT_STATUS_CHANGES))
