"""A database of the hub, on SQLite and on PostgreSQL: empty, migrated, opened."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from store.database.engine import HubDatabase
from store.database.migrate import upgrade
from tests import servers
from tests.migrated import migrated


@pytest.fixture(params=["sqlite", "postgresql"])
def hub_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database of this test alone, as an operator writes it."""
    if request.param == "sqlite":
        yield f"sqlite:///{(tmp_path / 'hub.db').as_posix()}"
    else:
        with servers.postgres_database(request.getfixturevalue("postgres_server")) as url:
            yield url


@pytest.fixture(scope="session")
def migrated_databases(postgres_server: str) -> Iterator[servers.MigratedDatabases]:
    databases = servers.MigratedDatabases(postgres_server, upgrade)
    yield databases
    databases.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def migrated_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database with the hub's tables, and nothing in them."""
    if request.param == "sqlite":
        yield f"sqlite:///{migrated(tmp_path / 'hub.db').as_posix()}"
    else:
        databases: servers.MigratedDatabases = request.getfixturevalue("migrated_databases")
        with databases.lent() as url:
            yield url


@pytest.fixture
async def database(migrated_url: str) -> AsyncIterator[HubDatabase]:
    opened = HubDatabase(migrated_url)
    yield opened
    await opened.close()
