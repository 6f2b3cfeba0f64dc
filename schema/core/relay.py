"""Relay's global ids and connections, with edges, nodes and cursors."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Generic, NamedTuple, TypeVar, cast

import strawberry

from engine.facts import BatchCall, Children, Lists, Parents, Resolved
from models.batch import Batch
from models.errors import BadInput
from resolvers.lists import Page
from schema.core.cursors import CursorCodec
from schema.core.lanes import field_of

ID_CHARS_MAX = 500


class GlobalId(NamedTuple):
    """A type of the graph and the key of one record. The key is never personal."""

    type_name: str
    key: str

    def __str__(self) -> str:
        return base64.b64encode(f"{self.type_name}:{self.key}".encode()).decode()


def global_ids(type_name: str, keys: Sequence[object]) -> list[str]:
    """The global ids of many records of a type, as texts."""
    encode, prefix = binascii.b2a_base64, f"{type_name}:"
    return [encode(f"{prefix}{key}".encode(), newline=False).decode() for key in keys]


def global_id_of(text: str) -> GlobalId:
    """Parse a global id. Raises BadInput for an id that this graph did not make."""
    try:
        decoded = base64.b64decode(text, validate=True).decode() if len(text) <= ID_CHARS_MAX else ""
    except (binascii.Error, UnicodeDecodeError, ValueError):
        decoded = ""
    type_name, colon, key = decoded.partition(":")
    if not colon or not type_name or not key:
        raise BadInput("id_invalid")
    return GlobalId(type_name, key)


class Columns:
    """A table of known columns."""

    def __init__(self, columns: Mapping[str, Sequence[Any]]) -> None:
        self.columns = columns

    def column(self, name: str) -> Sequence[Any]:
        return self.columns[name]


class Pages:
    """The connections of one list field, one row per parent.

    `pages` and `counts` are there if selected; an Exception in place of the counts is their error.
    """

    def __init__(
        self,
        pages: Sequence[Page],
        counts: Sequence[int] | Exception,
        cursors: CursorCodec,
        identity: Callable[[], bytes],
    ) -> None:
        self._pages = pages
        self._counts = counts
        self._cursors = cursors
        self._identity = identity

    def column(self, name: str) -> Sequence[Any]:
        raise LookupError(f"A connection has no column {name}.")

    def batch(self) -> Batch:
        """The rows of all pages, which were read together."""
        return self._pages[0].batch

    def of(self, rows: Sequence[int]) -> list[Page]:
        return [self._pages[row] for row in rows]

    def counted(self, rows: Sequence[int]) -> list[int]:
        """The number of rows of the whole lists. Raises their error."""
        if isinstance(self._counts, Exception):
            raise self._counts
        return [self._counts[row] for row in rows]

    def cursor(self, row: int) -> str:
        batch = self.batch()
        return self._cursors.encode(self._identity(), batch.origin.place, batch.keyset[row])


class Edges:
    """The edges of connections, one row per shown record."""

    def __init__(self, pages: Pages, rows: Sequence[int]) -> None:
        self.pages = pages
        self.rows = rows

    def column(self, name: str) -> Sequence[Any]:
        raise LookupError(f"An edge has no column {name}.")


NodeT = TypeVar("NodeT")


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether there is more behind this page.")
    has_previous_page: bool = strawberry.field(description="Whether there is something before this page.")
    start_cursor: str | None = strawberry.field(
        description="The cursor of the first row; page backwards with `before`."
    )
    end_cursor: str | None = strawberry.field(description="The cursor of the last row; go on with `after`.")


def _pages(parents: Parents) -> Pages:
    return cast(Pages, parents.table)


def _edge_cursors(parents: Parents, _: BatchCall) -> Resolved:
    edges = cast(Edges, parents.table)
    return [edges.pages.cursor(edges.rows[row]) for row in parents.rows]


def _edge_nodes(parents: Parents, _: BatchCall) -> Resolved:
    edges = cast(Edges, parents.table)
    return Children(edges.pages.batch(), [edges.rows[row] for row in parents.rows])


@strawberry.type(description="One row of a list, with its place.")
class Edge(Generic[NodeT]):
    cursor: str = field_of(_edge_cursors, "The place of this row in the list.")
    node: NodeT = field_of(_edge_nodes, "The row itself.")


def _edges(parents: Parents, _: BatchCall) -> Resolved:
    pages = _pages(parents).of(parents.rows)
    rows: list[int] = []
    lists: list[range] = []
    for page in pages:
        lists.append(range(len(rows), len(rows) + len(page.rows)))
        rows += page.rows
    return Lists(Edges(_pages(parents), rows), lists)


def _nodes(parents: Parents, _: BatchCall) -> Resolved:
    pages = _pages(parents)
    return Lists(pages.batch(), [page.rows for page in pages.of(parents.rows)])


def _page_infos(parents: Parents, call: BatchCall) -> Resolved:
    """The page infos, with cursors only if selected. The ends are those of the rows read, shown or not."""
    pages = _pages(parents)
    of_parents = pages.of(parents.rows)
    columns: dict[str, Sequence[Any]] = {
        "has_next_page": [page.has_next for page in of_parents],
        "has_previous_page": [page.has_previous for page in of_parents],
    }
    if "startCursor" in call.selection.names:
        columns["start_cursor"] = [pages.cursor(page.start) if page.stop > page.start else None for page in of_parents]
    if "endCursor" in call.selection.names:
        columns["end_cursor"] = [pages.cursor(page.stop - 1) if page.stop > page.start else None for page in of_parents]
    return Children(Columns(columns), range(len(of_parents)))


def _total_counts(parents: Parents, _: BatchCall) -> Resolved:
    return _pages(parents).counted(parents.rows)


@strawberry.type(description="A page of a list.")
class Connection(Generic[NodeT]):
    edges: list[Edge[NodeT]] = field_of(_edges, "The rows with their cursors.")
    nodes: list[NodeT] = field_of(_nodes, "The rows.")
    page_info: PageInfo = field_of(_page_infos, "Where the page lies in the list.")
    total_count: int | None = field_of(_total_counts, "How many rows the whole list has; counted only when selected.")
