"""Fixtures: hubs over the whole small city, its databases on each engine in turn."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from sample.city import SIZES
from tests.api.hub import Running, running, whole_city
from tests.graph.harness import ENGINES, written
from tests.small_city import small_city


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All sources of the small city, files and feeds among them."""
    folder = tmp_path_factory.mktemp("whole")
    small_city(folder)
    return folder


@pytest.fixture(scope="module", params=ENGINES)
def databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Where each database of the city lies, as the environment says it; nothing where it is embedded."""
    if request.param == "sqlite":
        yield {}
        return
    names = {"postgresql": "postgres_server", "mariadb": "mariadb_server"}
    server: str = request.getfixturevalue(names[request.param])
    with written(request.param, server, tmp_path_factory.mktemp("unused"), SIZES["small"]) as urls:
        yield {f"HUB_SOURCE_{name.upper()}_URL": url for name, url in urls.items()}


@pytest.fixture(scope="module")
async def whole(
    city: Path, databases: dict[str, str], database: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Running]:
    """A hub over all subjects."""
    with whole_city(city, database, tmp_path_factory.mktemp("own")) as environ:
        async with running({**environ, **databases}) as started:
            yield started
