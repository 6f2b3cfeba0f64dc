"""Tells whose budget a request is charged to: the subject of its credential, else its network address.

Both leave this module only as HMACs under the hub's secret, so no name of a token bucket holds an address or subject.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from api.serving.frozen_head import Head
from models.keys import HashKey
from models.policy.viewer import Viewer

FORWARDED_CHARS_MAX = 1_000
IPV6_BITS = 64
"""A household or a server has a whole network of this prefix length, so its addresses are one caller."""

_Address = IPv4Address | IPv6Address
_NOWHERE = "nowhere"


class Callers:
    """Tells callers apart. `proxies` are the addresses and networks whose `X-Forwarded-For` is trusted."""

    def __init__(self, secret: bytes, proxies: Iterable[str]) -> None:
        self._key = HashKey(secret, b"simpul callers 1")
        self._proxies: tuple[IPv4Network | IPv6Network, ...] = tuple(map(ip_network, proxies))

    def mark_of(self, viewer: Viewer, head: Head) -> str:
        """The pseudonym of the sender of a request."""
        if viewer.subject is not None:
            return self._mark("subject", viewer.role.value, viewer.subject)
        return self._mark("address", self.address_of(head))

    def address_of(self, head: Head) -> str:
        """The client's address: the peer's, or behind trusted proxies the one that reached the first of them."""
        address = _parsed(head.peer or "")
        if address is None:
            return _NOWHERE
        for text in reversed(_forwarded(head.fields.get("x-forwarded-for", ""))):
            if not self._is_proxy(address):
                break
            before = _parsed(text)
            if before is None:
                break
            address = before
        return _network_of(address)

    def client_at(self, peer: str) -> str | None:
        """The client at an address; None for a trusted proxy, since many clients may be behind it."""
        address = _parsed(peer)
        return None if address is None or self._is_proxy(address) else _network_of(address)

    def _is_proxy(self, address: _Address) -> bool:
        return any(address in network for network in self._proxies)

    def _mark(self, *parts: str) -> str:
        return self._key.hash_of("\0".join(parts).encode())[:32]


def _forwarded(text: str) -> list[str]:
    # The nearest proxy wrote its end; the client may have written anything at its start.
    return [part.strip() for part in text[-FORWARDED_CHARS_MAX:].split(",") if part.strip()]


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
