"""Hospitals in the graph: where they are, how many beds are free, and when their doctors are there."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from models import areas as area_records
from models import hospitals as records
from models.areas import AreaBasis
from models.hospitals import CareClass, HospitalClass, HospitalType, Weekday
from schema.core.entity import Entity
from schema.core.fields import all_of, by_key, label_of, many, one, search
from schema.core.places import GeoPosition, distance_of_position
from schema.core.relay import Connection
from schema.core.smallest_area import smallest_area, smallest_area_basis, smallest_area_basis_label

if TYPE_CHECKING:
    from schema.areas import Area


@strawberry.type(
    description=(
        "How many beds of one class of care a hospital has, and how many of them are free (BPJS Aplicares). "
        "`provenance` says how old the count is: as old as the oldest report that went into it."
    )
)
class BedAvailability(Entity, of=records.BedAvailability):
    care_class: CareClass
    care_class_label: str = label_of("care_class")
    capacity: int | None
    available: int | None
    reported_at: datetime | None
    hospital: Annotated[Hospital, strawberry.lazy("schema.hospitals")] | None = one(records.Hospital, "The hospital.")


@strawberry.type(
    description="When a doctor can be seen in a clinic of a hospital (FHIR R4: PractitionerRole, availableTime)."
)
class PractitionerSchedule(Entity, of=records.PractitionerSchedule):
    practitioner_name: str | None
    service_name: str | None
    weekday: Weekday
    weekday_label: str = label_of("weekday")
    opens: str | None
    closes: str | None
    quota: int | None
    hospital: Annotated[Hospital, strawberry.lazy("schema.hospitals")] | None = one(records.Hospital, "The hospital.")


@strawberry.type(description="A hospital in the city (FHIR R4: Organization and Location).")
class Hospital(Entity, of=records.Hospital):
    code: str
    name: str | None
    kind: HospitalType
    kind_label: str = label_of("kind")
    hospital_class: HospitalClass
    hospital_class_label: str = label_of("hospital_class")
    owner: str | None
    phone: str | None
    address: str | None
    area: Annotated[Area, strawberry.lazy("schema.areas")] | None = one(
        area_records.Area, "The district that it is in."
    )
    smallest_area: Annotated[Area, strawberry.lazy("schema.areas")] | None = smallest_area()
    smallest_area_basis: AreaBasis | None = smallest_area_basis()
    smallest_area_basis_label: str | None = smallest_area_basis_label()
    position: GeoPosition | None
    distance_meters: float | None = distance_of_position()
    beds: list[BedAvailability] | None = all_of(records.BedAvailability, "Its beds, counted by class of care.")
    schedules: Connection[PractitionerSchedule] | None = many(
        records.PractitionerSchedule, "When its doctors can be seen."
    )


@strawberry.type
class HospitalQuery:
    hospital: Hospital | None = by_key(
        records.Hospital, "One hospital, by its id or the ministry's code.", "id", "code"
    )
    hospitals: Connection[Hospital] | None = search(records.Hospital, "All hospitals.")
    beds: Connection[BedAvailability] | None = search(
        records.BedAvailability, "The beds of all hospitals, counted by class of care."
    )
