"""Search: which public records can be found by their words, and by which fields or relations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from models.admissions import School
from models.areas import Area
from models.complaints import Complaint, ComplaintCategory, ComplaintHandling
from models.emergencies import Alert
from models.events import Event
from models.hospitals import Hospital
from models.jobs import JobPosting
from models.news import NewsArticle
from models.prices import Commodity, Market
from models.records import AREA, PersonalClass, Record, Relation
from models.services import PublicService


@dataclass(frozen=True, slots=True)
class SearchableRecord:
    """A record that is found by its `title`, which has the most weight, and by its `texts`.

    Raises TypeError for a personal field, because everybody may search.
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
    SearchableRecord(Alert, "headline", ("event", "description", "area_description")),
    SearchableRecord(Area, "name"),
    SearchableRecord(Commodity, "name"),
    SearchableRecord(ComplaintCategory, "name", ("group",)),
    SearchableRecord(Event, "name", ("description", "location", "organizer")),
    SearchableRecord(Hospital, "name", ("address",)),
    SearchableRecord(JobPosting, "title", ("hiring_organization", "location", "description")),
    SearchableRecord(Market, "name"),
    SearchableRecord(NewsArticle, "headline", ("article_section", "body_text")),
    SearchableRecord(PublicService, "name", ("topic", "description")),
    SearchableRecord(School, "name"),
)
"""One line per record, in alphabetical order."""

_OF_OTHERS: Mapping[type[Record], tuple[str, ...]] = {
    Complaint: ("category", AREA),
    ComplaintHandling: ("category", AREA),
}
"""Records without public words of their own, and whose words count as theirs: what residents write is personal."""


def has_words(record: type[Record]) -> bool:
    """Whether a list of this record can be filtered by words."""
    return record in _OF_OTHERS or any(searched.record is record for searched in SEARCHED)


def words_of_others(record: type[Record]) -> tuple[Relation, ...]:
    """The relations to the records whose words count as those of this one; none if it has words of its own."""
    return tuple(record.relations[name] for name in _OF_OTHERS.get(record, ()))
