"""Requests for API keys: an operator grants or refuses them, and the applicant fetches the key with a code.

Code and key are shown once, to the applicant, and stored only as hashes.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, func, select

from models.policy.viewer import SELF_SERVED
from models.tables import key_requests
from store.clients import IssuedKey, NewClient, hash_of_key, insert_client
from store.database.engine import HubDatabase

WAITING_MAX: Final = 500
"""How many requests may wait for an operator. Further applicants are told to come back later."""
CODE_BYTES: Final = 16
DAYS_MAX: Final = 730


class TooManyWait(Exception):
    """WAITING_MAX requests wait already."""


@dataclass(frozen=True, slots=True)
class KeyRequest:
    """A request for a key. Times are UTC; `contact` and `intent` may be personal and are left out of `repr`."""

    id: int
    name: str
    contact: str = field(repr=False)
    intent: str = field(repr=False)
    asked_at: datetime
    decided_at: datetime | None
    days: int | None
    client_id: int | None

    @property
    def is_waiting(self) -> bool:
        return self.decided_at is None

    @property
    def is_granted(self) -> bool:
        return self.days is not None


_T: Final = key_requests.c
_COLUMNS: Final = (_T.id, _T.name, _T.contact, _T.intent, _T.asked_at, _T.decided_at, _T.days, _T.client_id)


async def file_key_request(
    database: HubDatabase, *, name: str, contact: str, intent: str, clock: Callable[[], datetime]
) -> str:
    """File a request and return the code that fetches its key. Raises TooManyWait."""
    code = secrets.token_urlsafe(CODE_BYTES)
    waiting = select(func.count()).select_from(key_requests).where(_T.decided_at.is_(None))
    statement = key_requests.insert().values(
        name=name, contact=contact, intent=intent, code_sha256=hash_of_key(code), asked_at=clock()
    )
    async with database.writing() as connection:
        if (await connection.execute(waiting)).scalar_one() >= WAITING_MAX:
            raise TooManyWait
        await connection.execute(statement)
    return code


async def waiting_key_requests(database: HubDatabase) -> tuple[KeyRequest, ...]:
    """The undecided requests, oldest first; at most WAITING_MAX."""
    statement = select(*_COLUMNS).where(_T.decided_at.is_(None)).order_by(_T.id).limit(WAITING_MAX)
    async with database.reading() as connection:
        rows = (await connection.execute(statement)).all()
    return tuple(map(_request_of, rows))


async def decide_key_request(
    database: HubDatabase, request_id: int, days: int | None, *, clock: Callable[[], datetime]
) -> bool:
    """Grant a request for `days`, or refuse it with None. False if it is unknown or was decided before.

    Raises ValueError unless `days` is in 1..DAYS_MAX.
    """
    if days is not None and not 1 <= days <= DAYS_MAX:
        raise ValueError(f"a key lasts 1 to {DAYS_MAX} days")
    statement = (
        key_requests.update().where(_T.id == request_id, _T.decided_at.is_(None)).values(decided_at=clock(), days=days)
    )
    async with database.writing() as connection:
        return (await connection.execute(statement)).rowcount == 1


async def fetch_key(
    database: HubDatabase, code: str, *, clock: Callable[[], datetime]
) -> KeyRequest | IssuedKey | None:
    """Make and return the key of a granted request, once.

    Returns the request if it is undecided, refused, or its key was fetched before; None for an unknown code.
    """
    # A second caller with the same code waits here and finds the key fetched. SQLite has one writer at a time anyway.
    statement = select(*_COLUMNS).where(_T.code_sha256 == hash_of_key(code)).with_for_update()
    now = clock()
    async with database.writing() as connection:
        row = (await connection.execute(statement)).one_or_none()
        asked = _request_of(row) if row is not None else None
        if asked is None or asked.days is None or asked.client_id is not None:
            return asked
        scopes = frozenset(scope.value for scope in SELF_SERVED)
        new = NewClient(asked.name, asked.contact, scopes, now, now + timedelta(days=asked.days))
        issued = await insert_client(connection, new)
        await connection.execute(key_requests.update().where(_T.id == asked.id).values(client_id=issued.client.id))
    return issued


def _request_of(row: Row[*tuple[Any, ...]]) -> KeyRequest:
    return KeyRequest(*row)
