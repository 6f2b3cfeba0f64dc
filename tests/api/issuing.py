"""Issuers that tests sign in at: one of another maker, in a process of its own, and one that signs anything."""

from __future__ import annotations

import json
import re
import select
import shutil
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import httpx2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from joserfc import jws
from joserfc.jwk import ECKey, OctKey, RSAKey
from joserfc.jws import JWSRegistry

from sample.citizens.people import resident_number

STEPS_MAX: Final = 12
START_S_MAX: Final = 30.0
STARTS_MAX: Final = 2
NIK: Final = resident_number(0)
KEYCLOAK: Final[Mapping[str, Any]] = {"typ": "JWT", "azp": "portal", "scope": "profile"}
CLIENTS: Final[dict[str, dict[str, Any]]] = {
    "officer": {
        **KEYCLOAK,
        "realm_access": {"roles": ["offline_access", "officer"]},
        "department": "dpupr",
        "nik": NIK,
        "acr": "loa3",
    },
    "analyst": {
        **KEYCLOAK,
        "realm_access": {"roles": ["uma_authorization"]},
        "resource_access": {"simpul.api": {"roles": ["analyst"]}},
    },
    "resident": {"realm_access": {"roles": []}, "nik": NIK, "acr": "loa3"},
    "unsure": {"nik": NIK, "acr": "0"},
    "silent": {"nik": NIK},
    "mayor": {"realm_access": {"roles": ["mayor", "operator"]}},
    "operator": {"realm_access": {"roles": ["operator"]}},
}
"""The claims of each client of the provider. What comes without `typ` is of the type at+jwt."""

PAGES: Final[dict[str, Any]] = {
    "client": "simpul-pages",
    "accounts": {name: CLIENTS[name] for name in ("officer", "resident", "unsure", "mayor", "operator")},
}
"""The client by which people sign in on the hub's pages, and who they are."""


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider that runs."""

    issuer: str
    process: subprocess.Popen[str]

    def told(self, command: str) -> dict[str, int]:
        """Tell it something; how often its documents were fetched before."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        counts: dict[str, int] = json.loads(self.process.stdout.readline())
        return counts

    async def token(self, client: str, algorithm: str = "RS256", audience: str = "simpul") -> str:
        """An access token of one of CLIENTS, as its client gets it: at the token endpoint."""
        form = {
            "grant_type": "client_credentials",
            "client_id": client,
            "client_secret": "secret",
            "resource": f"urn:{audience}:{algorithm}",
        }
        async with httpx2.AsyncClient(trust_env=False) as http:
            answer = await http.post(f"{self.issuer}/token", data=form)
        token: str = answer.json()["access_token"]
        return token

    async def code_for(self, address: str, account: str) -> str:
        """Where the provider sends a browser back to that came with this address and signed in as an account."""
        async with httpx2.AsyncClient(trust_env=False) as http:
            answer = await http.get(address)
            for _ in range(STEPS_MAX):
                if answer.is_redirect:
                    place = str(answer.url.join(answer.headers["location"]))
                    if not place.startswith(self.issuer):
                        return place
                    answer = await http.get(place)
                else:
                    form = re.search(r'action="([^"]+)".*?name="prompt" value="(\w+)"', answer.text, re.DOTALL)
                    assert form is not None, answer.text
                    fields = {"prompt": form[2], "login": account, "password": "any"}
                    answer = await http.post(form[1], data=fields)
        raise AssertionError("the provider goes round in circles")

    def end(self) -> None:
        """End it, as a machine ends that loses its power."""
        self.process.kill()
        self.process.communicate()


@contextmanager
def provider(peers: Path, back_to: str = "http://hub", tls: Mapping[str, str] | None = None) -> Iterator[Provider]:
    """A provider with keys of its own, until the end of the context; `tls` is a certificate and its key, as PEM."""
    node = shutil.which("node")
    assert node is not None
    pages = {**PAGES, "redirects": [f"{back_to}/sign-in/done"]}
    command = [node, "issuer.mjs", json.dumps({"clients": CLIENTS, "pages": pages, "tls": tls})]
    with _saying(command, peers) as (process, said):
        started = Provider(json.loads(said)["issuer"], process)
        try:
            yield started
        finally:
            started.end()


@contextmanager
def _saying(command: list[str], peers: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process and its first line. Node, which can hang in its own start, gets a second one."""
    pipe = subprocess.PIPE
    for _ in range(STARTS_MAX):
        with subprocess.Popen(
            command, cwd=peers, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, text=True
        ) as made:
            assert made.stdout is not None
            if select.select([made.stdout], [], [], START_S_MAX)[0]:
                yield made, made.stdout.readline()
                return
            made.kill()
    raise AssertionError("the provider does not start")


@dataclass(slots=True)
class OwnIssuer:
    """An issuer of the test's own: it signs anything, and serves its documents as the test wants them."""

    url: str
    documents: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    keys: list[RSAKey | ECKey | OctKey] = field(default_factory=list)

    def publishes(self, *keys: RSAKey | ECKey | OctKey) -> None:
        """From now on these are its keys."""
        self.keys = list(keys)
        discovery = {"issuer": self.url, "jwks_uri": f"{self.url}/keys"}
        self.documents["/.well-known/openid-configuration"] = json.dumps(discovery).encode()
        published = [key.as_dict(private=isinstance(key, OctKey)) for key in keys]
        self.documents["/keys"] = json.dumps({"keys": published}).encode()

    def signs(self, claims: Mapping[str, Any], key: RSAKey | ECKey | OctKey | None = None, /, **header: Any) -> str:
        """A token with these claims, by its first key unless another is given."""
        key = key or self.keys[0]
        said = {"alg": "RS256", "typ": "JWT", "kid": key.kid} | header
        said = {name: value for name, value in said.items() if value is not None}
        registry = JWSRegistry(algorithms=[said["alg"]], strict_check_header=False)
        return jws.serialize_compact(said, json.dumps(claims), key, registry=registry)

    def signature(self, signed: bytes) -> bytes:
        """What its first key signs bytes with, by RS256."""
        key = self.keys[0]
        assert isinstance(key, RSAKey)
        assert key.private_key is not None
        return key.private_key.sign(signed, padding.PKCS1v15(), hashes.SHA256())


@contextmanager
def own_issuer() -> Iterator[OwnIssuer]:
    """One that listens, with a key that it publishes, until the end of the context."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            issuer.asked.append(self.path)
            body = issuer.documents.get(self.path)
            self.send_response(200 if body is not None else 500)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        issuer = OwnIssuer(f"http://127.0.0.1:{server.server_port}")
        issuer.publishes(rsa_key("first"))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield issuer
        finally:
            server.shutdown()
            thread.join()


def rsa_key(name: str) -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": name, "use": "sig"})
