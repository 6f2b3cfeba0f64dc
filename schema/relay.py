"""Paging and ids after Relay: global ids, connections with edges and nodes, and their cursors."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

import strawberry

from models.batch import Batch
from models.errors import BadInput
from resolvers.lists import Page
from resolvers.reference import Row
from schema.cursors import CursorCodec

ID_CHARS_MAX = 500


class GlobalId(NamedTuple):
    """A type of the graph and the key of a record of it. The key is never a personal one."""

    type_name: str
    key: str

    def __str__(self) -> str:
        return base64.b64encode(f"{self.type_name}:{self.key}".encode()).decode()


def global_id_of(text: str) -> GlobalId:
    """Read a global id. Raises BadInput for what this graph has not made."""
    try:
        decoded = base64.b64decode(text, validate=True).decode() if len(text) <= ID_CHARS_MAX else ""
    except (binascii.Error, UnicodeDecodeError, ValueError):
        decoded = ""
    type_name, colon, key = decoded.partition(":")
    if not colon or not type_name or not key:
        raise BadInput("id_invalid")
    return GlobalId(type_name, key)


@dataclass(frozen=True, slots=True)
class ListView:
    """What a connection is resolved from: its page, if one was asked for, and a way to count."""

    page: Page | None
    cursors: CursorCodec
    identity: bytes
    count: Callable[[], Awaitable[int]]

    def read_page(self) -> Page:
        if self.page is None:
            raise AssertionError("a page is read whenever its rows or its borders are selected")
        return self.page

    def cursor(self, batch: Batch, row: int) -> str:
        return self.cursors.encode(self.identity, batch.keyset[row])


@dataclass(frozen=True, slots=True)
class EdgeView:
    """What an edge is resolved from."""

    view: ListView
    row: Row


NodeT = TypeVar("NodeT")


@strawberry.type(description="Where a page lies in its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether there is more behind this page.")
    has_previous_page: bool = strawberry.field(description="Whether there is something before this page.")
    start_cursor: str | None = strawberry.field(
        description="The cursor of the first row; page backwards with `before`."
    )
    end_cursor: str | None = strawberry.field(description="The cursor of the last row; go on with `after`.")


def _edge_cursor(root: Any) -> str:
    return root.view.cursor(root.row.batch, root.row.row)  # type: ignore[no-any-return]  # as above


def _edge_node(root: Any) -> Any:
    return root.row


@strawberry.type(description="One row of a list, with its place.")
class Edge(Generic[NodeT]):
    cursor: str = strawberry.field(resolver=_edge_cursor, description="The place of this row in the list.")
    node: NodeT = strawberry.field(resolver=_edge_node, description="The row itself.")


def _edges(root: Any) -> Any:
    page = root.read_page()
    return [EdgeView(root, Row(page.batch, row)) for row in page.rows]


def _nodes(root: Any) -> Any:
    page = root.read_page()
    return [Row(page.batch, row) for row in page.rows]


def _page_info(root: Any) -> PageInfo:
    page = root.read_page()
    # The borders are those of what was read: behind a row that cannot be shown there may be more.
    filled = page.stop > page.start
    return PageInfo(
        has_next_page=page.has_next,
        has_previous_page=page.has_previous,
        start_cursor=root.cursor(page.batch, page.start) if filled else None,
        end_cursor=root.cursor(page.batch, page.stop - 1) if filled else None,
    )


async def _total_count(root: Any) -> int | None:
    return await root.count()  # type: ignore[no-any-return]  # as above


@strawberry.type(description="A page of a list.")
class Connection(Generic[NodeT]):
    edges: list[Edge[NodeT]] = strawberry.field(resolver=_edges, description="The rows with their cursors.")
    nodes: list[NodeT] = strawberry.field(resolver=_nodes, description="The rows.")
    page_info: PageInfo = strawberry.field(resolver=_page_info, description="Where the page lies in the list.")
    total_count: int | None = strawberry.field(
        resolver=_total_count, description="How many rows the whole list has; counted only when selected."
    )
