"""Jobs in the graph: verified vacancies for everybody, applications for those whom they concern."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from engine.facts import BatchCall, FieldFacts, Parents, Resolved
from models import areas as area_records
from models import jobs as records
from models.jobs import EducationLevel, EmploymentType, JobApplicationStatus, JobPostingStatus, PostingVerification
from models.values.position_accuracy import MiddleOfArea, PositionAccuracy, accuracies_of
from models.values.types import AreaCode
from schema.core.context import Context
from schema.core.entity import Entity
from schema.core.fields import batch_of, by_key, label_of, one, raw_of, search
from schema.core.lanes import field_of
from schema.core.money import MoneyBounds
from schema.core.places import GeoPosition
from schema.core.relay import Connection

if TYPE_CHECKING:
    from schema.areas import Area


async def _middles(parents: Parents, call: BatchCall) -> list[MiddleOfArea | None]:
    context: Context = call.context
    middles = await context.services.relations.areas.positions(context.request)
    codes = batch_of(parents).joining("area_code")
    found = (middles.get(code) if isinstance(code := codes[row], AreaCode) else None for row in parents.rows)
    return [MiddleOfArea(*place) if place is not None else None for place in found]


async def _position(parents: Parents, call: BatchCall) -> Resolved:
    return await _middles(parents, call)


async def _accuracy(parents: Parents, call: BatchCall) -> Resolved:
    return accuracies_of(await _middles(parents, call))


async def _accuracy_label(parents: Parents, call: BatchCall) -> Resolved:
    language = call.context.request.language
    found = accuracies_of(await _middles(parents, call))
    return [one.label_in(language) if one is not None else None for one in found]


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
    position: GeoPosition | None = field_of(
        _position,
        "The middle of the area that the address of the work place names: approximate, some kilometers in a district.",
        facts=FieldFacts(("area_code",)),
    )
    position_accuracy: PositionAccuracy | None = field_of(
        _accuracy, "How exact the position is; null without one.", facts=FieldFacts(("area_code",))
    )
    position_accuracy_label: str | None = field_of(
        _accuracy_label,
        "How exact the position is, in the language of the request; null without one.",
        facts=FieldFacts(("area_code",)),
    )


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
