"""Wires everything that one process of the hub holds, from its settings."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import city_sources
from api.graphql.charging import Charging, FallbackBuckets
from api.graphql.known_documents import KnownDocuments
from api.graphql.operations import Operations
from api.identity.any_credential import AnyCredential
from api.identity.callers import Callers
from api.observability import logs
from api.observability.delivery_state import DeliveryState
from api.observability.health import Health
from api.observability.hub_state import HubState, StreamState
from api.observability.telemetry import Telemetry
from api.overload.admission import Admission
from api.responses.cache import Responses
from api.responses.keys import Keys
from api.streams.event_stream import EventStreams
from api.streams.limits import StreamLimits
from api.streams.operations import Streams
from api.views.warm import WarmViews
from city_identity import sign_ins_of, viewers_of
from city_package import city_package
from city_sources import catalog_of, index_of, package_shared_by, polygons_in, read_cache_of
from connectors.cache.reads import ReadCache
from connectors.cache.store import erase_in_cache
from connectors.catalog import Catalog
from connectors.guard.connections import lines_of
from connectors.guard.guard import Guard, Probe
from connectors.http.issuer_documents import IssuerDocuments
from connectors.replica.erasing import erase_in_copies
from connectors.replica.last_good import keep_copies
from connectors.replica.replica import Replica, replicas_among
from connectors.replica.text_index import TextIndex
from connectors.source_board import SourceBoard
from connectors.sources import CityPackage
from connectors.writing.desk import WritingDesk
from engine.lanes import Lanes
from models.policy.erasure import ErasurePlace, Searched, Sought
from onboarding.explain import Explainer
from resolvers.across import Across
from resolvers.acting import Acting
from resolvers.areas.geography import Polygons
from resolvers.areas.nearby import Nearby
from resolvers.areas.placement import Placement
from resolvers.areas.populations import Populations
from resolvers.areas.tree import AreaTree
from resolvers.delivering import Delivering, targets_of
from resolvers.erasing import Erasing
from resolvers.records import Records
from resolvers.relations import Relations
from resolvers.search import Search
from resolvers.source_reader import SourceReader
from schema.build import SCHEMA, sdl
from schema.core.context import Services
from schema.core.cursors import CursorCodec
from settings import VAR, EngineKind, Profile, Settings
from store.broker import LocalBroker
from store.broker_redis import RedisBroker
from store.changes.following import ChangeFollower
from store.database.engine import HubDatabase, sqlite_path
from store.evidence.evidence import Evidence
from store.evidence.links import PhotoLinks
from store.evidence.objects import objects_at
from store.feedback import Feedback
from store.findings import FindingsBuffer
from store.leases import Leases
from store.ledger.anchors.copies import copies_at
from store.ledger.chain import LedgerKeys
from store.ledger.files import places_of
from store.ledger.pseudonyms import Pseudonyms
from store.ledger.recording import Ledger
from store.ledger.trails import Trail
from store.outbox.outbox import Outbox, Payloads
from store.seals import Seals
from store.subject_requests.erasure_places import ErasurePlaces
from store.subject_requests.requests import SubjectRequests


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
    desk: WritingDesk
    delivering: Delivering
    following: ChangeFollower


def broker_of(configured: Settings) -> LocalBroker | RedisBroker:
    """The broker of events: in the Redis that processes share, or within this process without one."""
    if configured.cache_url is None:
        return LocalBroker()
    return RedisBroker(configured.cache_url.get_secret_value(), configured.secret_bytes, connected=logs.broker_changed)


def board_of(configured: Settings, catalog: Catalog, guard: Guard) -> SourceBoard:
    """The board of the connected sources, which follows the guard."""
    connected = tuple(source.name for source in catalog.sources if source.name in catalog.connectors)
    board = SourceBoard(connected, guard, replicas_among(catalog.connectors.values()), broker_of(configured))
    guard.changed = board.also(logs.breaker_changed)
    return board


def guard_of(catalog: Catalog, telemetry: Telemetry) -> Guard:
    """The guard in front of the connected sources."""
    probes, lines = _probes_of(catalog), lines_of(catalog.connectors)
    return Guard(logs.source_failed, probes, catalog.city.time_zone, telemetry.call_ended, connections=lines)


def lanes_of(configured: Settings) -> Lanes:
    """Both lanes of the engine over the schema. In prod, errors suggest no names of fields."""
    schema = SCHEMA._schema  # noqa: SLF001  # strawberry has no other name for it
    prod = configured.profile is Profile.PROD
    return Lanes(schema, compiles=configured.engine is EngineKind.COMPILED, hide_suggestions=prod)


def ledger_of(configured: Settings, database: HubDatabase, pseudonyms: Pseudonyms) -> Ledger:
    """The ledger of this process, with its anchors."""
    keys, places = LedgerKeys(configured.secret_bytes), places_of(database.url, VAR)
    return Ledger(database, pseudonyms, keys, places, copies=copies_at(configured.anchors_place))


def build_hub(configured: Settings, processes: int = 1) -> Hub:
    """Build the hub of one of `processes`, without connecting to anything. Raises SettingsError or StoreError."""
    package = package_shared_by(processes, city_package(configured.city), configured)
    database = HubDatabase(configured.database_url.get_secret_value())
    findings = FindingsBuffer(lambda: datetime.now(UTC))
    pseudonyms = Pseudonyms(configured.secret_bytes)
    ledger = ledger_of(configured, database, pseudonyms)
    catalog = catalog_of(configured, package, findings.note)
    telemetry = Telemetry()
    guard = guard_of(catalog, telemetry)
    copies = keep_copies(catalog, guard, city_sources.REPLICAS, findings.note)
    board = board_of(configured, catalog, guard)
    health = Health(catalog, guard, database, findings.note, logs.fields_missing)
    changes: dict[str, int] = {}
    cache = read_cache_of(configured, package, guard, changes)
    subject_requests = SubjectRequests(database, pseudonyms, Seals(configured.secret_bytes), ledger)
    records = Records(catalog, SourceReader(guard, findings.note, cache), subject_requests.withdrawn)
    search = Search(records, TextIndex(index_of(os.getpid()), package.city.stemmer), logs.not_indexed)
    erasing = Erasing(package.city.identity)
    writers = city_sources.writers_of(configured, package, catalog, guard)
    outbox, desk = outbox_of(configured, database, catalog, board), WritingDesk(package, writers)
    services = _services_of(configured, records, search, subject_requests, erasing, board)
    evidence = evidence_of(configured, database)
    services = _telling(services, ledger, outbox, desk)
    services = replace(services, evidence=evidence, photo_links=PhotoLinks.of(configured.secret_bytes))
    lanes = lanes_of(configured)
    prod = configured.profile is Profile.PROD
    operations = Operations(
        services, lanes, configured.deadline_ms, logs.unforeseen, health.observe, ledger, telemetry, hides_schema=prod
    )
    admission = Admission()
    responses = Responses(operations, Keys(sdl()), KnownDocuments(), changes)
    charging = charging_of(configured, lanes, telemetry)
    replicas = (*replicas_among(catalog.connectors.values()), *copies)
    views = WarmViews(operations, admission, responses, logs.view_refused)
    delivering = Delivering(outbox, Leases(database), guard, targets_of(catalog, writers), board.process)
    health.late = delivering.late
    tables = ErasurePlaces(database, pseudonyms)
    _search_everywhere(erasing, cache, responses, views, replicas, search.index, tables)
    erasing.places |= {ErasurePlace.OUTBOX: outbox.erase, ErasurePlace.PHOTOS: evidence.erase}
    telemetry.metrics.registry.register(
        HubState(guard, admission, replicas, cache, responses, charging.fallback_buckets)
    )
    telemetry.metrics.registry.register(DeliveryState(delivering))
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
        desk,
        delivering,
        ChangeFollower(outbox.log, outbox.payloads.records, changes, (responses.forget_records, views.forget_records)),
    )


def outbox_of(configured: Settings, database: HubDatabase, catalog: Catalog, board: SourceBoard) -> Outbox:
    """The outbox, which tells all processes what it has over the broker of the board."""
    payloads = Payloads.of(configured.secret_bytes, {one.mapping.record.name: one.mapping.record for one in catalog})
    return Outbox(database, payloads, Pseudonyms(configured.secret_bytes), board.broker)


def evidence_of(configured: Settings, database: HubDatabase) -> Evidence:
    """The photos of the city: beside the hub's own database, unless the settings say where."""
    path = sqlite_path(database.url)
    beside = (path.resolve().parent if path is not None else VAR) / "photos"
    url = configured.objects_url.get_secret_value() if configured.objects_url is not None else f"file://{beside}"
    return Evidence.of(configured.secret_bytes, database, objects_at(url))


def _services_of(
    configured: Settings,
    records: Records,
    search: Search,
    subject_requests: SubjectRequests,
    erasing: Erasing,
    board: SourceBoard,
) -> Services:
    """What the fields of the graph use."""
    city, polygons = records.catalog.city, polygons_in(configured.areas_geojson)
    relations, populations = _relations_of(records, polygons, search)
    return Services(
        city=city,
        records=records,
        relations=relations,
        populations=populations,
        cursors=CursorCodec(configured.secret_bytes),
        polygons=polygons,
        search=search,
        trail=Trail(subject_requests.database, subject_requests.pseudonyms),
        subject_requests=subject_requests,
        erasing=erasing,
        ledger=subject_requests.ledger,
        source_board=board,
    )


def _telling(services: Services, ledger: Ledger, outbox: Outbox, desk: WritingDesk) -> Services:
    """The same services, with what takes actions."""
    feedback = Feedback(outbox.database, outbox.pseudonyms)
    acting = Acting(
        services.city, services.records, services.relations, services.area_at, outbox, feedback, ledger, desk
    )
    return replace(services, acting=acting, feedback=feedback)


def _event_streams_of(
    operations: Operations, admission: Admission, charging: Charging, board: SourceBoard
) -> EventStreams:
    """The event streams of this process, registered in its metrics."""
    event_streams = EventStreams(Streams(operations, admission, charging), StreamLimits(charging.callers.address_of))
    operations.telemetry.metrics.registry.register(StreamState(event_streams, board.broker.counts))
    return event_streams


def _probes_of(catalog: Catalog) -> dict[str, Probe]:
    """The probe of each source, which tells whether it is back."""
    return {name: connector.probe for name, connector in catalog.connectors.items()}


def _search_everywhere(
    erasing: Erasing,
    cache: ReadCache,
    responses: Responses,
    views: WarmViews,
    copies: tuple[Replica, ...],
    index: TextIndex,
    tables: ErasurePlaces,
) -> None:
    """Register how each place is searched for a person. Copies come first, so nothing is cached from them again."""

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
    """Charges operations to token buckets, in the Redis of the settings or in this process."""
    url = configured.cache_url.get_secret_value() if configured.cache_url is not None else None
    callers = Callers(configured.secret_bytes, configured.proxies)
    return Charging(lanes, callers, FallbackBuckets(url), telemetry.metrics, configured.budgets_scaled_by)


def _relations_of(records: Records, polygons: Polygons | None, search: Search) -> tuple[Relations, Populations]:
    """The relations between records, and the people of areas. Sets what filters and orders follow relations with."""
    areas = AreaTree(records, lambda: datetime.now(UTC))
    placement = Placement(records, areas, polygons, lambda: datetime.now(UTC))
    records.across = Across(records, areas, Nearby(records, areas, polygons, placement), placement, search)
    return Relations(records, areas, placement), Populations(records, areas, areas.clock)
