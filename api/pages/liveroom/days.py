"""Days: the last day that each subject has, so that a panel of a slow source says of which day it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from api.pages.answers import Answer
from api.pages.wording import Wording, day_of, moment_of

WEEK = timedelta(days=7)
RESPONSES_OF = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Days:
    """The last days on the city's calendar that have data; today where nobody knows."""

    complaints: date
    incidents: date
    prices: date
    now: datetime

    @classmethod
    def of(cls, answer: Answer, wording: Wording) -> Days:
        return cls(
            _last(answer, "complaints", "requestedAt", wording),
            _last(answer, "incidents", "reportedAt", wording),
            day_of(_first(answer, "marketPrices", "day")) or wording.today,
            wording.here(wording.now).replace(second=0, microsecond=0),
        )

    def start_of(self, day: date) -> str:
        """Where a day begins in the city."""
        return datetime.combine(day, time(), self.now.tzinfo).isoformat()


def _first(answer: Answer, name: str, field: str) -> Any:
    return next((row[field] for row in answer.rows(name)), None)


def _last(answer: Answer, name: str, field: str, wording: Wording) -> date:
    moment = moment_of(_first(answer, name, field))
    return wording.here(moment).date() if moment is not None else wording.today


def nothing(_: Days) -> dict[str, Any]:
    """For questions without variables."""
    return {}


def coming(days: Days) -> dict[str, Any]:
    return {"now": days.now.isoformat()}


def responses(days: Days) -> dict[str, Any]:
    return {"since": days.start_of(days.complaints - RESPONSES_OF)}


def prices(days: Days) -> dict[str, Any]:
    return {"day": days.prices.isoformat(), "weekBefore": (days.prices - WEEK).isoformat()}


def emergencies(days: Days) -> dict[str, Any]:
    after = days.incidents + timedelta(days=1)
    return {"now": days.now.isoformat(), "since": days.start_of(after - WEEK), "until": days.start_of(after)}
