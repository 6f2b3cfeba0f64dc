"""Splits: a chunked request with trailers, cut where a server may read it by itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

Split = Callable[[bytes, bytes, bytes, bytes], Sequence[bytes]]
"""The parts of a request: of its head, its chunk, the end of its chunks, and its trailers with the empty line."""

SPLITS: Final[Mapping[str, Split]] = {
    "at once": lambda head, chunk, end, trailers: [head + chunk + end + trailers],
    "after the head": lambda head, chunk, end, trailers: [head, chunk + end + trailers],
    "after the chunk": lambda head, chunk, end, trailers: [head + chunk, end + trailers],
    "after both": lambda head, chunk, end, trailers: [head, chunk, end + trailers],
    "before the trailers": lambda head, chunk, end, trailers: [head, chunk + end, trailers],
    "within the trailers": lambda head, chunk, end, trailers: [head + chunk + end + trailers[:9], trailers[9:]],
}


def chunked(split: Split, head: bytes, body: bytes, trailers: bytes) -> Sequence[bytes]:
    """A request whose head says that it is chunked, with trailers that each end their line."""
    return split(head, b"%x\r\n%b\r\n" % (len(body), body), b"0\r\n", trailers + b"\r\n")
