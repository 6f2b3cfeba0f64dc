"""Licenses: what the city permits whom to do, and what was applied for (schema.org GovernmentPermit)."""

from __future__ import annotations

from datetime import date

from models.records import PersonalClass, Record, field, to_many, to_one
from models.values.types import BpsCode, Duration, Money, PersonId
from models.values.vocabulary import Vocabulary


class LicenseStatus(Vocabulary):
    """Whether a license is in force. The department says so: a license is not expired because its date has passed."""

    ACTIVE = "ACTIVE", "Berlaku", "Active", "In force"
    EXPIRED = "EXPIRED", "Habis masa berlaku", "Expired", "Its time has run out"
    SUSPENDED = "SUSPENDED", "Dibekukan", "Suspended", "Not in force for the time being"
    REVOKED = "REVOKED", "Dicabut", "Revoked", "Taken back for good"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "The source says something that the hub does not know"


class LicenseApplicationKind(Vocabulary):
    """What an application asks for."""

    NEW = "NEW", "Baru", "New", "A license that the applicant does not have yet"
    RENEWAL = "RENEWAL", "Perpanjangan", "Renewal", "More time for a license"
    CHANGE = "CHANGE", "Perubahan", "Change", "Another wording of a license"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "The source says something that the hub does not know"


class LicenseApplicationStatus(Vocabulary):
    """How far an application is."""

    SUBMITTED = "SUBMITTED", "Masuk", "Submitted", "Received; nobody has looked at it yet"
    IN_REVIEW = "IN_REVIEW", "Diproses", "In review", "The department examines it"
    RETURNED = "RETURNED", "Dikembalikan", "Returned", "The applicant has to add something"
    APPROVED = "APPROVED", "Disetujui", "Approved", "The license is granted"
    REJECTED = "REJECTED", "Ditolak", "Rejected", "The license is refused"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "The source says something that the hub does not know"


class LicenseType(Record, name="license_types"):
    """A kind of license, what it costs and how long the city takes to grant it."""

    id: str = field("The key of the kind in its source")
    code: str = field("The code of the kind of license", filter=True, sort=True)
    name: str | None = field("The name of the kind of license", filter=True, sort=True)
    fee: Money | None = field("What it costs; null where the department does not say, zero where it is free")
    promised_time: Duration | None = field("How long the department takes at most, by its own promise")

    licenses = to_many("licenses", on={"code": "type_code"})


class License(Record, name="licenses", owner="holder_nik", rows=300_000):
    """A permission of the city to do something (schema.org GovernmentPermit)."""

    id: str = field("The key of the license in its source")
    number: str | None = field("The number of the decree that grants it", filter=True)
    type_code: str | None = field("The code of the kind of license", filter=True, group=True)
    status: LicenseStatus = field("Whether the license is in force", filter=True, group=True)
    issued_at: date | None = field("The day on which it was granted", filter=True, sort=True, group=True)
    valid_until: date | None = field("The last day of its validity; null where it has none", filter=True, sort=True)
    business_name: str | None = field("The name of the business that it is for")
    area_bps_code: BpsCode | None = field(
        "The code that the statistics office (BPS) has for the area of the business", filter=True, group=True
    )
    holder_nik: PersonId | None = field("The resident number of the holder", personal=PersonalClass.GENERAL)
    holder_name: str | None = field("The name of the holder", personal=PersonalClass.GENERAL)

    type = to_one("license_types", on={"type_code": "code"})
    area = to_one("areas", on={"area_bps_code": "bps_code"})


class LicenseApplication(Record, name="license_applications", owner="applicant_nik", only_open=True, rows=180_000):
    """A request for a license; it concerns the applicant and nobody else."""

    id: str = field("The key of the application in its source")
    license_type_code: str | None = field("The code of the kind of license that is asked for", filter=True)
    kind: LicenseApplicationKind = field("What is asked for", filter=True, statistic=True)
    status: LicenseApplicationStatus = field("How far the application is", filter=True, statistic=True)
    submitted_at: date | None = field("The day on which it was handed in", sort=True)
    business_name: str | None = field("The name of the business that it is for")
    area_bps_code: BpsCode | None = field(
        "The code that the statistics office (BPS) has for the village or district of the business"
    )
    tax_number: str | None = field("The tax number (NPWP) of the business", personal=PersonalClass.SPECIFIC)
    applicant_nik: PersonId | None = field("The resident number of the applicant", personal=PersonalClass.GENERAL)

    license_type = to_one("license_types", on={"license_type_code": "code"})
    area = to_one("areas", on={"area_bps_code": "bps_code"})
