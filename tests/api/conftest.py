"""Fixtures: the small sample city in a folder, and hubs over it in both profiles."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from api.responses.cache import Responses
from tests.api.hub import Running, environment, running
from tests.api.kept import Clock, Runs
from tests.migrated import migrated
from tests.small_city import small_city


@pytest.fixture(scope="session")
def city_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources of the small city as SQLite files; nobody changes them."""
    folder = tmp_path_factory.mktemp("city")
    small_city(folder)
    return folder


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The hub's own database, migrated. What a hub of another module left open locks nobody here."""
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


@pytest.fixture(scope="module")
async def prod(city_folder: Path, database: Path) -> AsyncIterator[Running]:
    """A hub in the prod profile."""
    async with running(environment(city_folder, database, HUB_PROFILE="prod")) as started:
        yield started


@pytest.fixture
def kept(hub: Running) -> Responses:
    return hub.hub.responses


@pytest.fixture
def clock(kept: Responses, monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of what is kept. Every answer is renewed after three quarters of its life, and read in no time."""
    made = Clock()
    monkeypatch.setattr(kept, "clock", made)
    records, now = kept.operations.services.records, datetime.now(UTC)
    monkeypatch.setattr(records.reader, "clock", lambda: now)
    monkeypatch.setattr(records.reader, "cache", None)
    monkeypatch.setattr(random, "uniform", lambda low, _: low)
    return made


@pytest.fixture
def runs(hub: Running, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runs]:
    """All executions; the gate is open."""
    found = Runs(hub.hub.operations.lanes.run)
    found.gate.set()
    monkeypatch.setattr(hub.hub.operations.lanes, "run", found)
    yield found
    found.gate.set()
