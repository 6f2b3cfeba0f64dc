"""Fixtures: the small sample city in a folder, and hubs over it in both profiles."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from sample.write import write_city
from tests.api.hub import Running, environment, migrated, running


@pytest.fixture(scope="session")
def city_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources of the small city as SQLite files; nobody changes them."""
    folder = tmp_path_factory.mktemp("city")
    write_city("small", folder)
    return folder


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The hub's own database, migrated."""
    return migrated(tmp_path_factory.mktemp("hub") / "hub.db")


@pytest.fixture(scope="module")
async def hub(city_folder: Path, database: Path) -> AsyncIterator[Running]:
    """A hub in the dev profile that trusts one origin."""
    environ = environment(city_folder, database, HUB_CORS_ORIGINS="https://app.example.go.id")
    async with running(environ) as started:
        yield started


@pytest.fixture(autouse=True)
def nothing_kept(request: pytest.FixtureRequest) -> None:
    """A test may break a source: it does not get the answers of those before it."""
    for name in {"hub", "prod"}.intersection(request.fixturenames):
        responses = request.getfixturevalue(name).hub.responses
        responses._kept.clear()
        responses._links.clear()
        responses.bytes_held = 0


@pytest.fixture(scope="module")
async def prod(city_folder: Path, database: Path) -> AsyncIterator[Running]:
    """A hub in the prod profile."""
    async with running(environment(city_folder, database, HUB_PROFILE="prod")) as started:
        yield started
