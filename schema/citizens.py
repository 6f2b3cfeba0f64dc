"""Citizens in the graph: the signed-in resident, as the register of the population knows them."""

from __future__ import annotations

from datetime import date
from typing import Any

import strawberry
from strawberry import Info

from models import citizens as records
from models.citizens import MaritalStatus, RegistrationStatus, Sex
from resolvers.reference import Row
from resolvers.relations import by_key as read_by_key
from schema.areas import Area
from schema.complaints import Complaint
from schema.context import context_of
from schema.entity import Entity
from schema.facts import selection_of
from schema.fields import label_of, many, one
from schema.jobs import JobApplication
from schema.licenses import License, LicenseApplication
from schema.relay import Connection


@strawberry.type(description="Somebody who is or was registered in the city (EU Core Person).")
class Citizen(Entity, of=records.Citizen):
    national_id: str | None
    full_name: str | None
    sex: Sex | None
    sex_label: str | None = label_of("sex")
    birth_date: date | None
    birth_place: str | None
    marital_status: MaritalStatus | None
    marital_status_label: str | None = label_of("marital_status")
    registration_status: RegistrationStatus | None
    registration_status_label: str | None = label_of("registration_status")
    family_card_number: str | None
    phone: str | None
    email: str | None
    area: Area | None = one("The village of the registered address.")
    neighbourhood: str | None
    community: str | None
    complaints: Connection[Complaint] | None = many("The complaints that the person reported.")
    licenses: Connection[License] | None = many("The licenses that the person holds.")
    license_applications: Connection[LicenseApplication] | None = many("What the person has applied for.")
    job_applications: Connection[JobApplication] | None = many(
        "The applications that give the person's e-mail address; whoever shares the address has them too."
    )


async def _me(info: Info) -> Any:
    context = context_of(info)
    request = context.request
    nik = request.viewer.nik
    if nik is None:
        return None
    columns = selection_of(info._raw_info).columns  # noqa: SLF001  # its only way to the AST
    found = await read_by_key(context.services.records, request, records.Citizen, "national_id", nik, columns)
    return Row(*found) if found is not None else None


@strawberry.type
class CitizenQuery:
    me: Citizen | None = strawberry.field(
        resolver=_me,
        description=(
            "The signed-in resident, by their verified resident number. Null for everybody else, and for a resident "
            "whom the register does not have."
        ),
    )
