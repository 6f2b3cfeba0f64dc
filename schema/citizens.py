"""Citizens in the graph: the signed-in resident, as the register of the population knows them."""

from __future__ import annotations

from datetime import date

import strawberry

from engine.facts import BatchCall, Parents, Resolved
from models import admissions as admission_records
from models import areas as area_records
from models import citizens as records
from models import complaints as complaint_records
from models import jobs as job_records
from models import licenses as license_records
from models.citizens import MaritalStatus, RegistrationStatus, Sex
from resolvers.relations import by_key as read_by_key
from schema.actions.fields import ReceiptType, receipts
from schema.admissions import AdmissionApplication
from schema.areas import Area
from schema.complaints import Complaint
from schema.core.context import Context
from schema.core.entity import Entity
from schema.core.facts import columns_of
from schema.core.fields import found_one, label_of, many, one
from schema.core.lanes import field_of
from schema.core.relay import Connection
from schema.jobs import JobApplication
from schema.licenses import License, LicenseApplication
from schema.privacy.consents import ConsentType, consents
from schema.privacy.subject_requests import RightsRequestType, rights_requests
from schema.privacy.trail import DataAccess, data_access


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
    area: Area | None = one(area_records.Area, "The village of the registered address.")
    neighbourhood: str | None
    community: str | None
    complaints: Connection[Complaint] | None = many(
        complaint_records.Complaint, "The complaints that the person reported."
    )
    licenses: Connection[License] | None = many(license_records.License, "The licenses that the person holds.")
    license_applications: Connection[LicenseApplication] | None = many(
        license_records.LicenseApplication, "What the person has applied for."
    )
    job_applications: Connection[JobApplication] | None = many(
        job_records.JobApplication,
        "The applications that give the person's e-mail address; whoever shares the address has them too.",
    )
    admission_applications: Connection[AdmissionApplication] | None = many(
        admission_records.AdmissionApplication,
        "The applications for schools that give the person's resident number.",
    )
    data_access: Connection[DataAccess] | None = data_access()
    rights_requests: Connection[RightsRequestType] | None = rights_requests()
    consents: list[ConsentType] | None = consents()
    receipts: Connection[ReceiptType] | None = receipts()


async def _me(parents: Parents, call: BatchCall) -> Resolved:  # noqa: ARG001  # the root
    context: Context = call.context
    request = context.request
    nik = request.viewer.nik
    if nik is None:
        return [None]
    columns = columns_of(call.selection)
    return found_one(await read_by_key(context.services.records, request, records.Citizen, "national_id", nik, columns))


@strawberry.type
class CitizenQuery:
    me: Citizen | None = field_of(
        _me,
        "The signed-in resident, by their verified resident number. Null for everybody else, and for a resident whom "
        "the register does not have.",
        reads=records.Citizen.name,
    )
