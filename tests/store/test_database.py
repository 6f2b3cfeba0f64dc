"""The door to the hub's database: URLs, pragmas, transactions, moments."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, select
from sqlalchemy.exc import IntegrityError, StatementError
from sqlalchemy.exc import TimeoutError as PoolTimeout

import store.database.engine
from models.tables import findings
from store.database.engine import HubDatabase, normalized_url
from store.database.errors import BadDatabaseUrl
from store.database.migrate import head

SOON_S = 5.0
JAKARTA = timezone(timedelta(hours=7))


@pytest.mark.parametrize(
    ("written", "understood"),
    [
        ("sqlite:///var/hub.db", "sqlite+aiosqlite:///var/hub.db"),
        ("sqlite:////srv/hub.db", "sqlite+aiosqlite:////srv/hub.db"),
        ("sqlite+aiosqlite:///hub.db", "sqlite+aiosqlite:///hub.db"),
        ("postgres://hub:s3cret@db:5433/hub", "postgresql+asyncpg://hub:s3cret@db:5433/hub"),
        ("postgresql://db/hub", "postgresql+asyncpg://db/hub"),
        ("postgresql+asyncpg://db/hub", "postgresql+asyncpg://db/hub"),
        ("postgresql://db/hub?sslmode=require", "postgresql+asyncpg://db/hub?ssl=require"),
        ("postgresql:///hub?host=/run/postgresql", "postgresql+asyncpg:///hub?host=/run/postgresql"),
    ],
)
def test_a_url_is_understood(written: str, understood: str) -> None:
    assert normalized_url(written).render_as_string(hide_password=False).replace("%2F", "/") == understood


@pytest.mark.parametrize(
    "written",
    [
        "",
        "hub.db",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///file:hub?mode=memory&uri=true",
        "mysql://hub:s3cret@db/hub",
        "postgresql+psycopg://hub:s3cret@db/hub",
        "postgresql://hub:s3cret@db",
        "postgresql://hub:s3cret@db:port/hub",
    ],
)
def test_another_url_is_refused_without_repeating_it(written: str) -> None:
    with pytest.raises(BadDatabaseUrl, match=r"Write it like sqlite:///var/hub\.db or postgresql://") as refused:
        normalized_url(written)
    assert "s3cret" not in str(refused.value)
    assert refused.value.__cause__ is None


async def test_sqlite_waits_keeps_a_write_ahead_log_and_checks_foreign_keys(tmp_path: Path) -> None:
    database = HubDatabase(f"sqlite:///{tmp_path / 'hub.db'}")
    async with database.reading() as connection:
        values = [
            (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "busy_timeout", "foreign_keys", "synchronous")
        ]
    await database.close()
    assert values == ["wal", 5000, 1, 2]


async def test_postgres_limits_statements_and_locks(postgres_url: str) -> None:
    database = HubDatabase(postgres_url)
    async with database.reading() as connection:
        values = [
            (await connection.exec_driver_sql(f"SHOW {name}")).scalar()
            for name in ("application_name", "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout")
        ]
    await database.close()
    assert values == ["simpul", "10s", "5s", "10s"]


async def test_the_pool_is_bounded(hub_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store.database.engine, "POOL_WAIT_S_MAX", 0.05)
    database = HubDatabase(hub_url, connections_max=1)
    async with database.reading():
        with pytest.raises(PoolTimeout):
            async with database.reading():
                pass
    await database.close()


FIRST = datetime(2026, 3, 1, 8, 30, 0, 123456, tzinfo=UTC)


def row(count: int, first: datetime = FIRST, last: datetime = FIRST) -> dict[str, object]:
    return {
        "source": "complaints",
        "record": "complaints",
        "field": "status",
        "kind": "UNKNOWN_CODE",
        "count": count,
        "first_seen_at": first,
        "last_seen_at": last,
    }


async def rows_of(database: HubDatabase) -> list[tuple[int, datetime, datetime]]:
    async with database.reading() as connection:
        rows = await connection.execute(select(findings.c["count"], findings.c.first_seen_at, findings.c.last_seen_at))
        return [(count, first, last) for count, first, last in rows]


async def test_a_moment_comes_back_in_utc(database: HubDatabase) -> None:
    local = datetime(2026, 3, 1, 6, 0, tzinfo=JAKARTA)
    async with database.writing() as connection:
        await connection.execute(findings.insert().values(row(1, first=local)))
    [(_, first, last)] = await rows_of(database)
    assert (first.isoformat(), last.isoformat()) == ("2026-02-28T23:00:00+00:00", "2026-03-01T08:30:00.123456+00:00")


async def test_a_naive_moment_is_refused(database: HubDatabase) -> None:
    with pytest.raises(StatementError, match="pass an aware datetime"):
        async with database.writing() as connection:
            await connection.execute(findings.insert().values(row(1, first=datetime(2026, 3, 1))))  # noqa: DTZ001
    assert await rows_of(database) == []


async def test_a_block_that_raises_leaves_nothing(database: HubDatabase) -> None:
    async def write_twice() -> None:
        async with database.writing() as connection:
            await connection.execute(findings.insert().values(row(1)))
            await connection.execute(findings.insert().values(row(2)))

    with pytest.raises(IntegrityError):
        await write_twice()
    assert await rows_of(database) == []


async def test_an_error_shows_no_parameter(database: HubDatabase) -> None:
    with pytest.raises(IntegrityError) as refused:
        async with database.writing() as connection:
            await connection.execute(findings.insert().values(row(-77123)))
    # PostgreSQL repeats the failing row in its own detail, which nobody logs; SQLAlchemy adds no parameters to it.
    assert "[parameters:" not in str(refused.value)
    assert await rows_of(database) == []


async def test_who_reads_first_and_writes_then_waits_for_the_other(database: HubDatabase) -> None:
    async with database.writing() as connection:
        await connection.execute(findings.insert().values(row(1)))

    async def count_up() -> None:
        async with database.writing() as connection:
            statement = select(findings.c["count"]).with_for_update()
            count = (await connection.execute(statement)).scalar_one()
            await connection.execute(findings.update().values(count=count + 1))

    await asyncio.gather(*(count_up() for _ in range(20)))
    assert await rows_of(database) == [(21, FIRST, FIRST)]


async def test_the_revision(migrated_url: str) -> None:
    database = HubDatabase(migrated_url)
    assert await database.revision() == head()
    await database.close()


def test_a_database_without_tables_has_no_revision_and_looking_creates_no_file(hub_url: str, tmp_path: Path) -> None:
    async def look() -> str | None:
        database = HubDatabase(hub_url)
        try:
            return await database.revision()
        finally:
            await database.close()

    assert asyncio.run(look()) is None
    assert list(tmp_path.iterdir()) == []


async def test_who_leaves_while_a_connection_is_opened_takes_none_along(tmp_path: Path) -> None:
    database = HubDatabase(f"sqlite:///{tmp_path / 'hub.db'}")
    is_out, may_go_on = asyncio.Event(), asyncio.Event()

    def hold(connection: Connection) -> None:
        """It is out of the pool, and not with who asked yet."""
        is_out.set()
        connection.connection.dbapi_connection.run_async(lambda _: may_go_on.wait())  # type: ignore[union-attr]  # aiosqlite's

    event.listen(database.engine.sync_engine, "engine_connect", hold)

    async def read() -> None:
        async with database.reading():
            raise AssertionError

    reader = asyncio.create_task(read())
    await is_out.wait()
    reader.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reader
    may_go_on.set()
    async with asyncio.timeout(SOON_S):
        while database.engine.pool.checkedout():  # type: ignore[attr-defined]  # noqa: ASYNC110  # the pool tells nobody
            await asyncio.sleep(0)
    await database.close()
