"""A hub to talk to: the real application over the small sample city, in this process, through HTTP or raw ASGI."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import httpx2
import pytest
from fastapi import FastAPI

import city_sources
from api.identity.dev_tokens import DevTokens
from api.serving.frozen_head import FrozenHead, Head, freeze
from app import app_of
from connectors import departments
from connectors.load import LoadContract
from connectors.replica import replica
from connectors.sources import CityPackage
from hub import Hub, build_hub
from models.policy.viewer import Role
from settings import settings_of

SECRET = "a secret of these tests, which is long enough"
JSON = "application/json"
GRAPHQL_RESPONSE = "application/graphql-response+json"
PATIENT = LoadContract(statement_ms_max=5_000)
"""A statement that is cancelled while nobody can be asked to stop it is waited for until its limit: not too patient."""
NO_HEADERS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Running:
    """A hub that has started. Its client speaks English unless told otherwise."""

    hub: Hub
    app: FastAPI
    client: httpx2.AsyncClient
    tokens: DevTokens

    async def ask(self, query: str, headers: Mapping[str, str] = NO_HEADERS, /, **variables: Any) -> httpx2.Response:
        """POST an operation."""
        body = {"query": query, "variables": variables} if variables else {"query": query}
        return await self.client.post("/graphql", json=body, headers=headers)

    async def post(self, content: bytes, **headers: str) -> httpx2.Response:
        """POST a body as it is, as JSON unless the headers say otherwise; underscores in their names are dashes."""
        named = {"content-type": JSON} | {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post("/graphql", content=content, headers=named)

    def bearer(self, role: Role, department: str | None = None, nik: str | None = None) -> dict[str, str]:
        return {"authorization": f"Bearer {self.tokens.issue(role, department=department, nik=nik)}"}


def environment(city: Path, database: Path, **more: str) -> dict[str, str]:
    """The environment of a hub in the dev profile over the sources in a folder."""
    return {
        "HUB_SECRET": SECRET,
        "HUB_DATABASE_URL": f"sqlite:///{database.as_posix()}",
        "HUB_SOURCE_AREAS_URL": f"sqlite:///{(city / 'areas.db').as_posix()}",
        "HUB_CITY": "tests.api.two_departments",
        "HUB_SOURCE_COMPLAINTS_URL": f"sqlite:///{(city / 'complaints.db').as_posix()}",
        "HUB_DEADLINE_MS": "20000",
        **more,
    }


def patient(package: CityPackage) -> CityPackage:
    load = PATIENT.statement_ms_max
    sources = (replace(source, load=replace(source.load, statement_ms_max=load)) for source in package.sources)
    return replace(package, sources=tuple(sources))


@contextmanager
def whole_city(city: Path, database: Path, own: Path, **more: str) -> Iterator[dict[str, str]]:
    """The environment of a hub over all that `sample.write` has written into a folder; copies go into the folder `own`.

    A machine that runs all tests at once is slow: a statement of a source or a copy may take PATIENT's time.
    """
    environ = environment(city, database, **more)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(city_sources, "REPLICAS", own / "replicas")
        patch.setattr(city_sources, "SAMPLE", city)
        patch.setattr(departments, "PACKAGE", patient(departments.PACKAGE))
        patch.setattr(replica, "COPY_LOAD", PATIENT)
        yield {name: value for name, value in environ.items() if name != "HUB_CITY" and "_SOURCE_" not in name}


@asynccontextmanager
async def running(environ: Mapping[str, str]) -> AsyncIterator[Running]:
    """Start a hub, and stop it at the end."""
    hub = build_hub(settings_of(environ))
    app = app_of(hub)
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(
            transport=transport, base_url="http://hub", headers={"accept-language": "en", "accept-encoding": "identity"}
        ) as client:
            yield Running(hub, app, client, DevTokens(SECRET.encode(), hub.package.city))


def head_of_a_request(peer: str = "127.0.0.1", **headers: str) -> Head:
    """The head of a request with these headers; underscores in their names are dashes."""
    named = {"host": "hub"} | {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [(name.encode(), value.encode()) for name, value in named.items()]
    return freeze({"type": "http", "path": "/", "query_string": b"", "client": (peer, 1), "headers": lines})


def errors_of(response: httpx2.Response) -> list[tuple[str, str]]:
    """Each error as its code and its message."""
    return [(error["extensions"]["code"], error["message"]) for error in response.json()["errors"]]


def codes_of(response: httpx2.Response) -> list[str]:
    return [code for code, _ in errors_of(response)]


class Sent(NamedTuple):
    """What a raw ASGI client got."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class RawClient:
    """A client below HTTP: it sends parts of a body when told, and leaves when told. A path may be no text at all."""

    parts: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)
    messages: list[Any] = field(default_factory=list)

    def send_part(self, body: bytes, *, more: bool) -> None:
        self.parts.put_nowait({"type": "http.request", "body": body, "more_body": more})

    def leave(self) -> None:
        self.parts.put_nowait({"type": "http.disconnect"})

    async def call(
        self,
        app: Any,
        method: str = "POST",
        path: str = "/graphql",
        query_string: bytes = b"",
        headers: tuple[tuple[bytes, bytes], ...] = ((b"content-type", b"application/json"),),
    ) -> Sent | None:
        """Run the application to its end. None when it has sent nothing."""
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": query_string,
            "root_path": "",
            "headers": [(b"host", b"hub"), *headers, (b"accept-language", b"en")],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 2),
        }
        await FrozenHead(app)(scope, self.parts.get, self._took)
        if not self.messages:
            return None
        start = self.messages[0]
        body = b"".join(message.get("body", b"") for message in self.messages[1:])
        return Sent(start["status"], {name.decode(): value.decode() for name, value in start["headers"]}, body)

    async def _took(self, message: Any) -> None:
        self.messages.append(message)
