"""Areas in the graph: the city, its districts and villages, and everything that happens in them."""

from __future__ import annotations

import asyncio
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
from models.predicates import EVERYTHING, Predicate, over
from models.values.types import AreaCode, AreaCodes, BpsCode, GeoJson
from resolvers.areas.geography import BOUNDARY_POINTS_MAX
from resolvers.reads import Read
from resolvers.relations import by_key as read_by_key
from schema.admissions import School
from schema.complaints import Complaint
from schema.core.context import Context
from schema.core.entity import Entity
from schema.core.facts import columns_of
from schema.core.fields import by_key, found_one, label_of, many, one, search
from schema.core.lanes import field_of
from schema.core.places import GeoPosition, PositionInput, position_of
from schema.core.relay import Connection
from schema.emergencies import Alert, Incident
from schema.events import Event
from schema.hospitals import Hospital
from schema.jobs import JobPosting
from schema.licenses import License
from schema.prices import Market

ALERTS_MAX = 100
"""How many of the newest alerts are searched: there are a dozen in a bad week."""


BOUNDARY_ROWS = 10
"""A boundary costs as much as so many rows: it is as large."""


async def _alerts(parents: Parents, call: BatchCall, in_force: bool | None = None) -> Resolved:
    """The alerts of areas. An alert applies to the areas that it names, to all below and to all that contain them."""
    context: Context = call.context
    columns = columns_of(call.selection).and_joined("area_codes")
    services = context.services
    binding = services.records.catalog.binding(emergency_records.Alert)
    newest = (Order("sent", descending=True),) if binding is not None and binding.mapping.sortable("sent") else ()
    where: Predicate = EVERYTHING
    if in_force is not False and binding is not None:
        where = over(emergency_records.in_force(context.request.now), binding.mapping.columns)
    read = Read(emergency_records.Alert, columns, where=where, order=newest, rows_max=ALERTS_MAX)
    batch = await services.records.read(context.request, read)
    named = cast(Sequence[AreaCodes | None], batch.joining("area_codes"))
    shown = [(row, codes or ()) for row, codes in enumerate(named) if row not in batch.unaddressable]
    codes, areas = parents.column("code"), context.services.relations.areas
    around = await areas.around(context.request, codes)
    touched = [
        {*(above or ()), *await areas.within(context.request, code)} for code, above in zip(codes, around, strict=True)
    ]
    return Lists(batch, [[row for row, own in shown if not some.isdisjoint(own)] for some in touched])


async def _depth(parents: Parents, call: BatchCall) -> Resolved:
    areas, codes = call.context.services.relations.areas, parents.column("code")
    return [None if above is None else len(above) for above in await areas.around(call.context.request, codes)]


async def _level_name(parents: Parents, call: BatchCall) -> Resolved:
    context: Context = call.context
    around = await context.services.relations.areas.around(context.request, parents.column("code"))
    return [
        None
        if above is None
        else context.services.city.level_name(level, len(above)).in_language(context.request.language)
        for level, above in zip(parents.column("level"), around, strict=True)
    ]


async def _boundary(parents: Parents, call: BatchCall) -> Resolved:
    polygons, codes = call.context.services.polygons, parents.column("code")
    if polygons is None:
        return [None] * len(codes)
    return await asyncio.to_thread(lambda: [polygons.boundary(code) for code in codes])


async def _population(parents: Parents, call: BatchCall) -> Resolved:
    counts = await call.context.services.populations.of_areas(call.context.request)
    return [counts.get(code) or None for code in parents.column("code")]


@strawberry.type(description="A part of the city, and everything that happens in it and below it.")
class Area(Entity, of=records.Area):
    code: AreaCode
    name: str | None
    level: AreaLevel
    level_label: str = label_of("level")
    level_name: str | None = field_of(
        _level_name,
        "What the city calls an area of this kind: a ward, a kelurahan.",
        facts=FieldFacts(("code", "level")),
    )
    depth: int | None = field_of(
        _depth, "How many areas are around this one: none around the city.", facts=FieldFacts(("code",))
    )
    population: int | None = field_of(
        _population,
        "How many people are registered as living there: a sum of counts of villages, each rounded to five. Null where "
        "the register knows nobody.",
        facts=FieldFacts(joined=("code",)),
    )
    bps_code: BpsCode | None
    postal_code: str | None
    position: GeoPosition | None
    boundary: GeoJson | None = field_of(
        _boundary,
        f"The boundary as GeoJSON, of at most {BOUNDARY_POINTS_MAX} points: finer detail is left out. Null where the "
        "hub has no polygon.",
        facts=FieldFacts(joined=("code",)),
        reads=records.Area.name,
        rows_max=lambda *_: BOUNDARY_ROWS,
        calls=lambda *_: 0,
    )
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
        f"Alerts in force for this area, for one around it or for one in it, the newest first. At most {ALERTS_MAX}.",
        facts=FieldFacts(joined=("code",)),
        reads=emergency_records.Alert.name,
        rows_max=lambda *_: ALERTS_MAX,
        arguments={"in_force": (bool | None, "False brings those too that are over or whose time has not come.")},
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
    code = await services.area_at(request, position_of(position))
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
        "The smallest area at a position: by the city's polygons where the hub has them, else that whose middle "
        "is nearest. Null outside the city.",
        reads=records.Area.name,
        arguments={"position": (PositionInput, "The position asked about.")},
    )
