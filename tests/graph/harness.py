"""A city to ask: operations over the one schema, with every statement that reaches a source counted."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2
import pytest
import sqlalchemy as sa
from graphql import DocumentNode, GraphQLError, parse, validate
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from connectors.catalog import Catalog
from connectors.departments import PACKAGE
from connectors.guard.guard import Guard
from connectors.http.access import HttpAccess
from connectors.load import LoadContract
from connectors.opening import Opener, SourceAddress
from connectors.replica import replica
from connectors.replica.replica import Replica
from connectors.replica.text_index import TextIndex
from connectors.sources import CityPackage
from connectors.sql.connector import SqlConnector
from engine import execute
from models.errors import HubError
from models.policy.viewer import ANONYMOUS, Purpose, Role, Viewer
from models.request import Deadline, Request
from models.sources.findings import Finding
from models.values.localized import Language
from resolvers.across import Across
from resolvers.areas.geography import Polygons
from resolvers.areas.nearby import Nearby
from resolvers.areas.placement import Placement
from resolvers.areas.populations import Populations
from resolvers.areas.tree import AreaTree
from resolvers.records import Records
from resolvers.relations import Relations
from resolvers.search import Search
from resolvers.source_reader import SourceReader
from sample import write
from sample.city import SIZES, Size
from sample.shapes import Row, Source
from sample.write import write_city
from schema.build import SCHEMA
from schema.core.context import Context, Services
from schema.core.cursors import CursorCodec
from tests import servers
from tests.connectors.listening import heard

ENGINES = ("sqlite", "postgresql", "mariadb")
DATABASES = frozenset({"sqlite", "postgresql", "mysql"})
SOURCES = tuple(source.name for source in write.SOURCES)
LOAD = LoadContract(connections_max=4, statement_ms_max=20_000)
DEADLINE_MS = 30_000
SECRET = b"a secret of these tests, long enough"

DPUPR = Viewer(Role.OFFICER, subject="officer-1", department_code="dpupr")

Urls = Mapping[str, str]
"""The plain URL of each source."""


@dataclass(frozen=True, slots=True)
class Seen:
    """An error as an answer carries it."""

    code: str
    path: tuple[str | int, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    data: Any
    errors: list[Seen]
    statements: dict[str, int]
    request: Request

    @property
    def codes(self) -> list[tuple[str, str]]:
        """Each error as its code and the last name in its path."""
        return [(error.code, str(error.path[-1])) for error in self.errors]


class City:
    """A catalog with all that stands above it. `statements` holds the source and text of everything that was sent."""

    def __init__(self, catalog: Catalog, findings: list[Finding] | None = None) -> None:
        self.catalog = catalog
        self.statements: list[tuple[str, str]] = []
        self.findings = findings if findings is not None else []
        self.refusals: list[tuple[str, str, BaseException]] = []
        self.search: Search | None = None
        self.secret = SECRET
        self.now = datetime.now(UTC)
        self.guard = Guard(lambda *failure: self.refusals.append(failure))
        self.records = Records(catalog, SourceReader(self.guard, self.findings.append))
        self.areas = AreaTree(self.records, lambda: self.now)
        self.populations = Populations(self.records, self.areas, lambda: self.now)
        self.give_polygons(None)

    async def __call__(
        self,
        query: str,
        viewer: Viewer = ANONYMOUS,
        variables: Mapping[str, object] | None = None,
        *,
        language: Language = Language.EN,
        purpose: Purpose | None = None,
        now: datetime | None = None,
        **named: object,
    ) -> Answer:
        """Execute an operation as the hub does, as a viewer, at this moment or at another one."""
        asked = request_of(viewer, language=language, purpose=purpose, now=now)
        services = Services(
            self.catalog.city,
            self.records,
            self.relations,
            self.populations,
            CursorCodec(self.secret),
            self.polygons,
            self.search,
        )
        before = len(self.statements)
        running = execute(
            SCHEMA._schema,
            document(query),
            context_value=Context(asked, services),
            variable_values={**(variables or {}), **named},
        )
        result = await running if isinstance(running, Awaitable) else running
        sent = Counter(source for source, _ in self.statements[before:])
        return Answer(result.data, [seen(error) for error in result.errors or ()], dict(sent), asked)

    def give_polygons(self, polygons: Polygons | None) -> None:
        """Let the city know the shapes of its areas, or know them no more."""
        self.polygons = polygons
        self.placement = Placement(self.records, self.areas, polygons, lambda: self.now)
        nearby = Nearby(self.records, self.areas, polygons, self.placement)
        self.records.across = Across(self.records, self.areas, nearby, self.placement, self.search)
        self.relations = Relations(self.records, self.areas, self.placement)

    async def give_search(self, folder: Path) -> Search:
        """Let the city be searched by words; whoever asks for it closes its index."""
        self.search = Search(self.records, TextIndex(folder / "search", self.catalog.city.stemmer), lambda *_: None)
        self.give_polygons(self.polygons)
        assert await self.search.refresh() == []
        return self.search

    def keys_max(self, keys: int) -> None:
        """Let one statement take at most so many keys of parents, as a poorer source would."""
        for connector in self.catalog.connectors.values():
            connector.capabilities = replace(connector.capabilities, keys_max=keys)


def request_of(
    viewer: Viewer = ANONYMOUS,
    *,
    language: Language = Language.EN,
    purpose: Purpose | None = None,
    now: datetime | None = None,
) -> Request:
    deadline, at = Deadline.in_ms(DEADLINE_MS), now or datetime.now(UTC)
    return Request("request-1", viewer, deadline, language, purpose, operation_name="Test", now=at)


@functools.lru_cache(maxsize=500)
def document(query: str) -> DocumentNode:
    parsed = parse(query)
    problems = validate(SCHEMA._schema, parsed)
    assert problems == [], problems
    return parsed


def seen(error: GraphQLError) -> Seen:
    cause = error.original_error
    code = cause.code if isinstance(cause, HubError) else f"{type(cause).__name__}: {cause}"
    return Seen(code, tuple(error.path or ()), str(error.original_error or error.message))


@asynccontextmanager
async def opened(
    urls: Urls, package: CityPackage = PACKAGE, transports: Mapping[str, httpx2.AsyncBaseTransport] | None = None
) -> AsyncIterator[City]:
    """A city over the sources at these URLs; those that the hub copies are copied first."""
    findings: list[Finding] = []
    with TemporaryDirectory() as folder, ExitStack() as listening, pytest.MonkeyPatch.context() as patch:
        patch.setattr(replica, "COPY_LOAD", LOAD)
        opener = Opener(package, Path(folder), findings.append, HttpAccess(transports=transports or {}))
        connectors = {
            source: SqlConnector(url, LOAD)
            if make_url(url).get_backend_name() in DATABASES
            else opener.connectors({source: SourceAddress(url)})[source]
            for source, url in urls.items()
        }
        city = City(Catalog(package, connectors), findings)
        for source, connector in connectors.items():
            asked = await _copy_of(connector) if isinstance(connector, Replica) else connector
            assert isinstance(asked, SqlConnector)
            listening.enter_context(heard(asked, functools.partial(_noted, city.statements, source)))
        try:
            yield city
        finally:
            await city.guard.close()
            await city.catalog.close()


async def _copy_of(replica: Replica) -> SqlConnector:
    """What answers for a source that is copied."""
    assert await replica.refresh(), replica.state.reason
    assert replica._in_use is not None
    return replica._in_use.connector


def _noted(statements: list[tuple[str, str]], source: str, text: str) -> None:
    statements.append((source, text))


# --- Databases --------------------------------------------------------------------------------------------------------


@contextmanager
def written(engine: str, server: str, folder: Path, size: Size) -> Iterator[Urls]:
    """The sources of a sample city of this size in a place of their own: a folder, or a database on a server."""
    with _place(engine, server, folder) as place:
        with _size_named("tested", size), pytest.MonkeyPatch.context() as patch:
            patch.setattr(write, "SOURCES", tuple(replace(one, rows=_remembered(one)) for one in write.SOURCES))
            write_city("tested", place)
        if engine == "sqlite":
            yield {source: f"sqlite:///{(folder / f'{source}.db').as_posix()}" for source in SOURCES}
        else:
            yield dict.fromkeys(SOURCES, place)


def _remembered(source: Source) -> Callable[[Size, int], Iterator[tuple[str, Row]]]:
    """The rows of a source, which tests write dozens of times and take longer to think up than to write."""
    return lambda size, seed: iter(_rows(source, size, seed))


@functools.lru_cache(maxsize=3 * len(SOURCES))
def _rows(source: Source, size: Size, seed: int) -> tuple[tuple[str, Row], ...]:
    return tuple(source.rows(size, seed))


@contextmanager
def _place(engine: str, server: str, folder: Path) -> Iterator[str]:
    if engine == "sqlite":
        yield str(folder)
    elif engine == "postgresql":
        with servers.postgres_database(server) as url:
            yield url
    else:
        with servers.mariadb_database(server) as url:
            yield url


@contextmanager
def _size_named(name: str, size: Size) -> Iterator[None]:
    SIZES[name] = size
    try:
        yield
    finally:
        del SIZES[name]


_WRITING = {
    "sqlite": "sqlite+aiosqlite",
    "postgresql": "postgresql+asyncpg",
    "mysql": "mysql+asyncmy",
}


@dataclass(slots=True)
class Scribe:
    """Somebody at the department who changes rows while the hub reads."""

    engine: AsyncEngine
    changes: list[str] = field(default_factory=list)

    async def __call__(self, statement: str, **values: object) -> None:
        async with self.engine.connect() as connection:
            await connection.execute(sa.text(statement), values)

    async def rows(self, statement: str, **values: object) -> list[tuple[Any, ...]]:
        async with self.engine.connect() as connection:
            return [tuple(row) for row in (await connection.execute(sa.text(statement), values)).all()]


@asynccontextmanager
async def scribe_of(url: str) -> AsyncIterator[Scribe]:
    target = sa.make_url(url)
    engine = create_async_engine(
        target.set(drivername=_WRITING[target.drivername]), isolation_level="AUTOCOMMIT", pool_size=1
    )
    try:
        yield Scribe(engine)
    finally:
        await engine.dispose()
