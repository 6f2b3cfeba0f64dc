"""Fixtures: the small sample city on each engine, read-only, and tiny cities for tests that change rows."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import httpx2
import pytest

from sample import places
from sample import web as sample_web
from sample.city import SIZES
from sample.complaints.source import ComplaintTruth, generate
from sample.write import write_drops
from tests.graph.harness import ENGINES, City, Scribe, Urls, opened, scribe_of, written

TINY = replace(SIZES["small"], citizens=120, complaints=120, reporters=40)


class Own(NamedTuple):
    """A city whose rows a test may change, and who changes them."""

    engine: str
    city: City
    areas: Scribe
    complaints: Scribe


@pytest.fixture(scope="session")
def alive() -> list[ComplaintTruth]:
    """The complaints that the hub must give, in the order of their ids."""
    return [case.truth for case in generate(SIZES["small"]) if case.alive]


@pytest.fixture(scope="session", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest, engine: str) -> str:
    """The plain URL of the server of an engine, empty for the one that has none."""
    fixtures = {"postgresql": "postgres_server", "mariadb": "mariadb_server"}
    url: str = request.getfixturevalue(fixtures[engine]) if engine in fixtures else ""
    return url


@pytest.fixture(scope="session")
def small_urls(engine: str, server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Urls]:
    with written(engine, server, tmp_path_factory.mktemp("small"), SIZES["small"]) as urls:
        yield urls


@pytest.fixture(scope="module")
async def city(small_urls: Urls) -> AsyncIterator[City]:
    """The small city. Its tree of areas has been read, and what lies where, so that it costs no statement in a test."""
    async with opened(small_urls) as opening:
        await opening('{ area(code: "36.71") { complaints { totalCount } hospitals { totalCount } } }')
        yield opening


@asynccontextmanager
async def opened_whole(urls: Urls, folder: Path) -> AsyncIterator[City]:
    """The small city with its files and feeds, which can be searched by words."""
    write_drops(folder, SIZES["small"])
    web = {places.HOST: httpx2.ASGITransport(sample_web.app(folder))}
    async with opened({**places.urls(folder), **urls}, transports=web) as city:
        search = await city.give_search(folder)
        await city('{ area(code: "36.71") { complaints { totalCount } } }')
        try:
            yield city
        finally:
            await search.index.close()


@pytest.fixture(scope="module")
async def whole(small_urls: Urls, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    """The small city with everything that it has."""
    async with opened_whole(small_urls, tmp_path_factory.mktemp("whole")) as opening:
        yield opening


@pytest.fixture(scope="module")
def own_urls(engine: str, server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Urls]:
    with written(engine, server, tmp_path_factory.mktemp("own"), TINY) as urls:
        yield urls


@pytest.fixture(scope="module")
async def own(engine: str, own_urls: Urls) -> AsyncIterator[Own]:
    """A tiny city for the tests of one module, which leave it as they found it."""
    async with (
        opened(own_urls) as city,
        scribe_of(own_urls["areas"]) as areas,
        scribe_of(own_urls["complaints"]) as other,
    ):
        yield Own(engine, city, areas, other)


@pytest.fixture
def broken_urls(engine: str, server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Urls]:
    with written(engine, server, tmp_path_factory.mktemp("broken"), TINY) as urls:
        yield urls


@pytest.fixture
async def broken(engine: str, broken_urls: Urls) -> AsyncIterator[Own]:
    """A tiny city for one test that changes its tables for good."""
    async with (
        opened(broken_urls) as city,
        scribe_of(broken_urls["areas"]) as areas,
        scribe_of(broken_urls["complaints"]) as other,
    ):
        yield Own(engine, city, areas, other)
