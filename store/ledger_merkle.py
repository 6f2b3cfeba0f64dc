"""One hash for the heads of all chains: a Merkle tree after RFC 6962. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Final

from store.ledger_chain import Head

_LEAF: Final = b"\x00"
_NODE: Final = b"\x01"


def root_of(heads: Iterable[Head]) -> str:
    """The root over the heads in the order of their writers, hexadecimal; that of no heads is the hash of nothing.

    A leaf is the hash of `writer seq hash`, with one space between them; what has no partner goes up as it is.
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
