"""Areas in the graph: the city, its districts and villages, and everything that happens in them."""

from __future__ import annotations

from typing import Annotated, Any

import strawberry
from strawberry import Info

from models import areas as records
from models.areas import AreaLevel
from models.values import AreaCode, BpsCode, Position
from resolvers.reference import Row
from resolvers.relations import by_key as read_by_key
from schema.complaints import Complaint
from schema.context import context_of
from schema.entity import Entity
from schema.facts import selection_of
from schema.fields import by_key, label_of, many, one, search
from schema.hospitals import Hospital
from schema.jobs import JobPosting
from schema.licenses import License
from schema.places import GeoPosition, PositionInput
from schema.relay import Connection


@strawberry.type(description="A part of the city, and everything that happens in it and below it.")
class Area(Entity, of=records.Area):
    code: AreaCode
    name: str | None
    level: AreaLevel
    level_label: str = label_of("level")
    bps_code: BpsCode | None
    postal_code: str | None
    position: GeoPosition | None
    parent: Annotated[Area, strawberry.lazy("schema.areas")] | None = one("The area around this one.")
    children: Connection[Annotated[Area, strawberry.lazy("schema.areas")]] | None = many(
        "The areas right below this one."
    )
    complaints: Connection[Complaint] | None = many("Complaints about this area and every area below it.")
    hospitals: Connection[Hospital] | None = many("Hospitals in this area and every area below it.")
    licenses: Connection[License] | None = many(
        "Licenses of businesses in this area and every area below it, by the codes of the statistics office."
    )
    job_postings: Connection[JobPosting] | None = many("Postings for jobs in this area and every area below it.")


async def _area_at(
    info: Info, position: Annotated[PositionInput, strawberry.argument(description="The position asked about.")]
) -> Any:
    context = context_of(info)
    services, request = context.services, context.request
    place = Position(position.latitude, position.longitude)
    if services.polygons is not None:
        code = services.polygons.at(place)
    elif services.city.box.contains(place):
        code = await services.relations.areas.nearest_village(request, place)
    else:
        code = None
    if code is None:
        return None
    columns = selection_of(info._raw_info).columns  # noqa: SLF001  # its only way to the AST
    found = await read_by_key(services.records, request, records.Area, "code", code, columns)
    return Row(*found) if found is not None else None


@strawberry.type
class AreaQuery:
    area: Area | None = by_key(records.Area, "The area with this code.", "code")
    areas: Connection[Area] | None = search(records.Area, "The areas of the city.")
    area_at: Area | None = strawberry.field(
        resolver=_area_at,
        description=(
            "The smallest area at a position: by the city's polygons where the hub has them, else the village whose "
            "middle is nearest. Null outside the city."
        ),
    )
