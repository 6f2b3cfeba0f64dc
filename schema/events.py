"""Events in the graph: what the city invites its residents to."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import strawberry

from models import areas as area_records
from models import events as records
from models.events import EventCategory, EventStatus
from schema.entity import Entity
from schema.fields import by_key, label_of, one, raw_of, search
from schema.places import GeoPosition, distance_of
from schema.relay import Connection

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
    position: GeoPosition | None
    distance_meters: float | None = distance_of("position")
    organizer: str | None
    url: str | None
    status: EventStatus
    status_label: str = label_of("status")
    status_raw: str | None = raw_of("status")
    date_modified: datetime | None


@strawberry.type
class EventQuery:
    event: Event | None = by_key(records.Event, "One event, by its id.", "id")
    events: Connection[Event] | None = search(records.Event, "All events, those that are over too.")
