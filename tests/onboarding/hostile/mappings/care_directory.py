"""Care Directory: the finished mapping of the schema `care_directory`."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from connectors.decoders import area_code, codes, number_key, text, time_of_day, whole_number
from connectors.departments.city import TANGERANG
from connectors.mapping import Mapping, column
from connectors.sources import Source, Subject
from models.hospitals import BedAvailability, CareClass, Hospital, HospitalType, PractitionerSchedule, Weekday

SOURCE = Source(name="care_directory", department="dinkes", title="Care Directory")

_beds = sa.table(
    "beds",
    sa.column("facility_id", sa.Integer),
    sa.column("ward_class", sa.String(7)),
    sa.column("occupied", sa.Integer),
)

_consultation_hours = sa.table(
    "consultation_hours",
    sa.column("id", sa.Integer),
    sa.column("facility_id", sa.Integer),
    sa.column("clinic", sa.String(30)),
    sa.column("day_no", sa.Integer),
    sa.column("from_time", sa.Time),
    sa.column("to_time", sa.Time),
    sa.column("max_patients", sa.Integer),
)

_facilities = sa.table(
    "facilities",
    sa.column("id", sa.Integer),
    sa.column("sirs_code", sa.String(7)),
    sa.column("facility_name", sa.String(80)),
    sa.column("type", sa.String(20)),
    sa.column("ownership", sa.String(20)),
    sa.column("street", sa.String(80)),
    sa.column("hotline", sa.String(20)),
    sa.column("district_code", sa.String(8)),
)

_beds_counts = (
    sa.select(
        _beds.c.facility_id,
        _beds.c.ward_class,
        sa.func.count().label("capacity"),
        sa.func.count(sa.case((_beds.c.occupied == 0, 1))).label("available"),
    )
    .group_by(_beds.c.facility_id, _beds.c.ward_class)
    .subquery("beds_counts")
)

_HOSPITALS_KIND = {
    "General": HospitalType.GENERAL,
    "Maternity": HospitalType.MOTHER_AND_CHILD,
    "Special": HospitalType.SPECIAL,
}

HOSPITALS = Mapping(
    record=Hospital,
    source=SOURCE.name,
    selectable=_facilities,
    columns={
        "id": column("id", decoder=number_key()),
        "code": column("sirs_code", decoder=text()),
        "name": column("facility_name", decoder=text(), publishes="names of hospitals, not of people"),
        "kind": column("type", decoder=codes(_HOSPITALS_KIND)),
        "owner": column("ownership", decoder=text()),
        "phone": column("hotline", decoder=text(), publishes="the hospitals' own lines"),
        "address": column("street", decoder=text()),
        "area_code": column("district_code", decoder=area_code(TANGERANG.area_code_shapes[1:2])),
    },
    fresh_for=timedelta(days=1),
    unique_key=True,
)

_BED_AVAILABILITY_CARE_CLASS = {
    "VIP": CareClass.VIP,
    "Class 1": CareClass.CLASS_1,
    "Class 2": CareClass.CLASS_2,
    "Class 3": CareClass.CLASS_3,
}

_bed_availability_rows = sa.select(
    sa.cast(_beds_counts.c.facility_id, sa.String)
    .concat("-")
    .concat(sa.cast(_beds_counts.c.ward_class, sa.String))
    .label("row_key"),
    _beds_counts.c.facility_id,
    _beds_counts.c.ward_class,
    _beds_counts.c.capacity,
    _beds_counts.c.available,
).subquery("t")

BED_AVAILABILITY = Mapping(
    record=BedAvailability,
    source=SOURCE.name,
    selectable=_bed_availability_rows,
    columns={
        "id": column("row_key", decoder=text()),
        "hospital_id": column("facility_id", decoder=number_key()),
        "care_class": column("ward_class", decoder=codes(_BED_AVAILABILITY_CARE_CLASS)),
        "capacity": column("capacity", decoder=whole_number()),
        "available": column("available", decoder=whole_number()),
    },
    fresh_for=timedelta(days=1),
    unique_key=True,
)

_PRACTITIONER_SCHEDULES_WEEKDAY = {
    1: Weekday.MONDAY,
    2: Weekday.TUESDAY,
    3: Weekday.WEDNESDAY,
    4: Weekday.THURSDAY,
    5: Weekday.FRIDAY,
}

_practitioner_schedules_rows = sa.select(
    _consultation_hours.c.id,
    _consultation_hours.c.facility_id,
    _consultation_hours.c.clinic,
    _consultation_hours.c.day_no,
    sa.func.substr(_consultation_hours.c.from_time, 1, 5, type_=sa.String).label("from_time"),
    sa.func.substr(_consultation_hours.c.to_time, 1, 5, type_=sa.String).label("to_time"),
    _consultation_hours.c.max_patients,
).subquery("t")

PRACTITIONER_SCHEDULES = Mapping(
    record=PractitionerSchedule,
    source=SOURCE.name,
    selectable=_practitioner_schedules_rows,
    columns={
        "id": column("id", decoder=number_key()),
        "hospital_id": column("facility_id", decoder=number_key()),
        "service_name": column("clinic", decoder=text()),
        "weekday": column("day_no", decoder=codes(_PRACTITIONER_SCHEDULES_WEEKDAY)),
        "opens": column("from_time", decoder=time_of_day()),
        "closes": column("to_time", decoder=time_of_day()),
        "quota": column("max_patients", decoder=whole_number()),
    },
    fresh_for=timedelta(days=1),
    unique_key=True,
)

SUBJECT = Subject(SOURCE, (HOSPITALS, BED_AVAILABILITY, PRACTITIONER_SCHEDULES))
