"""Time zones: what a server fills by itself is the right moment, in whichever zone server and writer live."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from connectors.criteria import Criteria, Order
from connectors.decoders import local_datetime, number_key
from connectors.mapping import Mapping, column
from connectors.protocol import Zones
from connectors.sql.connector import SqlConnector
from models.predicates import EVERYTHING
from models.records import Record
from models.records import field as fact
from onboarding.inspection_report import RecordInspection, lines_of
from tests import servers
from tests.connectors.conftest import CALL
from tests.graph.harness import LOAD

JAKARTA = ZoneInfo("Asia/Jakarta")
SECONDS_MAX = 60


class Stamp(Record, name="stamps"):
    id: str = fact("The key")
    filled: datetime | None = fact("What the server fills, without a zone")
    instant: datetime | None = fact("What the server fills, with a zone")


TABLES = {
    "mariadb": "CREATE TABLE cap (id INT PRIMARY KEY, polos DATETIME DEFAULT CURRENT_TIMESTAMP,"
    " saat TIMESTAMP DEFAULT CURRENT_TIMESTAMP)",
    "postgresql": "CREATE TABLE cap (id INT PRIMARY KEY, polos TIMESTAMP(0) DEFAULT CURRENT_TIMESTAMP,"
    " saat TIMESTAMPTZ DEFAULT CURRENT_TIMESTAMP)",
}
_cap = sa.table("cap", sa.column("id", sa.Integer), sa.column("polos", sa.DateTime), sa.column("saat", sa.DateTime))


def texts(engine: str, name: str) -> sa.ColumnElement[str]:
    if engine == "mariadb":
        return sa.func.substr(_cap.c[name], 1, 19, type_=sa.String)
    form: sa.ColumnElement[str] = sa.literal_column("'YYYY-MM-DD HH24:MI:SS'")
    return sa.func.to_char(_cap.c[name], form, type_=sa.String)


def mapping_of(engine: str) -> Mapping:
    written = local_datetime("%Y-%m-%d %H:%M:%S", JAKARTA, stored_in=UTC)
    select = sa.select(_cap.c.id, texts(engine, "polos").label("polos"), texts(engine, "saat").label("saat"))
    return Mapping(
        record=Stamp,
        source="stamps",
        selectable=select.subquery("c"),
        columns={
            "id": column("id", decoder=number_key()),
            "filled": column("polos", decoder=written),
            "instant": column("saat", decoder=written),
        },
    )


@pytest.fixture(params=sorted(TABLES))
def database(request: pytest.FixtureRequest) -> Iterator[tuple[str, str]]:
    """The engine and URL of a database whose server is in UTC, and whose own sessions may be elsewhere."""
    if request.param == "mariadb":
        with servers.mariadb_database(request.getfixturevalue("mariadb_server")) as url:
            yield request.param, url
    else:
        with servers.postgres_database(request.getfixturevalue("postgres_server")) as url:
            yield request.param, url


async def written(engine: str, url: str) -> None:
    """Rows that the server stamps: of a writer in UTC, and of sessions that the database puts elsewhere."""
    driver = {"mariadb": "mysql+asyncmy", "postgresql": "postgresql+asyncpg"}[engine]
    target = create_async_engine(sa.make_url(url).set(drivername=driver), isolation_level="AUTOCOMMIT")
    try:
        async with target.connect() as connection:
            zone = {"mariadb": "SET time_zone = '+00:00'", "postgresql": "SET timezone TO 'UTC'"}[engine]
            for statement in (TABLES[engine], zone, "INSERT INTO cap (id) VALUES (1)"):
                await connection.exec_driver_sql(statement)
            if engine == "postgresql":
                name = sa.make_url(url).database
                await connection.exec_driver_sql(f"ALTER DATABASE \"{name}\" SET timezone TO 'Asia/Jakarta'")
    finally:
        await target.dispose()


async def server_zone(engine: str, url: str) -> str:
    if engine == "mariadb":
        (zone,) = await servers.mariadb_ask(url, "SELECT @@system_time_zone")
    else:
        (zone,) = await servers.postgres_ask(url, "SHOW log_timezone")
    return zone


def test_the_report_says_in_which_zones_moments_are_read() -> None:
    found = RecordInspection("stamps", "stamps", zones=Zones("WIB", ("cap.saat",)))
    found.written_in = {"filled": "UTC", "instant": "UTC", "opened": "Asia/Jakarta"}
    assert lines_of(found)[1:] == [
        "  the zone of the server is WIB",
        "  read as times of UTC: filled, instant",
        "  read as times of Asia/Jakarta: opened",
        "  TIMESTAMP, so it comes in UTC (stored_in=UTC): cap.saat",
    ]


async def test_what_a_server_in_utc_fills_is_the_right_moment(database: tuple[str, str]) -> None:
    engine, url = database
    await written(engine, url)
    connector = SqlConnector(url, LOAD)
    mapping = mapping_of(engine)
    try:
        asked = Criteria("stamps", ("id", "filled", "instant"), EVERYTHING, (Order("id"),), 10)
        rows = await connector.read(mapping, asked, CALL)
        zones = {"mariadb": "SELECT @@session.time_zone", "postgresql": "SHOW TimeZone"}
        ((zone,),) = await connector._pool.fetch(zones[engine], ())
        told = await connector.zones_of(mapping)
    finally:
        await connector.close()
    # What `sources check` reports.
    assert told.instants == ("cap.saat",)
    assert told.server == await server_zone(engine, url)
    assert zone == {"mariadb": "+00:00", "postgresql": "UTC"}[engine]
    now = datetime.now(UTC)
    for name, legacy in (("filled", "polos"), ("instant", "saat")):
        (moment,) = mapping.columns[name].decoder.decode(rows.columns[legacy]).values
        assert isinstance(moment, datetime)
        assert abs(now - moment) < timedelta(seconds=SECONDS_MAX), name
        assert moment.utcoffset() == timedelta(hours=7)
