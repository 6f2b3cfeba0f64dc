"""The pool on real servers: what is abandoned ends, and the source never sees more connections than it allows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import asyncmy
import asyncpg
import pytest
from sqlalchemy.engine import make_url

from connectors.load import LoadContract
from connectors.sql.engines import dialect_of, parsed_url
from connectors.sql.pool import SESSION_S_MAX, Pool
from connectors.sql.sessions.opening import opener_of

CONNECTIONS_MAX = 3
STATEMENT_MS_MAX = 1_200
MARK = "/* simpul abandoned */"
SLEEPS = {"postgresql": f"{MARK} SELECT pg_sleep(30)", "mariadb": f"{MARK} SELECT SLEEP(30)"}

Count = Callable[[], Awaitable[int]]


@dataclass(frozen=True, slots=True)
class Watched:
    """A pool, and a look at its server through another connection: its connections, and its statements that run."""

    pool: Pool
    sleep: str
    connections: Count
    running: Count


def pool_of(url: str, statement_ms_max: int = STATEMENT_MS_MAX) -> Pool:
    load = LoadContract(connections_max=CONNECTIONS_MAX, statement_ms_max=statement_ms_max)
    return Pool(opener_of(dialect_of(url).name, parsed_url(url), load), load.connections_max)


async def postgres_counts(url: str) -> tuple[Count, Count, Callable[[], Awaitable[Any]]]:
    connection = await asyncpg.connect(url)
    others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"

    async def connections() -> int:
        return int(await connection.fetchval(f"SELECT count(*) {others}"))

    async def running() -> int:
        return int(await connection.fetchval(f"SELECT count(*) {others} AND state = 'active' AND query LIKE '{MARK}%'"))

    return connections, running, connection.close


async def mariadb_counts(url: str) -> tuple[Count, Count, Callable[[], Awaitable[Any]]]:
    target = make_url(url)
    connection = await asyncmy.connect(
        host=target.host, port=target.port or 3306, user=target.username, password=target.password or "",
        db=target.database, autocommit=True,
    )  # fmt: skip
    others = "FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()"

    async def count(text: str) -> int:
        async with connection.cursor() as cursor:
            await cursor.execute(text)
            return int((await cursor.fetchall())[0][0])

    async def connections() -> int:
        return await count(f"SELECT COUNT(*) {others}")

    async def running() -> int:
        return await count(f"SELECT COUNT(*) {others} AND command <> 'Sleep' AND info LIKE '%SLEEP(30)%'")

    return connections, running, connection.ensure_closed


@pytest.fixture(params=["postgresql", "mariadb"])
def url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue("postgres_url" if request.param == "postgresql" else "mariadb_url"))


@pytest.fixture
async def watched(url: str) -> AsyncIterator[Watched]:
    dialect = dialect_of(url).name
    counts = postgres_counts if dialect == "postgresql" else mariadb_counts
    connections, running, close = await counts(url)
    pool = pool_of(url)
    async with asyncio.timeout(5):
        # A server has those of the last test for a moment after they were closed.
        while await connections():  # noqa: ASYNC110  # another process has no event to wait for
            await asyncio.sleep(0.01)
    try:
        yield Watched(pool, SLEEPS[dialect], connections, running)
    finally:
        await pool.close()
        await close()


async def test_fifty_abandoned_reads_leave_nothing_running(watched: Watched) -> None:
    seen: list[int] = []

    async def abandoned() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await watched.pool.fetch(watched.sleep, ())

    over = asyncio.Event()

    async def watch() -> None:
        while not over.is_set():
            seen.append(await watched.connections())
            await asyncio.sleep(0.01)

    watching = asyncio.create_task(watch())
    for _ in range(10):
        await asyncio.gather(*(abandoned() for _ in range(5)))
    # Nobody waits for those whose statement the server still has to stop.
    await asyncio.sleep(2)
    over.set()
    await watching
    assert 1 <= max(seen) <= CONNECTIONS_MAX
    assert await watched.running() == 0
    assert await watched.pool.fetch("SELECT 1", ()) in ([(1,)], [[1]], ((1,),))


async def test_where_there_is_room_the_server_is_told_at_once(url: str, watched: Watched) -> None:
    """Its own limit is not what ends the statement: that is half a minute away."""
    pool = pool_of(url, statement_ms_max=30_000)
    try:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await pool.fetch(watched.sleep, ())
        async with asyncio.timeout(5):
            while await watched.running():  # noqa: ASYNC110  # another process has no event to wait for
                await asyncio.sleep(0.01)
    finally:
        async with asyncio.timeout(5):
            await pool.close()


async def test_statements_share_the_sessions_that_there_may_be(watched: Watched) -> None:
    rows = await asyncio.gather(*(watched.pool.fetch("SELECT 1", ()) for _ in range(40)))
    assert [tuple(row) for (row,) in rows] == [(1,)] * 40
    assert await watched.connections() == CONNECTIONS_MAX


async def test_a_look_at_the_tables_takes_the_room_of_a_session(watched: Watched) -> None:
    await asyncio.gather(*(watched.pool.fetch("SELECT 1", ()) for _ in range(10)))
    async with watched.pool.room(), asyncio.timeout(5):
        while await watched.connections() != CONNECTIONS_MAX - 1:  # noqa: ASYNC110  # as above
            await asyncio.sleep(0.01)


async def test_a_session_that_was_lost_while_it_was_idle_is_replaced(watched: Watched) -> None:
    await asyncio.gather(*(watched.pool.fetch("SELECT 1", ()) for _ in range(10)))
    for idle in list(watched.pool._idle):
        idle.session.connection._transport.abort()  # type: ignore[attr-defined]  # both drivers have one
    assert [tuple(row) for row in await watched.pool.fetch("SELECT 1", ())] == [(1,)]


async def test_a_session_grows_only_so_old(watched: Watched) -> None:
    now_s = 0.0
    watched.pool.clock = lambda: now_s
    await watched.pool.fetch("SELECT 1", ())
    (first,) = watched.pool._idle
    await watched.pool.fetch("SELECT 1", ())
    assert watched.pool._idle[0] is first
    now_s = SESSION_S_MAX
    await watched.pool.fetch("SELECT 1", ())
    assert [idle.session for idle in watched.pool._idle] != [first.session]


async def test_a_statement_that_fails_keeps_its_session(watched: Watched) -> None:
    await watched.pool.fetch("SELECT 1", ())
    (before,) = watched.pool._idle
    with pytest.raises((asyncpg.PostgresError, asyncmy.errors.Error)):
        await watched.pool.fetch("SELECT nothing FROM nowhere", ())
    assert list(watched.pool._idle) == [before]
