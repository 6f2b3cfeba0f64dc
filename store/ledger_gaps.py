"""Gaps: what is known to be lost, as after a backup was restored, is declared in the ledger itself, with a reason."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import orjson

from store.database import HubDatabase
from store.ledger import Ledger
from store.ledger_anchors import Anchor
from store.ledger_chain import EntryKind, Note
from store.ledger_verify import Gap, verify


async def declare_gaps(
    database: HubDatabase, ledger: Ledger, anchors: Sequence[Anchor], reason: str, clock: Callable[[], datetime]
) -> list[Gap]:
    """Declare everything that is missing now, one entry for each range; gives back the gaps.

    What was changed stays what it is. Raises ValueError without a reason.
    """
    if not reason.strip():
        raise ValueError("a gap needs a reason")
    verified = await verify(database, anchors)
    gaps = [Gap(problem.writer, problem.seq, problem.last, reason) for problem in verified.problems if problem.missing]
    for gap in gaps:
        await ledger.declare(_note_of(gap, clock()))
    return gaps


def _note_of(gap: Gap, at: datetime) -> Note:
    said = {"writer": gap.writer, "first": gap.first, "last": gap.last, "reason": gap.reason}
    return Note(at=at, kind=EntryKind.GAP, role="operator", request_id="ledger", detail=orjson.dumps(said).decode())
