"""Fixtures: the sources of six departments on real servers, and a hub of its own for each test behind proxies."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.faults.city import SixDepartments, cities, prepared, six_departments
from tests.graph.harness import Urls


@pytest.fixture(scope="session")
def anyio_backend() -> tuple[str, dict[str, bool]]:
    """The loop of production: what a driver makes of a lost connection is another thing on each."""
    return "asyncio", {"use_uvloop": sys.platform != "win32"}


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the hub's own database, migrated."""
    return prepared(tmp_path_factory.mktemp("faults"))


@pytest.fixture(scope="session")
def urls(postgres_server: str, mariadb_server: str, folder: Path) -> Iterator[Urls]:
    """Nobody changes their rows."""
    with cities(postgres_server, mariadb_server, folder) as made:
        yield made


@pytest.fixture
async def six(urls: Urls, folder: Path) -> AsyncIterator[SixDepartments]:
    async with six_departments(urls, folder) as made:
        yield made
