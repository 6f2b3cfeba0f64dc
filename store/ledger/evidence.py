"""Evidence: gathers what the ledger's entries are verified against: anchors, their copies, journals."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from store.database.engine import HubDatabase
from store.ledger.anchors.copies import Compared, Copies
from store.ledger.anchors.lines import Anchors, anchors_in
from store.ledger.chain import Entry, LedgerKeys
from store.ledger.journal import BadLine, journal_at, left_in
from store.ledger.rows import Anchored, anchored


@dataclass(slots=True)
class Evidence:
    """All evidence. `remembered` has the last anchors that the database knows."""

    anchors: list[Anchors] = field(default_factory=list)
    remembered: dict[str, Anchored] = field(default_factory=dict)
    compared: list[Compared] = field(default_factory=list)
    journals: dict[str, list[Entry]] = field(default_factory=dict)
    bad_lines: list[BadLine] = field(default_factory=list)

    @property
    def last(self) -> Anchors | None:
        """The anchors with the newest line."""
        return max(self.anchors, key=lambda one: one.at, default=None)

    @property
    def waiting(self) -> int:
        """How many entries wait in journals."""
        return sum(map(len, self.journals.values()))


async def gathered(
    database: HubDatabase, folders: Sequence[Path], journals: Sequence[Path], keys: LedgerKeys, copies: Copies | None
) -> Evidence:
    """Gather the evidence, in an order in which the writes of a running hub do not look like a loss.

    Raises BadAnchor, CopiesAway, OSError and the errors of the database.
    """
    found = Evidence(remembered=await anchored(database))
    by_chain: dict[str, Path] = {}
    for folder in folders:
        anchors = await asyncio.to_thread(anchors_in, folder, keys.anchors)
        if anchors.roots:
            found.anchors.append(anchors)
            by_chain[anchors.chain] = folder
    if copies is not None:
        found.compared = await copies.compare(by_chain, keys.anchors)
    for path in left_in(journals):
        entries, bad = await asyncio.to_thread(journal_at, path)
        if entries:
            found.journals[path.stem] = entries
        found.bad_lines += bad
    return found
