"""Requests for API keys where an operator decides: filed with a code, granted or refused; the code fetches the key.

Neither the code nor the key is kept: each is shown once, to whoever asked.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, func, select

from models.tables import key_requests
from models.viewer import Scope
from store.clients import IssuedKey, NewClient, hash_of_key, insert_client
from store.database import HubDatabase

WAITING_MAX: Final = 500
"""How many requests may wait for an operator. Whoever asks beyond them is told to come back."""
CODE_BYTES: Final = 16
DAYS_MAX: Final = 730


class TooManyWait(Exception):
    """More requests wait than an operator can look at."""


@dataclass(frozen=True, slots=True)
class KeyRequest:
    """What somebody wants a key for. All moments are UTC; `contact` may be personal and is left out of `repr`."""

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
    """Write a request down; gives back the code that its key is fetched with. Raises TooManyWait."""
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
    """The requests that nobody has looked at, the oldest first: at most WAITING_MAX."""
    statement = select(*_COLUMNS).where(_T.decided_at.is_(None)).order_by(_T.id).limit(WAITING_MAX)
    async with database.reading() as connection:
        rows = (await connection.execute(statement)).all()
    return tuple(map(_request_of, rows))


async def decide_key_request(
    database: HubDatabase, request_id: int, days: int | None, *, clock: Callable[[], datetime]
) -> bool:
    """Grant a request for so many days, or refuse it with None; False where it was decided before, or is none.

    Raises ValueError for a number of days that no key lasts.
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
    """The key that was granted to the request with this code, made now, for the first who asks for it.

    The request as it stands where it has no key to give: not decided, refused, or fetched before. None: no such code.
    """
    # Whoever comes second with the code waits here, and finds the key fetched. SQLite has one writer at a time anyway.
    statement = select(*_COLUMNS).where(_T.code_sha256 == hash_of_key(code)).with_for_update()
    now = clock()
    async with database.writing() as connection:
        row = (await connection.execute(statement)).one_or_none()
        asked = _request_of(row) if row is not None else None
        if asked is None or asked.days is None or asked.client_id is not None:
            return asked
        scopes = frozenset({Scope.READ.value})
        new = NewClient(asked.name, asked.contact, scopes, now, now + timedelta(days=asked.days))
        issued = await insert_client(connection, new)
        await connection.execute(key_requests.update().where(_T.id == asked.id).values(client_id=issued.client.id))
    return issued


def _request_of(row: Row[*tuple[Any, ...]]) -> KeyRequest:
    return KeyRequest(*row)
