"""Works Desk: the finished mapping of the schema `tempting_joins`."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from connectors.decoders import area_code, codes, local_datetime, number_key, prose, text
from connectors.departments.city import TANGERANG
from connectors.mapping import Mapping, column
from connectors.sources import Source, Subject
from models.complaints import Complaint, ComplaintCategory, ComplaintStatus, ComplaintStatusDetail, StatusChange

SOURCE = Source(name="tempting_joins", department="diskominfo", title="Works Desk")

_issue_log = sa.table(
    "issue_log",
    sa.column("id", sa.Integer),
    sa.column("issue_id", sa.Integer),
    sa.column("logged_at", sa.DateTime),
    sa.column("state", sa.Integer),
    sa.column("remark", sa.Text),
)

_issues = sa.table(
    "issues",
    sa.column("id", sa.Integer),
    sa.column("ref_no", sa.String(12)),
    sa.column("topic", sa.String(20)),
    sa.column("details", sa.Text),
    sa.column("state", sa.Integer),
    sa.column("district_code", sa.String(8)),
    sa.column("opened_at", sa.DateTime),
    sa.column("agency", sa.String(10)),
)

_issues_topic = (
    sa.select(
        _issues.c.topic.label("code"),
        _issues.c.topic.label("name"),
    )
    .where(_issues.c.topic.is_not(None))
    .distinct()
    .subquery("issues_topic")
)

COMPLAINT_CATEGORIES = Mapping(
    record=ComplaintCategory,
    source=SOURCE.name,
    selectable=_issues_topic,
    columns={
        "id": column("code", decoder=text()),
        "code": column("code", decoder=text()),
        "name": column("name", decoder=text()),
    },
    fresh_for=timedelta(minutes=5),
    unique_key=True,
)

_COMPLAINTS_STATUS = {
    0: ComplaintStatus.OPEN,
    1: ComplaintStatus.OPEN,
    2: ComplaintStatus.CLOSED,
}

_COMPLAINTS_STATUS_DETAIL = {
    0: ComplaintStatusDetail.WAITING,
    1: ComplaintStatusDetail.IN_PROGRESS,
    2: ComplaintStatusDetail.DONE,
}

_COMPLAINTS_DEPARTMENT_CODE = {
    "dishub": "dishub",
    "dlh": "dlh",
    "dpupr": "dpupr",
}

_complaints_rows = sa.select(
    _issues.c.id,
    _issues.c.ref_no,
    _issues.c.topic,
    _issues.c.details,
    _issues.c.state,
    _issues.c.district_code,
    sa.func.to_char(_issues.c.opened_at, "YYYY-MM-DD HH24:MI:SS", type_=sa.String).label("opened_at"),
    _issues.c.agency,
).subquery("t")

COMPLAINTS = Mapping(
    record=Complaint,
    source=SOURCE.name,
    selectable=_complaints_rows,
    columns={
        "id": column("id", decoder=number_key()),
        "ticket_number": column("ref_no", decoder=text()),
        "category_code": column("topic", decoder=text()),
        "status": column("state", decoder=codes(_COMPLAINTS_STATUS)),
        "status_detail": column("state", decoder=codes(_COMPLAINTS_STATUS_DETAIL)),
        "requested_at": column(
            "opened_at",
            decoder=local_datetime("%Y-%m-%d %H:%M:%S", TANGERANG.time_zone),
            sorts_as="id",
        ),
        "area_code": column("district_code", decoder=area_code(TANGERANG.area_code_shapes[1:2])),
        "department_code": column("agency", decoder=codes(_COMPLAINTS_DEPARTMENT_CODE)),
        "description": column("details", decoder=prose()),
    },
    fresh_for=timedelta(minutes=5),
    unique_key=True,
)

_complaint_status_changes_rows = (
    sa.select(
        _issue_log.c.id,
        _issue_log.c.issue_id,
        sa.func.to_char(_issue_log.c.logged_at, "YYYY-MM-DD HH24:MI:SS", type_=sa.String).label("logged_at"),
        _issue_log.c.state,
        _issue_log.c.remark,
        _issues.c.agency,
    )
    .select_from(sa.outerjoin(_issue_log, _issues, _issues.c.id == _issue_log.c.issue_id))
    .subquery("t")
)

COMPLAINT_STATUS_CHANGES = Mapping(
    record=StatusChange,
    source=SOURCE.name,
    selectable=_complaint_status_changes_rows,
    columns={
        "id": column("id", decoder=number_key()),
        "complaint_id": column("issue_id", decoder=number_key()),
        "at": column("logged_at", decoder=local_datetime("%Y-%m-%d %H:%M:%S", TANGERANG.time_zone), sorts_as="id"),
        "status_detail": column("state", decoder=codes(_COMPLAINTS_STATUS_DETAIL)),
        "note": column("remark", decoder=prose()),
        "department_code": column("agency", decoder=codes(_COMPLAINTS_DEPARTMENT_CODE)),
    },
    fresh_for=timedelta(minutes=5),
    unique_key=True,
)

SUBJECT = Subject(SOURCE, (COMPLAINT_CATEGORIES, COMPLAINTS, COMPLAINT_STATUS_CHANGES))
