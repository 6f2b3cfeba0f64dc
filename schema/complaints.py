"""Complaints in the graph: what residents report, and what the city does about it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from models import areas as area_records
from models import complaints as records
from models.complaints import ComplaintChannel, ComplaintStatus, ComplaintStatusDetail, ComplaintUrgency, Publication
from schema import complaint_limits
from schema.complaint_limits import HandlingTime
from schema.departments import Department, department_of
from schema.entity import Entity
from schema.fields import by_key, label_of, many, one, raw_of, search
from schema.places import GeoPosition, distance_of
from schema.relay import Connection

if TYPE_CHECKING:
    from schema.areas import Area


@strawberry.type(description="A kind of problem that complaints are grouped by (Open311: a service).")
class ComplaintCategory(Entity, of=records.ComplaintCategory):
    code: str
    name: str | None
    group: str | None
    complaints: Connection[Annotated[Complaint, strawberry.lazy("schema.complaints")]] | None = many(
        records.Complaint, "Complaints of this kind."
    )


@strawberry.type(description="One step in the handling of a complaint.")
class StatusChange(Entity, of=records.StatusChange):
    at: datetime | None
    status_detail: ComplaintStatusDetail
    status_detail_label: str = label_of("status_detail")
    status_detail_raw: str | None = raw_of("status_detail")
    note: str | None


@strawberry.type(description="A report by a resident, and what the city did about it (Open311: a service request).")
class Complaint(Entity, of=records.Complaint):
    ticket_number: str | None
    category: ComplaintCategory | None = one(records.ComplaintCategory, "The kind of problem.")
    status: ComplaintStatus
    status_label: str = label_of("status")
    status_raw: str | None = raw_of("status")
    status_detail: ComplaintStatusDetail
    status_detail_label: str = label_of("status_detail")
    status_detail_raw: str | None = raw_of("status_detail")
    publication: Publication
    publication_label: str = label_of("publication")
    channel: ComplaintChannel
    channel_label: str = label_of("channel")
    requested_at: datetime | None
    department: Department | None = department_of("department_code", "The department that handles it.")
    area: Annotated[Area, strawberry.lazy("schema.areas")] | None = one(area_records.Area, "The area that it is about.")
    position: GeoPosition | None
    distance_meters: float | None = distance_of("position")
    address: str | None
    description: str | None
    reporter_nik: str | None
    due_at: datetime | None = complaint_limits.due_at()
    is_overdue: bool | None = complaint_limits.is_overdue()
    urgency: ComplaintUrgency | None = complaint_limits.urgency()
    urgency_label: str | None = complaint_limits.urgency_label()
    time_to_first_response: HandlingTime | None = complaint_limits.time_to_first_response()
    time_to_resolution: HandlingTime | None = complaint_limits.time_to_resolution()
    history: Connection[StatusChange] | None = many(records.StatusChange, "The steps of its handling.")


@strawberry.type
class ComplaintQuery:
    complaint: Complaint | None = by_key(
        records.Complaint, "One complaint, by its id or its ticket number.", "id", "ticket_number"
    )
    complaints: Connection[Complaint] | None = search(records.Complaint, "All complaints.")
    complaint_categories: Connection[ComplaintCategory] | None = search(
        records.ComplaintCategory, "The kinds of problems."
    )
