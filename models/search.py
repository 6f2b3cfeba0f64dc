"""Search: which records of which public subjects are found by their words, and by which of their fields."""

from __future__ import annotations

from dataclasses import dataclass

from models.admissions import School
from models.areas import Area
from models.emergencies import Alert
from models.events import Event
from models.hospitals import Hospital
from models.jobs import JobPosting
from models.news import NewsArticle
from models.prices import Commodity, Market
from models.records import PersonalClass, Record
from models.services import PublicService


@dataclass(frozen=True, slots=True)
class Searched:
    """A record that is found by its `title`, which counts most, and by its `texts`.

    Raises TypeError for a field that is personal: what everybody may search, everybody may see.
    """

    record: type[Record]
    title: str
    texts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in self.fields:
            if self.record.fields[name].personal is not PersonalClass.NON_PERSONAL:
                raise TypeError(f"{self.record.name}.{name} is personal and must not be searched.")

    @property
    def fields(self) -> tuple[str, ...]:
        return (self.title, *self.texts)


SEARCHED = (
    Searched(Alert, "headline", ("event", "description", "area_description")),
    Searched(Area, "name"),
    Searched(Commodity, "name"),
    Searched(Event, "name", ("description", "location", "organizer")),
    Searched(Hospital, "name", ("address",)),
    Searched(JobPosting, "title", ("hiring_organization", "location", "description")),
    Searched(Market, "name"),
    Searched(NewsArticle, "headline", ("article_section", "body_text")),
    Searched(PublicService, "name", ("topic", "description")),
    Searched(School, "name"),
)
"""One line for each, in the order of the alphabet."""
