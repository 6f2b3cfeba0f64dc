"""Reads receipts: a caller's own, one or a page of them, and what needs a person."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, case, func, literal, select, tuple_

from models.actions.receipts import Receipt, ReceiptState, RefusalReason
from models.tables import delivery_attempts, outbox
from store.outbox.told import AttemptOutcome, Standing, WorkItem

_O = outbox.c

RECEIPT: Final = (
    _O.id,
    _O.action,
    _O.state,
    _O.accepted_at,
    _O.record,
    _O.record_key,
    _O.reference,
    _O.settled_at,
    _O.reason,
)

Place = tuple[datetime, str]
"""The keyset of a receipt: accepted_at and id."""


def receipt_of(row: Row[*tuple[Any, ...]]) -> Receipt:
    # During a rollout an older hub reads codes that only the newer one knows.
    state = ReceiptState.__members__.get(row.state, ReceiptState.UNKNOWN)
    reason = RefusalReason.__members__.get(row.reason, RefusalReason.UNKNOWN) if row.reason is not None else None
    delivered_at = row.settled_at if state is ReceiptState.DELIVERED else None
    return Receipt(
        row.id,
        row.action,
        state,
        row.accepted_at,
        row.record,
        row.record_key,
        row.reference,
        delivered_at,
        reason,
    )


def one(connection: Connection, receipt_id: str, caller: str) -> Receipt | None:
    """A receipt of this caller; None for any other one."""
    row = connection.execute(select(*RECEIPT).where(_O.id == receipt_id, _O.caller == caller)).one_or_none()
    return receipt_of(row) if row is not None else None


def page(connection: Connection, caller: str, first: int, after: Place | None) -> list[Receipt]:
    """The receipts of a caller, newest first, after a keyset."""
    place = tuple_(_O.accepted_at, _O.id)
    behind = [place < _bounds(after)] if after is not None else []
    statement = select(*RECEIPT).where(_O.caller == caller, *behind)
    rows = connection.execute(statement.order_by(_O.accepted_at.desc(), _O.id.desc()).limit(first))
    return list(map(receipt_of, rows))


def count(connection: Connection, caller: str) -> int:
    return connection.execute(select(func.count()).select_from(outbox).where(_O.caller == caller)).scalar_one()


def standing(connection: Connection) -> dict[str, Standing]:
    """What waits, by source."""
    columns = (_O.source, _O.state, func.count(), func.min(_O.waits_since))
    waits = _O.state.in_((ReceiptState.ACCEPTED.value, ReceiptState.NEEDS_ATTENTION.value))
    found: dict[str, Standing] = {}
    for source, state, rows, oldest in connection.execute(select(*columns).where(waits).group_by(_O.source, _O.state)):
        before = found.get(source, Standing(0, None, 0))
        if state == ReceiptState.ACCEPTED.value:
            found[source] = Standing(rows, oldest, before.attention)
        else:
            found[source] = Standing(before.waiting, before.oldest, rows)
    return found


def work_list(connection: Connection, rows_max: int) -> list[WorkItem]:
    """What is not settled: first what needs a person, then what waits, the oldest first."""
    tried = delivery_attempts.c
    last = select(tried.outcome).where(tried.receipt == _O.id).order_by(tried.token.desc()).limit(1).scalar_subquery()
    needs_person = case((_O.state == ReceiptState.NEEDS_ATTENTION.value, 0), else_=1)
    statement = (
        select(*RECEIPT, _O.source, _O.waits_since, _O.attempts, last.label("last_outcome"))
        .where(_O.state.in_((ReceiptState.ACCEPTED.value, ReceiptState.NEEDS_ATTENTION.value)))
        .order_by(needs_person, _O.waits_since, _O.id)
        .limit(rows_max)
    )
    return [
        WorkItem(
            receipt_of(row),
            row.source,
            row.waits_since,
            row.attempts,
            AttemptOutcome.__members__.get(row.last_outcome or ""),
        )
        for row in connection.execute(statement)
    ]


def _bounds(place: Place) -> Any:
    at, receipt_id = place
    return tuple_(literal(at, _O.accepted_at.type), literal(receipt_id, _O.id.type))
