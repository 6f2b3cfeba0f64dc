"""The hub: everything that one process holds, wired together from its settings."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from datetime import UTC, datetime

import city_sources
from api import logs
from api.admission import Admission
from api.any_credential import AnyCredential
from api.callers import Callers
from api.charging import Charging, Purse
from api.event_stream import EventStreams
from api.health import Health
from api.hub_state import HubState
from api.known_documents import KnownDocuments
from api.operations import Operations
from api.response_keys import Keys
from api.responses import Responses
from api.stream_places import StreamPlaces
from api.stream_state import StreamState
from api.streams import Streams
from api.telemetry import Telemetry
from api.views.warm import WarmViews
from city_identity import sign_ins_of, viewers_of
from city_sources import catalog_of, city_package, index_of, package_shared_by, polygons_in, read_cache_of
from connectors.cache import ReadCache
from connectors.cache_erasing import erase_in_cache
from connectors.catalog import Catalog
from connectors.explain import Explainer
from connectors.guard import Guard, Probe
from connectors.issuer_documents import IssuerDocuments
from connectors.last_good import keep_copies
from connectors.refreshing import replicas_among
from connectors.replica import Replica
from connectors.replica_erasing import erase_in_copies
from connectors.source_board import SourceBoard
from connectors.sources import CityPackage
from connectors.text_index import TextIndex
from engine.lanes import Lanes
from models.erasure import ErasurePlace, Searched, Sought
from resolvers.across import Across
from resolvers.area_tree import AreaTree
from resolvers.asking import Asking
from resolvers.erasing import Erasing
from resolvers.geography import Polygons
from resolvers.nearby import Nearby
from resolvers.records import Records
from resolvers.relations import Relations
from resolvers.search import Search
from schema.build import SCHEMA, sdl
from schema.context import Services
from schema.cursors import CursorCodec
from settings import VAR, EngineKind, Profile, Settings
from store.broker import LocalBroker
from store.broker_redis import RedisBroker
from store.database import HubDatabase
from store.erasure_places import ErasurePlaces
from store.findings import FindingsBuffer
from store.ledger import Ledger
from store.ledger_marks import Marks
from store.ledger_places import places_of
from store.ledger_trail import Trail
from store.rights import Rights
from store.seals import Seals


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
    viewers: AnyCredential
    sign_ins: tuple[IssuerDocuments, ...]
    charging: Charging
    source_board: SourceBoard
    event_streams: EventStreams
    views: WarmViews


def broker_of(configured: Settings) -> LocalBroker | RedisBroker:
    """The broker between the processes of the hub, where they share a Redis; within this one otherwise."""
    if configured.cache_url is None:
        return LocalBroker()
    return RedisBroker(configured.cache_url.get_secret_value(), configured.secret_bytes, connected=logs.broker_changed)


def board_of(configured: Settings, catalog: Catalog, guard: Guard) -> SourceBoard:
    """The board of the sources that are connected, which hears the guard."""
    connected = tuple(source.name for source in catalog.sources if source.name in catalog.connectors)
    board = SourceBoard(connected, guard, replicas_among(catalog.connectors.values()), broker_of(configured))
    guard.changed = board.also(logs.breaker_changed)
    return board


def lanes_of(configured: Settings) -> Lanes:
    """Both lanes of the engine over the one schema; strangers to a hub in prod are told no names of its fields."""
    schema = SCHEMA._schema  # noqa: SLF001  # strawberry has no other name for it
    prod = configured.profile is Profile.PROD
    return Lanes(schema, compiles=configured.engine is EngineKind.COMPILED, hide_suggestions=prod)


def build_hub(configured: Settings, processes: int = 1) -> Hub:
    """Wire the pieces of one of so many processes together; nothing is connected to yet.

    Raises SettingsError or StoreError.
    """
    package = package_shared_by(processes, city_package(configured.city), configured)
    database = HubDatabase(configured.database_url.get_secret_value())
    findings = FindingsBuffer(lambda: datetime.now(UTC))
    marks = Marks(configured.secret_bytes)
    ledger = Ledger(database, marks, places_of(database.url, VAR).journals)
    catalog = catalog_of(configured, package, findings.note)
    telemetry = Telemetry()
    guard = Guard(logs.source_failed, _probes_of(catalog), package.city.time_zone, telemetry.call_ended)
    copies = keep_copies(catalog, guard, city_sources.REPLICAS, findings.note)
    board = board_of(configured, catalog, guard)
    health = Health(catalog, guard, database, findings.note, logs.fields_missing)
    cache = read_cache_of(configured, package, guard)
    rights = Rights(database, marks, Seals(configured.secret_bytes), ledger)
    records = Records(catalog, Asking(guard, findings.note, cache), rights.withdrawn)
    search = Search(records, TextIndex(index_of(os.getpid())), logs.not_indexed)
    erasing = Erasing()
    polygons = polygons_in(configured.areas_geojson)
    services = Services(
        city=package.city,
        records=records,
        relations=_relations_of(records, polygons),
        cursors=CursorCodec(configured.secret_bytes),
        polygons=polygons,
        search=search,
        trail=Trail(database, marks),
        rights=rights,
        erasing=erasing,
        ledger=ledger,
        source_board=board,
    )
    prod = configured.profile is Profile.PROD
    lanes = lanes_of(configured)
    operations = Operations(
        services, lanes, configured.deadline_ms, logs.unforeseen, health.observe, ledger, telemetry, hides_schema=prod
    )
    admission = Admission()
    responses = Responses(operations, Keys(sdl()), KnownDocuments())
    charging = charging_of(configured, lanes, telemetry)
    replicas = (*replicas_among(catalog.connectors.values()), *copies)
    views = WarmViews(operations, admission, responses, logs.view_refused)
    _search_everywhere(erasing, cache, responses, views, replicas, search.index, ErasurePlaces(database, marks))
    telemetry.metrics.registry.register(HubState(guard, admission, replicas, cache, responses, charging.purse))
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
        Explainer(catalog, guard, logs.arguments_off),
        admission,
        responses,
        viewers_of(configured, package, database),
        sign_ins_of(configured),
        charging,
        board,
        _event_streams_of(operations, admission, charging, board),
        views,
    )


def _event_streams_of(
    operations: Operations, admission: Admission, charging: Charging, board: SourceBoard
) -> EventStreams:
    """The streams of events of this process, counted in its metrics."""
    event_streams = EventStreams(Streams(operations, admission, charging), StreamPlaces(charging.callers.address_of))
    operations.telemetry.metrics.registry.register(StreamState(event_streams, board.broker.counts))
    return event_streams


def _probes_of(catalog: Catalog) -> dict[str, Probe]:
    """How each source is asked whether it is back."""
    return {name: connector.probe for name, connector in catalog.connectors.items()}


def _search_everywhere(  # all places where this process keeps something
    erasing: Erasing,
    cache: ReadCache,
    responses: Responses,
    views: WarmViews,
    copies: tuple[Replica, ...],
    index: TextIndex,
    tables: ErasurePlaces,
) -> None:
    """Say how each place is searched for a person. Copies come first: nothing is then kept anew of what was there."""

    async def in_answers(sought: Sought) -> Searched:
        return responses.forget_where(sought.is_in).plus(views.forget_where(sought.is_in))

    erasing.places |= {
        ErasurePlace.COPIES: lambda sought: asyncio.to_thread(erase_in_copies, copies, sought),
        ErasurePlace.SEARCH_INDEX: lambda sought: index.forget(sought.spellings),
        ErasurePlace.READ_CACHE: lambda sought: erase_in_cache(cache.store.storage, sought),
        ErasurePlace.KEPT_ANSWERS: in_answers,
        ErasurePlace.CLIENT_CONTACTS: tables.contacts,
        ErasurePlace.OPEN_REQUESTS: tables.open_requests,
        ErasurePlace.LEDGER: tables.ledger,
    }


def charging_of(configured: Settings, lanes: Lanes, telemetry: Telemetry) -> Charging:
    """Who charges operations, in the Redis of the settings or in this process."""
    url = configured.cache_url.get_secret_value() if configured.cache_url is not None else None
    callers = Callers(configured.secret_bytes, configured.proxies)
    return Charging(lanes, callers, Purse(url), telemetry.metrics, configured.budgets_scaled_by)


def _relations_of(records: Records, polygons: Polygons | None) -> Relations:
    """The relations of records, which filters and orders may follow from now on."""
    areas = AreaTree(records, lambda: datetime.now(UTC))
    records.across = Across(records, areas, Nearby(records, areas, polygons))
    return Relations(records, areas)
