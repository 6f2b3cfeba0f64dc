"""Similar complaints in the graph: what may be reported already, to support it instead of reporting it again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, cast

import strawberry

from engine.facts import BatchCall, Children, Lists, Parents, Resolved
from models.actions.complaints import TEXT_CHARS_MAX, ReportComplaint
from models.complaints import Complaint as ComplaintRecord
from models.errors import BadInput
from models.policy.actions import require_actor
from models.records import KEY
from resolvers.duplicates import METERS_MAX, SIMILAR_MAX, Report, Similar, similar
from schema.actions.fields import acting_of
from schema.core.context import Context
from schema.core.facts import columns_of
from schema.core.lanes import field_of
from schema.core.places import PositionInput, position_of
from schema.core.relay import Columns

if TYPE_CHECKING:
    from schema.complaints import Complaint


async def _complaints(parents: Parents, call: BatchCall) -> Resolved:
    context: Context = call.context
    keys = list(cast("list[str]", parents.column(KEY)))
    columns = columns_of(call.selection)
    ones = await context.services.relations.one(context.request, ComplaintRecord, KEY, keys, columns)
    if ones.batch is None:
        return [None] * len(keys)
    return Children(ones.batch, [ones.rows[row] for row in parents.rows])


@strawberry.type(description="An open complaint that may be about the same problem.")
class SimilarComplaint:
    distance_meters: float = strawberry.field(description="How far it is, as the crow flies.")
    score: float = strawberry.field(description="How alike they are, from 0 to 1.")
    complaint: Annotated[Complaint, strawberry.lazy("schema.complaints")] | None = field_of(
        _complaints, "The complaint.", reads=ComplaintRecord.name, rows_max=lambda *_: 1
    )


async def _similar(_: Parents, call: BatchCall, **given: Any) -> Resolved:
    context: Context = call.context
    request, acting = context.request, acting_of(context)
    require_actor(request.viewer, request.purpose, ReportComplaint)
    if len(given["description"]) > TEXT_CHARS_MAX:
        raise BadInput("text_long", maximum=TEXT_CHARS_MAX)
    report = Report(given["category_code"], position_of(given["position"]), given["description"])
    found = await similar(acting.records, acting.area_at, acting.city.stemmer, request, report)
    return Lists(_table(found), [range(len(found))])


def _table(found: list[Similar]) -> Columns:
    return Columns(
        {
            KEY: [one.key for one in found],
            "distance_meters": [round(one.meters, 1) for one in found],
            "score": [round(one.score, 3) for one in found],
        }
    )


@strawberry.type
class SimilarQuery:
    similar_complaints: list[SimilarComplaint] | None = field_of(
        _similar,
        f"Open complaints within {METERS_MAX} meters that may be about the same problem, the most alike first: for "
        "those who may report one, before they do. Suggested, never merged.",
        reads=ComplaintRecord.name,
        rows_max=lambda *_: SIMILAR_MAX,
        calls=lambda *_: 6,
        arguments={
            "category_code": (str, "The code of the kind of problem."),
            "position": (PositionInput, "Where it is."),
            "description": (str, "What is wrong, in the reporter's words."),
        },
    )
