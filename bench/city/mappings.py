"""Mappings of the clean tables: the same records as in every city, over codes, texts and times that need no repair."""

from __future__ import annotations

import sqlalchemy as sa

from connectors.decoders import area_code, bps_code, codes, local_date, local_datetime, nik, number_key, position, text
from connectors.departments import areas, complaints, jobs
from connectors.departments.city import TANGERANG
from connectors.mapping import MappedColumn, Mapping, column, column_equals
from models.areas import Area, AreaLevel
from models.complaints import (
    Complaint,
    ComplaintCategory,
    ComplaintChannel,
    ComplaintStatus,
    ComplaintStatusDetail,
    Publication,
)
from models.jobs import EducationLevel, EmploymentType, JobPosting, JobPostingStatus, PostingVerification
from models.values.vocabulary import Vocabulary

_FRESH_FOR = None
"""Nothing promises to be fresh, so that nothing is answered from a cache: the peers have none."""
_text = text(nulls=())
_moment = local_datetime("%Y-%m-%dT%H:%M:%S+07:00", TANGERANG.time_zone)
_day = local_date("%Y-%m-%d")
_area_code = area_code(TANGERANG.area_code_shapes)
_department_code = codes({department.code: department.code for department in TANGERANG.departments})


def _table(name: str, *columns: str) -> sa.TableClause:
    return sa.table(name, sa.column("id", sa.Integer), *(sa.column(column, sa.Text) for column in columns))


def _code(name: str, kind: type[Vocabulary]) -> MappedColumn:
    return column(name, decoder=codes({member.value: member for member in kind}))


def _texts(*names: str) -> dict[str, MappedColumn]:
    return {name: column(name, decoder=_text) for name in names}


AREAS = Mapping(
    record=Area,
    source=areas.SOURCE.name,
    selectable=_table(
        "clean_areas", "code", "name", "level", "parent_code", "bps_code", "postal_code", "latitude", "longitude"
    ),
    columns={
        "id": column("id", decoder=number_key()),
        "code": column("code", decoder=_area_code),
        "level": _code("level", AreaLevel),
        "parent_code": column("parent_code", decoder=_area_code),
        "bps_code": column("bps_code", decoder=bps_code()),
        "position": column("latitude", "longitude", decoder=position(TANGERANG.box)),
        **_texts("name", "postal_code"),
    },
    fresh_for=_FRESH_FOR,
)

CATEGORIES = Mapping(
    record=ComplaintCategory,
    source=complaints.SOURCE.name,
    selectable=sa.table("clean_categories", *(sa.column(name, sa.Text) for name in ("code", "name", "wider"))),
    columns={
        "id": column("code", decoder=_text),
        "group": column("wider", decoder=_text),
        **_texts("code", "name"),
    },
    fresh_for=_FRESH_FOR,
)

COMPLAINTS = Mapping(
    record=Complaint,
    source=complaints.SOURCE.name,
    selectable=_table(
        "clean_complaints", "ticket_number", "category_code", "status", "status_detail", "publication", "channel",
        "requested_at", "area_code", "department_code", "address", "description", "reporter_nik",
    ),
    columns={
        "id": column("id", decoder=number_key()),
        "status": _code("status", ComplaintStatus),
        "status_detail": _code("status_detail", ComplaintStatusDetail),
        "publication": _code("publication", Publication),
        "channel": _code("channel", ComplaintChannel),
        "requested_at": column("requested_at", decoder=_moment, sorts_as="id"),
        "area_code": column("area_code", decoder=_area_code),
        "department_code": column("department_code", decoder=_department_code),
        "reporter_nik": column("reporter_nik", decoder=nik()),
        **_texts("ticket_number", "category_code", "address", "description"),
    },
    fresh_for=_FRESH_FOR,
)  # fmt: skip

POSTINGS = Mapping(
    record=JobPosting,
    source=jobs.SOURCE.name,
    selectable=_table(
        "clean_postings", "title", "hiring_organization", "description", "industry", "employment_type", "education",
        "date_posted", "valid_through", "status", "verification", "area_code", "location",
    ),
    columns={
        "id": column("id", decoder=number_key()),
        "employment_type": _code("employment_type", EmploymentType),
        "education": _code("education", EducationLevel),
        "date_posted": column("date_posted", decoder=_day),
        "valid_through": column("valid_through", decoder=_day),
        "status": _code("status", JobPostingStatus),
        "verification": _code("verification", PostingVerification),
        "area_code": column("area_code", decoder=_area_code),
        **_texts("title", "hiring_organization", "description", "industry", "location"),
    },
    alive=column_equals("verification", "VERIFIED"),
    fresh_for=_FRESH_FOR,
)  # fmt: skip
