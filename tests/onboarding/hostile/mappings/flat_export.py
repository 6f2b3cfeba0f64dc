"""Service Requests: the finished mapping of the schema `flat_export`."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from connectors.decoders import codes, local_datetime, number_key, position, prose, text
from connectors.departments.city import TANGERANG
from connectors.mapping import Mapping, column
from connectors.sources import Source, Subject
from models.complaints import Complaint, ComplaintCategory, ComplaintChannel, ComplaintStatus, ComplaintStatusDetail

SOURCE = Source(name="flat_export", department="diskominfo", title="Service Requests")

_service_requests = sa.table(
    "service_requests",
    sa.column("unique_key", sa.Integer),
    sa.column("created_date", sa.String(20)),
    sa.column("complaint_type", sa.String(40)),
    sa.column("descriptor", sa.Text),
    sa.column("incident_address", sa.String(80)),
    sa.column("status", sa.String(20)),
    sa.column("open_data_channel_type", sa.String(20)),
    sa.column("latitude", sa.Float),
    sa.column("longitude", sa.Float),
)

_service_requests_complaint_type = (
    sa.select(
        _service_requests.c.complaint_type.label("code"),
        _service_requests.c.complaint_type.label("name"),
    )
    .where(_service_requests.c.complaint_type.is_not(None))
    .distinct()
    .subquery("service_requests_complaint_type")
)

COMPLAINT_CATEGORIES = Mapping(
    record=ComplaintCategory,
    source=SOURCE.name,
    selectable=_service_requests_complaint_type,
    columns={
        "id": column("code", decoder=text()),
        "code": column("code", decoder=text()),
        "name": column("name", decoder=text()),
    },
    fresh_for=timedelta(minutes=5),
    unique_key=True,
)

_COMPLAINTS_STATUS = {
    "Assigned": ComplaintStatus.OPEN,
    "Open": ComplaintStatus.OPEN,
    "Closed": ComplaintStatus.CLOSED,
}

_COMPLAINTS_STATUS_DETAIL = {
    "Open": ComplaintStatusDetail.WAITING,
    "Assigned": ComplaintStatusDetail.IN_PROGRESS,
    "Closed": ComplaintStatusDetail.DONE,
}

_COMPLAINTS_CHANNEL = {
    "MOBILE": ComplaintChannel.APP,
    "ONLINE": ComplaintChannel.WEB,
    "PHONE": ComplaintChannel.PHONE,
}

COMPLAINTS = Mapping(
    record=Complaint,
    source=SOURCE.name,
    selectable=_service_requests,
    columns={
        "id": column("unique_key", decoder=number_key()),
        "category_code": column("complaint_type", decoder=text()),
        "status": column("status", decoder=codes(_COMPLAINTS_STATUS)),
        "status_detail": column("status", decoder=codes(_COMPLAINTS_STATUS_DETAIL)),
        "channel": column("open_data_channel_type", decoder=codes(_COMPLAINTS_CHANNEL)),
        "requested_at": column(
            "created_date",
            decoder=local_datetime("%Y-%m-%d %H:%M:%S", TANGERANG.time_zone),
            sorts_as="unique_key",
        ),
        "position": column("latitude", "longitude", decoder=position(TANGERANG.box)),
        "address": column("incident_address", decoder=prose()),
        "description": column("descriptor", decoder=prose()),
    },
    fresh_for=timedelta(minutes=5),
    unique_key=True,
)


SUBJECT = Subject(SOURCE, (COMPLAINT_CATEGORIES, COMPLAINTS))
