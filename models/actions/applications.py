"""What people apply for through the city: jobs and licenses."""

from __future__ import annotations

from models.actions.action import Action, Telling, Whose, given
from models.actions.effects import Effect
from models.jobs import JobApplication, JobApplicationStatus
from models.licenses import LicenseApplication, LicenseApplicationKind, LicenseApplicationStatus
from models.records import PersonalClass
from models.values.types import BpsCode

NAME_CHARS_MAX = 100
LETTER_CHARS_MAX = 4_000


class ApplyForJob(Action, name="apply_for_job", record=JobApplication, whose=Whose.APPLICATION):
    """Apply for a job that the city lists."""

    posting_id: str = given("The global id of the posting", chars_max=500)
    applicant_name: str = given("Your name", personal=PersonalClass.GENERAL, chars_max=NAME_CHARS_MAX)
    applicant_email: str = given("Where the employer reaches you", personal=PersonalClass.GENERAL, chars_max=100)
    cover_letter: str | None = given("Why you", personal=PersonalClass.FREE_TEXT, chars_max=LETTER_CHARS_MAX)

    @classmethod
    def effects(cls, telling: Telling) -> tuple[Effect, ...]:
        new = {**telling.given, "applied_at": telling.at, "status": JobApplicationStatus.SUBMITTED}
        return (Effect(JobApplication.name, new),)


class ApplyForLicense(Action, name="apply_for_license", record=LicenseApplication, whose=Whose.APPLICATION):
    """Apply for a license."""

    license_type_code: str = given("The code of the kind of license, see `licenseTypes`", chars_max=20)
    business_name: str = given("The name of the business that it is for", chars_max=NAME_CHARS_MAX)
    area_bps_code: BpsCode = given("The statistics office's code of the area of the business, see `Area.bpsCode`")
    tax_number: str | None = given("The tax number of the business", personal=PersonalClass.SPECIFIC, chars_max=20)

    @classmethod
    def effects(cls, telling: Telling) -> tuple[Effect, ...]:
        new = {
            **telling.given,
            "kind": LicenseApplicationKind.NEW,
            "status": LicenseApplicationStatus.SUBMITTED,
            "submitted_at": telling.today,
            "applicant_nik": telling.person,
        }
        return (Effect(LicenseApplication.name, new),)
