"""Search in the graph: full-text search over public records of all subjects."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, cast

import strawberry
from strawberry.utils.str_converters import to_camel_case

from connectors.replica.text_index import Found
from engine.facts import BatchCall, Children, FieldFacts, Lists, Parents, Resolved, RowView, Selection
from models.batch import Batch
from models.errors import BadInput, NotConnected
from models.predicates import EVERYTHING
from models.records import KEY, Record
from models.sources.search import SEARCHED, SearchableRecord
from resolvers.lists import identity_of
from resolvers.search import Search
from schema.admissions import School
from schema.areas import Area
from schema.complaints import ComplaintCategory
from schema.core import relay
from schema.core.context import Context
from schema.core.facts import columns_of
from schema.core.lanes import field_of
from schema.emergencies import Alert
from schema.events import Event
from schema.hospitals import Hospital
from schema.jobs import JobPosting
from schema.news import NewsArticle
from schema.prices import Commodity, Market
from schema.services import PublicService

FOUND_DEFAULT, FOUND_MAX = 10, 50
TEXT_CHARS_MAX = 200

SearchResult = Annotated[
    Alert
    | Area
    | Commodity
    | ComplaintCategory
    | Event
    | Hospital
    | JobPosting
    | Market
    | NewsArticle
    | PublicService
    | School,
    strawberry.union("SearchResult", description="What a search finds: public records of any subject."),
]

_NAMED: Mapping[str, SearchableRecord] = {searched.record.name: searched for searched in SEARCHED}


def _kind_of(record: type[Record]) -> tuple[str, Any]:
    """The name of a type as that of a value (JOB_POSTING), and the value."""
    name = "".join(f"_{letter}" if letter.isupper() else letter for letter in record.__name__).removeprefix("_")
    return name.upper(), strawberry.enum_value(record.name, description=f"Results of {record.__name__}.")


SearchKind: Any = strawberry.enum(
    Enum("SearchKind", dict(_kind_of(searched.record) for searched in SEARCHED)),  # type: ignore[call-overload]  # a type made at run time
    description="The kinds of what a search finds, each by its type.",
)


async def _views(call: BatchCall, found: Found) -> list[RowView | None]:
    """The rows of what was found; None for what is gone."""
    context: Context = call.context
    columns = columns_of(call.selection)
    views: dict[tuple[str, str], RowView] = {}
    for name in dict.fromkeys(name for name, _ in found.places):
        searched = _NAMED[name]
        keys = [key for other, key in found.places if other == name]
        ones = await context.services.relations.one(
            context.request, searched.record, KEY, keys, columns.only(searched.record)
        )
        views |= {
            (name, key): RowView(ones.batch, row) for key, row in zip(keys, ones.rows, strict=True) if row is not None
        }
    return [views.get(place) for place in found.places]


def _search_of(call: BatchCall, text: str, first: int | None) -> tuple[Search, int]:
    """The search, and how many results to give. Raises BadInput, and NotConnected before there is an index."""
    if not text.strip() or len(text) > TEXT_CHARS_MAX:
        raise BadInput("search_text", maximum=TEXT_CHARS_MAX)
    first = FOUND_DEFAULT if first is None else first
    if not 1 <= first <= FOUND_MAX:
        raise BadInput("first_range", argument="first", maximum=FOUND_MAX)
    context: Context = call.context
    search = context.services.search
    if search is None or not search.index.is_made:
        raise NotConnected("search_unready")
    return search, first


async def _search(parents: Parents, call: BatchCall, text: str, first: int | None = None) -> Resolved:  # noqa: ARG001  # the root
    search, first = _search_of(call, text, first)
    # Records that were deleted after indexing are left out.
    return [[view for view in await _views(call, await search.find(text, first)) if view is not None]]


@dataclass(frozen=True, slots=True)
class _Page:
    """One page of results: the table of its connection, which has one row, and of its edges.

    `shown` has the place of each result in the whole list, and its row.
    """

    context: Context
    asked: str
    kinds: tuple[str, ...]
    start: int
    stop: int
    counts: Mapping[str, int]
    shown: Sequence[tuple[int, RowView]]

    def column(self, name: str) -> Sequence[Any]:
        raise LookupError(f"A page of results has no column {name}.")

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def cursor(self, row: int) -> str:
        return self.context.services.cursors.encode(_identity(self.asked, self.kinds), "search", (self.shown[row][0],))

    def info(self) -> Mapping[str, Sequence[Any]]:
        return {
            "has_next_page": [self.total > self.stop],
            "has_previous_page": [self.start > 0],
            "start_cursor": [self.cursor(0) if self.shown else None],
            "end_cursor": [self.cursor(-1) if self.shown else None],
        }

    def highlights(self, row: int) -> list[tuple[str, list[str]]]:
        """The fields of a result in which the words are, each with its excerpt."""
        view, index = self.shown[row][1], cast(Search, self.context.services.search).index
        batch = cast(Batch, view.table)
        found = []
        for name in _NAMED[batch.record].fields:
            text = batch.joining(name)[view.row] if name not in batch.errors else None
            excerpt = index.excerpt(str(text), self.asked) if text is not None else None
            if excerpt is not None:
                found.append((to_camel_case(name), excerpt))
        return found


def _identity(text: str, kinds: tuple[str, ...]) -> bytes:
    return identity_of(f"searchResults {text!r} {kinds}", EVERYTHING, ())


async def _results(
    parents: Parents,  # noqa: ARG001  # the root
    call: BatchCall,
    text: str,
    kinds: Sequence[Enum] | None = None,
    first: int | None = None,
    after: str | None = None,
) -> Resolved:
    context: Context = call.context
    search, first = _search_of(call, text, first)
    names = tuple(sorted(str(kind.value) for kind in kinds or ()))
    start = 0
    if after is not None:
        (place,) = context.services.cursors.decode(_identity(text, names), after, before=False).values
        start = cast(int, place)
    found = await search.find(text, first, names, start)
    views = await _views(call, found)
    # Records that were deleted after indexing are left out.
    shown = [(at, view) for at, view in enumerate(views, start + 1) if view is not None]
    counts = {name: count for name, count in found.counts.items() if not names or name in names}
    return Children(_Page(context, text, names, start, start + first, counts, shown), [0])


def _page(parents: Parents) -> _Page:
    return cast(_Page, parents.table)


def _highlights(parents: Parents, _: BatchCall) -> Resolved:
    fields: list[str] = []
    excerpts: list[list[str]] = []
    lists: list[range] = []
    for row in parents.rows:
        found = _page(parents).highlights(row)
        lists.append(range(len(fields), len(fields) + len(found)))
        fields += [field for field, _ in found]
        excerpts += [excerpt for _, excerpt in found]
    return Lists(relay.Columns({"field": fields, "excerpt": excerpts}), lists)


def _counts(parents: Parents, _: BatchCall) -> Resolved:
    counts = _page(parents).counts
    columns = {"kind": [SearchKind(name) for name in counts], "count": [*counts.values()]}
    return Lists(relay.Columns(columns), [range(len(counts))])


@strawberry.type(description="Where in a result the words are.")
class SearchHighlight:
    field: str = strawberry.field(description="The field that has them, such as `headline`.")
    excerpt: list[str] = strawberry.field(
        description="A part of its text, cut where the words begin and end: each second piece, from the second on, is "
        "one of the words. Plain text, never HTML."
    )


@strawberry.type(description="How many results there are of one kind.")
class SearchCount:
    kind: SearchKind = strawberry.field(description="The kind.")
    count: int = strawberry.field(description="How many there are, on all pages.")


@strawberry.type(description="One result, with its place.")
class SearchEdge:
    cursor: str = field_of(
        lambda parents, _: [_page(parents).cursor(row) for row in parents.rows], "The place of this result in the list."
    )
    node: SearchResult = field_of(
        lambda parents, _: [_page(parents).shown[row][1] for row in parents.rows], "The record itself."
    )
    highlights: list[SearchHighlight] = field_of(
        _highlights,
        "Where the words are, in the language of the request.",
        facts=FieldFacts(joined=tuple(sorted({name for searched in SEARCHED for name in searched.fields}))),
    )


@strawberry.type(description="A page of what a search finds, the best first.")
class SearchConnection:
    edges: list[SearchEdge] = field_of(
        lambda parents, _: Lists(_page(parents), [range(len(_page(parents).shown))]), "The results with their cursors."
    )
    nodes: list[SearchResult] = field_of(
        lambda parents, _: [[view for _, view in _page(parents).shown]], "The results."
    )
    page_info: relay.PageInfo = field_of(
        lambda parents, _: Children(relay.Columns(_page(parents).info()), [0]), "Where the page lies in the list."
    )
    total_count: int = field_of(
        lambda parents, _: [_page(parents).total], "How many results there are on all pages, of the kinds asked for."
    )
    counts: list[SearchCount] = field_of(_counts, "How many there are of each kind asked for, the most first.")


def _rows_max(arguments: Mapping[str, Any], _: Selection) -> int:
    return min(FOUND_MAX, arguments.get("first") or FOUND_DEFAULT)


_WORDS = (
    "Public records of any subject that have all of these words, or else any of them, the best first. Words are found "
    "in all their forms, and the last one may be begun."
)
_TEXT: tuple[Any, str] = (str, f"The words, {TEXT_CHARS_MAX} characters at most.")
_FIRST: tuple[Any, str] = (int | None, f"How many at most: {FOUND_DEFAULT} unless said, {FOUND_MAX} at most.")


@strawberry.type
class SearchQuery:
    search: list[SearchResult] | None = field_of(
        _search,
        _WORDS,
        reads="search",
        rows_max=_rows_max,
        calls=lambda *_: len(SEARCHED),
        arguments={"text": _TEXT, "first": _FIRST},
    )
    search_results: SearchConnection | None = field_of(
        _results,
        f"{_WORDS} With counts by kind, highlights and pages.",
        reads="search",
        rows_max=_rows_max,
        calls=lambda *_: len(SEARCHED),
        arguments={
            "text": _TEXT,
            "kinds": (list[SearchKind] | None, "Only results of these kinds."),
            "first": _FIRST,
            "after": (str | None, "Only results after this cursor."),
        },
    )
