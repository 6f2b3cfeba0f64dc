"""A cached answer: its bytes, plain and gzipped, with the headers for caches on the way."""

from __future__ import annotations

import asyncio
import hashlib
import zlib
from dataclasses import dataclass, field

from starlette.types import Send

from api.serving.frozen_head import Head
from models.policy.viewer import Role

PACKED_BYTES_MIN = 1_000
PACKED_LEVEL = 5
PACKED_IN_THREAD_BYTES_MIN = 131_072
"""Compressing more than this blocks for milliseconds, so it is done in a thread."""

OVERHEAD_BYTES = 2_000
"""About the memory of an answer besides its bytes: headers, keys and objects."""

VARY = b"Accept, Accept-Language, Accept-Encoding, Authorization, X-Api-Key, Origin"
"""A shared cache must not serve the public answer to requests with a credential."""

RawHeaders = tuple[tuple[bytes, bytes], ...]


class NotForThisViewer(Exception):
    """An answer was about to be sent to a viewer of another role than it was made for."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One representation of an answer, with its strong entity tag."""

    body: bytes
    tag: bytes
    packed: bool

    @classmethod
    def of(cls, body: bytes, *, packed: bool) -> Shape:
        tag = hashlib.sha256(body).hexdigest()[:32]
        return cls(body, f'"{tag}"'.encode(), packed)


@dataclass(slots=True)
class Kept:
    """A cached answer (stale-while-revalidate). Times are in seconds of a monotonic clock.

    It is fresh until `fresh_until_s`, and served while it is revalidated until `ends_at_s`. Both lie within the
    contracts of its sources, so what it says of its own freshness stays true. It is revalidated from `due_at_s`.
    It was read with the rights of `made_for`, and is served to that role only. `records` are those that it shows.
    """

    plain: Shape
    made_at_s: float
    fresh_until_s: float
    ends_at_s: float
    due_at_s: float
    made_for: Role
    records: frozenset[str] = frozenset()
    _packed: Shape | None = None
    _heads: dict[tuple[str, bool], RawHeaders] = field(default_factory=dict)

    @property
    def bytes_max(self) -> int:
        """The most memory it takes; gzipped bytes are never more than the plain ones."""
        return 2 * len(self.plain.body) + OVERHEAD_BYTES

    async def packed(self) -> Shape:
        """The gzipped representation, made once. An answer that is short or does not shrink stays plain."""
        if self._packed is None:
            is_short = len(self.plain.body) < PACKED_BYTES_MIN
            self._packed = self.plain if is_short else await _packed(self.plain)
        return self._packed

    def age(self, now_s: float) -> tuple[bytes, bytes]:
        """The header `Age`."""
        return (b"age", b"%d" % (now_s - self.made_at_s))

    async def send(
        self, send: Send, head: Head, to: Role | None, media_type: str, more: RawHeaders, now_s: float
    ) -> None:
        """Send the answer to a viewer of role `to`, or 304 if the client has it. `more` are further headers.

        Raises NotForThisViewer before anything is sent.
        """
        if to is not self.made_for:
            raise NotForThisViewer
        shape = await self.packed() if head.takes_gzip else self.plain
        headers = [*self._head_of(media_type, shape), self.age(now_s), *more]
        # If-None-Match is about the answer to GET; with another method it means that nothing is to be done.
        known = head.fields.raw(b"if-none-match")
        if known and head.reads and _names(known, shape.tag):
            headers = [header for header in headers if not header[0].startswith(b"content-")]
            await send({"type": "http.response.start", "status": 304, "headers": headers})
            await send({"type": "http.response.body", "body": b""})
            return
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": shape.body})

    def _head_of(self, media_type: str, shape: Shape) -> RawHeaders:
        """The headers that do not depend on the request."""
        head = self._heads.get((media_type, shape.packed))
        if head is None:
            head = self._heads[media_type, shape.packed] = self._new_head_of(media_type, shape)
        return head

    def _new_head_of(self, media_type: str, shape: Shape) -> RawHeaders:
        fresh_s = int(self.fresh_until_s - self.made_at_s)
        renewing_s = int(self.ends_at_s - self.made_at_s) - fresh_s
        control = f"public, max-age={fresh_s}, stale-while-revalidate={renewing_s}"
        head = (
            (b"cache-control", control.encode()),
            (b"etag", shape.tag),
            (b"vary", VARY),
            (b"x-content-type-options", b"nosniff"),
            (b"content-type", f"{media_type}; charset=utf-8".encode()),
            (b"content-length", str(len(shape.body)).encode()),
        )
        return (*head, (b"content-encoding", b"gzip")) if shape.packed else head


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
    """Whether If-None-Match names the tag, by weak comparison (RFC 9110, 13.1.2)."""
    given = [part.strip().removeprefix(b"W/") for part in if_none_match.split(b",")]
    return tag in given or given == [b"*"]
