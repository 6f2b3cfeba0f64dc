"""Complaint figures: how the complaints of a group stand to the city's time limits, and how long they took.

Limits are compared with now: a complaint counts as its fields `isOverdue` and `urgency` say at that moment.
"""

from __future__ import annotations

from datetime import datetime

from models.city import City
from models.complaints import ComplaintHandling, ComplaintStatus
from models.predicates import EVERYTHING, And, Compare, Not, Operator, Or, Predicate, is_in
from schema.complaint_limits import working_time_of
from schema.group_extras import Extras, PartFigure, TimeFigure

_OPEN = is_in("status", ComplaintStatus.OPEN)
_UNDATED = Compare("requested_at", Operator.IS_NULL, ())


def _before(city: City, now: datetime, working_days: int) -> Predicate:
    """Reported so long ago that a limit of so many working days is over."""
    return Compare("requested_at", Operator.LT, (working_time_of(city).began_before(now, working_days),))


def _overdue(city: City, now: datetime) -> Predicate | None:
    limits = city.complaint_limits
    return None if limits is None else And((_OPEN, _before(city, now, limits.respond_within_days)))


def _yellow(city: City, now: datetime) -> Predicate | None:
    limits = city.complaint_limits
    if limits is None:
        return None
    is_late = _before(city, now, limits.forward_within_days)
    return And((_OPEN, is_late, Not(_before(city, now, limits.respond_within_days))))


def _green(city: City, now: datetime) -> Predicate | None:
    limits = city.complaint_limits
    if limits is None:
        return None
    return And((_OPEN, Not(_UNDATED), Not(_before(city, now, limits.forward_within_days))))


def _unknown(city: City, _: datetime) -> Predicate | None:
    lost = Or((is_in("status", ComplaintStatus.UNKNOWN), And((_OPEN, _UNDATED))))
    return None if city.complaint_limits is None else lost


COMPLAINT_EXTRAS = Extras(
    parts=(
        PartFigure("overdue_count", "overdue", "How many are open although the time to answer them is over", _overdue),
        PartFigure("green_count", "green", "How many are open and can still be forwarded in time", _green),
        PartFigure(
            "yellow_count",
            "yellow",
            "How many are open, too late to be forwarded in time, and can still be answered in time",
            _yellow,
        ),
        PartFigure("red_count", "overdue", "How many are open and can no longer be answered in time", _overdue),
        PartFigure(
            "unknown_urgency_count",
            "unknown_urgency",
            "Of how many nobody knows how they stand: when they were reported, or whether they are open, is lost",
            _unknown,
        ),
    ),
    times=(
        TimeFigure(
            "time_to_first_response",
            "How long the first answer took, of those that have one",
            ComplaintHandling,
            "requested_at",
            "responded_at",
            EVERYTHING,
        ),
        TimeFigure(
            "time_to_resolution",
            "How long it took until it was done, of those that are closed",
            ComplaintHandling,
            "requested_at",
            "resolved_at",
            is_in("status", ComplaintStatus.CLOSED),
        ),
    ),
)
