"""Citizens: the register of the population (EU Core Person; UU 24/2013), personal from the first field to the last."""

from __future__ import annotations

from datetime import date

from models.records import PersonalClass, Record, field, to_many, to_one
from models.values.types import AreaCode, FamilyCardNumber, PersonId
from models.values.vocabulary import Vocabulary

_GENERAL = PersonalClass.GENERAL


class Sex(Vocabulary):
    """The sex that a register states (ISO/IEC 5218)."""

    MALE = "MALE", "Laki-laki", "Male", "A man or a boy"
    FEMALE = "FEMALE", "Perempuan", "Female", "A woman or a girl"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "The register does not say"


class MaritalStatus(Vocabulary):
    """Whether somebody is married, as the register of the population distinguishes it."""

    SINGLE = "SINGLE", "Belum kawin", "Single", "Never married"
    MARRIED = "MARRIED", "Kawin", "Married", "Married now"
    DIVORCED = "DIVORCED", "Cerai hidup", "Divorced", "Married once, divorced since"
    WIDOWED = "WIDOWED", "Cerai mati", "Widowed", "Married once, the other has died"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "The register does not say"


class RegistrationStatus(Vocabulary):
    """What the register says of somebody's place in the city."""

    ALIVE = "ALIVE", "Hidup", "Alive", "Lives in the city"
    DECEASED = "DECEASED", "Meninggal", "Deceased", "Has died"
    MOVED = "MOVED", "Pindah", "Moved", "Has moved to another city"
    MISSING = "MISSING", "Hilang", "Missing", "Nobody knows where"
    LEFT = "LEFT", "Pergi", "Left", "Went away without moving"
    INVALID = "INVALID", "Tidak valid", "Invalid", "The entry was a mistake"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "The register says something that the hub does not know"


class Citizen(
    Record,
    name="citizens",
    owner="national_id",
    only_open=True,
    unlocked=("national_id", "full_name", "phone", "email"),
    rows=2_000_000,
):
    """Somebody who is or was registered in the city (EU Core Person)."""

    id: str = field("The key of the person in the register")
    national_id: PersonId | None = field(
        "By what the city knows the person: in Indonesia the resident number (NIK), 16 digits", personal=_GENERAL
    )
    full_name: str | None = field("The name as registered", personal=_GENERAL)
    sex: Sex | None = field("The sex as registered", personal=_GENERAL, statistic=True)
    birth_date: date | None = field("The date of birth", personal=_GENERAL)
    birth_place: str | None = field("The place of birth, in words", personal=_GENERAL)
    marital_status: MaritalStatus | None = field("Whether the person is married", personal=_GENERAL)
    registration_status: RegistrationStatus | None = field("The person's place in the city", personal=_GENERAL)
    family_card_number: FamilyCardNumber | None = field("The number of the family card (KK)", personal=_GENERAL)
    phone: str | None = field("The telephone number", personal=_GENERAL)
    email: str | None = field("The e-mail address, in small letters", personal=_GENERAL)
    area_code: AreaCode | None = field(
        "The code of the village of the registered address", personal=_GENERAL, statistic=True
    )
    neighbourhood: str | None = field("The neighbourhood (RT) of the registered address", personal=_GENERAL)
    community: str | None = field("The group of neighbourhoods (RW) of the registered address", personal=_GENERAL)

    area = to_one("areas", on={"area_code": "code"})
    complaints = to_many("complaints", on={"national_id": "reporter_nik"})
    licenses = to_many("licenses", on={"national_id": "holder_nik"})
    license_applications = to_many("license_applications", on={"national_id": "applicant_nik"})
    job_applications = to_many("job_applications", on={"email": "applicant_email"})
    admission_applications = to_many("admission_applications", on={"national_id": "applicant_nik"})
