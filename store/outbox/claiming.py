"""Hands rows to workers: each row to one at a time by a lease and a token that grows, in the order of its chain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row, Text, bindparam, exists, func, or_, select

from models.actions.effects import Effect, noticed_of
from models.actions.receipts import ReceiptState
from models.changes import NO_CHANGES, NewestChanges
from models.tables import UtcDateTime, delivery_attempts, outbox
from store.changes import log
from store.outbox.accepting import OPEN_STATES
from store.outbox.told import Claim, Ending

LEASE: Final = timedelta(seconds=20)
"""How long a worker has a row: longer than one delivery may take (resolvers/delivering.py)."""

_O = outbox.c
_ACCEPTED: Final = ReceiptState.ACCEPTED.value

# Statements are made once: making one takes longer than running it.
_AT = bindparam("at", type_=UtcDateTime())
_EARLIER = outbox.alias("earlier")
_BLOCKED = exists().where(
    _EARLIER.c.source == _O.source,
    _EARLIER.c.chain == _O.chain,
    _EARLIER.c.place < _O.place,
    _EARLIER.c.settled_at.is_(None),
)
_FREE: Final = (
    _O.state == _ACCEPTED,
    _O.next_at <= _AT,
    or_(_O.lease_until.is_(None), _O.lease_until <= _AT),
    ~_BLOCKED,
)
"""Rows that may be delivered now: the first open one of each chain, if no worker has it."""
_DELIVERABLE = select(_O.source).where(*_FREE, _O.source.in_(bindparam("sources", expanding=True))).distinct()
_NEXT = (
    select(_O.id)
    .where(*_FREE, _O.source == bindparam("of_source"))
    .order_by(_O.next_at, _O.accepted_at, _O.id)
    .limit(1)
    # Another worker's row is passed over. SQLite has one writer at a time anyway.
    .with_for_update(skip_locked=True)
)
_CLAIM = (
    outbox.update()
    .where(_O.id == _NEXT.scalar_subquery())
    .values(token=_O.token + 1, lease_until=bindparam("until", type_=UtcDateTime()), attempts=_O.attempts + 1)
    .returning(outbox)
)
_OF_THE_CLAIM = (_O.id == bindparam("claimed"), _O.token == bindparam("by_token"), _O.state == _ACCEPTED)
_KEEP = outbox.update().where(*_OF_THE_CLAIM, _O.lease_until > _AT).values(trace=bindparam("kept"))
_GIVE_BACK = outbox.update().where(*_OF_THE_CLAIM).values(lease_until=None, attempts=_O.attempts - 1, next_at=_AT)
_NOTE = delivery_attempts.insert()
_END = (
    outbox.update()
    .where(*_OF_THE_CLAIM)
    .values(
        state=bindparam("ends"),
        reason=bindparam("why"),
        record_key=func.coalesce(bindparam("new_key", type_=Text()), _O.record_key),
        lease_until=None,
        next_at=bindparam("again_at", type_=UtcDateTime()),
        settled_at=bindparam("settled", type_=UtcDateTime()),
    )
)


def deliverable(connection: Connection, sources: Sequence[str], now: datetime) -> set[str]:
    """For which of these sources there is something to deliver now."""
    return set(connection.execute(_DELIVERABLE, {"at": now, "sources": list(sources)}).scalars())


def claim(connection: Connection, source: str, now: datetime) -> Row[Any] | None:
    """The next row of a source, which is this worker's from now on; None if there is none."""
    wanted = {"at": now, "of_source": source, "until": now + LEASE}
    return connection.execute(_CLAIM, wanted).one_or_none()


def keep(connection: Connection, claimed: Claim, trace: str, now: datetime) -> bool:
    """Save what an attempt must know of this one; False if the row is not this worker's any more."""
    return connection.execute(_KEEP, {**_of(claimed), "at": now, "kept": trace}).rowcount == 1


def give_back(connection: Connection, claimed: Claim, next_at: datetime) -> bool:
    """Give a row back that was not tried."""
    return connection.execute(_GIVE_BACK, {**_of(claimed), "at": next_at}).rowcount == 1


@dataclass(frozen=True, slots=True)
class Attempt:
    """How long an attempt took, and by which rung."""

    rung: str
    lasted_ms: int


def finish(
    connection: Connection, claimed: Claim, attempt: Attempt, ending: Ending, now: datetime
) -> NewestChanges | None:
    """Note how an attempt ended; returns what has changed by it.

    None if the row is not this worker's any more: then only the attempt is noted.
    """
    noted = {
        "receipt": claimed.id,
        "token": claimed.token,
        "at": now,
        "lasted_ms": attempt.lasted_ms,
        "rung": attempt.rung,
        "outcome": ending.outcome.value,
    }
    connection.execute(_NOTE, noted)
    ended = {
        "ends": ending.state.value,
        "why": ending.reason.value if ending.reason is not None else None,
        "new_key": ending.record_key,
        "again_at": now + ending.again_after,
        "settled": None if ending.state.value in OPEN_STATES else now,
    }
    if not connection.execute(_END, {**_of(claimed), **ended}).rowcount:
        return None
    if ending.state is not ReceiptState.DELIVERED:
        return NO_CHANGES
    return log.append(connection, noticed_of(_known(claimed), ending.record_key), now)


def hasten(connection: Connection, source: str, now: datetime) -> None:
    """Let everything of a source be tried now: it is back."""
    waits = (_O.source == source, _O.state == _ACCEPTED, _O.next_at > now)
    connection.execute(outbox.update().where(*waits).values(next_at=now))


def _of(claimed: Claim) -> dict[str, object]:
    return {"claimed": claimed.id, "by_token": claimed.token}


def _known(claimed: Claim) -> tuple[Effect, ...]:
    assert claimed.effects is not None, "what cannot be read is not delivered"
    return claimed.effects
