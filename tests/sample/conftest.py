"""A fresh database on each server that is there, and the small city made once."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Iterator

import asyncmy
import asyncpg
import pytest
from sqlalchemy import make_url

from sample.city import SIZES
from sample.complaints import ComplaintCase, generate


@pytest.fixture(scope="session")
def small_cases() -> list[ComplaintCase]:
    return list(generate(SIZES["small"]))


def _no_server(reason: str) -> None:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture
def postgres_url() -> Iterator[str]:
    server = os.environ.get("TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres")
    name = f"sample_test_{secrets.token_hex(8)}"

    async def execute(statement: str) -> None:
        connection = await asyncpg.connect(server, timeout=5)
        await connection.execute(statement)
        await connection.close()

    try:
        asyncio.run(execute(f"CREATE DATABASE {name}"))
    except OSError:
        _no_server("no PostgreSQL server: set TEST_POSTGRES_URL")
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    asyncio.run(execute(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
def mariadb_url() -> Iterator[str]:
    server = make_url(os.environ.get("TEST_MARIADB_URL", "mysql://root@127.0.0.1:3306/test"))
    name = f"sample_test_{secrets.token_hex(8)}"

    async def execute(statement: str) -> None:
        connection = await asyncmy.connect(
            host=server.host or "localhost",
            port=server.port or 3306,
            user=server.username,
            password=server.password or "",
        )
        async with connection.cursor() as cursor:
            await cursor.execute(statement)
        connection.close()

    try:
        asyncio.run(execute(f"CREATE DATABASE {name}"))
    except (OSError, asyncmy.errors.OperationalError):
        _no_server("no MariaDB server: set TEST_MARIADB_URL")
    yield server.set(database=name).render_as_string(hide_password=False)
    asyncio.run(execute(f"DROP DATABASE {name}"))
