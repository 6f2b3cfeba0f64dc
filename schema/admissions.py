"""Admissions in the graph: schools for everybody, applications for those whom they concern."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from models import admissions as records
from models import areas as area_records
from models import citizens as citizen_records
from models.admissions import (
    AdmissionPathway,
    AdmissionStatus,
    DocumentVerification,
    SchoolLevel,
    SchoolOwnership,
)
from models.areas import AreaBasis
from schema.core.entity import Entity
from schema.core.fields import by_key, label_of, many, one, raw_of, search
from schema.core.places import GeoPosition, distance_of_position
from schema.core.relay import Connection
from schema.core.smallest_area import smallest_area, smallest_area_basis, smallest_area_basis_label

if TYPE_CHECKING:
    from schema.areas import Area
    from schema.citizens import Citizen


@strawberry.type(description="A school (schema.org School).")
class School(Entity, of=records.School):
    npsn: str
    name: str | None
    level: SchoolLevel
    level_label: str = label_of("level")
    ownership: SchoolOwnership
    ownership_label: str = label_of("ownership")
    address: str | None
    area: Annotated[Area, strawberry.lazy("schema.areas")] | None = one(area_records.Area, "The village that it is in.")
    smallest_area: Annotated[Area, strawberry.lazy("schema.areas")] | None = smallest_area()
    smallest_area_basis: AreaBasis | None = smallest_area_basis()
    smallest_area_basis_label: str | None = smallest_area_basis_label()
    position: GeoPosition | None
    distance_meters: float | None = distance_of_position()
    quota: int | None
    applications: Connection[Annotated[AdmissionApplication, strawberry.lazy("schema.admissions")]] | None = many(
        records.AdmissionApplication, "The applications for a place there that the viewer may know of."
    )


@strawberry.type(
    description="A pupil's application for a place at a school; only its applicant and the department see it."
)
class AdmissionApplication(Entity, of=records.AdmissionApplication):
    registration_number: str | None
    school: School | None = one(records.School, "The school; null where the list of schools does not have it.")
    pathway: AdmissionPathway
    pathway_label: str = label_of("pathway")
    pathway_raw: str | None = raw_of("pathway")
    status: AdmissionStatus
    status_label: str = label_of("status")
    status_raw: str | None = raw_of("status")
    verification: DocumentVerification
    verification_label: str = label_of("verification")
    submitted_at: datetime | None
    applicant_nik: str | None
    pupil_number: str | None
    pupil_name: str | None
    birth_date: date | None
    applicant: Annotated[Citizen, strawberry.lazy("schema.citizens")] | None = one(
        citizen_records.Citizen, "Who holds the resident number on the application."
    )


@strawberry.type
class AdmissionQuery:
    school: School | None = by_key(records.School, "One school, by its id or the ministry's number.", "id", "npsn")
    schools: Connection[School] | None = search(records.School, "All schools.")
    admission_application: AdmissionApplication | None = by_key(
        records.AdmissionApplication, "One application, by its id; null where the viewer may not know of it.", "id"
    )
    admission_applications: Connection[AdmissionApplication] | None = search(
        records.AdmissionApplication, "The applications that the viewer may know of."
    )
