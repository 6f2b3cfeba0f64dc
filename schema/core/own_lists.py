"""Lists of the hub's own rows in the graph, which page forwards and ask no source.

The lists of a resident are under the resident's own entry of the register, wherever it is reached.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from connectors.criteria import Keyset
from engine.facts import BatchCall, Children, FieldFacts, Parents, Resolved
from models.batch import Batch, Column, Origin, ServedFrom
from models.values.types import PersonId
from resolvers.lists import PAGE_ROWS_DEFAULT, PAGE_ROWS_MAX, Window, page_of, window_of
from schema.core.arguments import WITH_ROWS, calls_of_page, rows_of_list
from schema.core.context import Context
from schema.core.fields import batch_of
from schema.core.lanes import Arguments, field_of
from schema.core.relay import Pages

LoadPage = Callable[[Context, PersonId, int, Any], Awaitable[Batch]]
"""Reads a number of rows of a person's list, after the keyset of one of its cursors, or from the start."""
Count = Callable[[Context, PersonId], Awaitable[int]]

NATIONAL_ID = FieldFacts(joined=("national_id",))
"""The column of the parents that tells which of them is the viewer."""

FORWARDS: Arguments = {
    "first": (int | None, f"How many rows at most: {PAGE_ROWS_DEFAULT} unless told, {PAGE_ROWS_MAX} at most."),
    "after": (str | None, "Only rows after this cursor."),
}


def own_rows(parents: Parents, context: Context) -> tuple[PersonId | None, list[bool]]:
    """The viewer's resident number, and which of these people are the viewer."""
    nik = context.request.viewer.nik
    numbers = batch_of(parents).joining("national_id")
    return nik, [nik is not None and numbers[row] == nik for row in parents.rows]


def under_own_entry(place: str, page: LoadPage, count: Count) -> Callable[..., Awaitable[Resolved]]:
    """The batch resolver of a list of the viewer; null under all other entries."""

    async def batch(parents: Parents, call: BatchCall, **given: Any) -> Resolved:
        context: Context = call.context
        nik, own = own_rows(parents, context)
        if nik is None or not any(own):
            return [None] * len(own)
        pages = await forward_pages(
            context,
            f"{place} {nik}",
            given,
            call.selection.names,
            lambda rows_max, after: page(context, nik, rows_max, after),
            lambda: count(context, nik),
        )
        return Children(pages, [0 if is_own else None for is_own in own])

    return batch


async def forward_pages(
    context: Context,
    identity: str,
    given: dict[str, Any],
    names: frozenset[str],
    page: Callable[[int, Any], Awaitable[Batch]],
    count: Callable[[], Awaitable[int]],
) -> Pages:
    """One page and its count, as far as selected. Cursors are bound to the `identity` of the list."""
    bound = hashlib.sha256(identity.encode()).digest()
    window = _window(context, given, bound)
    after = window.keyset.values if window.keyset is not None else None
    # With a look-ahead row.
    batch = await page(window.rows + 1, after) if names & WITH_ROWS else None
    counts: Sequence[int] = [await count()] if "totalCount" in names else ()
    pages = [page_of(batch, window)] if batch is not None else ()
    return Pages(pages, counts, context.services.cursors, lambda: bound)


def _window(context: Context, given: dict[str, Any], identity: bytes) -> Window:
    after = given.get("after")
    keyset: Keyset | None = None
    if after is not None:
        keyset = context.services.cursors.decode(identity, after, before=False)
    return window_of(given.get("first"), keyset, None, None, context.services.city.page_rows_max)


def batch_here(
    context: Context, place: str, rows: int, columns: dict[str, Column], keyset: Sequence[tuple[object, ...]]
) -> Batch:
    """Rows of the hub's own as a batch."""
    origin = Origin(place, "", context.request.now, ServedFrom.SOURCE, None, place=place)
    return Batch(place, rows, columns, origin, keyset=keyset)


def own_list(batch: Callable[..., Awaitable[Resolved]], place: str, description: str) -> Any:
    """A field of the citizen with a list of the viewer."""
    return field_of(
        batch,
        description,
        facts=NATIONAL_ID,
        reads=place,
        rows_max=rows_of_list,
        calls=calls_of_page,
        arguments=FORWARDS,
    )
