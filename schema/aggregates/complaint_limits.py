"""The time limits of complaints in the graph: when the city has promised to answer, and how long it took."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, cast

import strawberry

from connectors.criteria import Order
from engine.facts import BatchCall, Children, FieldFacts, Parents, Resolved
from models.city import ComplaintLimits
from models.complaints import Complaint, ComplaintStatus, ComplaintStatusDetail, ComplaintUrgency, StatusChange
from models.predicates import EVERYTHING, Compare, Not, Operator, Predicate, is_in
from models.values.working_time import WorkingTime
from resolvers.lists import ListArguments, Page, Window
from resolvers.reads import Columns
from schema.aggregates.complaint_times import working_time_of
from schema.core import relay
from schema.core.context import Context
from schema.core.fields import batch_of
from schema.core.lanes import field_of
from schema.core.vocabularies import words

_TIMES = FieldFacts(joined=("requested_at", "status"))
_ONE_STEP = Window(1, backwards=False, keyset=None)

words(ComplaintUrgency)


@strawberry.type(description="How long a step in the handling of a complaint took.")
class HandlingTime:
    at: datetime = strawberry.field(description="When the step was taken.")
    hours: float = strawberry.field(description="The hours from the report to the step, nights and days off included.")
    working_hours: float = strawberry.field(
        description="The hours from the report to the step in which the city's offices were open."
    )


def urgency_of(limits: ComplaintLimits, clock: WorkingTime, began_at: datetime, now: datetime) -> ComplaintUrgency:
    """The urgency of an open complaint; see ComplaintLimits."""
    if clock.ends_after(began_at, limits.forward_within_days) > now:
        return ComplaintUrgency.GREEN
    if clock.ends_after(began_at, limits.respond_within_days) > now:
        return ComplaintUrgency.YELLOW
    return ComplaintUrgency.RED


def _reports(parents: Parents) -> Sequence[tuple[datetime | None, ComplaintStatus]]:
    """When each complaint was reported, and whether it is open."""
    batch = batch_of(parents)
    times, statuses = batch.joining("requested_at"), batch.joining("status")
    return [
        (cast(datetime | None, times[row]), cast(ComplaintStatus, statuses[row] or ComplaintStatus.UNKNOWN))
        for row in parents.rows
    ]


def _due_at(parents: Parents, call: BatchCall) -> Resolved:
    context: Context = call.context
    city = context.services.city
    limits, clock = city.complaint_limits, working_time_of(city)
    if limits is None:
        return [None] * len(parents)
    return [
        clock.ends_after(at, limits.respond_within_days).astimezone(city.time_zone) if at is not None else None
        for at, _ in _reports(parents)
    ]


def _is_overdue(parents: Parents, call: BatchCall) -> Resolved:
    urgencies = _urgencies(parents, call.context)
    known = {ComplaintUrgency.UNKNOWN: None, None: False}
    return [known.get(urgency, urgency is ComplaintUrgency.RED) for urgency in urgencies]


def _urgency(parents: Parents, call: BatchCall) -> Resolved:
    return _urgencies(parents, call.context)


def _urgency_label(parents: Parents, call: BatchCall) -> Resolved:
    context: Context = call.context
    urgencies = _urgencies(parents, context)
    return [urgency.label_in(context.request.language) if urgency is not None else None for urgency in urgencies]


def _urgencies(parents: Parents, context: Context) -> Sequence[ComplaintUrgency | None]:
    """The urgency of each complaint; None for a closed one."""
    city, now = context.services.city, context.request.now
    limits, clock = city.complaint_limits, working_time_of(city)
    marks: list[ComplaintUrgency | None] = []
    for at, status in _reports(parents):
        if status is ComplaintStatus.CLOSED:
            marks.append(None)
        elif limits is None or at is None or status is ComplaintStatus.UNKNOWN:
            marks.append(ComplaintUrgency.UNKNOWN)
        else:
            marks.append(urgency_of(limits, clock, at, now))
    return marks


async def _first_response(parents: Parents, call: BatchCall) -> Resolved:
    pages = await _steps(parents, call.context, EVERYTHING, Order("at"))
    return _handling_times(parents, call.context, pages, lambda _: True)


async def _resolution(parents: Parents, call: BatchCall) -> Resolved:
    is_done = is_in("status_detail", ComplaintStatusDetail.DONE)
    pages = await _steps(parents, call.context, is_done, Order("at", descending=True))
    return _handling_times(parents, call.context, pages, lambda status: status is ComplaintStatus.CLOSED)


async def _steps(parents: Parents, context: Context, where: Predicate, order: Order) -> list[Page]:
    """The first step of each complaint, in this order, among the steps that satisfy `where`."""
    keys = batch_of(parents).joining("id")
    return await context.services.relations.many(
        context.request,
        StatusChange,
        Complaint.relations["history"],
        [keys[row] for row in parents.rows],
        Columns(joined=frozenset({"at"})),
        ListArguments(_ONE_STEP, where, (order,)),
    )


async def _last_change(parents: Parents, call: BatchCall) -> Resolved:
    zone = call.context.services.city.time_zone
    return [at.astimezone(zone) if at is not None else None for at in await last_changes(parents, call.context)]


async def last_changes(parents: Parents, context: Context) -> Sequence[datetime | None]:
    """When each complaint had its last step whose time is known, or was reported where there is none."""
    is_dated = Not(Compare("at", Operator.IS_NULL, ()))
    pages = await _steps(parents, context, is_dated, Order("at", descending=True))
    last = (cast(datetime | None, page.batch.joining("at")[page.rows[0]]) if page.rows else None for page in pages)
    return [
        max(filter(None, (at, began_at)), default=None)
        for at, (began_at, _) in zip(last, _reports(parents), strict=True)
    ]


def _handling_times(
    parents: Parents, context: Context, pages: Sequence[Page], counts: Callable[[ComplaintStatus], bool]
) -> Resolved:
    city = context.services.city
    clock = working_time_of(city)
    ats: list[datetime] = []
    reported: list[datetime] = []
    rows: list[int | None] = []
    for (began_at, status), page in zip(_reports(parents), pages, strict=True):
        at = cast(datetime | None, page.batch.joining("at")[page.rows[0]]) if page.rows else None
        known = at is not None and began_at is not None and began_at <= at and counts(status)
        rows.append(len(ats) if known else None)
        if known:
            ats.append(cast(datetime, at))
            reported.append(cast(datetime, began_at))
    columns: dict[str, Sequence[Any]] = {
        "at": [at.astimezone(city.time_zone) for at in ats],
        "hours": [(at - began_at).total_seconds() / 3600 for began_at, at in zip(reported, ats, strict=True)],
        "working_hours": list(map(clock.hours_between, reported, ats)),
    }
    return Children(relay.Columns(columns), rows)


def _field(batch: Callable[..., Any], description: str) -> Any:
    return field_of(batch, description, facts=_TIMES)


def _step_field(batch: Callable[..., Any], description: str) -> Any:
    facts = FieldFacts(joined=(*_TIMES.joined, "id"))
    return field_of(batch, description, facts=facts, reads=StatusChange.name)


def due_at() -> Any:
    return _field(_due_at, "Until when the city has promised an answer. Null where it has promised none.")


def is_overdue() -> Any:
    return _field(_is_overdue, "Whether it is still open although that time is over. Null where nobody knows.")


def urgency() -> Any:
    return _field(_urgency, "How it stands to the city's time limits. Null once it is closed.")


def urgency_label() -> Any:
    return _field(_urgency_label, "How it stands to the city's time limits, in the language of the request.")


def time_to_first_response() -> Any:
    return _step_field(_first_response, "How long the first answer took. Null without an answer, or without its time.")


def time_to_resolution() -> Any:
    return _step_field(_resolution, "How long it took until it was done. Null where it is not, or without its time.")


def last_change_at() -> Any:
    return _step_field(_last_change, "When the last step was taken, or else when it was reported.")
