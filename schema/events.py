"""Events in the graph: what the city invites its residents to."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from models import areas as area_records
from models import events as records
from models.areas import AreaBasis
from models.events import EventCategory, EventStatus
from models.values.types import Url
from schema.core.entity import Entity
from schema.core.fields import by_key, label_of, one, raw_of, search
from schema.core.places import GeoPosition, distance_of_position
from schema.core.relay import Connection
from schema.core.smallest_area import smallest_area, smallest_area_basis, smallest_area_basis_label

if TYPE_CHECKING:
    from schema.areas import Area


@strawberry.type(
    description=(
        "An event of the city (schema.org Event). Of what happens again and again, each time is an event of its own."
    )
)
class Event(Entity, of=records.Event):
    name: str | None
    description: str | None
    category: EventCategory
    category_label: str = label_of("category")
    category_raw: str | None = raw_of("category")
    start_date: datetime | None
    end_date: datetime | None
    all_day: bool | None
    location: str | None
    area: Annotated[Area, strawberry.lazy("schema.areas")] | None = one(
        area_records.Area, "The district or village that it is in; null for the city as a whole."
    )
    smallest_area: Annotated[Area, strawberry.lazy("schema.areas")] | None = smallest_area()
    smallest_area_basis: AreaBasis | None = smallest_area_basis()
    smallest_area_basis_label: str | None = smallest_area_basis_label()
    position: GeoPosition | None
    distance_meters: float | None = distance_of_position()
    organizer: str | None
    url: Url | None
    status: EventStatus
    status_label: str = label_of("status")
    status_raw: str | None = raw_of("status")
    date_modified: datetime | None


@strawberry.type
class EventQuery:
    event: Event | None = by_key(records.Event, "One event, by its id.", "id")
    events: Connection[Event] | None = search(records.Event, "All events, those that are over too.")
