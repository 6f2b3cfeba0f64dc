"""Admissions: the schools of the city, and who applies for a place there (schema.org School)."""

from __future__ import annotations

from datetime import date, datetime

from models.records import PersonalClass, Record, field, to_many, to_one
from models.values.types import AreaCode, Nisn, PersonId, Position
from models.values.vocabulary import Vocabulary

_SPECIFIC = PersonalClass.SPECIFIC


class SchoolLevel(Vocabulary):
    """Which years of school a school teaches."""

    KINDERGARTEN = "KINDERGARTEN", "TK/RA", "Kindergarten", "Before school"
    PRIMARY = "PRIMARY", "SD/MI", "Primary school", "The first six years"
    LOWER_SECONDARY = "LOWER_SECONDARY", "SMP/MTs", "Lower secondary school", "Three more years"
    UPPER_SECONDARY = "UPPER_SECONDARY", "SMA/MA", "Upper secondary school", "The last three years, general"
    VOCATIONAL = "VOCATIONAL", "SMK", "Vocational school", "The last three years, with a trade"
    SPECIAL = "SPECIAL", "SLB", "Special school", "For pupils with special needs, of all years"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "The source says something that the hub does not know"


class SchoolOwnership(Vocabulary):
    """Who runs a school."""

    PUBLIC = "PUBLIC", "Negeri", "Public", "The state"
    PRIVATE = "PRIVATE", "Swasta", "Private", "A foundation or a company"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "The source says something that the hub does not know"


class AdmissionPathway(Vocabulary):
    """By which right a pupil applies (Permendikdasmen 3/2025)."""

    DOMICILE = "DOMICILE", "Domisili", "Domicile", "The pupil lives close by; until 2024 this was zoning"
    AFFIRMATION = "AFFIRMATION", "Afirmasi", "Affirmation", "The family is poor, or the pupil has a disability"
    ACHIEVEMENT = "ACHIEVEMENT", "Prestasi", "Achievement", "The pupil has good marks or has won something"
    TRANSFER = "TRANSFER", "Mutasi", "Transfer", "A parent was posted to the city, or teaches at the school"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "The source says something that the hub does not know"


class AdmissionStatus(Vocabulary):
    """How far an application is."""

    SUBMITTED = "SUBMITTED", "Terdaftar", "Submitted", "Received; the documents are being looked at"
    ACCEPTED = "ACCEPTED", "Diterima", "Accepted", "The pupil has the place"
    RESERVE = "RESERVE", "Cadangan", "Reserve", "The pupil has the place if somebody else gives it up"
    REJECTED = "REJECTED", "Tidak diterima", "Rejected", "The pupil does not have the place"
    ENROLLED = "ENROLLED", "Daftar ulang", "Enrolled", "The pupil has taken the place"
    WITHDRAWN = "WITHDRAWN", "Mengundurkan diri", "Withdrawn", "The pupil no longer wants the place"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "The source says something that the hub does not know"


class DocumentVerification(Vocabulary):
    """Whether a school has looked at the documents of an application."""

    PENDING = "PENDING", "Belum diverifikasi", "Pending", "Nobody has looked at them yet"
    VERIFIED = "VERIFIED", "Terverifikasi", "Verified", "They are as they should be"
    REFUSED = "REFUSED", "Ditolak", "Refused", "They are not"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "The source says something that the hub does not know"


class School(Record, name="schools"):
    """A school (schema.org School); its number is the ministry's and its key as well."""

    id: str = field("The key of the school in its source")
    npsn: str = field(
        "The official number of the school: in Indonesia the ministry's (NPSN, 8 digits)", filter=True, sort=True
    )
    name: str | None = field("The name of the school", filter=True, sort=True)
    level: SchoolLevel = field("Which years it teaches", filter=True, group=True)
    ownership: SchoolOwnership = field("Who runs it", filter=True, group=True)
    address: str | None = field("The address of the school")
    area_code: AreaCode | None = field("The code of the village that it is in", filter=True, group=True)
    position: Position | None = field("Where the school is")
    quota: int | None = field("How many new pupils it takes in a year", filter=True, sort=True, measure=True)

    area = to_one("areas", on={"area_code": "code"})
    applications = to_many("admission_applications", on={"npsn": "school_npsn"})


class AdmissionApplication(Record, name="admission_applications", owner="applicant_nik", only_open=True, rows=60_000):
    """A pupil's application for a place at a school; it concerns the pupil and nobody else.

    The data of children is specific by law. Who holds the resident number in it is its applicant: a parent who wrote
    the own number into the form is one, and a parent who did not is none.
    """

    id: str = field("The key of the application in its source")
    registration_number: str | None = field("The number that the applicant was given", filter=True)
    school_npsn: str | None = field("The ministry's number of the school", filter=True, group=True)
    pathway: AdmissionPathway = field("By which right the pupil applies", filter=True, group=True, statistic=True)
    status: AdmissionStatus = field("How far the application is", filter=True, group=True, statistic=True)
    verification: DocumentVerification = field("Whether the school has looked at the documents", filter=True)
    submitted_at: datetime | None = field("When it was handed in", filter=True, sort=True)
    applicant_nik: PersonId | None = field("The resident number on the application", personal=_SPECIFIC)
    pupil_number: Nisn | None = field("The pupil's number (NISN, 10 digits)", personal=_SPECIFIC)
    pupil_name: str | None = field("The name of the pupil", personal=_SPECIFIC)
    birth_date: date | None = field("The pupil's date of birth", personal=_SPECIFIC)

    school = to_one("schools", on={"school_npsn": "npsn"})
    applicant = to_one("citizens", on={"applicant_nik": "national_id"})
