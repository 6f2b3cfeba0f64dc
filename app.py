"""The composition root: settings -> sources -> graph -> ASGI application. Nothing imports it but the commands."""

from __future__ import annotations

import asyncio
import importlib
import os
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from api import logs
from api.admission import Admission
from api.cors import Cors
from api.credentials import DevTokens
from api.gathering import ALONE, Gathering, Seat
from api.graphql import GraphqlRoute, ViewerReader
from api.health import Health
from api.hub_state import HubState
from api.metrics_route import MetricsRoute
from api.operations import Operations
from api.pages import QueryPage
from api.response_keys import Keys, KnownDocuments
from api.response_layer import ResponseLayer
from api.responses import Responses
from api.shedding import Shedding
from api.telemetry import Telemetry
from connectors.cache import ReadCache
from connectors.cache_keys import CacheKeys
from connectors.cache_store import store_at
from connectors.catalog import Catalog
from connectors.explain import Explainer, explaining
from connectors.guard import Guard
from connectors.http import HttpAccess
from connectors.kinds import SourceUrlError
from connectors.last_good import keep_copies
from connectors.mapping import MappingError
from connectors.opening import Opener, Place
from connectors.refreshing import refreshing, replicas_among
from connectors.replica import Replica
from connectors.sources import CityPackage, NotShared
from connectors.text_index import TextIndex
from engine.lanes import Lanes
from models.errors import Unauthenticated
from models.findings import Finding
from models.viewer import Viewer
from resolvers.area_tree import AreaTree
from resolvers.geography import GeographyError, Polygons, read_polygons
from resolvers.records import Records
from resolvers.relations import Relations
from resolvers.search import Search
from sample import places as sample_places
from sample import web as sample_web
from schema.build import SCHEMA
from schema.context import Services
from schema.cursors import CursorCodec
from settings import DEFAULT_CITY, ROOT, VAR, EngineKind, Profile, Settings, SettingsError, settings
from store.database import HubDatabase
from store.findings import FindingsBuffer
from store.ledger import Ledger
from store.ledger_anchors import watch
from store.ledger_marks import Marks
from store.ledger_places import places_of
from store.ledger_trail import Trail
from store.migrate import require_head

FINDINGS_FLUSH_S = 10.0
COMPRESSED_BYTES_MIN = 1_000
# A tenth larger than at the highest level, in a third of the time.
COMPRESSION_LEVEL = 5
SAMPLE = VAR / "sample" / "small"
REPLICAS = VAR / "replicas"


class NoTokens:
    """In prod no issuer of tokens is configured, so every token is refused."""

    def viewer(self, token: str) -> Viewer:
        raise Unauthenticated("token_invalid")


def index_of(process_id: int) -> Path:
    """The search of a process, as a name that its files begin with."""
    return REPLICAS / f"search-{process_id}"


def remove_index_of(process_id: int) -> None:
    """Remove what a process that was killed has left of its search."""
    for file in REPLICAS.glob(f"search-{process_id}.*"):
        file.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class Hub:
    """Everything that one process holds."""

    settings: Settings
    package: CityPackage
    catalog: Catalog
    database: HubDatabase
    findings: FindingsBuffer
    ledger: Ledger
    guard: Guard
    cache: ReadCache
    copies: tuple[Replica, ...]
    operations: Operations
    health: Health
    search: Search
    explainer: Explainer
    admission: Admission
    responses: Responses


def city_package(name: str) -> CityPackage:
    """The package that HUB_CITY names. Raises SettingsError when it is none."""
    try:
        package = importlib.import_module(name).PACKAGE
    except (MappingError, ValueError) as error:
        raise SettingsError(f"HUB_CITY: {name!r} cannot be used: {error}") from error
    except (ImportError, AttributeError, SyntaxError, TypeError) as error:
        raise SettingsError(
            f"HUB_CITY: {name!r} is no importable package with a PACKAGE ({type(error).__name__}: {error}), "
            "see docs/adding-a-department.md."
        ) from error
    if not isinstance(package, CityPackage):
        raise SettingsError(f"HUB_CITY: {name}.PACKAGE is no CityPackage.")
    return package


def source_places(configured: Settings, package: CityPackage) -> dict[str, Place]:
    """Where every connected source is; in dev the default city's are the sample city's unless stated otherwise.

    Raises SettingsError for a source that the city does not have, and for a credential without a URL.
    """
    known = {source.name for source in package.sources}
    for name in (*configured.source_urls, *configured.source_credentials):
        if name not in known:
            names = ", ".join(sorted(known))
            raise SettingsError(f"HUB_SOURCE_{name.upper()}_...: the city has no such source. It has: {names}.")
    urls = {name: url.get_secret_value() for name, url in configured.source_urls.items()}
    if _is_sample(configured):
        urls = {name: url for name, url in sample_places.urls(SAMPLE).items() if name in known} | urls
    for name in configured.source_credentials:
        if name not in urls:
            raise SettingsError(
                f"HUB_SOURCE_{name.upper()}_CREDENTIAL is set, but HUB_SOURCE_{name.upper()}_URL is not."
            )
    secrets = {name: secret.get_secret_value() for name, secret in configured.source_credentials.items()}
    return {name: Place(url, secrets.get(name)) for name, url in urls.items()}


def _is_sample(configured: Settings) -> bool:
    """Whether sources that are given no URL are those of the sample city."""
    return configured.profile is Profile.DEV and configured.city == DEFAULT_CITY


def _sample_web() -> dict[str, httpx2.AsyncBaseTransport]:
    return {sample_places.HOST: httpx2.ASGITransport(sample_web.app(SAMPLE))}


def _catalog(configured: Settings, package: CityPackage, note: Callable[[Finding], None]) -> Catalog:
    http = HttpAccess(frozenset(configured.private_hosts), _sample_web() if _is_sample(configured) else {})
    try:
        connectors = Opener(package, REPLICAS, note, http).connectors(source_places(configured, package))
    except SourceUrlError as error:
        raise SettingsError(str(error)) from None
    return Catalog(package, connectors)


def _cache(configured: Settings, package: CityPackage, guard: Guard) -> ReadCache:
    """The cache of reads. What is shared by several hubs tells them apart by where they read."""
    urls = sorted((name, place.url) for name, place in source_places(configured, package).items())
    keys = CacheKeys(configured.secret_bytes, repr((configured.city, urls)))
    url = configured.cache_url.get_secret_value() if configured.cache_url is not None else None
    return ReadCache(keys, store_at(url), guard)


def _polygons(file: Path | None) -> Polygons | None:
    try:
        return read_polygons(file) if file is not None else None
    except GeographyError as error:
        raise SettingsError(f"HUB_AREAS_GEOJSON: {error}") from error


def _shared(package: CityPackage, configured: Settings, processes: int) -> CityPackage:
    """What one of so many processes may ask, of the sources that are connected."""
    places = source_places(configured, package)
    try:
        return package.shared_by(processes, places)
    except NotShared as error:
        raise SettingsError(f"HUB_WORKERS: {error}") from None


def build_hub(configured: Settings, processes: int = 1) -> Hub:
    """Wire the pieces of one of so many processes together; nothing is connected to yet.

    Raises SettingsError or StoreError.
    """
    package = _shared(city_package(configured.city), configured, processes)
    database = HubDatabase(configured.database_url.get_secret_value())
    findings = FindingsBuffer(lambda: datetime.now(UTC))
    marks = Marks(configured.secret_bytes)
    ledger = Ledger(database, marks, places_of(database.url, VAR).journals)
    catalog = _catalog(configured, package, findings.note)
    probes = {name: connector.probe for name, connector in catalog.connectors.items()}
    telemetry = Telemetry()
    guard = Guard(logs.source_failed, probes, package.city.time_zone, telemetry.call_ended, logs.breaker_changed)
    copies = keep_copies(catalog, guard, REPLICAS, findings.note)
    health = Health(catalog, guard, database, findings.note, logs.fields_missing)
    cache = _cache(configured, package, guard)
    records = Records(catalog, guard, findings.note, cache)
    search = Search(records, TextIndex(index_of(os.getpid())), logs.not_indexed)
    services = Services(
        city=package.city,
        records=records,
        relations=Relations(records, AreaTree(records, lambda: datetime.now(UTC))),
        cursors=CursorCodec(configured.secret_bytes),
        polygons=_polygons(configured.areas_geojson),
        search=search,
        trail=Trail(database, marks),
    )
    prod = configured.profile is Profile.PROD
    schema = SCHEMA._schema  # noqa: SLF001  # strawberry has no other name for it
    lanes = Lanes(schema, compiles=configured.engine is EngineKind.COMPILED, hide_suggestions=prod)
    operations = Operations(services, lanes, configured.deadline_ms, logs.unforeseen, health.observe, ledger, telemetry)
    explainer = Explainer(catalog, guard, logs.arguments_off)
    admission = Admission()
    responses = Responses(operations, Keys(SCHEMA.as_str()), KnownDocuments())
    replicas = (*replicas_among(catalog.connectors.values()), *copies)
    telemetry.metrics.registry.register(HubState(guard, admission, replicas, cache, responses))
    return Hub(
        configured,
        package,
        catalog,
        database,
        findings,
        ledger,
        guard,
        cache,
        copies,
        operations,
        health,
        search,
        explainer,
        admission,
        responses,
    )


def viewer_reader(hub: Hub) -> ViewerReader:
    if hub.settings.profile is Profile.DEV:
        return DevTokens(hub.settings.secret_bytes, hub.package.city)
    return NoTokens()


@asynccontextmanager
async def running(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Work in the background, until the end of the context."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def create_app(configured: Settings | None = None) -> FastAPI:
    """The ASGI application. Its start refuses a database of another revision, and compares mappings with sources."""
    return app_of(build_hub(configured if configured is not None else settings()))


class HubApp(FastAPI):
    """FastAPI with a layer in front of all of its middleware."""

    def __init__(self, layer: Callable[[ASGIApp], ASGIApp], **given: Any) -> None:
        super().__init__(**given)
        self._front = layer(super().__call__)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._front(scope, receive, send)


def _in_front(hub: Hub, cors: Cors, app: ASGIApp) -> ASGIApp:
    """What is known already is answered first; what has no room goes no further."""
    return ResponseLayer(Shedding(app, hub.admission, cors), responses=hub.responses, cors=cors)


def app_of(hub: Hub, seat: Seat = ALONE) -> FastAPI:
    """The routes of a hub; `seat` is the place of this process among those that serve it."""
    metrics = hub.operations.telemetry.metrics
    gathering = Gathering(metrics.registry, seat)
    viewers = viewer_reader(hub)
    cors = Cors(hub.settings.cors_origins)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        try:
            await require_head(hub.database)
            async with (
                hub.findings.run(hub.database, FINDINGS_FLUSH_S),
                hub.ledger.run(),
                refreshing((*replicas_among(hub.catalog.connectors.values()), *hub.copies)),
            ):
                await hub.health.check()
                async with (
                    explaining(hub.explainer),
                    running(hub.health.watch()),
                    running(hub.search.run()),
                    running(metrics.watch_loop()),
                    running(gathering.leave()),
                    running(watch(hub.database, places_of(hub.database.url, VAR).anchors, lambda: datetime.now(UTC))),
                ):
                    yield
        finally:
            await hub.cache.close()
            await hub.guard.close()
            await hub.search.index.close()
            await hub.catalog.close()
            for copy in hub.copies:
                await copy.close()
            await hub.database.close()

    async def live(_: HttpRequest) -> Response:
        return JSONResponse({"state": "live"})

    async def ready(_: HttpRequest) -> Response:
        is_ready, body = await hub.health.ready()
        return JSONResponse(body, status_code=200 if is_ready else 503, headers={"cache-control": "no-store"})

    async def sdl(_: HttpRequest) -> Response:
        return PlainTextResponse(SCHEMA.as_str() + "\n")

    app = HubApp(
        partial(_in_front, hub, cors),
        title="Simpul",
        lifespan=lifespan,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # Nothing may write the URL of a request, or a driver's text, into a trace.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.add_middleware(GZipMiddleware, minimum_size=COMPRESSED_BYTES_MIN, compresslevel=COMPRESSION_LEVEL)
    app.router.routes += [
        Route(
            "/graphql",
            GraphqlRoute(hub.operations, viewers, cors, admission=hub.admission, documents=hub.responses.documents),
        ),
        Route("/", QueryPage(hub.operations, hub.admission).__call__),
        Route("/schema.graphql", sdl),
        Route("/health/live", live),
        Route("/health/ready", ready),
        Route("/metrics", MetricsRoute(gathering, viewers).__call__),
    ]
    app.mount("/static", StaticFiles(directory=ROOT / "web" / "static"))
    return app
