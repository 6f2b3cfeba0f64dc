"""The databases that tests are lent are fresh, their own, and gone afterwards."""

from __future__ import annotations

import asyncio
import sqlite3
from urllib.parse import urlsplit

import pytest

from tests import servers


async def tables_of(url: str) -> list[str]:
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        with sqlite3.connect(parts.path[1:]) as database:
            names = [row[0] for row in database.execute("SELECT name FROM sqlite_master")]
        database.close()
        return names
    if parts.scheme == "postgresql":
        return await servers.postgres_ask(url, "SELECT relname FROM pg_stat_user_tables")
    return await servers.mariadb_ask(url, f"SHOW TABLES FROM {parts.path[1:]}")


async def test_each_engine_lends_an_empty_database(database_url: str) -> None:
    assert await tables_of(database_url) == []


def test_a_database_is_gone_afterwards(postgres_server: str, mariadb_server: str) -> None:
    with servers.postgres_database(postgres_server) as postgres, servers.mariadb_database(mariadb_server) as mariadb:
        lent = {urlsplit(postgres).path[1:], urlsplit(mariadb).path[1:]}
    assert lent.isdisjoint(asyncio.run(servers.postgres_ask(postgres_server, "SELECT datname FROM pg_database")))
    assert lent.isdisjoint(asyncio.run(servers.mariadb_ask(mariadb_server, "SHOW DATABASES")))


def test_only_what_a_dead_run_left_behind_is_swept() -> None:
    names = ["simpul_test_1700000000_0123abcd", "simpul_test_1700003600_0123abcd", "simpul_test_1", "simpul", "test"]
    assert servers.left_behind(names, now_s=1700003601) == ["simpul_test_1700000000_0123abcd"]


def test_two_databases_are_two(postgres_server: str) -> None:
    with servers.postgres_database(postgres_server) as one, servers.postgres_database(postgres_server) as other:
        assert one != other


async def test_the_database_of_the_run_is_on_the_server(postgres_server: str, postgres_url: str) -> None:
    assert urlsplit(postgres_url).path[1:] in await servers.postgres_ask(
        postgres_server, "SELECT datname FROM pg_database"
    )


def test_redis_claims_an_empty_database_and_leaves_it_empty(redis_url: str) -> None:
    server = servers.with_database(redis_url, "")
    with servers.redis_database(server) as url:
        number = urlsplit(url).path[1:]
        assert number != urlsplit(redis_url).path[1:]
        with servers.Redis(server) as redis:
            redis.ask("SELECT", number)
            assert redis.ask("DBSIZE") == "1"
            redis.ask("SET", "key", "value")
    with servers.Redis(server) as redis:
        redis.ask("SELECT", number)
        assert redis.ask("DBSIZE") == "0"


def test_a_named_server_that_is_not_there_is_an_error_and_shows_no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_POSTGRES_URL", "postgresql://someone:secret@127.0.0.1:1/test")
    monkeypatch.setenv("TEST_MARIADB_URL", "mysql://someone:secret@127.0.0.1:1/test")
    monkeypatch.setenv("TEST_REDIS_URL", "redis://someone:secret@127.0.0.1:1")
    with pytest.raises(servers.Unusable) as postgres, servers.postgres_server():
        pass
    with pytest.raises(servers.Unusable) as mariadb:
        servers.mariadb_server()
    with pytest.raises(servers.Unusable) as redis:
        servers.redis_server()
    assert [str(refused.value) for refused in (postgres, mariadb, redis)] == [
        "TEST_POSTGRES_URL: the server does not let us in (ConnectionRefusedError)",
        "TEST_MARIADB_URL: the server does not let us in (OperationalError)",
        "TEST_REDIS_URL: the server does not let us in (ConnectionRefusedError)",
    ]


def test_without_servers_only_postgresql_is_brought_along(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TEST_POSTGRES_URL", "TEST_MARIADB_URL", "TEST_REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(servers, "listens", lambda port: False)
    with servers.postgres_server() as url, servers.postgres_database(url) as database:
        assert servers.postgres_refusal(database) == ""
    with pytest.raises(servers.Absent, match=r"no MariaDB that lets us in at 127\.0\.0\.1:3306: start one, or set"):
        servers.mariadb_server()
