"""The panels of the control room: one line each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from api.pages.answers import Answer
from api.pages.frame import gettext_noop
from api.pages.liveroom import days, questions, views
from api.pages.liveroom.days import Days
from api.pages.liveroom.shown import Shown
from api.pages.wording import Wording

_N = gettext_noop


@dataclass(frozen=True, slots=True)
class Panel:
    """One question, how its answer is shown, and the day that it is of, where that is not today."""

    name: str
    title: str
    question: str
    view: Callable[[Answer, Wording], Shown]
    variables: Callable[[Days], dict[str, Any]] = days.nothing
    day: Callable[[Days], date] | None = None


PANELS: tuple[Panel, ...] = (
    Panel("complaints", _N("Open complaints"), questions.COMPLAINTS, views.complaints),
    Panel("emergencies", _N("Alerts and emergencies"), questions.EMERGENCIES, views.emergencies, days.emergencies,
          lambda known: known.incidents),
    Panel("beds", _N("Beds in hospitals"), questions.BEDS, views.beds),
    Panel("responses", _N("Time to the first answer"), questions.RESPONSES, views.responses, days.responses,
          lambda known: known.complaints),
    Panel("prices", _N("Prices on the markets"), questions.PRICES, views.prices, days.prices,
          lambda known: known.prices),
    Panel("licenses", _N("Licences in progress"), questions.LICENSES, views.licenses),
    Panel("jobs", _N("Open jobs"), questions.JOBS, views.jobs),
    Panel("admissions", _N("School admissions"), questions.ADMISSIONS, views.admissions),
    Panel("events", _N("Next events"), questions.EVENTS, views.events, days.coming),
)  # fmt: skip
"""In the order of the wall: what somebody has to act on comes first."""

MAP, SOURCES = "map", "sources"
"""Two more panels: the districts, and how the departments' systems are, which no question to the graph tells."""

NAMES: frozenset[str] = frozenset({MAP, SOURCES, *(panel.name for panel in PANELS)})
