"""The saved queries of the explorer, about a city's own areas and days. Each runs unchanged, for everybody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.pages.frame import WEB, gettext_noop
from connectors.catalog import Catalog
from models.city import City

_N = gettext_noop


@dataclass(frozen=True, slots=True)
class SavedQuery:
    """A query, named like its file, and the records that it `needs`. Title and explanation are of the catalogue."""

    name: str
    title: str
    about: str
    needs: tuple[str, ...] = ()
    text: str = ""


_SAVED: tuple[SavedQuery, ...] = (
    SavedQuery(
        "area-today",
        _N("An area and its newest complaints"),
        _N("Two departments in one question: the area, and what its residents have reported and nobody has closed."),
        needs=("areas", "complaints"),
    ),
    SavedQuery(
        "open-by-area",
        _N("Open complaints by area"),
        _N("Counted by the department's own database, rolled up from the smallest areas."),
        needs=("areas", "complaints"),
    ),
    SavedQuery(
        "complaints-by-month",
        _N("Complaints by month and status"),
        _N("A series without gaps, ready for a chart: a month without a complaint is a zero."),
        needs=("complaints",),
    ),
    SavedQuery(
        "quarter-compared",
        _N("This quarter against the one before"),
        _N("Kinds of problems, with the count of the period before beside each."),
        needs=("complaints", "complaint_categories"),
    ),
    SavedQuery(
        "overdue-complaints",
        _N("Complaints that wait longest"),
        _N("When each is due by the city's working calendar, and whether that has passed."),
        needs=("complaints",),
    ),
    SavedQuery(
        "complaint-history",
        _N("What became of complaints"),
        _N("Each step with its time, and how many working hours it took to the end."),
        needs=("complaints", "complaint_status_changes"),
    ),
    SavedQuery(
        "free-beds",
        _N("Free beds by hospital"),
        _N("By class of care. A number that is older than agreed is marked as stale, not hidden."),
        needs=("hospitals", "bed_availability"),
    ),
    SavedQuery(
        "beds-by-class",
        _N("Free beds by class of care"),
        _N("Sums and medians over all hospitals; the oldest report decides how fresh the sum is."),
        needs=("bed_availability",),
    ),
    SavedQuery(
        "market-prices",
        _N("Prices of one day in every market"),
        _N("Read from spreadsheets that the markets send every day."),
        needs=("market_prices",),
    ),
    SavedQuery(
        "price-of-goods",
        _N("What one commodity costs in each market"),
        _N("Average, lowest and highest price of this quarter. Money is exact: decimal digits, never a float."),
        needs=("market_prices",),
    ),
    SavedQuery(
        "vacancies",
        _N("Open vacancies"),
        _N("Checked by the department of labour, with pay and the last day to apply."),
        needs=("job_postings",),
    ),
    SavedQuery(
        "expiring-licences",
        _N("Licences that expire next quarter"),
        _N("By the last day on which they count. Who holds them is personal, and not asked for."),
        needs=("licenses",),
    ),
    SavedQuery(
        "emergencies",
        _N("Emergency calls by kind"),
        _N("How many of each there were. Calls themselves are shown to those who answer them."),
        needs=("incidents",),
    ),
    SavedQuery(
        "alerts",
        _N("Alerts to the public"),
        _N("In the words of the Common Alerting Protocol; what a later alert replaced is left out."),
        needs=("alerts",),
    ),
    SavedQuery(
        "schools",
        _N("Junior secondary schools and their places"),
        _N("The largest first, with the number of pupils that each may admit."),
        needs=("schools",),
    ),
    SavedQuery(
        "next-events",
        _N("What happens in the city"),
        _N("Events from the city's calendar, in the order in which they begin."),
        needs=("events",),
    ),
    SavedQuery(
        "around-here",
        _N("What is around a place"),
        _N("The smallest area at a position, with hospitals, schools and events in it."),
        needs=("areas", "hospitals", "schools", "events"),
    ),
    SavedQuery(
        "search",
        _N("Search all departments"),
        _N("Words in all their forms, over public records of eleven kinds."),
        needs=("areas",),
    ),
    SavedQuery(
        "people-by-area",
        _N("How many people live in each area"),
        _N("Rounded to five, so that nobody can be found in it. No filter, for the same reason."),
        needs=("citizens",),
    ),
    SavedQuery(
        "who-owns-what",
        _N("Departments and their systems"),
        _N("Who answers for which data, under which terms, and how often it changes."),
    ),
)

_files = Environment(loader=FileSystemLoader(WEB / "queries"), undefined=StrictUndefined, autoescape=False)  # noqa: S701  # they are no pages


def saved_queries(city: City, now: datetime) -> Sequence[SavedQuery]:
    """The saved queries of a city, about what it shows in its examples."""
    return _on(city, city.shown.day or now.astimezone(city.time_zone).date())


def saved_with(catalog: Catalog, now: datetime) -> Sequence[SavedQuery]:
    """The saved queries whose records the city has connected. One of them needs none."""
    saved = saved_queries(catalog.city, now)
    return [one for one in saved if all(catalog.named(record) is not None for record in one.needs)]


def chosen_of(saved: Sequence[SavedQuery], name: str | None) -> SavedQuery:
    """The query of this name; the first one if there is none."""
    return next((one for one in saved if one.name == name), saved[0])


@lru_cache(4)
def _on(city: City, day: date) -> Sequence[SavedQuery]:
    shown = city.shown

    def midnight(years: int, month: int, on: int = 1) -> datetime:
        return datetime.combine(date(years, month, on), time(), city.time_zone)

    def quarter(later: int) -> datetime:
        years, number = divmod(day.year * 4 + (day.month - 1) // 3 + later, 4)
        return midnight(years, number * 3 + 1)

    given = {
        "area": shown.area,
        "latitude": shown.position.latitude,
        "longitude": shown.position.longitude,
        "level": city.parts.level.value,
        "words": shown.words,
        "goods": shown.goods,
        "today": midnight(day.year, day.month, day.day),
        "yesterday": day - timedelta(days=1),
        "year": midnight(day.year, 1),
        "quarter_before": quarter(-1),
        "quarter": quarter(0),
        "next_quarter": quarter(1),
        "quarter_after": quarter(2),
    }
    texts = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in given.items()}
    return [replace(one, text=_files.get_template(f"{one.name}.graphql").render(texts)) for one in _SAVED]
