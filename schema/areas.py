"""Areas in the graph: the city, its districts and villages, and everything that happens in them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, cast

import strawberry

from connectors.criteria import Order
from engine.facts import BatchCall, FieldFacts, Lists, Parents, Resolved
from models import admissions as admission_records
from models import areas as records
from models import complaints as complaint_records
from models import emergencies as emergency_records
from models import events as event_records
from models import hospitals as hospital_records
from models import jobs as job_records
from models import licenses as license_records
from models import prices as price_records
from models.areas import AreaLevel
from models.values import AreaCode, AreaCodes, BpsCode
from resolvers.reads import Read
from resolvers.relations import by_key as read_by_key
from schema.admissions import School
from schema.complaints import Complaint
from schema.context import Context
from schema.emergencies import Alert, Incident
from schema.entity import Entity
from schema.events import Event
from schema.facts import columns_of
from schema.fields import by_key, found_one, label_of, many, one, search
from schema.hospitals import Hospital
from schema.jobs import JobPosting
from schema.lanes import field_of
from schema.licenses import License
from schema.places import GeoPosition, PositionInput, position_of
from schema.prices import Market
from schema.relay import Connection

ALERTS_MAX = 100
"""How many alerts are looked at, the newest first: there are a dozen in a bad week."""


async def _alerts(parents: Parents, call: BatchCall) -> Resolved:
    """An alert is for the areas that it names, all below them, and so for what lies around them too."""
    context: Context = call.context
    columns = columns_of(call.selection).and_joined("area_codes")
    read = Read(emergency_records.Alert, columns, order=(Order("sent", descending=True),), rows_max=ALERTS_MAX)
    batch = await context.services.records.read(context.request, read)
    named = cast(Sequence[AreaCodes | None], batch.joining("area_codes"))
    shown = [(row, codes or ()) for row, codes in enumerate(named) if row not in batch.unaddressable]
    codes = parents.column("code")
    return Lists(batch, [[row for row, own in shown if any(_touches(code, one) for one in own)] for code in codes])


def _touches(code: str, other: str) -> bool:
    """Whether one of two areas lies in the other, or they are one."""
    return f"{code}.".startswith(f"{other}.") or f"{other}.".startswith(f"{code}.")


@strawberry.type(description="A part of the city, and everything that happens in it and below it.")
class Area(Entity, of=records.Area):
    code: AreaCode
    name: str | None
    level: AreaLevel
    level_label: str = label_of("level")
    bps_code: BpsCode | None
    postal_code: str | None
    position: GeoPosition | None
    parent: Annotated[Area, strawberry.lazy("schema.areas")] | None = one(records.Area, "The area around this one.")
    children: Connection[Annotated[Area, strawberry.lazy("schema.areas")]] | None = many(
        records.Area, "The areas right below this one."
    )
    complaints: Connection[Complaint] | None = many(
        complaint_records.Complaint, "Complaints about this area and every area below it."
    )
    hospitals: Connection[Hospital] | None = many(
        hospital_records.Hospital, "Hospitals in this area and every area below it."
    )
    licenses: Connection[License] | None = many(
        license_records.License,
        "Licenses of businesses in this area and every area below it, by the codes of the statistics office.",
    )
    alerts: list[Alert] | None = field_of(
        _alerts,
        f"Alerts for this area, for one around it or for one in it, the newest first. At most {ALERTS_MAX}.",
        facts=FieldFacts(joined=("code",)),
        reads=emergency_records.Alert.name,
        rows_max=lambda *_: ALERTS_MAX,
    )
    job_postings: Connection[JobPosting] | None = many(
        job_records.JobPosting, "Postings for jobs in this area and every area below it."
    )
    incidents: Connection[Incident] | None = many(
        emergency_records.Incident,
        "Reports to the emergency number from this area and every area below it, that the viewer may know of.",
    )
    schools: Connection[School] | None = many(admission_records.School, "Schools in this area and every area below it.")
    events: Connection[Event] | None = many(event_records.Event, "Events in this area and every area below it.")
    markets: Connection[Market] | None = many(price_records.Market, "Markets in this area and every area below it.")


async def _area_at(parents: Parents, call: BatchCall, position: PositionInput) -> Resolved:  # noqa: ARG001  # the root
    context: Context = call.context
    services, request = context.services, context.request
    place = position_of(position)
    if services.polygons is not None:
        code = services.polygons.at(place)
    elif services.city.box.contains(place):
        code = await services.relations.areas.nearest_village(request, place)
    else:
        code = None
    if code is None:
        return [None]
    columns = columns_of(call.selection)
    return found_one(await read_by_key(services.records, request, records.Area, "code", code, columns))


@strawberry.type
class AreaQuery:
    area: Area | None = by_key(records.Area, "The area with this code.", "code")
    areas: Connection[Area] | None = search(records.Area, "The areas of the city.")
    area_at: Area | None = field_of(
        _area_at,
        "The smallest area at a position: by the city's polygons where the hub has them, else the village whose middle "
        "is nearest. Null outside the city.",
        reads=records.Area.name,
        arguments={"position": (PositionInput, "The position asked about.")},
    )
