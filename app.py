"""The composition root: settings -> sources -> graph -> ASGI application. Nothing imports it but the commands."""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi import FastAPI
from sqlalchemy.engine import make_url
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles

from api import logs
from api.cors import Cors
from api.credentials import DevTokens
from api.graphql import GraphqlRoute, ViewerReader
from api.health import readiness
from api.pages import QueryPage
from connectors.catalog import Catalog
from connectors.guard import Guard
from connectors.protocol import SourceFailure
from connectors.sources import CityPackage
from connectors.sql.connector import SqlConnector
from engine.limits import Limits
from engine.reference import ReferenceLane
from models.errors import Unauthenticated
from models.viewer import Viewer
from resolvers.area_tree import AreaTree
from resolvers.geography import read_polygons
from resolvers.records import Records
from resolvers.relations import Relations
from schema.build import SCHEMA
from schema.context import Services
from schema.cursors import CursorCodec
from settings import DEFAULT_CITY, ROOT, VAR, Profile, Settings, SettingsError, settings
from store.database import HubDatabase
from store.findings import FindingsBuffer
from store.migrate import require_head

FINDINGS_FLUSH_S = 10.0
COMPRESSED_BYTES_MIN = 1_000
SAMPLE = VAR / "sample" / "small"


class NoTokens:
    """In prod no issuer of tokens is configured, so every token is refused."""

    def viewer(self, token: str) -> Viewer:
        raise Unauthenticated("token_invalid")


@dataclass(frozen=True, slots=True)
class Hub:
    """Everything that one process holds."""

    settings: Settings
    package: CityPackage
    catalog: Catalog
    database: HubDatabase
    findings: FindingsBuffer
    services: Services
    lane: ReferenceLane


def city_package(name: str) -> CityPackage:
    """The package that HUB_CITY names. Raises SettingsError when it is none."""
    try:
        package = importlib.import_module(name).PACKAGE
    except (ImportError, AttributeError) as error:
        raise SettingsError(
            f"HUB_CITY: {name!r} is no importable package with a PACKAGE, see docs/adding-a-department.md."
        ) from error
    if not isinstance(package, CityPackage):
        raise SettingsError(f"HUB_CITY: {name}.PACKAGE is no CityPackage.")
    return package


def source_urls(configured: Settings, package: CityPackage) -> dict[str, str]:
    """The URL of every connected source. In dev the default city's sources are the sample city unless stated otherwise."""
    known = {source.name for source in package.sources}
    for name in (*configured.source_urls, *configured.source_credentials):
        if name not in known:
            names = ", ".join(sorted(known))
            raise SettingsError(f"HUB_SOURCE_{name.upper()}_...: the city has no such source. It has: {names}.")
    urls = {name: url.get_secret_value() for name, url in configured.source_urls.items()}
    if configured.profile is Profile.DEV and configured.city == DEFAULT_CITY:
        urls = {name: f"sqlite:///{SAMPLE / name}.db" for name in known} | urls
    return {name: _with_credential(name, url, configured) for name, url in urls.items()}


def _with_credential(name: str, url: str, configured: Settings) -> str:
    credential = configured.source_credentials.get(name)
    if credential is None:
        return url
    user, _, password = credential.get_secret_value().partition(":")
    return make_url(url).set(username=user, password=password).render_as_string(hide_password=False)


def build_hub(configured: Settings) -> Hub:
    """Wire the pieces together; nothing is connected to yet. Raises SettingsError, SourceUrlError or GeographyError."""
    package = city_package(configured.city)
    urls = source_urls(configured, package)
    connectors = {name: SqlConnector(url, package.source(name).load) for name, url in urls.items()}
    catalog = Catalog(package, connectors)
    findings = FindingsBuffer(lambda: datetime.now(UTC))
    records = Records(catalog, Guard(logs.source_failed), findings.note)
    services = Services(
        city=package.city,
        records=records,
        relations=Relations(records, AreaTree(records, lambda: datetime.now(UTC))),
        cursors=CursorCodec(configured.secret_bytes),
        polygons=read_polygons(configured.areas_geojson) if configured.areas_geojson is not None else None,
    )
    prod = configured.profile is Profile.PROD
    lane = ReferenceLane(SCHEMA._schema, Limits(), hide_suggestions=prod)  # noqa: SLF001  # strawberry has no other name for it
    database = HubDatabase(configured.database_url.get_secret_value())
    return Hub(configured, package, catalog, database, findings, services, lane)


async def check_bindings(hub: Hub) -> None:
    """Compare every mapping with its source. A source that is down at start is checked when it is first read."""
    for binding in hub.catalog:
        try:
            found = await binding.check()
        except SourceFailure as failure:
            logs.source_unchecked(binding.source.name, str(failure))
            continue
        for finding in found:
            hub.findings.note(finding)
        if binding.missing:
            logs.fields_missing(binding.source.name, binding.mapping.record.name, sorted(binding.missing))


def viewer_reader(hub: Hub) -> ViewerReader:
    if hub.settings.profile is Profile.DEV:
        return DevTokens(hub.settings.secret_bytes, hub.services.city)
    return NoTokens()


def create_app(configured: Settings | None = None) -> FastAPI:
    """The ASGI application. Its start refuses a database of another revision and checks every mapping against its source."""
    hub = build_hub(configured if configured is not None else settings())

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await require_head(hub.database)
        await check_bindings(hub)
        async with hub.findings.run(hub.database, FINDINGS_FLUSH_S):
            yield
        await hub.catalog.close()
        await hub.database.close()

    app = FastAPI(title="Simpul", lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None)
    app.add_middleware(GZipMiddleware, minimum_size=COMPRESSED_BYTES_MIN)
    deadline_ms = hub.settings.deadline_ms
    graphql = GraphqlRoute(
        hub.services, hub.lane, viewer_reader(hub), Cors(hub.settings.cors_origins), deadline_ms, logs.unforeseen
    )
    page = QueryPage(hub.services, hub.lane, deadline_ms, logs.unforeseen)
    app.router.routes += [
        Route("/graphql", graphql, methods=None),
        Route("/", page.__call__),
        Route("/schema.graphql", lambda _: PlainTextResponse(SCHEMA.as_str())),
        Route("/health/live", lambda _: JSONResponse({"state": "live"})),
        Route("/health/ready", lambda _: _ready(hub)),
    ]
    app.mount("/static", StaticFiles(directory=ROOT / "web" / "static"))
    return app


async def _ready(hub: Hub) -> Response:
    ready, body = await readiness(hub.catalog, hub.database)
    return JSONResponse(body, status_code=200 if ready else 503)
