"""What else befalls a source: it is slow, locked, down at the start, endless, or its connections fell silent.

Where the other faults that concern reads are held:

| fault | held by |
|---|---|
| refuses, resets, hangs, trickles, garbage, half a message | test_departments.py; HTTP: here, http/test_client.py |
| one probe at half-open, a growing pause, flapping | connectors/test_breaker.py, test_guard.py, test_soak.py |
| more calls than connections, a bounded queue, retries | connectors/test_guard.py |
| abandoned statements end at the server | connectors/sql/test_pool.py |
| wrong encoding, impossible dates, unknown codes | graph/test_six_departments.py (TRAPS), sql/test_drift.py |
| a column that is gone or retyped, and heals | sql/test_drift.py, resolvers/test_records.py, api/test_health.py |
| files and feeds that are broken: the last good load stays | connectors/test_replica.py, files/, feeds/ |
| clients that leave or linger | api/test_disconnects.py, api/test_server.py |
| overload | api/test_admission.py |
| SIGTERM under load | test_stopping.py |
"""

from __future__ import annotations

import asyncio
import resource
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import asyncmy
import asyncpg
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from connectors.criteria import Order
from connectors.decoders import number_key, text
from connectors.http.client import HttpClient, HttpLimits
from connectors.load import LoadContract
from connectors.mapping import Mapping, column
from connectors.protocol import SourceFailure, SourceTimeout
from connectors.sql.connector import SqlConnector
from connectors.sql.engines import dialect_of, parsed_url
from connectors.sql.pool import SESSION_S_MAX, Pool
from connectors.sql.sessions.opening import opener_of
from models.predicates import Compare, Operator
from models.records import Record, field
from tests.api.hub import running
from tests.connectors.reading import read
from tests.connectors.web import LOOPBACK
from tests.faults.city import SixDepartments, environment
from tests.faults.proxy import FAULTS, HOST, Mode, Proxy, all_proxied, heal, proxied, through
from tests.faults.question import BUDGET_MS, SIX
from tests.faults.test_departments import HEALED_S_MAX, OVER_BUDGET_MS_MAX, is_degraded
from tests.graph.harness import Urls, scribe_of

SOON_S = 10.0
CONNECTIONS_MAX = 4


@pytest.fixture(params=["postgresql", "mariadb"])
def url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue("postgres_url" if request.param == "postgresql" else "mariadb_url"))


# --- Connections that fell silent -------------------------------------------------------------------------------------


async def test_sessions_that_fell_silent_take_no_room_with_them(url: str) -> None:
    """All of its four connections: whoever stops a statement must not wait for ever in the same hole."""
    load = LoadContract(connections_max=CONNECTIONS_MAX)
    async with proxied(url) as proxy:
        pool = Pool(opener_of(dialect_of(url).name, parsed_url(through(url, proxy)), load), CONNECTIONS_MAX)
        await asyncio.gather(*(pool.fetch("SELECT 1", ()) for _ in range(4 * CONNECTIONS_MAX)))
        assert proxy.open == CONNECTIONS_MAX
        await proxy.switch(Mode.BLACK_HOLE)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await pool.fetch("SELECT 1", ())
        # Whoever stops that statement is at it, on another connection that is silent too.
        await asyncio.sleep(0.05)
        await proxy.switch(Mode.PASS)
        async with asyncio.timeout(SOON_S):
            # As a probe does: what was idle is as silent as the one that was used.
            pool.forget_idle()
            await pool.fetch("SELECT 1", ())
            await asyncio.gather(*(pool.fetch("SELECT 1", ()) for _ in range(4 * CONNECTIONS_MAX)))
            await pool.close()
        assert pool.connections.taken == 0


async def test_who_leaves_while_an_old_session_is_closed_takes_no_room_along(url: str) -> None:
    now_s = 0.0
    async with proxied(url) as proxy:
        opener = opener_of(dialect_of(url).name, parsed_url(through(url, proxy)), LoadContract(connections_max=1))
        pool = Pool(opener, 1, clock=lambda: now_s)
        await pool.fetch("SELECT 1", ())
        now_s = SESSION_S_MAX
        await proxy.switch(Mode.BLACK_HOLE)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await pool.fetch("SELECT 1", ())
        await proxy.switch(Mode.PASS)
        async with asyncio.timeout(SOON_S):
            await pool.fetch("SELECT 1", ())
            await pool.close()


async def test_who_says_nothing_more_gets_no_connection_more_by_which_a_statement_would_be_stopped(
    mariadb_url: str,
) -> None:
    """PostgreSQL's driver makes one by itself for each statement that is cancelled."""
    async with proxied(mariadb_url) as proxy:
        load = LoadContract(connections_max=CONNECTIONS_MAX, statement_ms_max=300)
        pool = Pool(opener_of("mariadb", parsed_url(through(mariadb_url, proxy)), load), CONNECTIONS_MAX)
        await pool.fetch("SELECT 1", ())
        await proxy.switch(Mode.BLACK_HOLE)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await pool.fetch("SELECT 1", ())
        async with asyncio.timeout(SOON_S):
            await asyncio.gather(*pool._reaping)
            assert proxy.attempts == 1
            await pool.close()


# --- Ten million rows -------------------------------------------------------------------------------------------------

TEN_MILLION = {
    "postgresql": "SELECT g AS id, 'x' || g AS nama FROM generate_series(1, 10000000) g",
    "mariadb": "SELECT seq AS id, concat('x', seq) AS nama FROM seq_1_to_10000000",
}
GROWTH_KIB_MAX = 32 * 1024


class Thing(Record, name="things"):
    """One of very many."""

    id: str = field("The key", sort=True)
    name: str | None = field("The name", filter=True)


THINGS = Mapping(
    record=Thing,
    source="things",
    selectable=sa.table("sepuluh_juta", sa.column("id", sa.Integer), sa.column("nama", sa.String(10))),
    columns={"id": column("id", decoder=number_key()), "name": column("nama", decoder=text())},
)


@pytest.fixture
async def things(url: str) -> AsyncIterator[SqlConnector]:
    """Ten million rows that take no place."""
    connector = SqlConnector(url, LoadContract(statement_ms_max=300))
    async with scribe_of(url) as scribe:
        await scribe(f"CREATE VIEW sepuluh_juta AS {TEN_MILLION[dialect_of(url).name]}")
        try:
            yield connector
        finally:
            await connector.close()
            await scribe("DROP VIEW sepuluh_juta")


async def test_ten_million_rows_behind_a_filter_end_at_the_source_s_own_limit(things: SqlConnector) -> None:
    before_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    started_s = time.perf_counter()
    with pytest.raises(SourceTimeout):
        await read(
            things, THINGS, ("id", "name"), Compare("name", Operator.CONTAINS, ("y",)), (Order("name"), Order("id"))
        )
    assert time.perf_counter() - started_s < 0.3 * 5
    if things.dialect.name == "mariadb":
        # Its rows lie in the order of the key: of ten million it gives the first hundred.
        rows = await read(things, THINGS, ("id", "name"), rows_max=100)
        assert list(rows.columns["id"]) == list(range(1, 101))
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kib < GROWTH_KIB_MAX


# --- Slow, locked, down at the start ----------------------------------------------------------------------------------


async def test_a_slow_department_takes_its_connections_and_nobody_elses(six: SixDepartments) -> None:
    proxy = six.proxies["hospitals"]
    # Its connections are open: to open one takes several of these latencies, longer than a statement may.
    await asyncio.gather(*(six.ask() for _ in range(CONNECTIONS_MAX)))
    proxy.latency_s = 0.15
    await six.fail(Mode.LATENCY, "hospitals")
    slow = [asyncio.create_task(six.ask()) for _ in range(20)]
    await asyncio.sleep(0.05)
    started_s = time.perf_counter()
    answer = await six.running.ask("{ newsArticles(first: 1) { nodes { headline } } }")
    assert six.in_time((time.perf_counter() - started_s) * 1000, OVER_BUDGET_MS_MAX)
    news = {"nodes": [{"headline": six.truth["news"][0]["headline"]}]}
    assert answer.json()["data"]["newsArticles"] == news or six.starving.is_so
    # A statement that is given up for want of a processor is cancelled over a connection of its driver's own.
    assert proxy.open <= CONNECTIONS_MAX or six.starving.is_so
    told = await asyncio.gather(*slow)
    assert [wrong for one in told for wrong in six.wrongs(one, frozenset({"hospitals"}))] == []
    # Some of the twenty had their turn in time, by four at once.
    assert [one for one in told if not is_degraded(one, "hospitals")] or six.starving.is_so


@asynccontextmanager
async def locked(urls: Urls) -> AsyncIterator[None]:
    """Somebody at each department holds a table: hospitals in PostgreSQL, news in MariaDB."""
    postgres = await asyncpg.connect(urls["hospitals"])
    target = make_url(urls["news"])
    mariadb: Any = await asyncmy.connect(
        host=target.host,
        port=target.port or 3306,
        user=target.username,
        password=target.password or "",
        db=target.database,
    )
    try:
        async with postgres.transaction():
            await postgres.execute("LOCK TABLE m_rumahsakit IN ACCESS EXCLUSIVE MODE")
            async with mariadb.cursor() as cursor:
                await cursor.execute("LOCK TABLES berita WRITE")
                yield
                await cursor.execute("UNLOCK TABLES")
    finally:
        await postgres.close()
        await mariadb.ensure_closed()


async def test_a_table_that_is_locked_keeps_nobody_waiting(six: SixDepartments, urls: Urls) -> None:
    faulty = frozenset({"hospitals", "news"})
    async with locked(urls):
        told = await six.ask()
        assert six.wrongs(told, faulty) == []
        assert {name for name in SIX if is_degraded(told, name)} == faulty or six.starving.is_so
        assert six.in_time(told.took_ms, BUDGET_MS + OVER_BUDGET_MS_MAX)
    async with asyncio.timeout(HEALED_S_MAX):
        while [name for name in faulty if is_degraded(told, name)]:
            told = await six.ask()
    assert six.wrongs(told, frozenset()) == []


async def test_departments_that_are_down_when_the_hub_starts(urls: Urls, folder: Path) -> None:
    async with all_proxied(urls) as proxies:
        for name in ("hospitals", "complaints"):
            await proxies[name].switch(Mode.REFUSE)
        async with running(environment(urls, proxies, folder)) as started:
            ready = await started.client.get("/health/ready")
            states = {name: source["state"] for name, source in ready.json()["sources"].items()}
            assert (ready.status_code, ready.json()["state"]) == (200, "degraded")
            assert states == dict.fromkeys(SIX, "ok") | {"hospitals": "unavailable", "complaints": "unavailable"}
            six = SixDepartments(started, proxies)
            told = await six.ask()
            assert [name for name in SIX if is_degraded(told, name)] == ["complaints", "hospitals"]
            await heal(proxies.values())
            async with asyncio.timeout(HEALED_S_MAX):
                while any(is_degraded(told, name) for name in SIX):
                    told = await six.ask()


# --- Over HTTP --------------------------------------------------------------------------------------------------------


BEDS = b'{"beds": 7}'


@pytest.fixture
async def service() -> AsyncIterator[tuple[Proxy, HttpClient]]:
    """A service behind a proxy, and the hub's client of it, which keeps its connections."""

    answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n" + BEDS

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, HOST, 0)
    async with proxied(f"http://{HOST}:{server.sockets[0].getsockname()[1]}") as proxy:
        # Slowly enough that there is always something to read.
        proxy.trickle_s = 0.05
        limits = HttpLimits(connect_s=0.3, read_s=0.3, total_s=0.6)
        client = HttpClient.of(f"http://{HOST}:{proxy.port}/", LOOPBACK, LoadContract(connections_max=2), limits)
        try:
            yield proxy, client
        finally:
            await client.close()
            server.close()


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.value)
async def test_a_service_that_fails_is_back_with_the_next_question(
    service: tuple[Proxy, HttpClient], fault: Mode
) -> None:
    proxy, client = service
    assert (await client.get(client.url(""), ("application/json",))).body == BEDS
    await proxy.switch(fault)
    started_s = time.perf_counter()
    failures = await asyncio.gather(
        *(client.get(client.url(""), ("application/json",)) for _ in range(4)), return_exceptions=True
    )
    assert time.perf_counter() - started_s < 2 * 0.6 * 5
    assert [failure for failure in failures if not isinstance(failure, SourceFailure)] == []
    await proxy.switch(Mode.PASS)
    answers = await asyncio.gather(*(client.get(client.url(""), ("application/json",)) for _ in range(4)))
    assert [answer.body for answer in answers] == [BEDS] * 4
    assert proxy.open <= 2
