"""Anchors: a hash chain of signed lines in one file per day, which vouches for the ledger outside its database.

A line has the heads of the writers that have changed since the line before; the first line of a day has all heads and
their Merkle root. Nobody without HUB_SECRET can write a line. Pure, except that it reads files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

from models.keys import HashKey
from store.ledger.chain import Head

DAYS_MAX: Final = 100_000
LINE_BYTES_MAX: Final = 64_000_000
"""The hub writes no longer line: 100,000 heads take a fifth of this."""
SUFFIX: Final = ".ndjson"
_SIGNED: Final = b',"signed":"'


class BadAnchor(Exception):
    """A file of anchors was changed. The message names it."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """One line: the heads that have changed, the time, and why it was written.

    `chain` names the folder's chain; `before` is the SHA-256 of the line before. `sealed` has the ends of chains with
    plain hashes. `root` is the Merkle root of all heads, only in the first line of a day.
    """

    chain: str
    number: int
    at: str
    why: str
    heads: tuple[Head, ...]
    before: str | None
    root: str | None = None
    sealed: tuple[Head, ...] = ()

    def line(self, key: HashKey) -> bytes:
        """The signed line with its newline."""
        said = {
            "chain": self.chain,
            "number": self.number,
            "at": self.at,
            "why": self.why,
            "root": self.root,
            "before": self.before,
            "sealed": [[head.writer, head.seq, head.hash] for head in self.sealed],
            "heads": [[head.writer, head.seq, head.hash] for head in self.heads],
        }
        body = orjson.dumps(said)
        return body[:-1] + _SIGNED + key.hash_of(body).encode() + b'"}\n'


@dataclass(frozen=True, slots=True)
class Known:
    """The last anchored head of a writer, and when it was first anchored."""

    head: Head
    at: str


@dataclass(slots=True)
class Anchors:
    """The state after all lines of a folder. `missing` has the ranges of numbers whose lines are gone."""

    chain: str = ""
    number: int = 0
    at: str = ""
    hash: str | None = None
    heads: dict[str, Head] = field(default_factory=dict)
    """The heads of all writers after the last line."""
    known: dict[str, Known] = field(default_factory=dict)
    sealed: dict[str, Head] = field(default_factory=dict)
    roots: dict[str, str] = field(default_factory=dict)
    """The Merkle roots, by day."""
    began_with: tuple[Head, ...] = ()
    began_at: str = ""
    missing: list[tuple[int, int]] = field(default_factory=list)
    contradicted: list[Head] = field(default_factory=list)
    day: str = ""

    def add(self, anchor: Anchor, line: bytes, where: str) -> None:
        """Add the next line. Raises BadAnchor for a line that does not follow the one before."""
        if anchor.number > self.number + 1:
            self.missing.append((self.number + 1, anchor.number - 1))
        elif anchor.number != self.number + 1 or anchor.before != self.hash:
            raise BadAnchor(f"{where}: it does not follow the line before it, which was changed, moved or is missing")
        if self.chain not in ("", anchor.chain):
            raise BadAnchor(f"{where}: it belongs to the anchors {anchor.chain}, not to {self.chain}")
        if anchor.root is not None:
            self.heads, self.day = {}, anchor.at[:10]
            self.roots[self.day] = anchor.root
        if not self.chain:
            self.began_with, self.began_at = anchor.heads, anchor.at
        self.chain, self.number, self.at = anchor.chain, anchor.number, anchor.at
        self.hash = hashlib.sha256(line).hexdigest()
        self.sealed |= {head.writer: head for head in anchor.sealed}
        for head in anchor.heads:
            self.heads[head.writer] = head
            self._know(head, anchor.at)

    def _know(self, head: Head, at: str) -> None:
        known = self.known.get(head.writer)
        if known is None or known.head.seq < head.seq:
            self.known[head.writer] = Known(head, at)
        elif known.head.seq == head.seq and known.head.hash != head.hash:
            self.contradicted.append(head)

    def adopt_old(self, heads: Iterable[Head], at: str, day: str, root: str, hashed: str) -> None:
        """Add a file of an earlier version of the hub: one a day, not signed."""
        self.hash, self.day = hashed, day
        self.roots[day] = root
        for head in heads:
            self._know(head, at)


def anchors_in(folder: Path, key: HashKey) -> Anchors:
    """Read all files of a folder. Raises BadAnchor for a line that was changed, moved, or not written by this hub."""
    found = Anchors()
    for path in _old_files(folder):
        _add_old(found, path)
    for path in days_in(folder):
        for place, line in enumerate(lines_of(path), 1):
            where = f"{path.name}, line {place}"
            found.add(anchor_of(line, key, where), line, where)
    return found


def days_in(folder: Path) -> list[Path]:
    """The files of lines, oldest first."""
    return sorted(folder.glob(f"????-??-??{SUFFIX}"))[:DAYS_MAX]


def lines_of(path: Path) -> Iterator[bytes]:
    """The whole lines of a file. A last line without newline was cut by a crash, and nobody relies on it."""
    with path.open("rb") as file:
        while (line := file.readline(LINE_BYTES_MAX)).endswith(b"\n"):
            yield line


def anchor_of(line: bytes, key: HashKey, where: str) -> Anchor:
    """The anchor of a line. Raises BadAnchor unless the line was signed with this key."""
    body, _, signature = line.rpartition(_SIGNED)
    try:
        if signature != key.hash_of(body + b"}").encode() + b'"}\n':
            raise BadAnchor(f"{where}: it was changed, or signed with another HUB_SECRET")
        said: dict[str, Any] = orjson.loads(body + b"}")
        heads, sealed = (tuple(Head(*head) for head in said.pop(name)) for name in ("heads", "sealed"))
        return Anchor(**said, heads=heads, sealed=sealed)
    except (ValueError, TypeError, KeyError) as error:
        raise BadAnchor(f"{where}: this is no anchor") from error


# --- The files of earlier versions: once a day, all heads and their root ----------------------------------------------


def _old_files(folder: Path) -> list[Path]:
    return sorted(folder.glob("????-??-??.json"))[:DAYS_MAX]


def hash_of_old(folder: Path) -> str | None:
    """The hash of the last file of earlier versions, which the very first line refers to."""
    files = _old_files(folder)
    return hashlib.sha256(files[-1].read_bytes()).hexdigest() if files else None


def _add_old(found: Anchors, path: Path) -> None:
    data = path.read_bytes()
    try:
        body = orjson.loads(data)
        heads = tuple(Head(writer, seq, hashed) for writer, seq, hashed in body["heads"])
        day, at, root, before = body["day"], body["at"], body["root"], body["before"]
    except (ValueError, TypeError, KeyError) as error:
        raise BadAnchor(f"{path.name}: this is no anchor") from error
    if day != path.stem or root_of(heads) != root:
        raise BadAnchor(f"{path.name}: its heads do not have its root")
    if before != found.hash:
        raise BadAnchor(f"{path.name}: the anchor before it was changed or is missing")
    found.adopt_old(heads, at, day, root, hashlib.sha256(data).hexdigest())


_LEAF: Final = b"\x00"
_NODE: Final = b"\x01"


def root_of(heads: Iterable[Head]) -> str:
    """The Merkle root (RFC 6962) of the heads, sorted by writer, in hexadecimal; the hash of nothing without heads.

    A leaf is the hash of `writer seq hash`, separated by spaces. A node without a sibling moves up as it is.
    """
    level = [_leaf(head) for head in sorted(heads, key=lambda head: head.writer)]
    if not level:
        return hashlib.sha256(b"").hexdigest()
    while len(level) > 1:
        pairs = [
            hashlib.sha256(_NODE + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=False)
        ]
        level = pairs + level[len(pairs) * 2 :]
    return level[0].hex()


def _leaf(head: Head) -> bytes:
    return hashlib.sha256(_LEAF + f"{head.writer} {head.seq} {head.hash}".encode()).digest()
