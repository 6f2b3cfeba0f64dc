"""Complaints in the graph: what residents report, and what the city does about it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from models import areas as area_records
from models import complaints as records
from models.actions.feedback import ComplaintStage
from models.areas import AreaBasis
from models.complaints import ComplaintChannel, ComplaintStatus, ComplaintStatusDetail, ComplaintUrgency, Publication
from models.values.position_accuracy import PositionAccuracy
from schema.actions import feedback as complaint_feedback
from schema.actions.feedback import ComplaintFeedback
from schema.aggregates import complaint_limits
from schema.aggregates.complaint_limits import HandlingTime
from schema.core.entity import Entity
from schema.core.fields import by_key, label_of, many, one, raw_of, search
from schema.core.places import GeoPosition, distance_of_position, position_accuracy_label_of, position_accuracy_of
from schema.core.relay import Connection
from schema.core.smallest_area import smallest_area, smallest_area_basis, smallest_area_basis_label
from schema.departments import Department, department_of

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
    smallest_area: Annotated[Area, strawberry.lazy("schema.areas")] | None = smallest_area()
    smallest_area_basis: AreaBasis | None = smallest_area_basis()
    smallest_area_basis_label: str | None = smallest_area_basis_label()
    position: GeoPosition | None
    position_accuracy: PositionAccuracy | None = position_accuracy_of("position")
    position_accuracy_label: str | None = position_accuracy_label_of("position")
    distance_meters: float | None = distance_of_position()
    address: str | None
    description: str | None
    reporter_nik: str | None
    due_at: datetime | None = complaint_limits.due_at()
    is_overdue: bool | None = complaint_limits.is_overdue()
    urgency: ComplaintUrgency | None = complaint_limits.urgency()
    urgency_label: str | None = complaint_limits.urgency_label()
    last_change_at: datetime | None = complaint_limits.last_change_at()
    time_to_first_response: HandlingTime | None = complaint_limits.time_to_first_response()
    time_to_resolution: HandlingTime | None = complaint_limits.time_to_resolution()
    stage: ComplaintStage | None = complaint_feedback.stage()
    stage_label: str | None = complaint_feedback.stage_label()
    supporters: int | None = complaint_feedback.supporters()
    feedback: ComplaintFeedback | None = complaint_feedback.feedback()
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
