"""Subject access in the graph: everything that the city has about the signed-in resident, for machines to read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any

import strawberry
from strawberry.scalars import JSON
from strawberry.utils.str_converters import to_camel_case

from engine.facts import BatchCall, Children, Parents, Resolved
from models.errors import HubError, LedgerUnavailable
from models.policy.decisions import PERSONS
from models.request import Deadline
from models.values.types import PersonId
from resolvers.subject_access import ROWS_MAX, Section, SubjectAccess
from schema.core.context import Context
from schema.core.entity import ENTITIES
from schema.core.lanes import field_of
from schema.core.relay import Columns
from schema.departments import Department, department_named
from schema.privacy.subject_requests import resident_of, subject_requests_of
from schema.privacy.trail import trail_of
from store.ledger.chain import Entry
from store.subject_requests.requests import RECORD

FORMAT = "simpul export 1"
READ_MS_MAX = 10_000
"""The deadline of a subject access, which asks every department, also slow ones."""
TRAIL_ROWS_MAX = 2_000


@strawberry.type(description="What an export could not have.")
class ExportGap:
    field: str | None = strawberry.field(description="Which field. Null: the whole record.")
    code: str = strawberry.field(description="The code of the error, as in `errors[].extensions.code`.")
    message: str = strawberry.field(description="Why, in the language of the request.")


@strawberry.type(description="What an export has of one kind of record.")
class ExportSection:
    record: str = strawberry.field(description="The kind of record.")
    department: Department | None = strawberry.field(
        description="The department that owns the data. Null: the hub itself."
    )
    fetched_at: datetime | None = strawberry.field(description="When it was read.")
    count: int = strawberry.field(description="How many rows are here.")
    is_complete: bool = strawberry.field(
        description=f"Whether all rows with all fields are here: no more than {ROWS_MAX} rows of a record are."
    )
    missing: list[ExportGap] = strawberry.field(description="What could not be had, and why.")
    data: JSON = strawberry.field(description="The rows: a list of objects by the names of the fields.")


@strawberry.type(description="Everything that the city has about one resident, with who looked at it.")
class DataExport:
    format: str = strawberry.field(description="The form of the export, and its version.")
    made_at: datetime = strawberry.field(description="When it was made.")
    is_complete: bool = strawberry.field(description="Whether every section is complete.")
    sections: list[ExportSection] = strawberry.field(description="One section for each kind of record.")


async def _subject_access(_: Parents, call: BatchCall) -> Resolved:
    context: Context = call.context
    nik, zone = resident_of(context), context.services.city.time_zone
    patient = replace(context, request=replace(context.request, deadline=Deadline.in_ms(READ_MS_MAX)))
    records = {entity.record.name: entity.record for entity in ENTITIES.values()}
    found = await SubjectAccess(context.services.relations, records).sections(patient.request, nik)
    sections = [_shown(context, section) for section in found] + await _own(patient, nik)
    columns: dict[str, Sequence[Any]] = {
        "format": [FORMAT],
        "made_at": [context.request.now.astimezone(zone)],
        "is_complete": [all(section.is_complete for section in sections)],
        "sections": [sections],
    }
    return Children(Columns(columns), [0])


async def _own(context: Context, nik: PersonId) -> list[ExportSection]:
    """What the hub itself keeps about a resident: the trail of reads, requests and consents."""
    trail, subject_requests, request = trail_of(context), subject_requests_of(context), context.request
    looked, asked, agreed = Section("data_access"), Section(RECORD), Section("consents")
    for section in (looked, asked, agreed):
        section.fetched_at = request.now
    try:
        entries = await trail.page(request, nik, TRAIL_ROWS_MAX + 1, None)
        looked.rows, looked.has_all = list(map(_access, entries[:TRAIL_ROWS_MAX])), len(entries) <= TRAIL_ROWS_MAX
        requests = await subject_requests.own_page(request, nik, ROWS_MAX + 1, None)
        asked.has_all = len(requests) <= ROWS_MAX
        asked.rows = [
            {
                "kind": one.kind,
                "purpose": one.purpose,
                "department": one.department,
                "state": one.state,
                "opened_at": one.opened_at,
                "due_at": one.due_at,
                "closed_at": one.closed_at,
                "steps": [[step.at, step.state, step.role, subject_requests.note_of(one, step)] for step in one.steps],
            }
            for one in requests[:ROWS_MAX]
        ]
        agreed.rows = [
            {"purpose": one.purpose, "withdrawn_at": one.withdrawn_at}
            for one in await subject_requests.consents(request, nik)
        ]
    except LedgerUnavailable as error:
        for section in (looked, asked, agreed):
            section.missing[""] = error
    return [_shown(context, section) for section in (looked, asked, agreed)]


def _access(entry: Entry) -> Mapping[str, object]:
    note = entry.note
    names = ("at", "viewer", "role", "department", "purpose", "record")
    return {**{name: getattr(note, name) for name in names}, "fields": [to_camel_case(name) for name in note.fields]}


def _shown(context: Context, section: Section) -> ExportSection:
    city, language = context.services.city, context.request.language
    department = city.department(section.department)
    return ExportSection(
        record=section.record,
        department=department_named(department) if department is not None else None,
        fetched_at=section.fetched_at.astimezone(city.time_zone) if section.fetched_at is not None else None,
        count=len(section.rows),
        is_complete=section.is_complete,
        missing=[_gap(name, error, error.text(language)) for name, error in sorted(section.missing.items())],
        data=JSON([{to_camel_case(name): plain(value) for name, value in row.items()} for row in section.rows]),
    )


def _gap(name: str, error: HubError, message: str) -> ExportGap:
    return ExportGap(field=to_camel_case(name) if name else None, code=error.code, message=message)


def plain(value: object) -> object:
    """A clean value as JSON, written as the graph writes it."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, date):
        return value.isoformat()
    if is_dataclass(value):
        return {to_camel_case(one.name): plain(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {to_camel_case(name): plain(one) for name, one in value._asdict().items()}
    if isinstance(value, list | tuple):
        return list(map(plain, value))
    return str(value)


@strawberry.type
class SubjectAccessMutation:
    export_my_data: DataExport | None = field_of(
        _subject_access,
        "Everything that the city's departments and this hub have about you, in a form for machines, with who looked "
        "at it. It is in the ledger like every read.",
        reads=PERSONS,
        rows_max=lambda *_: ROWS_MAX,
        calls=lambda *_: len(ENTITIES),
    )
