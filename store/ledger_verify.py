"""Verifies the ledger: walks every chain, and compares what it finds with everything that was ever said about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from store.database import HubDatabase
from store.ledger_anchors import Anchor
from store.ledger_chain import GENESIS, Entry, EntryKind, Head
from store.ledger_rows import (
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


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong, and where: the entries `seq` to `last` of a writer. `missing` ones can be declared a gap."""

    writer: str
    seq: int
    what: str
    last: int
    missing: bool = False

    def __str__(self) -> str:
        place = f"{self.seq}" if self.last == self.seq else f"{self.seq} to {self.last}"
        return f"writer {self.writer}, entry {place}: {self.what}"


@dataclass(frozen=True, slots=True)
class Gap:
    """Entries of a writer that an operator has declared lost."""

    writer: str
    first: int
    last: int
    reason: str


@dataclass(slots=True)
class Verified:
    """What was looked at, and what is wrong with it: the first bad record of each chain first of all."""

    entries: int = 0
    chains: int = 0
    gaps: list[Gap] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class _Walk:
    """One chain, entry by entry."""

    gaps: list[Gap]
    claims: dict[int, tuple[str, str]]
    """What others say of this chain: by the place of an entry its hash, and who says so."""
    seq: int = 0
    hash: str = GENESIS
    problems: list[Problem] = field(default_factory=list)

    def step(self, entry: Entry) -> bool:
        """Whether the walk goes on: behind a changed entry nothing can be known."""
        if entry.seq != self.seq + 1:
            self._missing(entry.writer, self.seq + 1, entry.seq - 1)
        elif entry.previous != self.hash:
            return self._bad(entry, "it does not follow the entry before it")
        if entry.expected_hash != entry.hash:
            return self._bad(entry, "it was changed")
        claimed = self.claims.pop(entry.seq, None)
        if claimed is not None and claimed[0] != entry.hash:
            return self._bad(entry, f"it is another than {claimed[1]} says")
        self.seq, self.hash = entry.seq, entry.hash
        return True

    def end(self, writer: str) -> None:
        """What others know of that lies behind the last entry is missing."""
        last = max(self.claims, default=self.seq)
        if last > self.seq:
            self._missing(writer, self.seq + 1, last, f", {self.claims[last][1]} knows it")

    def _bad(self, entry: Entry, what: str) -> bool:
        self.problems.append(Problem(entry.writer, entry.seq, what, entry.seq))
        return False

    def _missing(self, writer: str, first: int, last: int, more: str = "") -> None:
        for start, stop in _undeclared(first, last, self.gaps):
            self.problems.append(Problem(writer, start, f"it is missing{more}", stop, missing=True))


def _undeclared(first: int, last: int, gaps: Iterable[Gap]) -> list[tuple[int, int]]:
    """What of a range no gap covers."""
    left: list[tuple[int, int]] = []
    for gap in sorted(gaps, key=lambda gap: gap.first):
        if gap.last < first or gap.first > last:
            continue
        if gap.first > first:
            left.append((first, gap.first - 1))
        first = gap.last + 1
    return [*left, (first, last)] if first <= last else left


async def verify(database: HubDatabase, anchors: Iterable[Anchor]) -> Verified:
    """Look at every entry. Memory is bounded by the number of writers; entries are read page by page."""
    verified = Verified()
    claims = await _claims(database, anchors, verified)
    for writer in sorted(claims.keys() | await writers(database)):
        gaps = [gap for gap in verified.gaps if gap.writer == writer]
        walk = _Walk(gaps, claims.get(writer, {}))
        await _walk_through(database, writer, walk, verified)
        verified.chains += 1
        verified.problems += walk.problems
        if len(verified.problems) >= PROBLEMS_MAX:
            return verified
    stray = await stray_line(database)
    if stray is not None and not verified.problems:
        writer, seq = stray
        verified.problems.append(Problem(writer, seq, "a person's trail has it, and it is not there", seq))
    return verified


async def _walk_through(database: HubDatabase, writer: str, walk: _Walk, verified: Verified) -> None:
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
    walk.end(writer)
    # Asked for now: a hub that runs has moved it together with what it has added since.
    known = await head_seq(database, writer)
    if known < walk.seq:
        walk.problems.append(Problem(writer, known + 1, "the head of the chain does not know it", walk.seq))


async def _compare_trails(database: HubDatabase, page: list[Entry], walk: _Walk) -> None:
    """The trails are an index over the entries: they name the same people."""
    indexed = await indexed_seq(database, page[0].writer)
    found = await persons_of(database, page[0].writer, page[0].seq, page[-1].seq)
    for entry in page:
        named = {(person, entry.note.at) for person in entry.note.persons or ()}
        lines = found.get(entry.seq, set())
        # What the index has not come to is looked for in the entries themselves.
        if lines - named or (entry.seq <= indexed and lines != named):
            what = "the trail of a person does not have it, or has it wrongly"
            walk.problems.append(Problem(entry.writer, entry.seq, what, entry.seq))
            return


async def _claims(
    database: HubDatabase, anchors: Iterable[Anchor], verified: Verified
) -> dict[str, dict[int, tuple[str, str]]]:
    """Everything that is said of chains, by writer and place: by the anchors, by their heads, by what a cut left."""
    claims: dict[str, dict[int, tuple[str, str]]] = {}

    def claim(head: Head, who: str) -> None:
        known = claims.setdefault(head.writer, {}).setdefault(head.seq, (head.hash, who))
        if known[0] != head.hash:
            what = f"{known[1]} and {who} contradict each other"
            verified.problems.append(Problem(head.writer, head.seq, what, head.seq))

    for anchor in anchors:
        for head in anchor.heads:
            claim(head, f"the anchor of {anchor.day}")
    for head in await heads(database):
        claim(head, "the head of the chain")
    async for entry in entries_between(database, None, None, EntryKind.CUT):
        cut = _detail(entry)
        if cut is not None:
            claim(Head(cut["writer"], cut["seq"], cut["hash"]), "the process that wrote it")
    async for entry in entries_between(database, None, None, EntryKind.GAP):
        gap = _detail(entry)
        if gap is not None and len(verified.gaps) < GAPS_MAX:
            verified.gaps.append(Gap(gap["writer"], gap["first"], gap["last"], gap["reason"]))
    return claims


def _detail(entry: Entry) -> dict[str, Any] | None:
    """What a CUT or a GAP says; None for one that was changed, which its own chain tells."""
    if entry.expected_hash != entry.hash or entry.note.detail is None:
        return None
    detail: dict[str, Any] = orjson.loads(entry.note.detail)
    return detail
