"""Fixtures: hubs over the whole small city, its databases on each engine in turn."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import city_sources
from connectors import departments
from connectors.sources import CityPackage
from sample.city import SIZES
from sample.write import write_city
from tests.api.hub import Running, environment, running
from tests.graph.harness import ENGINES, written


def patient(package: CityPackage) -> CityPackage:
    """The same city, whose departments allow a statement twenty seconds: compared is what they say, and not when."""
    sources = tuple(replace(one, load=replace(one.load, statement_ms_max=20_000)) for one in package.sources)
    return replace(package, sources=sources)


@pytest.fixture(scope="session")
def whole_city(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All sources of the small city, files and feeds among them."""
    folder = tmp_path_factory.mktemp("whole")
    write_city("small", folder)
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
    whole_city: Path, databases: dict[str, str], database: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Running]:
    """A hub over all subjects."""
    given = environment(whole_city, database)
    environ = {
        name: value for name, value in given.items() if name != "HUB_CITY" and not name.startswith("HUB_SOURCE_")
    }
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(city_sources, "REPLICAS", tmp_path_factory.mktemp("replicas"))
        patched.setattr(city_sources, "SAMPLE", whole_city)
        patched.setattr(departments, "PACKAGE", patient(departments.PACKAGE))
        async with running({**environ, **databases}) as started:
            yield started
