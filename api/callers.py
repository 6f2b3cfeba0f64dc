"""Callers: whose budget a request is charged to: the subject of its credential, else the network address it comes from.

What leaves this module is a mark under the hub's secret: neither addresses nor subjects stand in the name of a bucket.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from starlette.datastructures import Headers
from starlette.types import Scope

from models.viewer import Viewer

FORWARDED_CHARS_MAX = 1_000
IPV6_BITS = 64
"""A household or a server gets a whole network of this length: its addresses are one caller."""

_Address = IPv4Address | IPv6Address
_NOWHERE = "nowhere"


class Callers:
    """Tells callers apart. `proxies` are the addresses and networks whose `X-Forwarded-For` is believed."""

    def __init__(self, secret: bytes, proxies: Iterable[str]) -> None:
        self._key = hashlib.blake2b(secret, digest_size=32, person=b"simpul callers").digest()
        self._proxies: tuple[IPv4Network | IPv6Network, ...] = tuple(map(ip_network, proxies))

    def mark_of(self, viewer: Viewer, scope: Scope) -> str:
        """What stands for who sent a request, the same for each of theirs and for nobody else."""
        if viewer.subject is not None:
            return self._mark("subject", viewer.role.value, viewer.subject)
        return self._mark("address", self.address_of(scope))

    def address_of(self, scope: Scope) -> str:
        """The address that a request comes from; behind proxies that are believed, the one that came to the first."""
        peer = scope.get("client")
        if peer is None:
            return _NOWHERE
        address = _parsed(peer[0])
        if address is None:
            return _NOWHERE
        for text in reversed(_forwarded(Headers(scope=scope).getlist("x-forwarded-for"))):
            if not self._is_proxy(address):
                break
            before = _parsed(text)
            if before is None:
                break
            address = before
        return _network_of(address)

    def _is_proxy(self, address: _Address) -> bool:
        return any(address in network for network in self._proxies)

    def _mark(self, *parts: str) -> str:
        return hmac.new(self._key, "\0".join(parts).encode(), hashlib.sha256).hexdigest()[:32]


def _forwarded(values: Sequence[str]) -> list[str]:
    # Its end is what the nearest proxy wrote; its beginning is whatever the client liked to write.
    return [part.strip() for part in ",".join(values)[-FORWARDED_CHARS_MAX:].split(",") if part.strip()]


def _parsed(text: str) -> _Address | None:
    try:
        address = ip_address(text.strip("[]"))
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address


def _network_of(address: _Address) -> str:
    if isinstance(address, IPv4Address):
        return str(address)
    return str(IPv6Network((address.packed, IPV6_BITS), strict=False))
