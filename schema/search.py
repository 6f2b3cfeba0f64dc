"""Search in the graph: public records of all subjects by their words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import strawberry

from engine.facts import BatchCall, Parents, Resolved, RowView, Selection
from models.errors import BadInput, NotConnected
from models.records import KEY
from models.search import SEARCHED
from schema.admissions import School
from schema.areas import Area
from schema.context import Context
from schema.emergencies import Alert
from schema.events import Event
from schema.facts import columns_of
from schema.hospitals import Hospital
from schema.jobs import JobPosting
from schema.lanes import field_of
from schema.news import NewsArticle
from schema.prices import Commodity, Market
from schema.services import PublicService

FOUND_DEFAULT, FOUND_MAX = 10, 50
TEXT_CHARS_MAX = 200

SearchResult = Annotated[
    Alert | Area | Commodity | Event | Hospital | JobPosting | Market | NewsArticle | PublicService | School,
    strawberry.union("SearchResult", description="What a search finds: public records of any subject."),
]


async def _search(parents: Parents, call: BatchCall, text: str, first: int | None = None) -> Resolved:  # noqa: ARG001  # the root
    if not text.strip() or len(text) > TEXT_CHARS_MAX:
        raise BadInput("search_text", maximum=TEXT_CHARS_MAX)
    first = FOUND_DEFAULT if first is None else first
    if not 1 <= first <= FOUND_MAX:
        raise BadInput("first_range", argument="first", maximum=FOUND_MAX)
    context: Context = call.context
    search = context.services.search
    if search is None or not search.index.is_made:
        raise NotConnected("search_unready")
    found = await search.find(text, first)
    columns = columns_of(call.selection)
    views: dict[tuple[str, str], RowView] = {}
    for name in dict.fromkeys(name for name, _ in found):
        record = next(searched.record for searched in SEARCHED if searched.record.name == name)
        keys = [key for other, key in found if other == name]
        ones = await context.services.relations.one(context.request, record, KEY, keys, columns.only(record))
        views |= {
            (name, key): RowView(ones.batch, row) for key, row in zip(keys, ones.rows, strict=True) if row is not None
        }
    # What has gone since the index was made is left out.
    return [[views[place] for place in found if place in views]]


def _rows_max(arguments: Mapping[str, Any], _: Selection) -> int:
    return min(FOUND_MAX, arguments.get("first") or FOUND_DEFAULT)


@strawberry.type
class SearchQuery:
    search: list[SearchResult] | None = field_of(
        _search,
        "Public records of any subject that have these words, the best first. Words are found in all their forms, and "
        "the last one may be begun.",
        reads="search",
        rows_max=_rows_max,
        calls=lambda *_: len(SEARCHED),
        arguments={
            "text": (str, f"The words, {TEXT_CHARS_MAX} characters at most."),
            "first": (int | None, f"How many at most: {FOUND_DEFAULT} unless said, {FOUND_MAX} at most."),
        },
    )
