"""The trail in the graph: residents see who read which of their personal fields, when and for what purpose.

It is the hub's own record: no source is asked, and reading it adds no entry.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import strawberry
from strawberry.utils.str_converters import to_camel_case

from models.batch import Batch, Column
from models.errors import NotConnected
from models.values.types import PersonId
from schema.core.context import Context
from schema.core.own_lists import batch_here, own_list, under_own_entry
from store.ledger.chain import Entry
from store.ledger.trails import Trail

PLACE = "data_access"


@strawberry.type(description="That somebody read personal data of a resident; never the data itself.")
class DataAccess:
    at: datetime = strawberry.field(description="When it was read.")
    viewer: str | None = strawberry.field(
        description="Who read it: the mark of a person, the same each time and no name; of a program its name."
    )
    role: str = strawberry.field(description="In which role: `officer`, `citizen` ...")
    department: str | None = strawberry.field(description="The code of the department of an officer.")
    purpose: str | None = strawberry.field(description="The purpose that was stated for it.")
    record: str = strawberry.field(
        description="The kind of record that was read; `rights_requests` without fields: a step of a request."
    )
    fields: list[str] = strawberry.field(
        description="Which of its personal fields were shown, or which action was asked for."
    )


def trail_of(context: Context) -> Trail:
    """The trails of this hub. Raises NotConnected if it keeps none."""
    if context.services.trail is None:
        raise NotConnected("not_connected", subject="dataAccess")
    return context.services.trail


async def _page(context: Context, nik: PersonId, rows_max: int, after: Any) -> Batch:
    entries = await trail_of(context).page(context.request, nik, rows_max, after)
    notes = [entry.note for entry in entries]
    columns: dict[str, Column] = {
        "at": [note.at for note in notes],
        "viewer": [note.viewer for note in notes],
        "role": [note.role for note in notes],
        "department": [note.department for note in notes],
        "purpose": [note.purpose for note in notes],
        "record": [note.record for note in notes],
        "fields": [list(map(to_camel_case, note.fields)) for note in notes],
    }
    return batch_here(context, PLACE, len(entries), columns, list(map(_keyset_of, entries)))


async def _count(context: Context, nik: PersonId) -> int:
    return await trail_of(context).count(context.request, nik)


def _keyset_of(entry: Entry) -> tuple[object, ...]:
    return entry.note.at, entry.writer, entry.seq


_data_access = under_own_entry(PLACE, _page, _count)


def data_access() -> Any:
    """The trail of a person's own data."""
    return own_list(
        _data_access,
        PLACE,
        "Who read your personal data through this hub, the newest first. Null for everybody but the person themselves.",
    )
