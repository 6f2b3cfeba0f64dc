"""Subject requests in the graph: what residents ask about their own data, and the inbox of the officer in charge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

import strawberry

from connectors.catalog import Catalog
from engine.facts import BatchCall, Children, FieldFacts, Lists, Parents, Resolved
from models.batch import Batch, Column
from models.errors import BadInput, Forbidden, NotConnected
from models.policy.erasure import RULES, ErasurePlace, ErasureSearch
from models.policy.subject_requests import Asker, RightsKind, RightsRequest, RightsState, RightsStep
from models.policy.viewer import Purpose, Role
from models.request import Deadline
from models.values.types import PersonId
from schema.core.arguments import calls_of_page, rows_of_list
from schema.core.context import Context
from schema.core.lanes import field_of
from schema.core.own_lists import FORWARDS, batch_here, forward_pages, own_list, under_own_entry
from schema.core.relay import Columns, Connection, GlobalId, global_id_of
from schema.core.vocabularies import words
from schema.departments import Department, department_named
from store.subject_requests.requests import RECORD, SubjectRequests

PURPOSE = Purpose.LEGAL_OBLIGATION
"""The purpose for which the data protection officer opens requests."""

KEEP_MS_MAX = 2_000
"""The deadline for saving what a search for copies has found."""

_STATES = (RightsState.OPEN, RightsState.FORWARDED)

words(RightsKind)
words(RightsState)
words(ErasurePlace)


@strawberry.type(name="RightsStep", description="That a request came into a state.")
class RightsStepType:
    at: datetime = strawberry.field(description="When.")
    state: RightsState = strawberry.field(description="Into which state.")
    state_label: str = strawberry.field(description="The label of `state` in the language of the request.")
    role: str = strawberry.field(description="In which role somebody brought it there.")
    note: str | None = strawberry.field(description="What was answered.")


def _askers(parents: Parents, call: BatchCall) -> list[Asker | None]:
    return list(
        map(subject_requests_of(call.context).asker_of, cast("Sequence[RightsRequest]", parents.column("request")))
    )


def _national_ids(parents: Parents, call: BatchCall) -> Resolved:
    return _shown(parents, call, "national_id", lambda asker: asker.nik)


def _reasons(parents: Parents, call: BatchCall) -> Resolved:
    return _shown(parents, call, "reason", lambda asker: asker.reason)


def _shown(parents: Parents, call: BatchCall, field: str, value: Any) -> Resolved:
    """A sealed value, for the person who made the request and the officer who handles it; noted in the ledger."""
    askers = _askers(parents, call)
    persons = frozenset(asker.nik for asker in askers if asker is not None)
    if persons:
        context: Context = call.context
        context.request.ledger.note(RECORD, (field,), sum(asker is not None for asker in askers), persons)
    return [value(asker) if asker is not None else None for asker in askers]


@strawberry.type(name="ErasureSearch", description="Where the hub itself has looked for what it holds of a person.")
class SearchType:
    place: ErasurePlace = strawberry.field(description="Where.")
    place_label: str = strawberry.field(description="The label of `place` in the language of the request.")
    rule: str = strawberry.field(description="By which rule nothing personal should be there, or by which it stays.")
    looked_at: datetime = strawberry.field(description="When.")
    looked: int | None = strawberry.field(
        description="How many things were looked at. Null: the place could not be searched; ask again."
    )
    found: int | None = strawberry.field(description="How many of them held something of the person.")
    removed: int | None = strawberry.field(description="How many of those are gone, or hold it no more.")


@strawberry.type(name="RightsRequest", description="What one person asks of one department about their own data.")
class RightsRequestType:
    id: strawberry.ID = strawberry.field(description="The global id.")
    kind: RightsKind = strawberry.field(description="What is asked.")
    kind_label: str = strawberry.field(description="The label of `kind` in the language of the request.")
    purpose: Purpose | None = strawberry.field(description="The purpose of a withdrawal of consent.")
    department: Department | None = strawberry.field(description="Who has to answer.")
    state: RightsState = strawberry.field(description="How far the answer is.")
    state_label: str = strawberry.field(description="The label of `state` in the language of the request.")
    opened_at: datetime = strawberry.field(description="When it was registered.")
    due_at: datetime = strawberry.field(description="When the answer has to be there: 72 hours later.")
    closed_at: datetime | None = strawberry.field(description="When it was answered.")
    is_overdue: bool = strawberry.field(description="Whether the answer came after its time, or is missing after it.")
    steps: list[RightsStepType] = strawberry.field(description="How it came into its state, the oldest first.")
    receipt: list[SearchType] = strawberry.field(
        description="Of an erasure: where the hub itself has looked for copies, and what came of it. Else empty."
    )
    national_id: str | None = field_of(
        _national_ids, "The resident number of the person; null once it is closed. To open it is in the ledger."
    )
    reason: str | None = field_of(
        _reasons, "What the person gave as a reason; null once it is closed. To open it is in the ledger."
    )


# --- Rows of the hub as a level of the graph --------------------------------------------------------------------------


def subject_requests_of(context: Context) -> SubjectRequests:
    """The store of subject requests. Raises NotConnected if this hub has none."""
    if context.services.subject_requests is None:
        raise NotConnected("not_connected", subject="rights")
    return context.services.subject_requests


def resident_of(context: Context) -> PersonId:
    """The viewer's own resident number. Raises Forbidden unless the viewer is a resident."""
    viewer = context.request.viewer
    if viewer.role is not Role.CITIZEN or viewer.nik is None:
        raise Forbidden("rights_residents_only")
    return viewer.nik


def _require_dpo(context: Context) -> None:
    if context.request.viewer.role is not Role.DPO or context.request.purpose is not PURPOSE:
        raise Forbidden("rights_inbox_only", purpose=PURPOSE.value)


def _batch(context: Context, requests: Sequence[RightsRequest]) -> Batch:
    request, city = context.request, context.services.city
    language, zone = request.language, city.time_zone
    departments = [city.department(one.department) for one in requests]
    columns: dict[str, Column] = {
        "request": requests,
        "id": [str(GlobalId("RightsRequest", one.id)) for one in requests],
        "kind": [one.kind for one in requests],
        "kind_label": [one.kind.label_in(language) for one in requests],
        "purpose": [Purpose.__members__.get(one.purpose or "") for one in requests],
        "department": [department_named(one) if one is not None else None for one in departments],
        "state": [one.state for one in requests],
        "state_label": [one.state.label_in(language) for one in requests],
        "opened_at": [one.opened_at.astimezone(zone) for one in requests],
        "due_at": [one.due_at.astimezone(zone) for one in requests],
        "closed_at": [one.closed_at.astimezone(zone) if one.closed_at else None for one in requests],
        "is_overdue": [one.is_overdue(request.now) for one in requests],
        "steps": [[_step(context, one, step) for step in one.steps] for one in requests],
        "receipt": [[_search(context, search) for search in one.receipt] for one in requests],
    }
    return batch_here(context, RECORD, len(requests), columns, [(one.due_at, one.id) for one in requests])


def _step(context: Context, one: RightsRequest, step: RightsStep) -> RightsStepType:
    return RightsStepType(
        at=step.at.astimezone(context.services.city.time_zone),
        state=step.state,
        state_label=step.state.label_in(context.request.language),
        role=step.role,
        note=subject_requests_of(context).note_of(one, step),
    )


def _search(context: Context, search: ErasureSearch) -> SearchType:
    language, searched = context.request.language, search.searched
    return SearchType(
        place=search.place,
        place_label=search.place.label_in(language),
        rule=RULES[search.place].in_language(language),
        looked_at=search.at.astimezone(context.services.city.time_zone),
        looked=searched.looked if searched is not None else None,
        found=searched.found if searched is not None else None,
        removed=searched.removed if searched is not None else None,
    )


# --- The person -------------------------------------------------------------------------------------------------------


async def _own_page(context: Context, nik: PersonId, rows_max: int, after: Any) -> Batch:
    return _batch(context, await subject_requests_of(context).own_page(context.request, nik, rows_max, after))


async def _own_count(context: Context, nik: PersonId) -> int:
    return await subject_requests_of(context).own_count(context.request, nik)


def rights_requests() -> Any:
    """A person's own requests."""
    return own_list(
        under_own_entry(RECORD, _own_page, _own_count),
        RECORD,
        "What you asked about your personal data, the newest first, and how far the answers are. Null for everybody "
        "but the person themselves.",
    )


def departments_of_people(catalog: Catalog) -> list[str]:
    """The departments with a source of personal data in this city."""
    return sorted(
        {
            binding.department.code
            for binding in catalog
            if any(field.personal.value != "NON_PERSONAL" for field in binding.mapping.record.fields.values())
        }
    )


def _chosen(context: Context, given: Sequence[str] | None) -> Sequence[str]:
    known = departments_of_people(context.services.records.catalog)
    if given is None:
        return known
    if not given or not set(given) <= set(known):
        raise BadInput("department_unknown", known=", ".join(known))
    return given


async def _request_erasure(_: Parents, call: BatchCall, **given: Any) -> Resolved:
    context: Context = call.context
    nik = resident_of(context)
    departments = _chosen(context, given.get("departments"))
    subject_requests, erasing = subject_requests_of(context), context.services.erasing
    opened = await subject_requests.register(
        context.request, nik, RightsKind.ERASURE, departments, reason=given.get("reason")
    )
    if erasing is not None:
        searches = await erasing.search(nik)
        # The search takes longer than an operation may.
        patient = replace(context.request, deadline=Deadline.in_ms(KEEP_MS_MAX))
        opened = await subject_requests.keep_receipt(patient, nik, opened, searches)
    return Children(Columns({"requests": [opened]}), [0])


def receipt_requests(parents: Parents, call: BatchCall) -> Resolved:
    """The requests that a mutation has registered, below its receipt."""
    (opened,) = cast("Sequence[list[RightsRequest]]", parents.column("requests"))
    return Lists(_batch(call.context, opened), [range(len(opened))])


@strawberry.type(description="What became of a request for erasure.")
class ErasureReceipt:
    requests: list[RightsRequestType] = field_of(
        receipt_requests, "What was registered with each department, and when its answer is due."
    )


# --- The data protection officer --------------------------------------------------------------------------------------


async def _inbox(_: Parents, call: BatchCall, **given: Any) -> Resolved:
    context: Context = call.context
    _require_dpo(context)
    subject_requests, request = subject_requests_of(context), context.request
    states = sorted(given.get("states") or _STATES, key=lambda state: str(state.value))

    async def page(rows_max: int, after: Any) -> Batch:
        return _batch(context, await subject_requests.inbox_page(request, states, rows_max, after))

    identity = f"inbox {[state.value for state in states]}"
    pages = await forward_pages(
        context, identity, given, call.selection.names, page, lambda: subject_requests.inbox_count(request, states)
    )
    return Children(pages, [0])


async def _answer(_: Parents, call: BatchCall, **given: Any) -> Resolved:
    context: Context = call.context
    _require_dpo(context)
    type_name, key = global_id_of(given["id"])
    if type_name != "RightsRequest":
        raise BadInput("id_invalid")
    answered = await subject_requests_of(context).answer(context.request, key, given["state"], given.get("note"))
    return Children(_batch(context, [answered]), [0])


@strawberry.type
class RightsQuery:
    rights_requests: Connection[RightsRequestType] | None = field_of(
        _inbox,
        "What people ask about their data, what is due first at the top: for the data protection officer.",
        facts=FieldFacts(),
        reads=RECORD,
        rows_max=rows_of_list,
        calls=calls_of_page,
        arguments={
            "states": (list[RightsState] | None, "Only requests in these states: OPEN and FORWARDED unless told."),
            **FORWARDS,
        },
    )


@strawberry.type
class RightsMutation:
    request_erasure: ErasureReceipt | None = field_of(
        _request_erasure,
        "Ask that departments erase your personal data, or say which law keeps it. Each has 72 hours. What is open "
        "already is not asked twice. What the hub itself holds is searched at once, see `receipt`.",
        arguments={
            "departments": (list[str] | None, "The codes of departments; unless told, all that hold data of people."),
            "reason": (str | None, "Why, if you wish: it is shown to the data protection officer."),
        },
    )
    answer_rights_request: RightsRequestType | None = field_of(
        _answer,
        "Bring a request one step further: for the data protection officer.",
        arguments={
            "id": (strawberry.ID, "The global id of the request."),
            "state": (RightsState, "FORWARDED, DONE or REFUSED."),
            "note": (str | None, "What the person is told; a refusal needs it."),
        },
    )
