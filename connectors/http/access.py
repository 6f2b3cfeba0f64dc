"""HTTP access: which hosts the hub may reach, and the transport that enforces it (against SSRF).

A name is resolved once, all its addresses are checked, and the connection goes to a checked address, so DNS rebinding
has no effect.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import ClassVar

import httpcore2
import httpx2

from connectors.protocol import SourceBroken
from models.sources.findings import FindingKind

KEPT_OPEN_S = 30.0

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_INTERNET = ipaddress.IPv6Network("2000::/3")
_METADATA = ipaddress.ip_address("fd00:ec2::254")


@dataclass(frozen=True, slots=True)
class HttpAccess:
    """`private_hosts` may have private addresses. `transports` serve hosts inside this process."""

    private_hosts: frozenset[str] = frozenset()
    transports: Mapping[str, httpx2.AsyncBaseTransport] = field(default_factory=dict)


class UnusableAnswer(SourceBroken):
    """An answer that must not be used. `finding` tells an operator why."""

    finding: ClassVar[FindingKind] = FindingKind.UNREADABLE


class GarbledAnswer(UnusableAnswer):
    """The answer is malformed or truncated: a service in trouble, so a retry may help."""


class UnsafeAddress(UnusableAnswer):
    """The source refers to an address that the hub does not follow."""

    finding = FindingKind.UNSAFE_ADDRESS


class AnswerTooLarge(UnusableAnswer):
    """The answer is larger than the hub allows."""

    finding = FindingKind.TOO_LARGE


def is_public(address: Address) -> bool:
    """Whether an address is public and embeds no other address."""
    if isinstance(address, ipaddress.IPv6Address):
        hidden = address.ipv4_mapped or address.sixtofour or address.teredo
        if hidden is not None or address not in _INTERNET:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def may_be_private(address: Address) -> bool:
    """Whether an allowed private host may have this address: no multicast, unspecified or link-local address.

    Cloud providers serve credentials on link-local addresses.
    """
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    nobody = address.is_link_local or address.is_multicast or address.is_unspecified
    return not nobody and address not in {_METADATA, ipaddress.ip_address("255.255.255.255")}


async def resolved(host: str, port: int, *, private: bool) -> list[str]:
    """The addresses of a host. Raises UnsafeAddress if any of them is not allowed, and OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    allowed = may_be_private if private else is_public
    # A link-local address carries its interface behind a percent sign.
    if not all(allowed(ipaddress.ip_address(address.partition("%")[0])) for address in addresses):
        raise UnsafeAddress("the host has an address that the hub does not connect to")
    return addresses


class _CheckedNetwork(httpcore2.AsyncNetworkBackend):
    """Connects to checked addresses only; TLS is still made with the name."""

    def __init__(self, private_hosts: frozenset[str]) -> None:
        self._network = httpcore2.AnyIOBackend()
        self._private_hosts = frozenset(host.lower() for host in private_hosts)

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore2's own signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        failure: Exception = httpcore2.ConnectError("the host has no address")
        try:
            async with asyncio.timeout(timeout):
                for address in await resolved(host, port, private=host.lower() in self._private_hosts):
                    try:
                        return await self._network.connect_tcp(address, port, None, local_address, socket_options)
                    except httpcore2.ConnectError as error:
                        failure = error
        except TimeoutError as error:
            raise httpcore2.ConnectTimeout("no connection in time") from error
        except OSError as error:
            raise httpcore2.ConnectError("the host cannot be resolved") from error
        raise failure


class CheckedTransport(httpx2.AsyncBaseTransport):
    """A pool of at most `connections_max` connections, each to a checked address; `secure` prepares TLS."""

    def __init__(self, access: HttpAccess, connections_max: int, *, secure: bool) -> None:
        # Made once: a TLS context reads the certificates of all authorities.
        context = httpcore2.default_ssl_context() if secure else None
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=context,
            max_connections=connections_max,
            keepalive_expiry=KEPT_OPEN_S,
            network_backend=_CheckedNetwork(access.private_hosts),
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request. Raises what httpcore2 raises, and UnsafeAddress."""
        url = httpcore2.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        answer = await self._pool.handle_async_request(
            httpcore2.Request(
                request.method,
                url,
                headers=request.headers.raw,
                content=request.content,
                extensions=request.extensions,
            )
        )
        assert isinstance(answer.stream, AsyncIterable)
        return httpx2.Response(answer.status, headers=answer.headers, stream=_Body(answer))

    async def aclose(self) -> None:
        await self._pool.aclose()


class _Body(httpx2.AsyncByteStream):
    def __init__(self, answer: httpcore2.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async with aclosing(self._answer.aiter_stream()) as parts:
            async for part in parts:
                yield part

    async def aclose(self) -> None:
        await self._answer.aclose()
