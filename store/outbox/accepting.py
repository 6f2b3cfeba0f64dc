"""Accepts actions: the key, the effects and what belongs into the hub's own tables, in one transaction."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, bindparam, func, select, text
from sqlalchemy.dialects import postgresql, sqlite

from models.actions.effects import noticed_of
from models.actions.receipts import KEY_KEPT, Receipt, ReceiptState
from models.changes import NO_CHANGES, NewestChanges
from models.tables import UtcDateTime, intents, outbox
from store.changes import log
from store.outbox.receipts import RECEIPT, receipt_of
from store.outbox.told import KeyUsedOtherwise, Told, TooManyOpen, TooManyToday

OPEN_OF_CALLER_MAX: Final = 50
"""How many actions of one caller may be undelivered."""
OPEN_OF_SOURCE_MAX: Final = 10_000
"""How many actions may be undelivered that one source waits for."""
DAY: Final = timedelta(days=1)
OPEN_STATES: Final = (ReceiptState.ACCEPTED.value, ReceiptState.NEEDS_ATTENTION.value)
ID_BYTES: Final = 16

_I, _O = intents.c, outbox.c


def _intending(insert: Any) -> Any:
    """Let a key stand for a receipt, unless it stands for one already."""
    anew = {name: insert.excluded[name] for name in ("fingerprint", "receipt", "expires_at")}
    key = (_I.caller, _I.action, _I.key)
    is_over = _I.expires_at <= bindparam("at", type_=UtcDateTime())
    return insert.on_conflict_do_update(index_elements=key, set_=anew, where=is_over)


def _open(whose: ColumnElement[bool]) -> Any:
    return select(func.count()).where(whose, _O.settled_at.is_(None)).scalar_subquery()


# Statements are made once: making one takes longer than running it.
_INTEND: Final = {
    "postgresql": _intending(postgresql.insert(intents)),
    "sqlite": _intending(sqlite.insert(intents)),
}
_OPEN = select(_open(_O.caller == bindparam("caller")), _open(_O.source == bindparam("source")))
_SINCE = select(func.count()).where(
    _O.caller == bindparam("caller"), _O.accepted_at > bindparam("since", type_=UtcDateTime())
)
_LAST = select(func.max(_O.place)).where(_O.source == bindparam("source"), _O.chain == bindparam("chain"))
_INSERT = outbox.insert().returning(*RECEIPT)


@dataclass(frozen=True, slots=True)
class Sealing:
    """What is kept of an action: the receipt's id, the HMAC of its inputs, and its effects, encrypted."""

    id: str
    fingerprint: str
    sealed: str | None


def new_id() -> str:
    """A random id that nobody guesses: it names a receipt, a marker and a lock."""
    return secrets.token_hex(ID_BYTES)


@dataclass(frozen=True, slots=True)
class Accepted:
    """The receipt, whether it is new, and what has changed in the hub's own tables."""

    receipt: Receipt
    is_new: bool
    changes: NewestChanges = field(default_factory=dict)


def accept(connection: Connection, told: Told, sealing: Sealing, now: datetime) -> Accepted:
    """Accept an action; the same key has the same receipt.

    Raises KeyUsedOtherwise, TooManyOpen, TooManyToday, what `told.during` raises, and the errors of the database; then
    nothing is stored.
    """
    known = _known(connection, told, sealing, now)
    if known is not None:
        return Accepted(known, is_new=False)
    _require_day(connection, told, now)
    is_own = told.source is None
    if not is_own:
        _require_room(connection, told)
    for statement in told.own:
        connection.execute(statement)
    if told.during is not None:
        told.during(connection, sealing.id)
    chain = told.record_key and f"{told.record} {told.record_key}"
    row = {
        "id": sealing.id,
        "caller": told.caller,
        "action": told.action,
        "record": told.record,
        "record_key": told.record_key,
        "reference": told.reference,
        "source": told.source,
        # A new row has no key yet, so that nothing else can be asked about it.
        "chain": chain or sealing.id,
        "place": _place(connection, told.source, chain) if chain and told.source is not None else 1,
        "state": (ReceiptState.DELIVERED if is_own else ReceiptState.ACCEPTED).value,
        "sealed": sealing.sealed,
        "accepted_at": now,
        "waits_since": now,
        "settled_at": now if is_own else None,
        "attempts": 0,
        "next_at": now,
        "token": 0,
    }
    receipt = receipt_of(connection.execute(_INSERT, row).one())
    changed = log.append(connection, noticed_of(told.effects, None), now) if is_own else NO_CHANGES
    return Accepted(receipt, is_new=True, changes=changed)


def known(connection: Connection, told: Told, fingerprint: str, now: datetime) -> Receipt | None:
    """The receipt that the key stands for; None if it stands for nothing. Raises KeyUsedOtherwise."""
    key = (_I.caller == told.caller, _I.action == told.action, _I.key == told.key, _I.expires_at > now)
    kept = connection.execute(select(_I.fingerprint, _I.receipt).where(*key)).one_or_none()
    if kept is None:
        return None
    if kept.fingerprint != fingerprint:
        raise KeyUsedOtherwise
    return receipt_of(connection.execute(select(*RECEIPT).where(_O.id == kept.receipt)).one())


def _known(connection: Connection, told: Told, sealing: Sealing, now: datetime) -> Receipt | None:
    """The receipt that the key stands for; None if it stands for this one from now on."""
    anew = {"fingerprint": sealing.fingerprint, "receipt": sealing.id, "expires_at": now + KEY_KEPT}
    row = {"caller": told.caller, "action": told.action, "key": told.key, **anew}
    # On PostgreSQL a second request with the key waits here until the first has ended.
    if connection.execute(_INTEND[connection.dialect.name], {**row, "at": now}).rowcount:
        return None
    key = (_I.caller == told.caller, _I.action == told.action, _I.key == told.key)
    kept = connection.execute(select(_I.fingerprint, _I.receipt).where(*key)).one()
    if kept.fingerprint != sealing.fingerprint:
        raise KeyUsedOtherwise
    return receipt_of(connection.execute(select(*RECEIPT).where(_O.id == kept.receipt)).one())


def _require_day(connection: Connection, told: Told, now: datetime) -> None:
    since = {"caller": told.caller, "since": now - DAY}
    (today,) = connection.execute(_SINCE, since).one()
    if today >= told.a_day_max:
        raise TooManyToday


def _require_room(connection: Connection, told: Told) -> None:
    limits = {"caller": told.caller, "source": told.source}
    of_caller, of_source = connection.execute(_OPEN, limits).one()
    if of_caller >= OPEN_OF_CALLER_MAX or of_source >= OPEN_OF_SOURCE_MAX:
        raise TooManyOpen


def _place(connection: Connection, source: str, chain: str) -> int:
    """The next place in a chain. On PostgreSQL others wait here until this transaction has ended."""
    if connection.dialect.name == "postgresql":
        lock = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")
        connection.execute(lock, {"name": f"{source} {chain}"})
    return (connection.execute(_LAST, {"source": source, "chain": chain}).scalar() or 0) + 1
