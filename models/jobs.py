"""Jobs: vacancies that employers publish through the city, and who applied for them (schema.org JobPosting)."""

from __future__ import annotations

from datetime import date, datetime

from models.records import PersonalClass, Record, field, to_one
from models.values.types import AreaCode, MoneyRange
from models.values.vocabulary import Vocabulary


class EmploymentType(Vocabulary):
    """How somebody is employed (schema.org: employmentType)."""

    FULL_TIME = "FULL_TIME", "Penuh waktu", "Full time", "All working hours, without an end"
    PART_TIME = "PART_TIME", "Paruh waktu", "Part time", "Some of the working hours"
    CONTRACT = "CONTRACT", "Kontrak", "Contract", "For a fixed term"
    INTERNSHIP = "INTERNSHIP", "Magang", "Internship", "To learn the trade"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "The source says something that the hub does not know"


class EducationLevel(Vocabulary):
    """The least education that an employer asks for (schema.org: educationRequirements)."""

    ANY = "ANY", "Semua jenjang", "Any", "The employer asks for no certificate"
    PRIMARY = "PRIMARY", "SD", "Primary school", "Six years of primary school"
    LOWER_SECONDARY = "LOWER_SECONDARY", "SMP", "Lower secondary school", "Three more years"
    UPPER_SECONDARY = "UPPER_SECONDARY", "SMA/SMK", "Upper secondary school", "General or vocational"
    DIPLOMA = "DIPLOMA", "Diploma (D1-D3)", "Diploma", "One to three years after school"
    BACHELOR = "BACHELOR", "Sarjana (D4/S1)", "Bachelor's degree", "Four years after school"
    MASTER = "MASTER", "Magister (S2)", "Master's degree", "A second degree"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "The source says something that the hub does not know"


class JobPostingStatus(Vocabulary):
    """Whether an employer still takes applications."""

    OPEN = "OPEN", "Dibuka", "Open", "Applications are welcome"
    CLOSED = "CLOSED", "Ditutup", "Closed", "The employer takes no more applications"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "The source says something that the hub does not know"


class PostingVerification(Vocabulary):
    """Whether the city has looked at a posting; a city shows verified ones only."""

    PENDING = "PENDING", "Menunggu", "Pending", "The department has yet to look at it"
    VERIFIED = "VERIFIED", "Terverifikasi", "Verified", "The department has looked at it and lets it be read"
    REFUSED = "REFUSED", "Ditolak", "Refused", "The department has looked at it and does not"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "The source says something that the hub does not know"


class JobApplicationStatus(Vocabulary):
    """How far an employer is with an application."""

    SUBMITTED = "SUBMITTED", "Terkirim", "Submitted", "Nobody has looked at it yet"
    UNDER_REVIEW = "UNDER_REVIEW", "Diproses", "Under review", "The employer considers it"
    ACCEPTED = "ACCEPTED", "Diterima", "Accepted", "The employer wants the applicant"
    REJECTED = "REJECTED", "Ditolak", "Rejected", "The employer does not want the applicant"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "The source says something that the hub does not know"


class JobPosting(Record, name="job_postings", rows=40_000):
    """A vacancy that an employer has published and the city has verified (schema.org JobPosting).

    Its description may name whom to call. It is not personal all the same, because the employer had it published: that
    number is there to be called. What a posting asks of an applicant's sex is no part of the contract.
    """

    id: str = field("The key of the posting in its source")
    title: str | None = field("The title of the job", filter=True, sort=True)
    hiring_organization: str | None = field("Who offers the job", filter=True)
    description: str | None = field("What the employer published about the job")
    industry: str | None = field(
        "The line of business in the department's words, no code of any standard", filter=True, group=True
    )
    employment_type: EmploymentType = field("How the applicant would be employed", filter=True, group=True)
    education: EducationLevel = field("The least education that is asked for", filter=True, group=True)
    base_salary: MoneyRange | None = field("The pay per month; null where it is to be negotiated")
    date_posted: date | None = field("The first day of the posting", filter=True, sort=True, group=True)
    valid_through: date | None = field("The last day of the posting; null for none", filter=True, sort=True)
    status: JobPostingStatus = field("Whether applications are still welcome", filter=True, group=True)
    verification: PostingVerification = field("Whether the city has verified the posting", group=True)
    area_code: AreaCode | None = field("The code of the district of the work place", filter=True, group=True)
    location: str | None = field("Where the work place is, in the employer's words")

    area = to_one("areas", on={"area_code": "code"})


class JobApplication(Record, name="job_applications", ownerless=True, only_open=True, rows=100_000):
    """An application for a posting.

    It knows its applicant by an e-mail address and no better. Where two citizens share an address, an application
    belongs to the lists of both.
    """

    id: str = field("The key of the application in its source")
    posting_id: str | None = field("The key of the posting")
    applicant_email: str | None = field(
        "The address that the applicant gave, in small letters", personal=PersonalClass.GENERAL
    )
    applicant_name: str | None = field("The name that the applicant gave", personal=PersonalClass.GENERAL)
    applied_at: datetime | None = field("When the applicant applied", filter=True, sort=True)
    status: JobApplicationStatus = field("How far the employer is", filter=True, group=True, statistic=True)
    cover_letter: str | None = field("What the applicant wrote", personal=PersonalClass.FREE_TEXT)

    posting = to_one("job_postings", on={"posting_id": "id"})
