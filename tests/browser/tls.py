"""TLS in front of a hub, as a proxy of a city has it, with a certificate that was made for the test."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from socket import create_server

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

HOST = "127.0.0.1"
PIECE_BYTES = 65_536


@dataclass(frozen=True, slots=True)
class Certificate:
    """One that signs itself, and its key, as PEM files."""

    file: Path
    key: Path


def certificate(folder: Path) -> Certificate:
    """A certificate for this machine, for a day."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "simpul test")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    found = Certificate(folder / "certificate.pem", folder / "key.pem")
    found.file.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    found.key.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return found


@dataclass(slots=True)
class TlsDoor:
    """A place with TLS that leads to a port without it, once `port` is known."""

    address: str
    port: int = 0

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, until either side has ended."""
        inside, to_inside = await asyncio.open_connection(HOST, self.port)
        await asyncio.gather(_pumped(reader, to_inside), _pumped(inside, writer), return_exceptions=True)


async def _pumped(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while piece := await reader.read(PIECE_BYTES):
            writer.write(piece)
            await writer.drain()
    finally:
        writer.close()


@contextmanager
def tls_door(own: Certificate) -> Iterator[TlsDoor]:
    """One that listens, until the end of the context."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own.file, own.key)
    listener = create_server((HOST, 0))
    door = TlsDoor(f"https://{HOST}:{listener.getsockname()[1]}")
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    started = asyncio.start_server(door.pass_on, sock=listener, ssl=context)
    server = asyncio.run_coroutine_threadsafe(started, loop).result()
    try:
        yield door
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
