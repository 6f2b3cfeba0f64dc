"""The composition root: makes the routes of a hub and its ASGI application. Only the commands import it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Any

from fastapi import FastAPI
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from api.exports.chunks import Chunks
from api.exports.route import EXPORTS_MAX, EXPORTS_OF_CLIENT_MAX, ExportRoute
from api.graphql.incoming import is_browser
from api.graphql.route import GraphqlRoute
from api.graphql.schema_files import schema_routes
from api.identity.dev_tokens import DevTokens
from api.identity.personas import personas_of
from api.observability import logs
from api.observability.gathering import ALONE, Gathering, MetricsRoute, WorkerSlot
from api.observability.source_history import keep_history
from api.overload.shedding import Shedding
from api.pages.assets import Assets, Files
from api.pages.developers.catalogue import DataCatalogue
from api.pages.frame import Frame
from api.pages.liveroom.page import Panels
from api.pages.portal import Portal
from api.pages.queries import PageQueries
from api.pages.routes import page_routes
from api.pages.sign_in.code_flow import CodeFlow
from api.pages.sign_in.page import Choice, SignIn
from api.pages.sign_in.sessions import Sessions
from api.pages.status import StatusReports
from api.responses.layer import PATH, ResponseLayer
from api.responses.packing import Packing
from api.serving.cors import Cors
from api.serving.frozen_head import FrozenHead, head_of
from api.serving.security_headers import SecurityHeaders
from api.streams.limits import StreamLimits
from api.streams.socket import GraphqlSocket
from api.views.route import ViewsRoute
from connectors.replica.replica import refreshing, replicas_among
from hub import Hub
from models.city import City
from models.policy.viewer import Role
from onboarding.explain import explaining
from resolvers.tending import Tending
from schema.build import SCHEMA, sdl
from settings import ROOT, Profile
from store.database.migrate import require_head

FINDINGS_FLUSH_S = 10.0
BUILT = ROOT / "web" / "dist"
COMPRESSED_BYTES_MIN = 1_000
# A tenth larger than at the highest level, in a third of the time.
COMPRESSION_LEVEL = 5


@asynccontextmanager
async def running(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run work in the background until the end of the context."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


class HubApp(FastAPI):
    """FastAPI with one more ASGI middleware in front of its own."""

    def __init__(self, layer: Callable[[ASGIApp], FrozenHead], **given: Any) -> None:
        super().__init__(**given)
        self._front = layer(super().__call__)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # A client that leaves before its body is complete is no error, and gets no answer.
        with suppress(ClientDisconnect):
            await self._front(scope, receive, send)


def _in_front(hub: Hub, cors: Cors, app: ASGIApp) -> FrozenHead:
    """Freeze the head, answer from the cache, shed load, and answer `/graphql`; everything else is FastAPI's."""
    graphql = SecurityHeaders(_graphql(hub, cors))
    packed = Packing(graphql, minimum_size=COMPRESSED_BYTES_MIN, compresslevel=COMPRESSION_LEVEL)

    async def mounted(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != PATH:
            await app(scope, receive, send)
        elif head_of(scope).takes_gzip:
            await packed(scope, receive, send)
        else:
            await graphql(scope, receive, send)

    inner = ResponseLayer(Shedding(mounted, hub.admission, cors), responses=hub.responses, cors=cors)
    return FrozenHead(inner, hub.package.city.languages)


async def _close(hub: Hub) -> None:
    await hub.delivering.close()
    await hub.cache.close()
    await hub.charging.fallback_buckets.close()
    await hub.guard.close()
    for documents in hub.sign_ins:
        await documents.close()
    await hub.search.index.close()
    await hub.catalog.close()
    for copy in hub.copies:
        await copy.close()
    await hub.database.close()


def _graphql(hub: Hub, cors: Cors) -> GraphqlRoute:
    return GraphqlRoute(
        hub.operations,
        hub.viewers,
        cors,
        admission=hub.admission,
        documents=hub.responses.documents,
        charging=hub.charging,
        event_streams=hub.event_streams,
    )


def _exports(hub: Hub, cors: Cors) -> ExportRoute:
    limits = StreamLimits(hub.charging.callers.address_of, EXPORTS_MAX, EXPORTS_OF_CLIENT_MAX)
    return ExportRoute(Chunks(hub.operations, hub.charging), hub.viewers, cors, limits)


def _pages(hub: Hub, frame: Frame, sessions: Sessions) -> list[Route]:
    """The routes of the pages, with sign-in."""
    configured, city = hub.settings, hub.package.city
    is_dev = configured.profile is Profile.DEV
    asking = PageQueries(hub.operations, hub.admission, hub.charging)
    catalogue = DataCatalogue(hub.catalog)
    portal = Portal(frame, asking, hub.charging, hub.viewers, hub.database, catalogue, sessions, is_sandbox=is_dev)
    flow = CodeFlow(hub.sign_ins, hub.viewers, sessions.cookies, configured.public_url)
    dev_tokens = DevTokens(configured.secret_bytes, city) if is_dev else None
    sign_in = SignIn(portal, flow, _choices(city) if is_dev else (), dev_tokens)
    panels = Panels(frame, asking, hub.source_board)
    tending = Tending(hub.delivering.outbox, hub.ledger)
    return page_routes(frame, asking, panels, portal, sign_in, _reports(hub, asking), tending)


def _choices(city: City) -> tuple[Choice, ...]:
    """The choices of sign-in in the dev profile: the personas, an auditor, an operator and a DPO."""
    people = [one for one in personas_of(city) if one.role is not Role.DEVELOPER]
    personas = [Choice(one.role, one.department, one.nik) for one in people]
    return (*personas, Choice(Role.AUDITOR), Choice(Role.OPERATOR), Choice(Role.DPO))


def _reports(hub: Hub, asking: PageQueries) -> StatusReports:
    return StatusReports(asking, hub.catalog, hub.source_board, hub.database)


@asynccontextmanager
async def _lifespan(hub: Hub, gathering: Gathering, _: FastAPI) -> AsyncIterator[None]:
    """Run the background work while the hub serves, and close everything in order."""
    try:
        await require_head(hub.database)
        await hub.responses.documents.refresh(hub.database)
        await hub.views.follow(hub.database)
        async with (
            hub.findings.run(hub.database, FINDINGS_FLUSH_S),
            hub.ledger.run(),
            hub.viewers.run(),
            refreshing((*replicas_among(hub.catalog.connectors.values()), *hub.copies)),
        ):
            await hub.health.check()
            async with (
                explaining(hub.explainer),
                running(hub.health.watch()),
                running(hub.search.run()),
                running(hub.operations.telemetry.metrics.watch_loop()),
                running(gathering.write()),
                running(hub.responses.documents.follow(hub.database, logs.documents_not_refreshed)),
                running(hub.views.run(hub.database, logs.views_not_followed)),
                running(hub.source_board.broker.run()),
                running(hub.source_board.run()),
                running(hub.desk.watch()),
                running(hub.delivering.run()),
                running(hub.following.run()),
                running(keep_history(hub.source_board, hub.database, logs.source_change_not_kept, hub.settings.mock)),
            ):
                yield
    finally:
        await _close(hub)


def app_of(hub: Hub, worker_slot: WorkerSlot = ALONE) -> FastAPI:
    """The ASGI application of a hub, in one of its worker processes."""
    gathering = Gathering(hub.operations.telemetry.metrics.registry, worker_slot)
    cors = Cors(hub.settings.cors_origins)
    exports = _exports(hub, cors)
    sessions = Sessions(hub.settings.secret_bytes, hub.settings.public_url)
    frame = Frame(hub.package.city, Assets(BUILT), sessions)
    views = ViewsRoute(hub.views, cors)

    async def missing(http: HttpRequest, _: Exception) -> Response:
        if is_browser(head_of(http.scope).fields.get("accept")):
            return frame.page(http, "missing.html", status=404)
        return JSONResponse({"detail": "Not Found"}, 404)

    async def live(_: HttpRequest) -> Response:
        return JSONResponse({"state": "live"})

    async def ready(_: HttpRequest) -> Response:
        is_ready, body = await hub.health.ready()
        return JSONResponse(body, status_code=200 if is_ready else 503, headers={"cache-control": "no-store"})

    app = HubApp(
        partial(_in_front, hub, cors),
        title="Simpul",
        lifespan=partial(_lifespan, hub, gathering),
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # FastAPI's traces could hold the URL of a request, or a driver's text.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.add_exception_handler(404, missing)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(Packing, minimum_size=COMPRESSED_BYTES_MIN, compresslevel=COMPRESSION_LEVEL)
    app.router.routes += [
        WebSocketRoute(PATH, GraphqlSocket(hub.event_streams, cors, hub.viewers, hub.responses.documents.find)),
        *(Route(path, exports) for path in ("/export/", "/export/{file}")),
        *_pages(hub, frame, sessions),
        *schema_routes(sdl(), SCHEMA._schema),  # noqa: SLF001  # strawberry has no other name for it
        Route("/views", views.index),
        Route("/views/{file}", views),
        Route("/health/live", live),
        Route("/health/ready", ready),
        Route("/metrics", MetricsRoute(gathering, hub.viewers).__call__),
    ]
    if BUILT.is_dir():
        app.mount("/static/built", Files(directory=BUILT))
    app.mount("/static", Files(directory=ROOT / "web" / "static"))
    return app
