"""The service desk: complaints of a web framework, joined to the users that reported them."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from connectors.decoders import area_code, codes, local_datetime, nik, number_key, position, prose, text
from connectors.departments.city import TANGERANG
from connectors.mapping import Mapping, column, column_is_null
from connectors.sources import Source, Subject
from models.complaints import (
    Complaint,
    ComplaintCategory,
    ComplaintChannel,
    ComplaintStatus,
    ComplaintStatusDetail,
    Publication,
    StatusChange,
)

SOURCE = Source(name="desk", department="diskominfo", title="Service desk")

_categories = sa.table(
    "categories",
    sa.column("id", sa.Integer),
    sa.column("slug", sa.String(40)),
    sa.column("name", sa.String(80)),
    sa.column("group_name", sa.String(40)),
)

_request_updates = sa.table(
    "request_updates",
    sa.column("id", sa.Integer),
    sa.column("service_request_id", sa.Integer),
    sa.column("state", sa.String(20)),
    sa.column("message", sa.Text),
    sa.column("created_at", sa.DateTime),
)

_service_requests = sa.table(
    "service_requests",
    sa.column("id", sa.Integer),
    sa.column("reference", sa.String(20)),
    sa.column("category_id", sa.Integer),
    sa.column("user_id", sa.Integer),
    sa.column("body", sa.Text),
    sa.column("address", sa.String(200)),
    sa.column("latitude", sa.Numeric),
    sa.column("longitude", sa.Numeric),
    sa.column("state", sa.String(20)),
    sa.column("visibility", sa.String(20)),
    sa.column("channel", sa.String(20)),
    sa.column("village_code", sa.String(13)),
    sa.column("agency", sa.String(10)),
    sa.column("created_at", sa.DateTime),
    sa.column("deleted_at", sa.DateTime),
)

_users = sa.table(
    "users",
    sa.column("id", sa.Integer),
    sa.column("national_id", sa.String(20)),
)

COMPLAINT_CATEGORIES = Mapping(
    record=ComplaintCategory,
    source=SOURCE.name,
    selectable=_categories,
    columns={
        "id": column("id", decoder=number_key()),
        "code": column("slug", decoder=text()),
        "name": column("name", decoder=text()),
        "group": column("group_name", decoder=text()),
    },
    fresh_for=timedelta(days=1),
    stale_for=timedelta(days=30),
    unique_key=True,
)

_COMPLAINTS_STATUS = {
    "in_progress": ComplaintStatus.OPEN,
    "received": ComplaintStatus.OPEN,
    "rejected": ComplaintStatus.CLOSED,
    "resolved": ComplaintStatus.CLOSED,
}

_COMPLAINTS_STATUS_DETAIL = {
    "received": ComplaintStatusDetail.WAITING,
    "in_progress": ComplaintStatusDetail.IN_PROGRESS,
    "resolved": ComplaintStatusDetail.DONE,
    "rejected": ComplaintStatusDetail.DONE,
}

_COMPLAINTS_PUBLICATION = {
    "public": Publication.PUBLIC,
    "anonymous": Publication.ANONYMOUS,
    "private": Publication.CONFIDENTIAL,
}

_COMPLAINTS_CHANNEL = {
    "android": ComplaintChannel.APP,
    "ios": ComplaintChannel.APP,
    "web": ComplaintChannel.WEB,
    "hotline": ComplaintChannel.PHONE,
    "instagram": ComplaintChannel.SOCIAL_MEDIA,
    "desk": ComplaintChannel.WALK_IN,
}

_COMPLAINTS_DEPARTMENT_CODE = {
    "DISHUB": "dishub",
    "DLH": "dlh",
    "DPUPR": "dpupr",
}

_complaints_rows = (
    sa.select(
        _service_requests.c.id,
        _service_requests.c.reference,
        _service_requests.c.body,
        _service_requests.c.address,
        sa.cast(_service_requests.c.latitude, sa.String).label("latitude"),
        sa.cast(_service_requests.c.longitude, sa.String).label("longitude"),
        _service_requests.c.state,
        _service_requests.c.visibility,
        _service_requests.c.channel,
        _service_requests.c.village_code,
        _service_requests.c.agency,
        sa.func.to_char(_service_requests.c.created_at, "YYYY-MM-DD HH24:MI:SS", type_=sa.String).label("created_at"),
        _service_requests.c.deleted_at,
        _categories.c.slug,
        _users.c.national_id,
    )
    .select_from(
        sa.outerjoin(
            sa.outerjoin(_service_requests, _categories, _categories.c.id == _service_requests.c.category_id),
            _users,
            _users.c.id == _service_requests.c.user_id,
        ),
    )
    .subquery("t")
)

COMPLAINTS = Mapping(
    record=Complaint,
    source=SOURCE.name,
    selectable=_complaints_rows,
    columns={
        "id": column("id", decoder=number_key()),
        "ticket_number": column("reference", decoder=text()),
        "category_code": column("slug", decoder=text()),
        "status": column("state", decoder=codes(_COMPLAINTS_STATUS)),
        "status_detail": column("state", decoder=codes(_COMPLAINTS_STATUS_DETAIL)),
        "publication": column("visibility", decoder=codes(_COMPLAINTS_PUBLICATION)),
        "channel": column("channel", decoder=codes(_COMPLAINTS_CHANNEL)),
        "requested_at": column(
            "created_at",
            decoder=local_datetime("%Y-%m-%d %H:%M:%S", ZoneInfo("UTC")),
            sorts_as="id",
        ),
        "area_code": column("village_code", decoder=area_code(TANGERANG.area_code_shapes[2:])),
        "department_code": column("agency", decoder=codes(_COMPLAINTS_DEPARTMENT_CODE)),
        "position": column("latitude", "longitude", decoder=position(TANGERANG.box)),
        "address": column("address", decoder=prose()),
        "description": column("body", decoder=prose()),
        "reporter_nik": column("national_id", decoder=nik()),
    },
    alive=column_is_null("deleted_at"),
    fresh_for=timedelta(minutes=1),
    stale_for=timedelta(hours=12),
    unique_key=True,
)

_complaint_status_changes_rows = (
    sa.select(
        _request_updates.c.id,
        _request_updates.c.service_request_id,
        _request_updates.c.state,
        _request_updates.c.message,
        sa.func.to_char(_request_updates.c.created_at, "YYYY-MM-DD HH24:MI:SS", type_=sa.String).label("created_at"),
        _service_requests.c.visibility,
        _service_requests.c.agency,
        _service_requests.c.deleted_at,
        _users.c.national_id,
    )
    .select_from(
        sa.outerjoin(
            sa.outerjoin(
                _request_updates,
                _service_requests,
                _service_requests.c.id == _request_updates.c.service_request_id,
            ),
            _users,
            _users.c.id == _service_requests.c.user_id,
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
        "complaint_id": column("service_request_id", decoder=number_key()),
        "at": column("created_at", decoder=local_datetime("%Y-%m-%d %H:%M:%S", ZoneInfo("UTC"))),
        "status_detail": column("state", decoder=codes(_COMPLAINTS_STATUS_DETAIL)),
        "note": column("message", decoder=prose()),
        "publication": column("visibility", decoder=codes(_COMPLAINTS_PUBLICATION)),
        "department_code": column("agency", decoder=codes(_COMPLAINTS_DEPARTMENT_CODE)),
        "reporter_nik": column("national_id", decoder=nik()),
    },
    alive=column_is_null("deleted_at"),
    fresh_for=timedelta(minutes=1),
    stale_for=timedelta(hours=12),
    unique_key=True,
)

SUBJECT = Subject(SOURCE, (COMPLAINT_CATEGORIES, COMPLAINTS, COMPLAINT_STATUS_CHANGES))
