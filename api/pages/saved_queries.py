"""Saved queries: questions to begin with. Each runs as it stands, for everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from api.pages.frame import WEB, gettext_noop

_N = gettext_noop


@dataclass(frozen=True)
class SavedQuery:
    """A question by its name, which is that of its file; title and explanation are messages of the catalogue."""

    name: str
    title: str
    about: str

    @cached_property
    def text(self) -> str:
        return (WEB / "queries" / f"{self.name}.graphql").read_text(encoding="utf-8").rstrip()


SAVED: tuple[SavedQuery, ...] = (
    SavedQuery(
        "area-today",
        _N("A district and its newest complaints"),
        _N("Two departments in one question: the area, and what its residents have reported and nobody has closed."),
    ),
    SavedQuery(
        "open-by-district",
        _N("Open complaints by district"),
        _N("Counted by the department's own database, rolled up from villages to districts."),
    ),
    SavedQuery(
        "complaints-by-month",
        _N("Complaints by month and status"),
        _N("A series without gaps, ready for a chart: a month without a complaint is a zero."),
    ),
    SavedQuery(
        "quarter-compared",
        _N("This quarter against the one before"),
        _N("Kinds of problems, with the count of the period before beside each."),
    ),
    SavedQuery(
        "overdue-complaints",
        _N("Complaints that wait longest"),
        _N("When each is due by the city's working calendar, and whether that has passed."),
    ),
    SavedQuery(
        "complaint-history",
        _N("What became of complaints"),
        _N("Each step with its time, and how many working hours it took to the end."),
    ),
    SavedQuery(
        "free-beds",
        _N("Free beds by hospital"),
        _N("By class of care. A number that is older than agreed is marked as stale, not hidden."),
    ),
    SavedQuery(
        "beds-by-class",
        _N("Free beds by class of care"),
        _N("Sums and medians over all hospitals; the oldest report decides how fresh the sum is."),
    ),
    SavedQuery(
        "market-prices",
        _N("Prices of one day in every market"),
        _N("Read from spreadsheets that the markets send every day."),
    ),
    SavedQuery(
        "price-of-rice",
        _N("What rice costs in each market"),
        _N("Average, lowest and highest price since October. Money is exact: decimal digits, never a float."),
    ),
    SavedQuery(
        "vacancies",
        _N("Open vacancies"),
        _N("Checked by the department of labour, with pay and the last day to apply."),
    ),
    SavedQuery(
        "expiring-licences",
        _N("Licences that expire next quarter"),
        _N("By the last day on which they count. Who holds them is personal, and not asked for."),
    ),
    SavedQuery(
        "emergencies",
        _N("Emergency calls by kind"),
        _N("How many of each there were. Calls themselves are shown to those who answer them."),
    ),
    SavedQuery(
        "alerts",
        _N("Alerts to the public"),
        _N("In the words of the Common Alerting Protocol; what a later alert replaced is left out."),
    ),
    SavedQuery(
        "schools",
        _N("Junior secondary schools and their places"),
        _N("The largest first, with the number of pupils that each may admit."),
    ),
    SavedQuery(
        "next-events",
        _N("What happens in the city"),
        _N("Events from the city's calendar, in the order in which they begin."),
    ),
    SavedQuery(
        "around-here",
        _N("What is around a place"),
        _N("The village at a position, with hospitals, schools and events in it."),
    ),
    SavedQuery(
        "search",
        _N("Search all departments"),
        _N("Words in all their forms, over public records of ten kinds."),
    ),
    SavedQuery(
        "people-by-village",
        _N("How many people live in each village"),
        _N("Rounded to five, so that nobody can be found in it. No filter, for the same reason."),
    ),
    SavedQuery(
        "who-owns-what",
        _N("Departments and their systems"),
        _N("Who answers for which data, under which terms, and how often it changes."),
    ),
)

BY_NAME: Mapping[str | None, SavedQuery] = {saved.name: saved for saved in SAVED}
FIRST = SAVED[0]
