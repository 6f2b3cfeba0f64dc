"""Events: what the city invites its residents to, and when and where (schema.org Event; iCalendar, RFC 5545)."""

from __future__ import annotations

from datetime import datetime

from models.records import Record, field, to_one
from models.values.types import AreaCode, Position, Url
from models.values.vocabulary import Vocabulary


class EventCategory(Vocabulary):
    """What kind of event it is."""

    SANJUNG = "SANJUNG", "SANJUNG", "SANJUNG", "The city's programme of this name, every Tuesday"
    EXHIBITION = "EXHIBITION", "Pameran", "Exhibition", "Something is shown or sold, often for several days"
    FORUM = "FORUM", "Forum warga", "Forum", "Residents of a district or village deliberate"
    JOB_FAIR = "JOB_FAIR", "Bursa kerja", "Job fair", "Employers and people who look for work meet"
    TRAINING = "TRAINING", "Pelatihan", "Training", "Something is taught"
    FESTIVAL = "FESTIVAL", "Festival", "Festival", "Music, food and culture"
    HEALTH = "HEALTH", "Kesehatan", "Health", "Examinations, vaccinations, donations of blood"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "The source says something that the hub does not know"


class EventStatus(Vocabulary):
    """Whether an event takes place (schema.org: eventStatus; iCalendar: STATUS)."""

    SCHEDULED = "SCHEDULED", "Terjadwal", "Scheduled", "It takes place as stated (iCalendar: CONFIRMED)"
    TENTATIVE = "TENTATIVE", "Belum pasti", "Tentative", "It may still change or be called off"
    CANCELLED = "CANCELLED", "Dibatalkan", "Cancelled", "It does not take place"
    UNKNOWN = "UNKNOWN", "Tidak diketahui", "Unknown", "The source says something that the hub does not know"


class Event(Record, name="events"):
    """One event; of what happens again and again, each time is an event of its own (schema.org Event).

    The city has published it to everybody, and who invites is an office: none of it is personal.
    """

    id: str = field("The key of the event: that of the calendar, and its time where the event happens again")
    name: str | None = field("The name of the event", filter=True, sort=True)
    description: str | None = field("What the event is about")
    category: EventCategory = field("The kind of event", filter=True, group=True)
    start_date: datetime | None = field("When it begins", filter=True, sort=True, group=True)
    end_date: datetime | None = field("When it is over", filter=True, sort=True)
    all_day: bool | None = field("Whether it is for whole days, from midnight to midnight", filter=True)
    location: str | None = field("Where it takes place, in the words of who invites", filter=True)
    area_code: AreaCode | None = field("The code of the district or village that it is in", filter=True, group=True)
    position: Position | None = field("Where it takes place")
    organizer: str | None = field("The office that invites", filter=True, group=True)
    url: Url | None = field("Where to read more")
    status: EventStatus = field("Whether it takes place", filter=True, group=True)
    date_modified: datetime | None = field("When its entry was last changed", filter=True, sort=True)

    area = to_one("areas", on={"area_code": "code"})
