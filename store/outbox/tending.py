"""Tends the outbox: gives up, forgets what is old, erases people, and does what a person has decided."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, or_, select

from models.actions.receipts import KEY_KEPT, ReceiptState, RefusalReason
from models.policy.erasure import Searched
from models.tables import delivery_attempts, intents, outbox
from store.outbox.accepting import OPEN_STATES

GIVEN_UP_AFTER: Final = timedelta(days=3)
"""How long an action is tried before a person has to look at it."""
RECEIPTS_KEPT: Final = timedelta(days=400)
"""How long the receipt of a settled action is kept."""
PAYLOADS_KEPT: Final = KEY_KEPT
"""How long the effects of a settled action are kept, so that they can be compared with the department's rows."""

_I, _O = intents.c, outbox.c
_ACCEPTED, _REFUSED = ReceiptState.ACCEPTED.value, ReceiptState.REFUSED.value
_ATTENTION: Final = ReceiptState.NEEDS_ATTENTION.value


def sweep(connection: Connection, now: datetime) -> list[str]:
    """Give up what has waited too long, and forget what is old; returns the receipts that were given up."""
    is_free = or_(_O.lease_until.is_(None), _O.lease_until <= now)
    too_long = (_O.state == _ACCEPTED, _O.waits_since <= now - GIVEN_UP_AFTER, is_free)
    parked = {"state": _ATTENTION, "reason": RefusalReason.WAITED_TOO_LONG.value, "token": _O.token + 1}
    given_up = connection.execute(outbox.update().where(*too_long).values(parked).returning(_O.id)).scalars().all()
    connection.execute(intents.delete().where(_I.expires_at <= now))
    unneeded = (_O.settled_at <= now - PAYLOADS_KEPT, or_(_O.sealed.is_not(None), _O.trace.is_not(None)))
    connection.execute(outbox.update().where(*unneeded).values(sealed=None, trace=None))
    old = select(_O.id).where(_O.settled_at <= now - RECEIPTS_KEPT)
    connection.execute(delivery_attempts.delete().where(delivery_attempts.c.receipt.in_(old)))
    connection.execute(outbox.delete().where(_O.settled_at <= now - RECEIPTS_KEPT))
    return list(given_up)


def replay(connection: Connection, receipt_id: str, now: datetime) -> str | None:
    """Have a row that needs a person tried again; returns its source, None if it cannot be."""
    waits = (_O.id == receipt_id, _O.state == _ATTENTION, _O.sealed.is_not(None))
    anew = {"state": _ACCEPTED, "reason": None, "attempts": 0, "next_at": now, "waits_since": now, "lease_until": None}
    return connection.execute(outbox.update().where(*waits).values(anew).returning(_O.source)).scalar_one_or_none()


def close(connection: Connection, receipt_id: str, now: datetime) -> bool:
    """Close a row that needs a person: it is not delivered, and what follows in its chain is."""
    waits = (_O.id == receipt_id, _O.state == _ATTENTION)
    closed = {"state": _REFUSED, "reason": RefusalReason.CLOSED_BY_HAND.value, "settled_at": now}
    return connection.execute(outbox.update().where(*waits).values(closed)).rowcount == 1


def park_all(connection: Connection) -> int:
    """After a restore: what was undelivered may have been delivered since the backup. Returns how many rows."""
    parked = {
        "state": _ATTENTION,
        "reason": RefusalReason.RESTORED.value,
        "lease_until": None,
        "token": _O.token + 1,
    }
    return connection.execute(outbox.update().where(_O.state == _ACCEPTED).values(parked)).rowcount


def erase(connection: Connection, caller: str, is_named: Callable[[str, str], bool], now: datetime) -> Searched:
    """Erase the effects of a caller's actions, and those in which `is_named(id, sealed)` finds the person.

    What no worker has tried is refused. What one has tried may have been written, and needs a person.
    """
    rows = connection.execute(
        select(_O.id, _O.caller, _O.sealed, _O.state, _O.attempts).where(_O.sealed.is_not(None))
    ).all()
    named = [row for row in rows if row.caller == caller or is_named(row.id, row.sealed)]
    for row in named:
        erased: dict[str, object] = {"sealed": None, "trace": None}
        if row.state in OPEN_STATES:
            # A worker that has it now must not write it any more.
            erased |= {"reason": RefusalReason.ERASED.value, "token": _O.token + 1, "lease_until": None}
            erased |= {"state": _ATTENTION} if row.attempts else {"state": _REFUSED, "settled_at": now}
        connection.execute(outbox.update().where(_O.id == row.id).values(erased))
    return Searched(len(rows), len(named), len(named))
