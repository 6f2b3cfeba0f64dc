"""The rows of subject requests and consents: writes them to the hub's tables and reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, func, literal, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from models.policy.erasure import ErasurePlace, ErasureSearch, Searched
from models.policy.subject_requests import CLOSED, RightsKind, RightsRequest, RightsState, RightsStep
from models.tables import consent_withdrawals, erasure_searches, rights_requests, rights_steps
from models.values.vocabulary import UNKNOWN, Vocabulary
from store.database.engine import HubDatabase

Place = tuple[datetime, str]
"""The keyset of a request: when it is due, and its id."""

PERSONS_PER_STATEMENT: Final = 500
_PLACES: Final = list(ErasurePlace)
_TABLE: Final = rights_requests.c


async def add(database: HubDatabase, requests: Sequence[RightsRequest]) -> None:
    """Add requests with their steps in one transaction, except those of which an equal one is open."""
    async with database.writing() as connection:
        insert = _inserting(connection.dialect.name, rights_requests).on_conflict_do_nothing().returning(_TABLE.id)
        for request in requests:
            if await connection.scalar(insert, _values_of(request)) is not None:
                await connection.execute(
                    rights_steps.insert(), [_values_of_step(request.id, step) for step in request.steps]
                )


async def move(database: HubDatabase, request: RightsRequest, step: RightsStep) -> bool:
    """Bring a request to the state of a step; False if its state has changed meanwhile.

    A closed request no longer stores who made it.
    """
    closes = step.state in CLOSED
    changed: dict[str, object] = {"state": step.state.value}
    if closes:
        changed |= {"closed_at": step.at, "sealed": None}
    statement = (
        rights_requests.update()
        .where(_TABLE.id == request.id, _TABLE.state == request.state.value, _TABLE.closed_at.is_(None))
        .values(**changed)
    )
    async with database.writing() as connection:
        if (await connection.execute(statement)).rowcount != 1:
            return False
        await connection.execute(rights_steps.insert(), _values_of_step(request.id, step))
    return True


async def request_named(database: HubDatabase, request_id: str) -> RightsRequest | None:
    """The request with this id."""
    found = await _listed(database, select(rights_requests).where(_TABLE.id == request_id))
    return found[0] if found else None


async def open_of_person(database: HubDatabase, person: str, kind: RightsKind, purpose: str) -> list[RightsRequest]:
    """The open requests of a person, by department."""
    where = (_TABLE.person == person, _TABLE.kind == kind.value, _TABLE.purpose == purpose, _TABLE.closed_at.is_(None))
    return await _listed(database, select(rights_requests).where(*where).order_by(_TABLE.department))


async def person_page(database: HubDatabase, person: str, rows_max: int, after: Place | None) -> list[RightsRequest]:
    """A person's requests, newest first, after a keyset."""
    place = tuple_(_TABLE.due_at, _TABLE.id)
    behind = [place < _bounds(after)] if after is not None else []
    statement = select(rights_requests).where(_TABLE.person == person, *behind)
    return await _listed(database, statement.order_by(_TABLE.due_at.desc(), _TABLE.id.desc()).limit(rows_max))


async def person_count(database: HubDatabase, person: str) -> int:
    """How many requests a person has made."""
    return await _counted(database, _TABLE.person == person)


async def inbox_page(
    database: HubDatabase, states: Sequence[RightsState], rows_max: int, after: Place | None
) -> list[RightsRequest]:
    """Everybody's requests in some states, by due date, after a keyset."""
    place = tuple_(_TABLE.due_at, _TABLE.id)
    behind = [place > _bounds(after)] if after is not None else []
    statement = select(rights_requests).where(_in_states(states), *behind)
    return await _listed(database, statement.order_by(_TABLE.due_at, _TABLE.id).limit(rows_max))


async def inbox_count(database: HubDatabase, states: Sequence[RightsState]) -> int:
    """How many requests are in some states."""
    return await _counted(database, _in_states(states))


async def keep_searches(database: HubDatabase, request_ids: Sequence[str], searches: Sequence[ErasureSearch]) -> None:
    """Save where the hub searched for these requests; the last search of a place counts."""
    rows = [_values_of_search(request_id, search) for request_id in request_ids for search in searches]
    async with database.writing() as connection:
        insert = _inserting(connection.dialect.name, erasure_searches)
        changed = {name: insert.excluded[name] for name in ("at", "looked", "found", "removed")}
        keys = [erasure_searches.c.request_id, erasure_searches.c.place]
        await connection.execute(insert.on_conflict_do_update(index_elements=keys, set_=changed), rows)


async def withdraw(database: HubDatabase, person: str, purpose: str, at: datetime) -> None:
    """Save that a person withdrew a consent; the first time counts."""
    async with database.writing() as connection:
        insert = _inserting(connection.dialect.name, consent_withdrawals).on_conflict_do_nothing()
        await connection.execute(insert, {"person": person, "purpose": purpose, "at": at})


async def give(database: HubDatabase, person: str, purpose: str) -> None:
    """Delete a person's withdrawal of a consent."""
    table = consent_withdrawals.c
    async with database.writing() as connection:
        await connection.execute(consent_withdrawals.delete().where(table.person == person, table.purpose == purpose))


async def withdrawals_of(database: HubDatabase, person: str) -> dict[str, datetime]:
    """When a person withdrew consents, by purpose."""
    table = consent_withdrawals.c
    statement = select(table.purpose, table.at).where(table.person == person)
    async with database.reading() as connection:
        return {row.purpose: row.at for row in (await connection.execute(statement)).all()}


async def withdrawn_among(database: HubDatabase, purpose: str, persons: Sequence[str]) -> set[str]:
    """Which of these people have withdrawn the consent to a purpose. One statement per PERSONS_PER_STATEMENT."""
    table = consent_withdrawals.c
    found: set[str] = set()
    async with database.reading() as connection:
        for start in range(0, len(persons), PERSONS_PER_STATEMENT):
            some = persons[start : start + PERSONS_PER_STATEMENT]
            statement = select(table.person).where(table.purpose == purpose, table.person.in_(some))
            found.update((await connection.scalars(statement)).all())
    return found


def _inserting(dialect: str, table: Any) -> Any:
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)


def _bounds(place: Place) -> Any:
    due_at, request_id = place
    return tuple_(literal(due_at, _TABLE.due_at.type), literal(request_id, _TABLE.id.type))


def _in_states(states: Sequence[RightsState]) -> Any:
    return _TABLE.state.in_([state.value for state in states])


async def _counted(database: HubDatabase, where: Any) -> int:
    statement = select(func.count()).select_from(rights_requests).where(where)
    async with database.reading() as connection:
        return (await connection.execute(statement)).scalar_one()


async def _listed(database: HubDatabase, statement: Any) -> list[RightsRequest]:
    """The requests that a statement selects, with steps and receipts, in three statements."""
    steps = rights_steps.c
    async with database.reading() as connection:
        requests = [_request_of(row) for row in (await connection.execute(statement)).all()]
        ids = [request.id for request in requests]
        below = select(rights_steps).where(steps.request_id.in_(ids)).order_by(steps.request_id, steps.number)
        rows = (await connection.execute(below)).all() if ids else []
        looked = select(erasure_searches).where(erasure_searches.c.request_id.in_(ids))
        searches = (await connection.execute(looked)).all() if ids else []
    of_request: dict[str, list[RightsStep]] = {}
    for row in rows:
        step = RightsStep(row.number, row.at, _word(RightsState, row.state), row.role, row.note)
        of_request.setdefault(row.request_id, []).append(step)
    receipts: dict[str, list[ErasureSearch]] = {}
    for row in searches:
        receipts.setdefault(row.request_id, []).append(_search_of(row))
    return [
        replace(
            request,
            steps=tuple(of_request.get(request.id, ())),
            receipt=tuple(sorted(receipts.get(request.id, ()), key=lambda one: _PLACES.index(one.place))),
        )
        for request in requests
    ]


def _search_of(row: Row[Any]) -> ErasureSearch:
    searched = Searched(row.looked, row.found, row.removed) if row.looked is not None else None
    return ErasureSearch(_word(ErasurePlace, row.place), row.at, searched)


def _word(vocabulary: Any, code: str) -> Any:
    """The member of a vocabulary; UNKNOWN for a code of a newer hub."""
    members: dict[str, Vocabulary] = vocabulary.__members__
    return members.get(code, members[UNKNOWN])


def _request_of(row: Row[Any]) -> RightsRequest:
    return RightsRequest(
        row.id,
        row.person,
        _word(RightsKind, row.kind),
        row.purpose or None,
        row.department,
        _word(RightsState, row.state),
        row.opened_at,
        row.due_at,
        row.closed_at,
        row.sealed,
    )


def _values_of(request: RightsRequest) -> dict[str, object]:
    return {
        "id": request.id,
        "person": request.person,
        "kind": request.kind.value,
        "purpose": request.purpose or "",
        "department": request.department,
        "state": request.state.value,
        "opened_at": request.opened_at,
        "due_at": request.due_at,
        "closed_at": request.closed_at,
        "sealed": request.sealed,
    }


def _values_of_search(request_id: str, search: ErasureSearch) -> dict[str, object]:
    searched = search.searched
    return {
        "request_id": request_id,
        "place": search.place.value,
        "at": search.at,
        "looked": searched.looked if searched is not None else None,
        "found": searched.found if searched is not None else None,
        "removed": searched.removed if searched is not None else None,
    }


def _values_of_step(request_id: str, step: RightsStep) -> dict[str, object]:
    return {
        "request_id": request_id,
        "number": step.number,
        "at": step.at,
        "state": step.state.value,
        "role": step.role,
        "note": step.note,
    }
