"""The trail in the graph: a resident sees who read their personal data, when, what for, and which fields.

It is the hub's own record, so no source is asked, and to read it leaves no entry.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import strawberry
from strawberry.utils.str_converters import to_camel_case

from connectors.criteria import Keyset
from engine.facts import BatchCall, Children, FieldFacts, Parents, Resolved
from models.batch import Batch, Column, Origin, ServedFrom
from models.errors import NotConnected
from models.values import Nik
from resolvers.lists import PAGE_ROWS_DEFAULT, PAGE_ROWS_MAX, Window, page_of, window_of
from schema.arguments import WITH_ROWS, calls_of_list, rows_of_list
from schema.context import Context
from schema.fields import batch_of
from schema.lanes import Arguments, field_of
from schema.relay import Pages
from store.ledger_chain import Entry
from store.ledger_trail import Trail

PLACE = "access_trail"

_ARGUMENTS: Arguments = {
    "first": (int | None, f"How many rows at most: {PAGE_ROWS_DEFAULT} unless told, {PAGE_ROWS_MAX} at most."),
    "after": (str | None, "Only rows after this cursor."),
}


@strawberry.type(description="That somebody read personal data of a resident; never the data itself.")
class DataAccess:
    at: datetime = strawberry.field(description="When it was read.")
    role: str = strawberry.field(description="In which role: `officer`, `citizen` ...")
    department: str | None = strawberry.field(description="The code of the department of an officer.")
    purpose: str | None = strawberry.field(description="The purpose that was stated for it.")
    record: str = strawberry.field(description="The kind of record that was read.")
    fields: list[str] = strawberry.field(description="Which of its personal fields were shown.")


async def _access_trail(parents: Parents, call: BatchCall, **given: Any) -> Resolved:
    """The trail of the viewer, under their own entry of the register; null under everybody else's."""
    context: Context = call.context
    nik = context.request.viewer.nik
    numbers = batch_of(parents).joining("national_id")
    own = [nik is not None and numbers[row] == nik for row in parents.rows]
    if nik is None or not any(own):
        return [None] * len(own)
    pages = await _pages(context, nik, given, call.selection.names)
    return Children(pages, [0 if is_own else None for is_own in own])


async def _pages(context: Context, nik: Nik, given: dict[str, Any], names: frozenset[str]) -> Pages:
    trail = context.services.trail
    if trail is None:
        raise NotConnected("not_connected", subject="accessTrail")
    identity = hashlib.sha256(f"{PLACE} {nik}".encode()).digest()
    window = _window(context, given, identity)
    batch = await _batch(context, trail, nik, window) if names & WITH_ROWS else None
    counts: Sequence[int] = [await trail.count(context.request, nik)] if "totalCount" in names else ()
    pages = [page_of(batch, window)] if batch is not None else ()
    return Pages(pages, counts, context.services.cursors, identity)


def _window(context: Context, given: dict[str, Any], identity: bytes) -> Window:
    after = given.get("after")
    keyset = context.services.cursors.decode(identity, after, before=False) if after is not None else None
    return window_of(given.get("first"), keyset, None, None, context.services.city.page_rows_max)


async def _batch(context: Context, trail: Trail, nik: Nik, window: Window) -> Batch:
    """One row more than the page, to know whether there is more."""
    entries = await trail.page(context.request, nik, window.rows + 1, _place_of(window.keyset))
    notes = [entry.note for entry in entries]
    columns: dict[str, Column] = {
        "at": [note.at for note in notes],
        "role": [note.role for note in notes],
        "department": [note.department for note in notes],
        "purpose": [note.purpose for note in notes],
        "record": [note.record for note in notes],
        "fields": [list(map(to_camel_case, note.fields)) for note in notes],
    }
    origin = Origin(PLACE, "", context.request.now, ServedFrom.SOURCE, None, place=PLACE)
    return Batch(PLACE, len(entries), columns, origin, keyset=list(map(_keyset_of, entries)))


def _keyset_of(entry: Entry) -> tuple[object, ...]:
    return entry.note.at, entry.writer, entry.seq


def _place_of(keyset: Keyset | None) -> Any:
    """The values of a cursor that this list has made."""
    return keyset.values if keyset is not None else None


def access_trail() -> Any:
    """The trail of a person's own data."""
    return field_of(
        _access_trail,
        "Who read your personal data through this hub, the newest first. Null for everybody but the person themselves.",
        facts=FieldFacts(joined=("national_id",)),
        reads=PLACE,
        rows_max=rows_of_list,
        calls=calls_of_list,
        arguments=_ARGUMENTS,
    )
