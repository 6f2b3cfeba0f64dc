"""Turns on PostgreSQL: one connection, one statement at a time, and a new connection after whatever goes wrong."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator

import asyncpg
import pytest
from sqlalchemy.exc import OperationalError

from store.database.engine import HubDatabase
from store.database.transactions import PostgresTransactions
from tests import servers

SOON_S = 10
OURS = "FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'simpul'"
WHOSE = "SELECT pg_backend_pid()"
WAIT = "SELECT pg_advisory_xact_lock(1)"


@pytest.fixture
def url(postgres_server: str) -> Iterator[str]:
    with servers.postgres_database(postgres_server) as url:
        yield url


@pytest.fixture
async def transactions(url: str) -> AsyncIterator[PostgresTransactions]:
    database = HubDatabase(url)
    assert isinstance(database.transactions, PostgresTransactions)
    yield database.transactions
    await database.close()


async def until_connections(watcher: asyncpg.Connection, count: int, more: str = "") -> None:
    async with asyncio.timeout(SOON_S):
        while await watcher.fetchval(f"SELECT count(*) {OURS} {more}") != count:
            await watcher.fetch("SELECT pg_sleep(0.01)")


@pytest.fixture
async def watcher(url: str) -> AsyncIterator[asyncpg.Connection]:
    """Somebody else on the same server, who can hold a lock."""
    connection = await asyncpg.connect(url)
    yield connection
    await connection.close()


async def test_one_connection_serves_them_all(transactions: PostgresTransactions, watcher: asyncpg.Connection) -> None:
    assert len({await transactions.run(WHOSE) for _ in range(3)}) == 1
    await until_connections(watcher, 1)


async def test_after_a_server_has_ended_the_connection_there_is_another(
    transactions: PostgresTransactions, watcher: asyncpg.Connection
) -> None:
    first = await transactions.run(WHOSE)
    await watcher.fetch(f"SELECT pg_terminate_backend(pid) {OURS}")
    async with asyncio.timeout(SOON_S):
        while transactions._free is not None and not transactions._free.is_closed():
            await watcher.fetch("SELECT pg_sleep(0.01)")
    second = await transactions.run(WHOSE)
    assert second != first
    assert await transactions.run(WHOSE) == second


async def test_an_end_that_is_announced_and_not_here_yet_is_an_error_of_the_database(
    transactions: PostgresTransactions, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def ending(*_: object) -> None:
        raise asyncpg.InternalClientError("cannot switch to state 12; another operation (2) is in progress")

    first = await transactions.run(WHOSE)
    monkeypatch.setattr(asyncpg.Connection, "fetchval", ending)
    with pytest.raises(OperationalError):
        await transactions.run(WHOSE)
    monkeypatch.undo()
    assert await transactions.run(WHOSE) != first


async def test_what_the_server_refuses_is_an_error_of_the_database_and_ends_the_connection(
    transactions: PostgresTransactions, watcher: asyncpg.Connection
) -> None:
    first = await transactions.run(WHOSE)
    with pytest.raises(OperationalError, match="division by zero") as refused:
        await transactions.run("SELECT 1 / $1::int", 0)
    assert isinstance(refused.value.orig, asyncpg.DivisionByZeroError)
    assert await transactions.run(WHOSE) != first
    await until_connections(watcher, 1)


async def test_who_comes_while_a_statement_hangs_is_served_beside_it(
    transactions: PostgresTransactions, watcher: asyncpg.Connection
) -> None:
    await watcher.fetch("SELECT pg_advisory_lock(1)")
    hanging = asyncio.ensure_future(transactions.run(WAIT))
    await until_connections(watcher, 1, "AND wait_event_type = 'Lock'")
    beside = await transactions.run(WHOSE)
    await watcher.fetch("SELECT pg_advisory_unlock(1)")
    await asyncio.wait_for(hanging, SOON_S)
    # One is enough when both are free.
    await until_connections(watcher, 1)
    assert await transactions.run(WHOSE) == beside


async def test_a_statement_that_ends_behind_the_last_of_them_keeps_no_connection(
    transactions: PostgresTransactions, watcher: asyncpg.Connection
) -> None:
    await transactions.run(WHOSE)
    await watcher.fetch("SELECT pg_advisory_lock(1)")
    hanging = asyncio.ensure_future(transactions.run(WAIT))
    await until_connections(watcher, 1, "AND wait_event_type = 'Lock'")
    await transactions.close()
    await watcher.fetch("SELECT pg_advisory_unlock(1)")
    await asyncio.wait_for(hanging, SOON_S)
    await until_connections(watcher, 0)


async def test_who_is_cancelled_gives_no_connection_back_that_is_still_busy(
    transactions: PostgresTransactions, watcher: asyncpg.Connection
) -> None:
    await watcher.fetch("SELECT pg_advisory_lock(1)")
    hanging = asyncio.ensure_future(transactions.run(WAIT))
    await until_connections(watcher, 1, "AND wait_event_type = 'Lock'")
    hanging.cancel()
    with pytest.raises(asyncio.CancelledError):
        await hanging
    assert await asyncio.wait_for(transactions.run("SELECT 7"), SOON_S) == 7
