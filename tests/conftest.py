"""What every test may ask for: servers with a fresh database, the shared data, the loop that runs coroutines."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import canaries, npm, servers

pytest_plugins = ["pytester", "tests.slow", "tests.skips", "tests.canary_watch"]

ROOT = Path(__file__).resolve().parent.parent


def pytest_collection_finish() -> None:
    """What is loaded by now stays, and little of what a test makes is garbage: to look less saves a sixth."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The plain URL of a PostgreSQL on which databases may be created."""
    try:
        with servers.postgres_server() as url:
            servers.sweep_postgres(url)
            yield url
    except servers.Absent as absent:
        pytest.skip(str(absent))


@pytest.fixture(scope="session")
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The plain URL, postgresql://..., of a database of this run, empty at its start and dropped at its end."""
    with servers.postgres_database(postgres_server) as url:
        yield url


@pytest.fixture(scope="session")
def peers() -> Path:
    """The folder with the scripts of other makers' clients and servers, which `node` runs."""
    try:
        return npm.peers()
    except servers.Absent as absent:
        pytest.skip(str(absent))


@pytest.fixture(scope="session")
def package() -> Path:
    """The folder of the package for TypeScript, built."""
    try:
        return npm.client()
    except servers.Absent as absent:
        pytest.skip(str(absent))


@pytest.fixture(scope="session")
def mariadb_server() -> str:
    """The plain URL of a MariaDB on which databases may be created."""
    try:
        url = servers.mariadb_server()
    except servers.Absent as absent:
        pytest.skip(str(absent))
    servers.sweep_mariadb(url)
    return url


@pytest.fixture(scope="session")
def mariadb_url(mariadb_server: str) -> Iterator[str]:
    """The plain URL, mysql://..., of a database of this run, empty at its start and dropped at its end."""
    with servers.mariadb_database(mariadb_server) as url:
        yield url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The plain URL, redis://.../number, of a database of this run, empty at its start and emptied at its end."""
    try:
        server = servers.redis_server()
    except servers.Absent as absent:
        pytest.skip(str(absent))
    with servers.redis_database(server) as url:
        yield url
        canaries.look_at_redis(url)


@pytest.fixture(params=["sqlite", "postgresql", "mariadb"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The plain URL of a fresh, empty database for one test, on each engine in turn."""
    if request.param == "sqlite":
        yield f"sqlite:///{(tmp_path / 'fresh.db').as_posix()}"
    elif request.param == "postgresql":
        with servers.postgres_database(request.getfixturevalue("postgres_server")) as url:
            yield url
    else:
        with servers.mariadb_database(request.getfixturevalue("mariadb_server")) as url:
            yield url


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of data that lies beside a checkout for tests, and is no part of the repository."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("no folder ../shared/data beside the checkout")
    return folder
