"""PostgreSQL framing: looks at where messages begin before asyncpg does, which garbage can keep busy for ever.

asyncpg takes a message whose kind is the byte 0 for one that it has put back, and looks at it again and again: the
process answers nobody any more, and not even a signal ends it. A stream is cut at the first message that PostgreSQL
cannot have sent (its manual, "Message Formats").
"""

from __future__ import annotations

from asyncio import Transport
from struct import Struct

import asyncpg.protocol

KINDS = frozenset(b"1234ACDEGHIKNRSTVWZcdnstv")
"""The kinds of messages that a server sends."""
MESSAGE_BYTES_MAX = 2**30
"""PostgreSQL's own bound: no value is longer."""

_HEAD = Struct(">Bi")


class Framing:
    """Where the messages of one stream begin, whatever parts it comes in."""

    def __init__(self) -> None:
        self._skip_bytes = 0
        self._begun = b""

    def fits(self, part: bytes) -> bool:
        """Whether what has come so far can be PostgreSQL's. Not to be asked again once it cannot."""
        part, at = self._begun + part, self._skip_bytes
        ends_at = len(part) - _HEAD.size
        while at <= ends_at:
            kind, length = _HEAD.unpack_from(part, at)
            if kind not in KINDS or not 4 <= length <= MESSAGE_BYTES_MAX:
                return False
            at += 1 + length
        self._begun = part[at:]
        self._skip_bytes = max(0, at - len(part))
        return True


class FramedProtocol(asyncpg.protocol.Protocol):  # type: ignore[misc]  # asyncpg types none of its protocol
    """asyncpg's protocol, which sees nothing of a stream that is none of PostgreSQL's."""

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
    """Have asyncpg make its connections with it henceforth. It has no parameter for this: a test holds that it does."""
    asyncpg.protocol.Protocol = FramedProtocol
