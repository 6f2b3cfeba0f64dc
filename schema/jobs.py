"""Jobs in the graph: verified vacancies for everybody, applications for those whom they concern."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from models import areas as area_records
from models import jobs as records
from models.jobs import EducationLevel, EmploymentType, JobApplicationStatus, JobPostingStatus, PostingVerification
from schema.entity import Entity
from schema.fields import by_key, label_of, one, raw_of, search
from schema.money import MoneyBounds
from schema.relay import Connection

if TYPE_CHECKING:
    from schema.areas import Area


@strawberry.type(
    description="A vacancy that an employer has published and the city has verified (schema.org JobPosting)."
)
class JobPosting(Entity, of=records.JobPosting):
    title: str | None
    hiring_organization: str | None
    description: str | None
    industry: str | None
    employment_type: EmploymentType
    employment_type_label: str = label_of("employment_type")
    education: EducationLevel
    education_label: str = label_of("education")
    base_salary: MoneyBounds | None
    date_posted: date | None
    valid_through: date | None
    status: JobPostingStatus
    status_label: str = label_of("status")
    status_raw: str | None = raw_of("status")
    verification: PostingVerification
    verification_label: str = label_of("verification")
    area: Annotated[Area, strawberry.lazy("schema.areas")] | None = one(
        area_records.Area, "The district of the work place."
    )
    location: str | None


@strawberry.type(description="An application for a posting; it knows its applicant by an e-mail address and no better.")
class JobApplication(Entity, of=records.JobApplication):
    posting: JobPosting | None = one(
        records.JobPosting, "What was applied for; null where the posting is no longer there."
    )
    applicant_email: str | None
    applicant_name: str | None
    applied_at: datetime | None
    status: JobApplicationStatus
    status_label: str = label_of("status")
    status_raw: str | None = raw_of("status")
    cover_letter: str | None


@strawberry.type
class JobQuery:
    job_posting: JobPosting | None = by_key(records.JobPosting, "One verified posting, by its id.", "id")
    job_postings: Connection[JobPosting] | None = search(records.JobPosting, "All verified postings.")
