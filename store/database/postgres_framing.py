"""Checks the framing of PostgreSQL's messages before asyncpg reads them: garbage can make asyncpg loop for ever.

asyncpg takes a message of kind 0 for one that it has put back, and reads it again and again: the process answers
nobody, and no signal ends it. So the connection is aborted at the first message that PostgreSQL cannot have sent (its
manual, "Message Formats").
"""

from __future__ import annotations

from asyncio import Transport
from struct import Struct

import asyncpg.protocol

KINDS = frozenset(b"1234ACDEGHIKNRSTVWZcdnstv")
"""The message kinds of a server."""
MESSAGE_BYTES_MAX = 2**30
"""PostgreSQL's own limit of a value."""

_HEAD = Struct(">BI")


class Framing:
    """Follows where the messages of a stream begin, however the stream is split."""

    def __init__(self) -> None:
        self._skip_bytes = 0
        self._begun = b""

    def fits(self, part: bytes) -> bool:
        """Whether the stream can still be PostgreSQL's. Must not be called again after False."""
        part, at = self._begun + part, self._skip_bytes
        ends_at, length = len(part) - _HEAD.size, 0
        while at <= ends_at:
            kind, length = _HEAD.unpack_from(part, at)
            if kind not in KINDS or length < 4:
                return False
            at += 1 + length
        # Only the last one can be that long.
        if length > MESSAGE_BYTES_MAX:
            return False
        self._begun = part[at:]
        self._skip_bytes = max(0, at - len(part))
        return True


class FramedProtocol(asyncpg.protocol.Protocol):  # type: ignore[misc]  # asyncpg types none of its protocol
    """asyncpg's protocol, which never sees a stream that is not PostgreSQL's."""

    def connection_made(self, transport: Transport) -> None:
        self._framing = Framing()
        self._wire = transport
        super().connection_made(transport)

    def data_received(self, data: bytes) -> None:
        if self._wire.is_closing():
            return
        if self._framing.fits(data):
            super().data_received(data)
        else:
            self._wire.abort()


def frame_connections() -> None:
    """Make asyncpg use FramedProtocol. asyncpg has no parameter for this; a test holds that it works."""
    asyncpg.protocol.Protocol = FramedProtocol
