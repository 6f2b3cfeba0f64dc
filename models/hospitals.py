"""Hospitals: where they are, how many beds are free, and when their doctors are there (FHIR R4; BPJS Aplicares)."""

from __future__ import annotations

from datetime import datetime

from models.records import Record, field, to_many, to_one
from models.values.periods import Weekday as Weekday  # mappings of hospitals name it
from models.values.types import AreaCode, Position
from models.values.vocabulary import Vocabulary


class HospitalType(Vocabulary):
    """What a hospital is for (Kemenkes: jenis rumah sakit)."""

    GENERAL = "GENERAL", "Rumah sakit umum", "General hospital", "Treats all kinds of illness (RSU)"
    MOTHER_AND_CHILD = (
        "MOTHER_AND_CHILD",
        "Rumah sakit ibu dan anak",
        "Mother and child hospital",
        "For births, mothers and children (RSIA)",
    )
    SPECIAL = "SPECIAL", "Rumah sakit khusus", "Special hospital", "For one kind of illness or one organ (RSK)"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "The source says something that the hub does not know"


class HospitalClass(Vocabulary):
    """What a hospital is equipped for, from A, the most, to D (Kemenkes: kelas rumah sakit)."""

    A = "A", "Kelas A", "Class A", "All specialities and subspecialities; others refer to it"
    B = "B", "Kelas B", "Class B", "Most specialities and some subspecialities"
    C = "C", "Kelas C", "Class C", "The basic specialities and a few others"
    D = "D", "Kelas D", "Class D", "At least two of the basic specialities"
    D_PRATAMA = "D_PRATAMA", "Kelas D Pratama", "Class D Pratama", "Basic care where there is no other hospital"
    UNDETERMINED = "UNDETERMINED", "Belum ditetapkan", "Undetermined", "The ministry has not given it a class yet"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "The source says something that the hub does not know"


class CareClass(Vocabulary):
    """The class of care that a bed is for (BPJS Aplicares: kelas perawatan)."""

    VVIP = "VVIP", "VVIP", "VVIP", "A suite for one patient"
    VIP = "VIP", "VIP", "VIP", "A room for one patient"
    CLASS_1 = "CLASS_1", "Kelas 1", "Class 1", "A room for few patients"
    CLASS_2 = "CLASS_2", "Kelas 2", "Class 2", "A room for some patients"
    CLASS_3 = "CLASS_3", "Kelas 3", "Class 3", "A room for many patients"
    ICU = "ICU", "Perawatan intensif", "Intensive care", "Intensive care"
    ISOLATION = "ISOLATION", "Isolasi", "Isolation", "For patients who must be kept apart"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "The source says something that the hub does not know"


class Hospital(Record, name="hospitals"):
    """A hospital in the city (FHIR R4: Organization and Location).

    What is written of it is an institution's, and so is its phone number: none of it is personal.
    """

    id: str = field("The key of the hospital in its source")
    code: str = field("The ministry's code of the hospital (SIRS, 7 digits)", filter=True, sort=True)
    name: str | None = field("The name of the hospital", filter=True, sort=True)
    kind: HospitalType = field("What the hospital is for", filter=True, group=True)
    hospital_class: HospitalClass = field("What the hospital is equipped for", filter=True, group=True)
    owner: str | None = field("Who owns the hospital, as the ministry groups owners", filter=True, group=True)
    phone: str | None = field("The phone number of the hospital")
    address: str | None = field("The address of the hospital")
    area_code: AreaCode | None = field("The code of the district that it is in", filter=True, group=True)
    position: Position | None = field("Where the hospital is; approximate")

    area = to_one("areas", on={"area_code": "code"})
    beds = to_many("bed_availability", on={"id": "hospital_id"})
    schedules = to_many("practitioner_schedules", on={"id": "hospital_id"})


class BedAvailability(Record, name="bed_availability"):
    """How many beds of one class of care a hospital has, and how many of them are free (BPJS Aplicares).

    Counts of rooms: nothing here is about a patient. Each is as old as the oldest report that went into it.
    """

    id: str = field("The key of the count: that of the hospital and the class of care")
    hospital_id: str = field("The key of the hospital", group=True)
    care_class: CareClass = field("The class of care that the beds are for", filter=True, group=True)
    capacity: int | None = field("How many beds there are", filter=True, sort=True, measure=True)
    available: int | None = field("How many of the beds are free", filter=True, sort=True, measure=True)
    reported_at: datetime | None = field("When the oldest report that went into it was made", filter=True, sort=True)

    hospital = to_one("hospitals", on={"hospital_id": "id"})


class PractitionerSchedule(Record, name="practitioner_schedules"):
    """When a doctor can be seen in an outpatient clinic of a hospital (FHIR R4: PractitionerRole, availableTime).

    The doctor's name is a professional's at work, which the hospital itself publishes so that patients find the doctor;
    hence it is not personal here. Nothing else of the doctor is in the record.
    """

    id: str = field("The key of the schedule in its source")
    hospital_id: str = field("The key of the hospital", group=True)
    practitioner_name: str | None = field("The name of the doctor, as the hospital publishes it")
    service_name: str | None = field("The name of the clinic", filter=True, sort=True, group=True)
    weekday: Weekday = field("The day of the week", filter=True, group=True)
    opens: str | None = field("When it begins, local time, HH:MM", filter=True, sort=True)
    closes: str | None = field("When it ends, local time, HH:MM", filter=True, sort=True)
    quota: int | None = field("How many patients are seen at most")

    hospital = to_one("hospitals", on={"hospital_id": "id"})
