"""Debian's nginx and HAProxy in front of a hub, with the files for operators; only ports and places are others."""

from __future__ import annotations

import asyncio
import re
import shutil
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DEPLOY = Path(__file__).resolve().parent.parent.parent / "deploy"
NAME = "data.example.go.id"
START_S_MAX = 20.0
PACKAGES = {"nginx": "nginx-light", "haproxy": "haproxy"}


@dataclass(frozen=True, slots=True)
class Proxy:
    """One that runs: where it listens for TLS, and where it does without."""

    tls_port: int
    plain_port: int


def program_of(name: str) -> str:
    """Where it is; the test is skipped where it is not."""
    found = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if found is None:
        pytest.skip(f"no {name}: install Debian's package {PACKAGES[name]}")
    return found


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as one:
        port: int = one.getsockname()[1]
        return port


@asynccontextmanager
async def in_front_of(place: str, name: str, folder: Path, body_s_max: float) -> AsyncIterator[Proxy]:
    """A proxy in front of the hub at a place, until the end of the context; clients have so long for their bodies."""
    program = program_of(name)
    proxy = Proxy(free_port(), free_port())
    certificate = _certificate(folder)
    write = _nginx if name == "nginx" else _haproxy
    file = folder / name
    file.write_text(write(place, proxy, certificate, folder, body_s_max), encoding="utf-8")
    options = ["-c", str(file), "-p", str(folder), "-e", "stderr"] if name == "nginx" else ["-db", "-f", str(file)]
    process = await asyncio.create_subprocess_exec(program, *options, stderr=asyncio.subprocess.PIPE)
    try:
        await _listens(process, proxy.tls_port)
        yield proxy
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


async def _listens(process: asyncio.subprocess.Process, port: int) -> None:
    async with asyncio.timeout(START_S_MAX):
        while process.returncode is None:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return
    assert process.stderr is not None
    raise AssertionError((await process.stderr.read()).decode())


def _replaced(text: str, *changes: tuple[str, str]) -> str:
    for pattern, by in changes:
        text, count = re.subn(pattern, by, text)
        assert count, f"the file has no {pattern}"
    return text


def _nginx(place: str, proxy: Proxy, certificate: Path, folder: Path, body_s_max: float) -> str:
    text = _replaced(
        (DEPLOY / "nginx.conf").read_text(encoding="utf-8"),
        (r"listen \[::\].*\n", "\n"),
        (r"listen 80;", f"listen 127.0.0.1:{proxy.plain_port};"),
        (r"listen 443 ssl;", f"listen 127.0.0.1:{proxy.tls_port} ssl;"),
        (r"/etc/ssl/\S+\.(pem|key);", f"{certificate};"),
        (r"/var/cache/nginx/\S+", f"{folder}/answers"),
        (r"127\.0\.0\.1:8000 ", f"{place} "),
        (r"client_body_timeout 10s", f"client_body_timeout {body_s_max * 1_000:.0f}ms"),
    )
    own = "".join(
        f"{name}_temp_path {folder / name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return (
        f"daemon off;\nmaster_process off;\npid {folder / 'pid'};\nerror_log stderr error;\n"
        f"events {{}}\nhttp {{\naccess_log off;\n{own}{text}\n}}\n"
    )


def _haproxy(place: str, proxy: Proxy, certificate: Path, _: Path, body_s_max: float) -> str:
    return _replaced(
        (DEPLOY / "haproxy.cfg").read_text(encoding="utf-8"),
        (r"bind :80", f"bind 127.0.0.1:{proxy.plain_port}"),
        (r"bind :443 ssl crt \S+", f"bind 127.0.0.1:{proxy.tls_port} ssl crt {certificate}"),
        (r"127\.0\.0\.1:8000", place),
        (r"timeout http-request 10s", f"timeout http-request {body_s_max * 1_000:.0f}ms"),
    )


def _certificate(folder: Path) -> Path:
    """A key and what it has signed for itself, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    own = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path = folder / "certificate"
    path.write_bytes(own + made.public_bytes(serialization.Encoding.PEM))
    return path
