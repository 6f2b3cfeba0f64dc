"""Problems of the ledger, the gaps that an operator has declared, and the problems of the anchors. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from store.ledger.anchors.copies import Compared
from store.ledger.anchors.lines import Anchors
from store.ledger.chain import Head
from store.ledger.evidence import Evidence
from store.ledger.rows import Anchored


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with the entries `seq` to `last` of a writer. Missing entries can be declared a gap."""

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


def undeclared(first: int, last: int, gaps: Iterable[Gap]) -> list[tuple[int, int]]:
    """The parts of a range that no gap covers."""
    left: list[tuple[int, int]] = []
    for gap in sorted(gaps, key=lambda gap: gap.first):
        if gap.last < first or gap.first > last:
            continue
        if gap.first > first:
            left.append((first, gap.first - 1))
        first = gap.last + 1
    return [*left, (first, last)] if first <= last else left


ANCHORS: Final = "anchors"
"""The writer of a problem or gap of anchors is this word and the name of their chain."""


def anchor_problems(
    evidence: Evidence, gaps: Sequence[Gap], sealed: Mapping[str, Head], *, has_entries: bool
) -> list[Problem]:
    """The problems of the anchors that no gap covers. A ledger with entries must have anchors: a hub begins so."""
    if not evidence.anchors and has_entries:
        what = "it is missing: there are entries, and a hub anchors before it writes the first"
        return [Problem(ANCHORS, 1, what, 1, missing=True)]
    by_chain = {anchors.chain: anchors for anchors in evidence.anchors}
    found: dict[tuple[str, int, int], Problem] = {}
    for problem in (
        *_of_beginning(evidence.anchors, sealed),
        *(one for anchors in evidence.anchors for one in _of_lines(anchors)),
        *(one for last in evidence.remembered.values() for one in _of_end(by_chain.get(last.chain), last)),
        *(one for compared in evidence.compared for one in _of_copies(compared)),
    ):
        mine = [gap for gap in gaps if gap.writer == problem.writer] if problem.missing else []
        for first, last in undeclared(problem.seq, problem.last, mine):
            found.setdefault(
                (problem.writer, first, last), Problem(problem.writer, first, problem.what, last, problem.missing)
            )
    return list(found.values())


def _of_beginning(all_anchors: Sequence[Anchors], sealed: Mapping[str, Head]) -> Iterator[Problem]:
    """The very first line may have only the heads of chains that are older than keyed hashes."""
    first = min(all_anchors, key=lambda one: one.began_at, default=None)
    if first is not None and any(
        head.writer not in sealed or head.seq > sealed[head.writer].seq for head in first.began_with
    ):
        what = "it is missing: what was anchored before line 1, when there were entries already"
        yield Problem(f"{ANCHORS} {first.chain}", 0, what, 0, missing=True)


def _of_lines(anchors: Anchors) -> Iterator[Problem]:
    for first, last in anchors.missing:
        what = "it is missing, the line behind it knows it"
        yield Problem(f"{ANCHORS} {anchors.chain}", first, what, last, missing=True)


def _of_end(anchors: Anchors | None, last: Anchored) -> Iterator[Problem]:
    place = f"{ANCHORS} {last.chain}"
    if anchors is None:
        what = f"it is missing, the database knows it, the last of {last.at}; if its folder is elsewhere, say --anchors"
        yield Problem(place, 1, what, last.number, missing=True)
    elif anchors.number < last.number:
        what = f"it is missing, the database knows it, the last of {last.at}"
        yield Problem(place, anchors.number + 1, what, last.number, missing=True)
    elif anchors.number == last.number and anchors.hash != last.hash:
        yield Problem(place, last.number, "it is another than the database remembers", last.number)


def _of_copies(compared: Compared) -> Iterator[Problem]:
    place = f"{ANCHORS} {compared.chain}"
    for number in compared.differs:
        yield Problem(place, number, "it is another than its copy in the second place", number)
    if compared.lost:
        what = f"it is missing, the second place has it, the last of {compared.at}"
        yield Problem(place, compared.lost[0], what, compared.lost[-1], missing=True)
