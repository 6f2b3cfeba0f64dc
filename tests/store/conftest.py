"""A database of the hub, on SQLite and on PostgreSQL: empty, migrated, opened."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from store.database import HubDatabase
from store.migrate import upgrade
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


@pytest.fixture
def migrated_url(hub_url: str, tmp_path: Path) -> str:
    if hub_url.startswith("sqlite"):
        migrated(tmp_path / "hub.db")
    else:
        upgrade(hub_url)
    return hub_url


@pytest.fixture
async def database(migrated_url: str) -> AsyncIterator[HubDatabase]:
    opened = HubDatabase(migrated_url)
    yield opened
    await opened.close()
