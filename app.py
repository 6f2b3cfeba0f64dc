"""The composition root: a hub -> its routes -> the ASGI application. Nothing imports it but the commands."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from api import logs
from api.cors import Cors
from api.credentials import DevTokens
from api.exports.chunks import Chunks
from api.exports.route import EXPORTS_MAX, EXPORTS_OF_CLIENT_MAX, ExportRoute
from api.gathering import ALONE, Gathering, Seat
from api.graphql import GraphqlRoute
from api.metrics_route import MetricsRoute
from api.pages.asking import Asking
from api.pages.assets import Assets, Files
from api.pages.catalogue import DataCatalogue
from api.pages.code_flow import CodeFlow
from api.pages.frame import Frame
from api.pages.liveroom.page import Panels
from api.pages.portal import Portal
from api.pages.routes import page_routes
from api.pages.sessions import Sessions
from api.pages.signing_in import Choice, SignIn
from api.pages.status_report import StatusReports
from api.response_layer import ResponseLayer
from api.schema_files import schema_routes
from api.security_headers import SecurityHeaders
from api.shedding import Shedding
from api.socket import GraphqlSocket
from api.source_history import keep_history
from api.stream_places import StreamPlaces
from api.views.route import ViewsRoute
from connectors.explain import explaining
from connectors.refreshing import refreshing, replicas_among
from hub import Hub, build_hub
from models.viewer import Role
from sample.personas import PERSONAS
from schema.build import SCHEMA, sdl
from settings import ROOT, VAR, Profile, Settings, settings
from store.ledger_anchors import watch
from store.ledger_places import places_of
from store.migrate import require_head

FINDINGS_FLUSH_S = 10.0
BUILT = ROOT / "web" / "dist"
COMPRESSED_BYTES_MIN = 1_000
# A tenth larger than at the highest level, in a third of the time.
COMPRESSION_LEVEL = 5


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


async def _close(hub: Hub) -> None:
    await hub.cache.close()
    await hub.charging.purse.close()
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
    places = StreamPlaces(hub.charging.callers.address_of, EXPORTS_MAX, EXPORTS_OF_CLIENT_MAX)
    return ExportRoute(Chunks(hub.operations, hub.charging), hub.viewers, cors, places)


def _pages(hub: Hub) -> list[Route]:
    """The pages of a hub, with those who sign in on them."""
    configured, city = hub.settings, hub.package.city
    is_dev = configured.profile is Profile.DEV
    sessions = Sessions(configured.secret_bytes, configured.public_url)
    frame = Frame(city, Assets(BUILT), sessions)
    asking = Asking(hub.operations, hub.admission, hub.charging)
    catalogue = DataCatalogue(hub.catalog)
    portal = Portal(frame, asking, hub.charging, hub.viewers, hub.database, catalogue, sessions, is_sandbox=is_dev)
    flow = CodeFlow(hub.sign_ins, hub.viewers, sessions.cookies, configured.public_url)
    dev_tokens = DevTokens(configured.secret_bytes, city) if is_dev else None
    sign_in = SignIn(portal, flow, _choices() if is_dev else (), dev_tokens)
    panels = Panels(frame, asking, hub.source_board)
    return page_routes(frame, asking, panels, portal, sign_in, _reports(hub, asking))


def _choices() -> tuple[Choice, ...]:
    """Whom to sign in as at a desk: the personas, and who works behind the scenes."""
    personas = tuple(Choice(one.role, one.department, one.nik) for one in PERSONAS if one.role is not Role.DEVELOPER)
    return (*personas, Choice(Role.AUDITOR), Choice(Role.OPERATOR), Choice(Role.DPO))


def _reports(hub: Hub, asking: Asking) -> StatusReports:
    return StatusReports(asking, hub.catalog, hub.source_board, hub.database)


@asynccontextmanager
async def _lifespan(hub: Hub, gathering: Gathering, _: FastAPI) -> AsyncIterator[None]:
    """What runs while the hub serves, and the order in which it is closed."""
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
                running(gathering.leave()),
                running(hub.responses.documents.follow(hub.database, logs.documents_not_refreshed)),
                running(hub.views.run(hub.database, logs.views_not_followed)),
                running(hub.source_board.broker.run()),
                running(hub.source_board.run()),
                running(keep_history(hub.source_board, hub.database, logs.source_change_not_kept)),
                running(watch(hub.database, places_of(hub.database.url, VAR).anchors, lambda: datetime.now(UTC))),
            ):
                yield
    finally:
        await _close(hub)


def app_of(hub: Hub, seat: Seat = ALONE) -> FastAPI:
    """The routes of a hub; `seat` is the place of this process among those that serve it."""
    gathering = Gathering(hub.operations.telemetry.metrics.registry, seat)
    cors = Cors(hub.settings.cors_origins)
    exports = _exports(hub, cors)

    views = ViewsRoute(hub.views, cors)

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
        # Nothing may write the URL of a request, or a driver's text, into a trace.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    app.add_middleware(SecurityHeaders)
    app.add_middleware(GZipMiddleware, minimum_size=COMPRESSED_BYTES_MIN, compresslevel=COMPRESSION_LEVEL)
    app.router.routes += [
        Route("/graphql", _graphql(hub, cors)),
        WebSocketRoute("/graphql", GraphqlSocket(hub.event_streams, cors, hub.viewers, hub.responses.documents.find)),
        *(Route(path, exports) for path in ("/export/", "/export/{file}")),
        *_pages(hub),
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
