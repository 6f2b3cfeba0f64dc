"""The small city made once, and an own database per test on the servers that are there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sample.city import SIZES
from sample.complaints.source import ComplaintCase, generate
from tests import servers


@pytest.fixture(scope="session")
def small_cases() -> list[ComplaintCase]:
    return list(generate(SIZES["small"]))


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    with servers.postgres_database(postgres_server) as url:
        yield url


@pytest.fixture
def mariadb_url(mariadb_server: str) -> Iterator[str]:
    with servers.mariadb_database(mariadb_server) as url:
        yield url
