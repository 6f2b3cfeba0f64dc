"""What an operator declares about the ledger: gaps, which are lost entries, and seals on chains with plain hashes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import orjson

from models.keys import HashKey
from store.database.engine import HubDatabase
from store.ledger.anchors.appending import Anchoring
from store.ledger.chain import GENESIS, EntryKind, Head, Note, head_of
from store.ledger.evidence import Evidence
from store.ledger.problems import Gap
from store.ledger.recording import Ledger
from store.ledger.rows import entries_of, writers
from store.ledger.verify import verify


async def declare_gaps(
    database: HubDatabase,
    ledger: Ledger,
    evidence: Evidence,
    key: HashKey,
    reason: str,
    clock: Callable[[], datetime],
) -> list[Gap]:
    """Declare all missing entries as lost, with one entry per range; returns the gaps.

    Changed entries stay problems. Raises ValueError without a reason.
    """
    if not reason.strip():
        raise ValueError("a gap needs a reason")
    verified = await verify(database, evidence, key)
    gaps = [Gap(problem.writer, problem.seq, problem.last, reason) for problem in verified.problems if problem.missing]
    for gap in gaps:
        await ledger.declare(_note_of(gap, clock()))
    return gaps


def _note_of(gap: Gap, at: datetime) -> Note:
    said = {"writer": gap.writer, "first": gap.first, "last": gap.last, "reason": gap.reason}
    return Note(at=at, kind=EntryKind.GAP, role="operator", request_id="ledger", detail=orjson.dumps(said).decode())


class NotSealable(Exception):
    """A chain of plain hashes is broken; the message says where."""


async def seal(database: HubDatabase, evidence: Evidence, anchoring: Anchoring) -> list[Head]:
    """Anchor the ends of all unsealed chains of plain hashes, once; returns them. Raises NotSealable."""
    sealed = {writer for anchors in evidence.anchors for writer in anchors.sealed}
    ends = [end for writer in sorted(await writers(database) - sealed) if (end := await _end_of(database, writer))]
    if ends:
        await anchoring.anchor("seal", sealed=ends)
    return ends


async def _end_of(database: HubDatabase, writer: str) -> Head | None:
    """The end of a chain of plain hashes; None for a keyed chain."""
    last = Head(writer)
    async for entry in entries_of(database, writer):
        is_plain = entry.has_hash(None)
        if not last.seq and not is_plain:
            return None
        if (entry.seq, entry.previous) != (last.seq + 1, last.hash) or not is_plain:
            raise NotSealable(f"writer {writer}, entry {last.seq + 1}: it is missing, or was changed")
        last = head_of(entry)
    return last if last.hash != GENESIS else None
