"""Feedback in the graph: who else has the problem, and whether its reporter calls it resolved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast

import strawberry

from engine.facts import BatchCall, FieldFacts, Parents, Resolved
from models.actions.feedback import ComplaintStage, FeedbackCounts, FeedbackKind, stage_of
from models.complaints import ComplaintStatusDetail, StatusChange
from models.errors import NotConnected
from schema.aggregates.complaint_limits import last_changes
from schema.core.context import Context
from schema.core.fields import batch_of
from schema.core.lanes import field_of
from schema.core.vocabularies import words
from store.feedback import Feedback

_KEY = FieldFacts(joined=("id",))
_NOTHING = FeedbackCounts()

for _vocabulary in (ComplaintStage, FeedbackKind):
    words(_vocabulary)


@strawberry.type(description="What residents say of a complaint, and its reporter of the answer.")
class ComplaintFeedback:
    supporters: int = strawberry.field(description="How many say that it is their problem too.")
    ratings: int = strawberry.field(description="How often the answer was rated: once at most, by the reporter.")
    average_rating: float | None = strawberry.field(description="The rating, from 1 to 5; null without one.")
    confirmed_at: datetime | None = strawberry.field(description="When the reporter said that it is resolved.")
    rejected_at: datetime | None = strawberry.field(description="When the reporter last said that it is not.")
    mine: list[FeedbackKind] = strawberry.field(description="What the viewer has said of it.")


def _feedback_of(context: Context) -> Feedback:
    if context.services.feedback is None:
        raise NotConnected("not_connected", subject="feedback")
    return context.services.feedback


def _keys(parents: Parents) -> list[str]:
    column = batch_of(parents).joining("id")
    return [str(column[row]) for row in parents.rows]


async def _counts(parents: Parents, call: BatchCall) -> Sequence[FeedbackCounts]:
    keys = _keys(parents)
    counts = await _feedback_of(call.context).counts_of(list(dict.fromkeys(keys)))
    return [counts.get(key, _NOTHING) for key in keys]


async def _supporters(parents: Parents, call: BatchCall) -> Resolved:
    return [counts.supporters for counts in await _counts(parents, call)]


async def _feedback(parents: Parents, call: BatchCall) -> Resolved:
    context: Context = call.context
    keys, counts = _keys(parents), await _counts(parents, call)
    viewer, mine = context.request.viewer, cast("Mapping[str, frozenset[FeedbackKind]]", {})
    if viewer.nik is not None and "mine" in call.selection.names:
        mine = await _feedback_of(context).kinds_by(viewer, list(dict.fromkeys(keys)))
    zone = context.services.city.time_zone
    return [
        ComplaintFeedback(
            supporters=one.supporters,
            ratings=one.ratings,
            average_rating=one.average_rating,
            confirmed_at=one.confirmed_at.astimezone(zone) if one.confirmed_at else None,
            rejected_at=one.rejected_at.astimezone(zone) if one.rejected_at else None,
            mine=sorted(mine.get(key, ()), key=lambda kind: kind.value),
        )
        for key, one in zip(keys, counts, strict=True)
    ]


async def _stages(parents: Parents, call: BatchCall) -> Sequence[ComplaintStage]:
    context: Context = call.context
    details = batch_of(parents).joining("status_detail")
    counts, changes = await _counts(parents, call), await last_changes(parents, context)
    return [
        stage_of(
            cast(ComplaintStatusDetail, details[row] or ComplaintStatusDetail.UNKNOWN), at, one, context.request.now
        )
        for row, at, one in zip(parents.rows, changes, counts, strict=True)
    ]


async def _stage(parents: Parents, call: BatchCall) -> Resolved:
    return await _stages(parents, call)


async def _stage_label(parents: Parents, call: BatchCall) -> Resolved:
    language = call.context.request.language
    return [one.label_in(language) for one in await _stages(parents, call)]


_STAGE = FieldFacts(joined=("id", "status_detail", "status", "requested_at"))


def supporters() -> Any:
    return field_of(_supporters, "How many residents say that it is their problem too.", facts=_KEY)


def feedback() -> Any:
    return field_of(_feedback, "What residents say of it.", facts=_KEY)


def stage() -> Any:
    about = "How far it is, the reporter's word included: what a department calls done awaits confirmation for 7 days."
    return field_of(_stage, about, facts=_STAGE, reads=StatusChange.name)


def stage_label() -> Any:
    return field_of(
        _stage_label, "The label of `stage` in the language of the request.", facts=_STAGE, reads=StatusChange.name
    )
