"""Kept responses: the bytes of one answer, packed and plain, with the headers that let others keep them as well."""

from __future__ import annotations

import asyncio
import hashlib
import zlib
from dataclasses import dataclass, field

from starlette.types import Send

PACKED_BYTES_MIN = 1_000
PACKED_LEVEL = 5
PACKED_IN_THREAD_BYTES_MIN = 131_072
"""Packing more than this takes milliseconds, in which nobody else would be answered."""

OVERHEAD_BYTES = 2_000
"""About what an answer takes besides its bytes: its heads, its keys and the objects around them."""

VARY = b"Accept, Accept-Language, Accept-Encoding, Authorization, X-Api-Key, Origin"
"""A shared cache must not give to those who sign in what everybody gets."""

RawHeaders = list[tuple[bytes, bytes]]
_OK = b"HTTP/1.1 200 OK\r\n"


@dataclass(frozen=True, slots=True)
class Shape:
    """One of the representations of an answer. `tag` is a strong entity tag: of these bytes."""

    body: bytes
    tag: bytes
    packed: bool

    @classmethod
    def of(cls, body: bytes, *, packed: bool) -> Shape:
        tag = hashlib.sha256(body).hexdigest()[:32]
        return cls(body, f'"{tag}"'.encode(), packed)


@dataclass(slots=True)
class Kept:
    """An answer that may be given again. Times are in seconds of a monotonic clock.

    Until `fresh_until_s` it is given as it is, and until `ends_at_s` while it is renewed: both lie within the freshness
    of what was read, so that what it says of its own freshness stays true. `due_at_s` is when somebody renews it.
    """

    plain: Shape
    made_at_s: float
    fresh_until_s: float
    ends_at_s: float
    due_at_s: float
    _packed: Shape | None = None
    _lines: dict[tuple[str, bool], bytes] = field(default_factory=dict)

    @property
    def bytes_max(self) -> int:
        """What it takes in memory at most; packed bytes are never more than the plain ones."""
        return 2 * len(self.plain.body) + OVERHEAD_BYTES

    async def packed(self) -> Shape:
        """It is packed once, when first asked for; what is short, or does not shrink, stays plain."""
        if self._packed is None:
            is_short = len(self.plain.body) < PACKED_BYTES_MIN
            self._packed = self.plain if is_short else await _packed(self.plain)
        return self._packed

    def age(self, now_s: float) -> tuple[bytes, bytes]:
        """The header that says how old it is."""
        return (b"age", b"%d" % (now_s - self.made_at_s))

    def wired(self, media_type: str, *, packed: bool) -> tuple[bytes, bytes] | None:
        """The begin of its head as HTTP/1.1 has it, and its body; None where it has yet to be packed."""
        shape = self._packed if packed else self.plain
        if shape is None:
            return None
        lines = self._lines.get((media_type, shape.packed))
        if lines is None:
            head = self._head_of(media_type, shape)
            lines = self._lines[media_type, shape.packed] = _OK + b"".join([b"%b: %b\r\n" % header for header in head])
        return lines, shape.body

    async def send(
        self, send: Send, media_type: str, if_none_match: bytes, more: RawHeaders, now_s: float, *, packed: bool
    ) -> None:
        """Answer with it, or with 304 where the client has it. `more` are headers of the request at hand."""
        shape = await self.packed() if packed else self.plain
        headers = [*self._head_of(media_type, shape), self.age(now_s), *more]
        if if_none_match and _names(if_none_match, shape.tag):
            headers = [header for header in headers if not header[0].startswith(b"content-")]
            await send({"type": "http.response.start", "status": 304, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": shape.body})

    def _head_of(self, media_type: str, shape: Shape) -> RawHeaders:
        """The headers that are the same for every client that gets this shape."""
        fresh_s = int(self.fresh_until_s - self.made_at_s)
        renewing_s = int(self.ends_at_s - self.made_at_s) - fresh_s
        control = f"public, max-age={fresh_s}, stale-while-revalidate={renewing_s}"
        head = [
            (b"cache-control", control.encode()),
            (b"etag", shape.tag),
            (b"vary", VARY),
            (b"x-content-type-options", b"nosniff"),
            (b"content-type", f"{media_type}; charset=utf-8".encode()),
            (b"content-length", str(len(shape.body)).encode()),
        ]
        if shape.packed:
            head.append((b"content-encoding", b"gzip"))
        return head


async def _packed(plain: Shape) -> Shape:
    if len(plain.body) < PACKED_IN_THREAD_BYTES_MIN:
        packed = _gzip(plain.body)
    else:
        packed = await asyncio.to_thread(_gzip, plain.body)
    return Shape.of(packed, packed=True) if len(packed) < len(plain.body) else plain


def _gzip(body: bytes) -> bytes:
    packer = zlib.compressobj(PACKED_LEVEL, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    return packer.compress(body) + packer.flush()


def _names(if_none_match: bytes, tag: bytes) -> bool:
    """Whether the client has it, by the weak comparison that If-None-Match asks for (RFC 9110, 13.1.2)."""
    given = [part.strip().removeprefix(b"W/") for part in if_none_match.split(b",")]
    return tag in given or given == [b"*"]
