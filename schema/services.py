"""Services in the graph: what residents can ask of the city, how, and what it takes."""

from __future__ import annotations

import strawberry

from models import services as records
from models.services import ServiceChannel
from models.values.types import Url
from schema.core.entity import Entity
from schema.core.fields import by_key, labels_of, search
from schema.core.money import MoneyAmount, PromisedDuration
from schema.core.relay import Connection
from schema.core.vocabularies import words
from schema.departments import Department, department_of

words(ServiceChannel)


@strawberry.type(description="A service that the city offers to its residents (EU CPSV-AP 3.2: Public Service).")
class PublicService(Entity, of=records.PublicService):
    code: str
    name: str | None
    description: str | None
    channels: list[ServiceChannel] | None
    channel_labels: list[str] | None = labels_of(
        "channels", "The ways to the service, the usual one first, in the language of the request."
    )
    cost: MoneyAmount | None
    required_evidence: list[str] | None
    processing_time: PromisedDuration | None
    topic: str | None
    department: Department | None = department_of("department_code", "The department that is responsible.")
    url: Url | None


@strawberry.type
class ServiceQuery:
    service: PublicService | None = by_key(records.PublicService, "One service, by its id or its code.", "id", "code")
    services: Connection[PublicService] | None = search(records.PublicService, "All services.")
