"""Finds complaints by the city's time limits, in comparisons of when they were reported and whether they are open.

They mean what the fields `dueAt`, `isOverdue` and `urgency` of a complaint say.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from typing import cast

from models.city import City, ComplaintLimits
from models.complaints import Complaint, ComplaintStatus, ComplaintUrgency
from models.errors import NotSupported
from models.predicates import NOTHING, And, Compare, Not, Operator, Or, Predicate, Related, is_in
from models.values.working_time import WorkingTime
from schema.core.derived import DERIVED, DerivedField

OPEN = is_in("status", ComplaintStatus.OPEN)
_DATED = Not(Compare("requested_at", Operator.IS_NULL, ()))
_SHORTEST = timedelta(microseconds=1)


@cache
def working_time_of(city: City) -> WorkingTime:
    return WorkingTime(city.calendar, city.time_zone)


def late(city: City, now: datetime, working_days: int) -> Predicate:
    """Reported so long ago that a limit in working days is over."""
    return Compare("requested_at", Operator.LT, (working_time_of(city).began_before(now, working_days),))


def _red(city: City, now: datetime, limits: ComplaintLimits) -> Predicate:
    return And((OPEN, late(city, now, limits.respond_within_days)))


def _yellow(city: City, now: datetime, limits: ComplaintLimits) -> Predicate:
    is_late = late(city, now, limits.forward_within_days)
    return And((OPEN, is_late, Not(late(city, now, limits.respond_within_days))))


def _green(city: City, now: datetime, limits: ComplaintLimits) -> Predicate:
    return And((OPEN, _DATED, Not(late(city, now, limits.forward_within_days))))


def _unknown(city: City, now: datetime, limits: ComplaintLimits) -> Predicate:  # noqa: ARG001  # one of four
    return Or((is_in("status", ComplaintStatus.UNKNOWN), And((OPEN, Not(_DATED)))))


_OF_URGENCY: dict[ComplaintUrgency, Callable[[City, datetime, ComplaintLimits], Predicate]] = {
    ComplaintUrgency.RED: _red,
    ComplaintUrgency.YELLOW: _yellow,
    ComplaintUrgency.GREEN: _green,
    ComplaintUrgency.UNKNOWN: _unknown,
}


def with_urgency(urgency: ComplaintUrgency) -> Callable[[City, datetime], Predicate | None]:
    """The complaints of an urgency, for a city and a moment; None in a city that has promised nothing."""

    def predicate(city: City, now: datetime) -> Predicate | None:
        limits = city.complaint_limits
        return _OF_URGENCY[urgency](city, now, limits) if limits is not None else None

    return predicate


def _limits_of(city: City) -> ComplaintLimits:
    if city.complaint_limits is None:
        raise NotSupported("limits_none")
    return city.complaint_limits


def _due(city: City, _: datetime, asked: Compare) -> Predicate:
    if asked.operator is Operator.IS_NULL:
        return Not(_DATED)
    days = _limits_of(city).respond_within_days
    (bound,) = cast(tuple[datetime], asked.values)
    # A limit that is over at a moment was due at it or before it.
    by, before = late(city, bound, days), late(city, bound - _SHORTEST, days)
    meant = {
        Operator.LT: before,
        Operator.LTE: by,
        Operator.GT: And((_DATED, Not(by))),
        Operator.GTE: And((_DATED, Not(before))),
        Operator.IN: And((by, Not(before))),
    }
    return meant[asked.operator]


def _is_overdue(city: City, now: datetime, asked: Compare) -> Predicate:
    limits = _limits_of(city)
    unknown, red = _unknown(city, now, limits), _red(city, now, limits)
    if asked.operator is Operator.IS_NULL:
        return unknown
    return red if asked.values == (True,) else Not(Or((unknown, red)))


def _urgency(city: City, now: datetime, asked: Compare) -> Predicate:
    limits = _limits_of(city)
    wanted = cast(tuple[ComplaintUrgency, ...], asked.values)
    return Or(tuple(_OF_URGENCY[one](city, now, limits) for one in wanted)) if wanted else NOTHING


def _last_change(city: City, now: datetime, asked: Compare) -> Predicate:  # noqa: ARG001  # one of four
    """The later of the report and the last dated step: the steps are found in their own source."""

    def some(operator: Operator, *values: object) -> Predicate:
        step = Compare("at", operator, values)
        dated = Not(step) if operator is Operator.IS_NULL else step
        own = _DATED if operator is Operator.IS_NULL else Compare("requested_at", operator, values)
        return Or((own, Related(Complaint.relations["history"], dated)))

    known = some(Operator.IS_NULL)
    if asked.operator is Operator.IS_NULL:
        return Not(known)
    (bound,) = asked.values
    meant = {
        Operator.GT: some(Operator.GT, bound),
        Operator.GTE: some(Operator.GTE, bound),
        Operator.LT: And((known, Not(some(Operator.GTE, bound)))),
        Operator.LTE: And((known, Not(some(Operator.GT, bound)))),
        Operator.IN: And((some(Operator.GTE, bound), Not(some(Operator.GT, bound)))),
    }
    return meant[asked.operator]


DERIVED[Complaint.name] = (
    DerivedField("due_at", datetime, "Until when the city has promised an answer", _due, sorts_as="requested_at"),
    DerivedField("is_overdue", bool, "Whether it is still open although that time is over", _is_overdue),
    DerivedField("urgency", ComplaintUrgency, "How an open one stands to the city's time limits", _urgency),
    DerivedField(
        "last_change_at",
        datetime,
        "When the last step was taken, or else when it was reported",
        _last_change,
        relations=2,
    ),
)
