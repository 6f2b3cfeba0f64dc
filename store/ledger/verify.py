"""Verifies the ledger: walks every chain and compares it with heads, anchors, copies, journals and trails."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from models.keys import HashKey
from store.database.engine import HubDatabase
from store.ledger.chain import GENESIS, Entry, EntryKind, Head
from store.ledger.evidence import Evidence
from store.ledger.problems import Gap, Problem, anchor_problems, undeclared
from store.ledger.rows import (
    PAGE_ROWS,
    entries_between,
    entries_of,
    head_seq,
    heads,
    indexed_seq,
    persons_of,
    stray_line,
    writers,
)

PROBLEMS_MAX: Final = 100
GAPS_MAX: Final = 10_000


@dataclass(slots=True)
class Verified:
    """How much was verified, and the problems: at least the first bad entry of each chain."""

    entries: int = 0
    chains: int = 0
    gaps: list[Gap] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class _Walk:
    """Walks one chain entry by entry. Up to `sealed` its hashes are plain."""

    key: HashKey
    sealed: int
    gaps: list[Gap]
    claims: dict[int, tuple[str, str]]
    """The hashes that others know, by entry, and who knows them."""
    seq: int = 0
    hash: str = GENESIS
    problems: list[Problem] = field(default_factory=list)

    def step(self, entry: Entry) -> bool:
        """Check the next entry; False ends the walk, because nothing after a changed entry can be checked."""
        if entry.seq != self.seq + 1:
            self._missing(entry.writer, self.seq + 1, entry.seq - 1)
        elif entry.previous != self.hash:
            return self._bad(entry, "it does not follow the entry before it")
        if not entry.has_hash(None if entry.seq <= self.sealed else self.key):
            return self._bad(entry, _UNSEALED if entry.has_hash(None) else "it was changed")
        claimed = self.claims.pop(entry.seq, None)
        if claimed is not None and claimed[0] != entry.hash:
            return self._bad(entry, f"it is another than {claimed[1]} says")
        self.seq, self.hash = entry.seq, entry.hash
        return True

    def end(self, writer: str) -> None:
        """Report entries after the last one that others know of as missing."""
        last = max(self.claims, default=self.seq)
        if last > self.seq:
            self._missing(writer, self.seq + 1, last, f", {self.claims[last][1]} knows it")

    def _bad(self, entry: Entry, what: str) -> bool:
        self.problems.append(Problem(entry.writer, entry.seq, what, entry.seq))
        return False

    def _missing(self, writer: str, first: int, last: int, more: str = "") -> None:
        for start, stop in undeclared(first, last, self.gaps):
            self.problems.append(Problem(writer, start, f"it is missing{more}", stop, missing=True))


_UNSEALED: Final = (
    "its hash is one that needs no secret, and no seal covers it: it was forged, or is of a hub from before hashes "
    "were keyed (docs/ledger.md, Sealing)"
)


async def verify(database: HubDatabase, evidence: Evidence, key: HashKey) -> Verified:
    """Verify every entry. Memory is bounded by the number of writers and the journals; entries are read in pages."""
    verified = Verified()
    sealed = {writer: head for anchors in evidence.anchors for writer, head in anchors.sealed.items()}
    all_claims = _Claims(evidence, sealed)
    for head in await heads(database):
        all_claims.add(head, "the head of the chain")
    async for cut in _details(database, EntryKind.CUT, key, sealed):
        all_claims.add(Head(cut["writer"], cut["seq"], cut["hash"]), "the process that wrote it")
    async for gap in _details(database, EntryKind.GAP, key, sealed):
        if len(verified.gaps) < GAPS_MAX:
            verified.gaps.append(Gap(gap["writer"], gap["first"], gap["last"], gap["reason"]))
    verified.problems += all_claims.contradictions
    claims, known = all_claims.said, await writers(database)
    verified.problems += anchor_problems(evidence, verified.gaps, sealed, has_entries=bool(known or claims))
    for writer in sorted(claims.keys() | known | evidence.journals.keys()):
        gaps = [gap for gap in verified.gaps if gap.writer == writer]
        walk = _Walk(key, sealed[writer].seq if writer in sealed else 0, gaps, claims.get(writer, {}))
        await _walk_through(database, writer, walk, evidence.journals.get(writer, []), verified)
        verified.chains += 1
        verified.problems += walk.problems
        if len(verified.problems) >= PROBLEMS_MAX:
            return verified
    for bad in evidence.bad_lines:
        waiting = evidence.journals.get(bad.writer, [])
        place = waiting[-1].seq + 1 if waiting else 1
        verified.problems.append(Problem(bad.writer, place, f"line {bad.line} of its journal cannot be read", place))
    stray = await stray_line(database)
    if stray is not None and not verified.problems:
        writer, seq = stray
        verified.problems.append(Problem(writer, seq, "a person's trail has it, and it is not there", seq))
    return verified


async def _walk_through(
    database: HubDatabase, writer: str, walk: _Walk, waiting: Sequence[Entry], verified: Verified
) -> None:
    """Walk the entries in the database, then those in the journal."""
    page: list[Entry] = []
    try:
        async for entry in entries_of(database, writer):
            verified.entries += 1
            if not walk.step(entry):
                return
            page.append(entry)
            if len(page) == PAGE_ROWS:
                await _compare_trails(database, page, walk)
                page = []
    except ValueError:
        bad = Problem(writer, walk.seq + 1, "it is no entry that a hub has written", walk.seq + 1)
        walk.problems.append(bad)
        return
    if page:
        await _compare_trails(database, page, walk)
    # Read after the entries: a running hub updates the head together with the entries that it adds.
    known = await head_seq(database, writer)
    if known < walk.seq:
        walk.problems.append(Problem(writer, known + 1, "the head of the chain does not know it", walk.seq))
    for entry in waiting:
        # The journal may still hold entries that the database has.
        if entry.seq > walk.seq and not walk.step(entry):
            return
    walk.end(writer)


async def _compare_trails(database: HubDatabase, page: list[Entry], walk: _Walk) -> None:
    """Check that the index of trails names the same people as the entries."""
    indexed = await indexed_seq(database, page[0].writer)
    found = await persons_of(database, page[0].writer, page[0].seq, page[-1].seq)
    for entry in page:
        named = {(person, entry.note.at) for person in entry.note.persons or ()}
        lines = found.get(entry.seq, set())
        # Entries after `indexed` need not be in the index yet.
        if lines - named or (entry.seq <= indexed and lines != named):
            what = "the trail of a person does not have it, or has it wrongly"
            walk.problems.append(Problem(entry.writer, entry.seq, what, entry.seq))
            return


class _Claims:
    """The hashes that heads, anchors, copies and cuts claim, by writer and entry, and who claims them."""

    def __init__(self, evidence: Evidence, sealed: Mapping[str, Head]) -> None:
        self.said: dict[str, dict[int, tuple[str, str]]] = {}
        self.contradictions: list[Problem] = []
        for head in sealed.values():
            self.add(head, "its seal")
        for anchors in evidence.anchors:
            for known in anchors.known.values():
                self.add(known.head, f"the anchor of {known.at}")
            for head in anchors.contradicted:
                self.add(head, "another anchor")
        for compared in evidence.compared:
            for known in compared.known.values():
                self.add(known.head, f"the copy of the anchor of {known.at}")

    def add(self, head: Head, who: str) -> None:
        known = self.said.setdefault(head.writer, {}).setdefault(head.seq, (head.hash, who))
        if known[0] != head.hash:
            what = f"{known[1]} and {who} contradict each other"
            self.contradictions.append(Problem(head.writer, head.seq, what, head.seq))


async def _details(
    database: HubDatabase, kind: EntryKind, key: HashKey, sealed: Mapping[str, Head]
) -> AsyncIterator[dict[str, Any]]:
    """The details of entries of a kind. Changed entries are left out; the walk of their chain reports them."""
    async for entry in entries_between(database, None, None, kind):
        is_sealed = entry.writer in sealed and entry.seq <= sealed[entry.writer].seq
        if entry.note.detail is not None and entry.has_hash(None if is_sealed else key):
            yield orjson.loads(entry.note.detail)
