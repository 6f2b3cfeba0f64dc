"""Which addresses the hub connects to: only those that were checked, whatever a name leads to."""

from __future__ import annotations

import asyncio
import ipaddress
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from connectors.http.access import HttpAccess, UnsafeAddress, is_public, may_be_private
from connectors.http.client import HttpClient, HttpLimits
from connectors.load import LoadContract
from connectors.protocol import SourceUnreachable
from tests.connectors.web import Asked, said, served

NOWHERE_ON_THE_INTERNET = [
    "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "100.100.100.200", "0.0.0.0",
    "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1", "fc00::1",
    "fd00:ec2::254", "ff02::1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::7f00:1", "2002:7f00:1::",
    "2001:0:7f00:1::", "fec0::1", "::7f00:1", "2001:db8::1",
]  # fmt: skip


@pytest.mark.parametrize("address", NOWHERE_ON_THE_INTERNET)
def test_what_is_no_host_of_the_internet_is_not_public(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["8.8.8.8", "103.10.1.1", "2606:4700::1111", "2404:8000::1"])
def test_hosts_of_the_internet_are_public(address: str) -> None:
    assert is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "::ffff:169.254.169.254",
        "fd00:ec2::254",
        "fe80::1",
        "224.0.0.1",
        "0.0.0.0",
        "::",
        "255.255.255.255",
    ],
)
def test_an_allowed_host_may_still_not_be_everything(address: str) -> None:
    assert not may_be_private(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "192.168.1.1", "fd12::1", "8.8.8.8"])
def test_an_allowed_host_may_be_private(address: str) -> None:
    assert may_be_private(ipaddress.ip_address(address))


# --- By name ----------------------------------------------------------------------------------------------------------


def client(url: str, *private_hosts: str) -> HttpClient:
    access = HttpAccess(private_hosts=frozenset(private_hosts))
    return HttpClient.of(url, access, LoadContract(), HttpLimits(total_s=2.0))


async def ask(url: str, *private_hosts: str) -> int:
    asking = client(url, *private_hosts)
    try:
        return (await asking.get(asking.base, ("*/*",))).status
    finally:
        await asking.close()


def anything(_: Asked) -> bytes:
    return said("{}")


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"]
)
async def test_a_private_address_is_refused_however_it_is_written(host: str) -> None:
    async with served(anything) as web:
        with pytest.raises(UnsafeAddress) as raised:
            await ask(f"http://{host}:{web.port}/")
        assert web.asked == []
    assert host not in str(raised.value)


async def test_an_allowed_host_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    async with served(anything) as web:
        assert await ask(f"http://LOCALHOST:{web.port}/", "localhost") == 200
        assert await ask(web.url, "127.0.0.1") == 200
    assert [asked.headers["host"] for asked in web.asked] == [f"localhost:{web.port}", f"127.0.0.1:{web.port}"]


def leads_to(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """The names are resolved by the test: one answer after the other. Returns the names that were asked for."""
    names: list[str] = []
    remaining = list(answers)

    async def getaddrinfo(host: str, port: int, **_: object) -> list[tuple[Any, ...]]:
        names.append(host)
        return [(0, 0, 0, "", (address, port)) for address in remaining.pop(0)]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", getaddrinfo)
    return names


async def test_a_name_of_a_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    leads_to(monkeypatch, ["169.254.169.254"])
    with pytest.raises(UnsafeAddress):
        await ask("http://data.example.go.id/")


async def test_one_private_address_among_public_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    leads_to(monkeypatch, ["203.0.114.1", "10.0.0.1"])
    with pytest.raises(UnsafeAddress):
        await ask("http://data.example.go.id/")


async def test_a_name_is_resolved_once_and_the_checked_address_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    async with served(anything) as web:
        # Were the name resolved again for the connection, the second answer would be used, and there is none.
        names = leads_to(monkeypatch, ["127.0.0.1"])
        assert await ask(f"http://data.example.go.id:{web.port}/", "data.example.go.id") == 200
    assert names == ["data.example.go.id"]
    assert web.asked[0].headers["host"] == f"data.example.go.id:{web.port}"


async def test_an_allowed_name_that_leads_to_the_metadata_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    leads_to(monkeypatch, ["169.254.169.254"])
    with pytest.raises(UnsafeAddress):
        await ask("http://data.example.go.id/", "data.example.go.id")


async def test_a_name_that_is_not_known_is_unreachable() -> None:
    with pytest.raises(SourceUnreachable) as raised:
        await ask("http://no-such-host.invalid/")
    assert "invalid" not in str(raised.value)


# --- Over TLS ---------------------------------------------------------------------------------------------------------


def certificate_for(name: str, folder: Path) -> Path:
    """A certificate of a host that signs itself, and its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = folder / f"{name}.pem"
    file.write_bytes(key.private_bytes(*form) + made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.mark.parametrize(("named", "good"), [("data.example.go.id", True), ("lain.example.go.id", False)])
async def test_tls_is_made_with_the_name_and_not_with_the_address(
    named: str, good: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = certificate_for(named, tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(file)
    names: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    async with served(anything, context) as web:
        leads_to(monkeypatch, ["127.0.0.1"])
        asking = ask(f"https://data.example.go.id:{web.port}/", "data.example.go.id")
        if good:
            assert await asking == 200
        else:
            with pytest.raises(SourceUnreachable):
                await asking
    assert names == ["data.example.go.id"]
