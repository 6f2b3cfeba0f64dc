"""The panels of the control room, one line each, and the days that they show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from api.pages.frame import gettext_noop
from api.pages.liveroom import questions, views
from api.pages.liveroom.views import Shown
from api.pages.queries import PageAnswer
from api.pages.wording import Wording, day_of, moment_of

_N = gettext_noop
WEEK = timedelta(days=7)
DAY = timedelta(days=1)
RESPONSES_OF = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Days:
    """The latest days with data on the city's calendar; None where the source has none or does not answer."""

    complaints: date | None
    incidents: date | None
    prices: date | None
    now: datetime

    @classmethod
    def of(cls, answer: PageAnswer, wording: Wording) -> Days:
        return cls(
            _last(answer, "complaints", "requestedAt", wording),
            _last(answer, "incidents", "reportedAt", wording),
            day_of(_first(answer, "marketPrices", "day")),
            wording.here(wording.now).replace(second=0, microsecond=0),
        )

    def until(self, last: date | None, span: timedelta) -> dict[str, Any]:
        """The variables of a span of whole days in the city, the last of which is `last`, or today."""
        end = (last or self.now.date()) + DAY
        return {"since": self._start_of(end - span), "until": self._start_of(end)}

    def _start_of(self, day: date) -> str:
        return datetime.combine(day, time(), self.now.tzinfo).isoformat()


def _first(answer: PageAnswer, name: str, field: str) -> Any:
    return next((row[field] for row in answer.rows(name)), None)


def _last(answer: PageAnswer, name: str, field: str, wording: Wording) -> date | None:
    moment = moment_of(_first(answer, name, field))
    return wording.here(moment).date() if moment is not None else None


def _no_variables(_: Days) -> dict[str, Any]:
    """The variables of a query without any."""
    return {}


def _coming(days: Days) -> dict[str, Any]:
    return {"now": days.now.isoformat()}


def _responses(days: Days) -> dict[str, Any]:
    return days.until(days.complaints, RESPONSES_OF)


def _prices(days: Days) -> dict[str, Any]:
    day = days.prices or days.now.date()
    return {"day": day.isoformat(), "weekBefore": (day - WEEK).isoformat()}


def _emergencies(days: Days) -> dict[str, Any]:
    return days.until(days.incidents, WEEK)


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel: its query, the view of the answer, and its day if that is not today."""

    name: str
    title: str
    question: str
    view: Callable[[PageAnswer, Wording], Shown]
    variables: Callable[[Days], dict[str, Any]] = _no_variables
    day: Callable[[Days], date | None] = lambda _: None


PANELS: tuple[Panel, ...] = (
    Panel("complaints", _N("Open complaints"), questions.COMPLAINTS, views.complaints),
    Panel("emergencies", _N("Alerts and emergencies"), questions.EMERGENCIES, views.emergencies, _emergencies,
          lambda known: known.incidents),
    Panel("beds", _N("Beds in hospitals"), questions.BEDS, views.beds),
    Panel("responses", _N("Time to first response"), questions.RESPONSES, views.responses, _responses,
          lambda known: known.complaints),
    Panel("prices", _N("Prices on the markets"), questions.PRICES, views.prices, _prices,
          lambda known: known.prices),
    Panel("licenses", _N("Licences in progress"), questions.LICENSES, views.licenses),
    Panel("jobs", _N("Open jobs"), questions.JOBS, views.jobs),
    Panel("admissions", _N("School admissions"), questions.ADMISSIONS, views.admissions),
    Panel("events", _N("Next events"), questions.EVENTS, views.events, _coming),
)  # fmt: skip
"""In the order of the page: panels that need action come first."""

MAP, SOURCES = "map", "sources"
"""Two more panels: the districts, and the state of the departments' systems, which is not in the graph."""

NAMES: frozenset[str] = frozenset({MAP, SOURCES, *(panel.name for panel in PANELS)})
