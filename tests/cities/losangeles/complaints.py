"""MyLA311: requests for service, with dates as Americans write them and the names of things for codes."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from connectors.decoders import codes, position, prose, text, unpadded_datetime
from connectors.files.kind import Files
from connectors.files.tables import FileTable
from connectors.mapping import Mapping, column
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
from tests.cities.losangeles.city import COUNCILS, LOS_ANGELES

SOURCE = Source(
    name="myla311",
    department="ita",
    title="MyLA311",
    kind=Files(
        (
            FileTable("requests", "la311_requests_*.csv", unique=("srnumber",)),
            FileTable("request_types", "la311_request_types.csv", unique=("data_code",)),
            FileTable("agencies", "la311_agencies.csv", unique=("agency_id",)),
        ),
        zone=LOS_ANGELES.time_zone,
    ),
)

_requests = sa.table(
    "requests",
    sa.column("srnumber", sa.String(20)),
    sa.column("requesttype", sa.String(60)),
    sa.column("status", sa.String(20)),
    sa.column("createddate", sa.String(20)),
    sa.column("closeddate", sa.String(20)),
    sa.column("requestsource", sa.String(40)),
    sa.column("owner", sa.String(10)),
    sa.column("anonymous", sa.String(1)),
    sa.column("latitude", sa.String(20)),
    sa.column("longitude", sa.String(20)),
    sa.column("address", sa.String(200)),
    sa.column("nc", sa.String(10)),
)
_types = sa.table(
    "request_types",
    sa.column("data_code", sa.String(60)),
    sa.column("type_name", sa.String(60)),
    sa.column("agency_id", sa.String(10)),
)
_agencies = sa.table("agencies", sa.column("agency_id", sa.String(10)), sa.column("agency_name", sa.String(100)))

_STATUSES = {
    "Open": ComplaintStatus.OPEN,
    "Pending": ComplaintStatus.OPEN,
    "Closed": ComplaintStatus.CLOSED,
    "Cancelled": ComplaintStatus.CLOSED,
    # Handed to somebody who is not the city; the system gives it a day of closing.
    "Referred Out": ComplaintStatus.CLOSED,
}
_DETAILS = {
    "Open": ComplaintStatusDetail.WAITING,
    "Pending": ComplaintStatusDetail.IN_PROGRESS,
    "Closed": ComplaintStatusDetail.DONE,
    "Cancelled": ComplaintStatusDetail.DONE,
    "Referred Out": ComplaintStatusDetail.DONE,
}
_CHANNELS = {
    "Call": ComplaintChannel.PHONE,
    "Mobile App": ComplaintChannel.APP,
    "Self Service": ComplaintChannel.WEB,
    "Council's Office": ComplaintChannel.WALK_IN,
    # The crews themselves, and two ways for which the graph has no word.
    "Driver Self Report": ComplaintChannel.UNKNOWN,
    "Email": ComplaintChannel.UNKNOWN,
    "Letter": ComplaintChannel.UNKNOWN,
}
_OWNERS = {
    "BOS": "bos",
    # The same bureau under its newer name.
    "LASAN": "bos",
    "BSL": "bsl",
    "BSS": "bss",
    "ITA": "ita",
    "LADWP": "ladwp",
    "OCB": "ocb",
}
_PUBLICATIONS = {"N": Publication.PUBLIC, "Y": Publication.ANONYMOUS}

_moment = unpadded_datetime("%m/%d/%y %H:%M", LOS_ANGELES.time_zone)
_FRESH_FOR = timedelta(days=1)

COMPLAINTS = Mapping(
    record=Complaint,
    source=SOURCE.name,
    selectable=_requests,
    columns={
        "id": column("srnumber", decoder=text()),
        "ticket_number": column("srnumber", decoder=text()),
        "category_code": column("requesttype", decoder=text()),
        "status": column("status", decoder=codes(_STATUSES)),
        "status_detail": column("status", decoder=codes(_DETAILS)),
        "publication": column("anonymous", decoder=codes(_PUBLICATIONS)),
        "channel": column("requestsource", decoder=codes(_CHANNELS)),
        "requested_at": column("createddate", decoder=_moment),
        "area_code": column("nc", decoder=codes(COUNCILS)),
        "department_code": column("owner", decoder=codes(_OWNERS)),
        "position": column("latitude", "longitude", decoder=position(LOS_ANGELES.box)),
        "address": column("address", decoder=prose()),
    },
    fresh_for=_FRESH_FOR,
)

CATEGORIES = Mapping(
    record=ComplaintCategory,
    source=SOURCE.name,
    selectable=sa.select(_types, _agencies.c.agency_name)
    .join_from(_types, _agencies, _agencies.c.agency_id == _types.c.agency_id, isouter=True)
    .subquery("t"),
    columns={
        "id": column("data_code", decoder=text()),
        "code": column("data_code", decoder=text()),
        "name": column("type_name", decoder=text()),
        "group": column("agency_name", decoder=text()),
    },
    fresh_for=_FRESH_FOR,
    unique_key=True,
)

_closings = sa.select(_requests).where(_requests.c.closeddate.is_not(None)).subquery("t")
"""The one step that the file keeps of the handling of a request."""

STATUS_CHANGES = Mapping(
    record=StatusChange,
    source=SOURCE.name,
    selectable=_closings,
    columns={
        "id": column("srnumber", decoder=text()),
        "complaint_id": column("srnumber", decoder=text()),
        "at": column("closeddate", decoder=_moment),
        "status_detail": column("status", decoder=codes(_DETAILS)),
        "publication": column("anonymous", decoder=codes(_PUBLICATIONS)),
        "department_code": column("owner", decoder=codes(_OWNERS)),
    },
    fresh_for=_FRESH_FOR,
)

SUBJECT = Subject(SOURCE, (CATEGORIES, COMPLAINTS, STATUS_CHANGES))
