"""What a server says of itself decides whether it can serve, and how."""

from __future__ import annotations

import pytest

from connectors.load import LoadContract
from connectors.protocol import Capabilities, SourceBroken
from connectors.sql.capabilities import declared, probed
from connectors.sql.connector import SqlConnector
from connectors.sql.dialects import DIALECTS
from models.predicates import Operator


@pytest.mark.parametrize(
    ("dialect", "version", "keys_max"),
    [
        ("sqlite", "3.32.0", 500),
        ("sqlite", "3.46.1", 500),
        ("postgresql", "12", 5_000),
        ("postgresql", "15.20 (Debian 15.20-0+deb12u1)", 5_000),
        ("mariadb", "10.6.0-MariaDB", 500),
        ("mariadb", "5.5.5-10.11.6-MariaDB-log", 500),
        ("mariadb", "11.8.6-MariaDB-0+deb13u1", 500),
    ],
)
def test_a_server_that_is_young_enough_serves(dialect: str, version: str, keys_max: int) -> None:
    assert probed(DIALECTS[dialect], version) == Capabilities(
        frozenset(Operator), True, True, True, keys_max, groups=True
    )


@pytest.mark.parametrize(
    ("dialect", "version", "reason"),
    [
        ("sqlite", "3.31.1", "sqlite 3.31.1 is older than 3.32"),
        ("postgresql", "11.22", "postgresql 11.22 is older than 12.0"),
        ("postgresql", "devel", "postgresql of an unknown version is older than 12.0"),
        ("mariadb", "10.5.23-MariaDB", "mariadb 10.5.23 is older than 10.6"),
        ("mariadb", "8.0.36", "MySQL 8.0.36 is not MariaDB, and no dialect for it is there"),
    ],
)
def test_another_server_is_refused_by_name(dialect: str, version: str, reason: str) -> None:
    with pytest.raises(SourceBroken) as refused:
        probed(DIALECTS[dialect], version)
    assert str(refused.value) == reason


async def test_each_real_server_is_probed(database_url: str) -> None:
    path = database_url.removeprefix("sqlite:///")
    if path != database_url:
        with open(path, "wb"):  # noqa: ASYNC230, PTH123  # an empty file is an empty database
            pass
    connector = SqlConnector(database_url, LoadContract())
    assert await connector.probe() == declared(connector.dialect)
    await connector.close()
