"""Emergencies in the graph: what was reported to 112 and what was done, and the alerts that everybody should know."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from models import areas as area_records
from models import emergencies as records
from models.city import City
from models.emergencies import (
    AlertCategory,
    AlertCertainty,
    AlertMessageType,
    AlertScope,
    AlertSeverity,
    AlertStatus,
    AlertUrgency,
    CallDisposition,
    HazardKind,
    in_force,
)
from models.predicates import NOTHING, Compare, Not, Operator, Predicate
from models.values.types import AreaCode, Url
from schema.core.derived import DERIVED, DerivedField
from schema.core.entity import Entity
from schema.core.fields import by_key, label_of, labels_of, one, raw_of, search
from schema.core.places import GeoPosition
from schema.core.relay import Connection
from schema.core.vocabularies import words
from schema.departments import Department, department_of

if TYPE_CHECKING:
    from schema.areas import Area

words(AlertCategory)


def _is_in_force(_: City, now: datetime, asked: Compare) -> Predicate:
    if asked.operator is Operator.IS_NULL:
        return NOTHING
    return in_force(now) if asked.values == (True,) else Not(in_force(now))


DERIVED[records.Alert.name] = (
    DerivedField("is_in_force", bool, "Whether it counts now: its time has come and is not over", _is_in_force),
)


@strawberry.type(
    description=(
        "A call to the emergency number, and what was done about it. Everybody sees the real emergencies, without who "
        "called and where exactly; casualties are counts and never people."
    )
)
class Incident(Entity, of=records.Incident):
    number: str | None
    disposition: CallDisposition
    disposition_label: str = label_of("disposition")
    kind: HazardKind
    kind_label: str = label_of("kind")
    kind_raw: str | None = raw_of("kind")
    reported_at: datetime | None
    dispatched_at: datetime | None
    arrived_at: datetime | None
    closed_at: datetime | None
    area: Annotated[Area, strawberry.lazy("schema.areas")] | None = one(
        area_records.Area, "The area that it happened in."
    )
    department: Department | None = department_of("department_code", "The department that handles it.")
    deaths: int | None
    injured: int | None
    position: GeoPosition | None
    address: str | None
    description: str | None
    caller_name: str | None
    caller_phone: str | None


@strawberry.type(description="A warning to everybody (CAP 1.2: alert with its info).")
class Alert(Entity, of=records.Alert):
    identifier: str
    sender: str | None
    sender_name: str | None
    sent: datetime | None
    status: AlertStatus
    status_label: str = label_of("status")
    status_raw: str | None = raw_of("status")
    message_type: AlertMessageType
    message_type_label: str = label_of("message_type")
    scope: AlertScope
    scope_label: str = label_of("scope")
    categories: list[AlertCategory] | None
    category_labels: list[str] | None = labels_of(
        "categories", "What kinds of event it is about, in the language of the request."
    )
    event: str | None
    urgency: AlertUrgency
    urgency_label: str = label_of("urgency")
    severity: AlertSeverity
    severity_label: str = label_of("severity")
    severity_raw: str | None = raw_of("severity")
    certainty: AlertCertainty
    certainty_label: str = label_of("certainty")
    effective: datetime | None
    onset: datetime | None
    expires: datetime | None
    language: str | None
    headline: str | None
    description: str | None
    instruction: str | None
    web: Url | None
    area_description: str | None
    area_codes: list[AreaCode] | None
    area: Annotated[Area, strawberry.lazy("schema.areas")] | None = one(
        area_records.Area, "The smallest area around all areas that it is for."
    )


@strawberry.type
class EmergencyQuery:
    incident: Incident | None = by_key(records.Incident, "One report, by its id or its number.", "id", "number")
    incidents: Connection[Incident] | None = search(records.Incident, "All reports that the viewer may know of.")
    alert: Alert | None = by_key(records.Alert, "One alert that counts, by its id or identifier.", "id", "identifier")
    alerts: Connection[Alert] | None = search(
        records.Alert, "The alerts that count: what a later one replaced or took back is not among them."
    )
