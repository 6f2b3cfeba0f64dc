"""Flags: yes or no, in the one letter that a source has for each."""

from __future__ import annotations

from connectors.decoders.codes import Codes, codes


def flag(yes: str, no: str, *, nulls: tuple[str, ...] = ("", "-")) -> Codes:
    """True or false. The letters are stated each time: `T` is true in one table, and means no, `tidak`, in another."""
    return codes({yes: True, no: False}, nulls=nulls)
