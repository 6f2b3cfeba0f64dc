"""Licenses in the graph: what the city permits, its kinds with fee and promised time, and what was applied for."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated

import strawberry

from models import areas as area_records
from models import licenses as records
from models.licenses import LicenseApplicationKind, LicenseApplicationStatus, LicenseStatus
from schema.core.entity import Entity
from schema.core.fields import by_key, label_of, many, one, raw_of, search
from schema.core.money import MoneyAmount, PromisedDuration
from schema.core.relay import Connection

if TYPE_CHECKING:
    from schema.areas import Area


@strawberry.type(description="A kind of license, what it costs and how long the city takes to grant it.")
class LicenseType(Entity, of=records.LicenseType):
    code: str
    name: str | None
    fee: MoneyAmount | None
    promised_time: PromisedDuration | None
    licenses: Connection[Annotated[License, strawberry.lazy("schema.licenses")]] | None = many(
        records.License, "Licenses of this kind."
    )


@strawberry.type(description="A permission of the city to do something (schema.org GovernmentPermit).")
class License(Entity, of=records.License):
    number: str | None
    type: LicenseType | None = one(records.LicenseType, "The kind of license.")
    status: LicenseStatus
    status_label: str = label_of("status")
    status_raw: str | None = raw_of("status")
    issued_at: date | None
    valid_until: date | None
    business_name: str | None
    area: Annotated[Area, strawberry.lazy("schema.areas")] | None = one(area_records.Area, "The area of the business.")
    holder_nik: str | None
    holder_name: str | None


@strawberry.type(description="A request for a license; only its applicant and the department see it.")
class LicenseApplication(Entity, of=records.LicenseApplication):
    license_type: LicenseType | None = one(records.LicenseType, "The kind of license that is asked for.")
    kind: LicenseApplicationKind
    kind_label: str = label_of("kind")
    status: LicenseApplicationStatus
    status_label: str = label_of("status")
    status_raw: str | None = raw_of("status")
    submitted_at: date | None
    business_name: str | None
    area: Annotated[Area, strawberry.lazy("schema.areas")] | None = one(
        area_records.Area, "The village or district of the business."
    )
    tax_number: str | None
    applicant_nik: str | None


@strawberry.type
class LicenseQuery:
    license: License | None = by_key(
        records.License, "One license, by its id or the number of its decree.", "id", "number"
    )
    licenses: Connection[License] | None = search(records.License, "All licenses.")
    license_types: Connection[LicenseType] | None = search(records.LicenseType, "The kinds of licenses.")
