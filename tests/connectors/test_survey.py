"""The survey shows every source at a glance, and one that is away or hangs delays no other."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Mapping as Dictionary
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors.catalog import Catalog
from connectors.departments import PACKAGE
from connectors.departments.complaints import CATEGORIES, COMPLAINTS
from connectors.departments.jobs import JOB_POSTINGS
from connectors.guard.guard import Guard
from connectors.load import LoadContract
from connectors.protocol import Capabilities, Connector
from connectors.sources import Source
from connectors.sql.capabilities import probed
from connectors.sql.connector import SqlConnector
from connectors.sql.dialects import DIALECTS
from onboarding.survey import RecordSurvey, SourceSurvey, described, lines_of, survey
from tests.small_city import small_city

NAMES = tuple(source.name for source in PACKAGE.sources if source.kind is None)


class Hanging(SqlConnector):
    """A source that takes connections and never answers."""

    async def probe(self) -> Capabilities:
        await asyncio.Event().wait()
        return self.capabilities


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small")
    small_city(folder)
    return folder


def surveyed(connectors: Dictionary[str, Connector], budget_s: float = 8.0) -> dict[str, SourceSurvey]:
    async def run() -> list[SourceSurvey]:
        catalog = Catalog(PACKAGE, connectors)
        try:
            return await survey(PACKAGE, catalog, Guard(lambda *_: None), budget_s)
        finally:
            await catalog.close()

    return {found.source.name: found for found in asyncio.run(run())}


def asked(folder: Path, source: str, query: str) -> object:
    with closing(sqlite3.connect(folder / f"{source}.db")) as connection:
        return connection.execute(query).fetchone()[0]


def connector(folder: Path, name: str) -> SqlConnector:
    return SqlConnector(f"sqlite:///{(folder / f'{name}.db').as_posix()}", LoadContract(statement_ms_max=5_000))


def test_each_source_at_a_glance(small: Path) -> None:
    found = surveyed({name: connector(small, name) for name in NAMES})
    assert set(NAMES) <= set(found)
    assert not any(each.failure or record.failure for each in found.values() for record in each.records)
    rows = {record.record: record.rows for each in found.values() for record in each.records}
    alive = asked(small, "complaints", "SELECT count(*) FROM tbl_pengaduan WHERE hapus = 'T'")
    assert (rows["areas"], rows["complaints"], rows["complaint_categories"]) == (118, alive, 16)
    lines = [line for each in found.values() for line in lines_of(each)]
    assert max(map(len, lines)) <= 80
    assert "complaints - reached" in lines
    assert "  LAKSA, Dinas Komunikasi dan Informatika" in lines
    assert "  at most 4 connections, 700 ms a statement" in lines
    assert "  complaints                3,911 rows where hapus = T, fresh for 1 minute" in lines


def test_the_oldest_part_says_how_old_a_sum_is(small: Path) -> None:
    found = surveyed({"hospitals": connector(small, "hospitals")})["hospitals"]
    beds = next(record for record in found.records if record.record == "bed_availability")
    oldest = asked(
        small,
        "hospitals",
        "SELECT min(m) FROM (SELECT min(CASE WHEN tgl_update LIKE '____-__-__ __:__:__' THEN tgl_update ELSE '' END) m"
        " FROM kamar JOIN bangsal USING (kd_bangsal) WHERE statusdata = '1' GROUP BY kd_rs, lower(trim(kelas)))"
        " WHERE m > '0001'",
    )
    assert beds.oldest is not None
    assert f"{beds.oldest:%Y-%m-%d %H:%M:%S}" == oldest
    assert (beds.ages, beds.ages_unknown, beds.ages_stopped) == (True, 16, False)


def test_a_source_that_hangs_or_is_away_stops_no_other(small: Path, tmp_path: Path) -> None:
    connectors = {
        "areas": connector(small, "areas"),
        "complaints": Hanging(f"sqlite:///{tmp_path}/x.db", LoadContract()),
        "hospitals": connector(tmp_path, "hospitals"),
    }
    found = surveyed(connectors, budget_s=0.5)
    assert found["areas"].records[0].rows == 118
    assert lines_of(found["complaints"])[0] == "complaints - no answer in time"
    assert lines_of(found["hospitals"])[0] == "hospitals - cannot be reached (FileNotFoundError)"
    assert lines_of(found["news"])[0] == "news - not connected: set HUB_SOURCE_NEWS_URL"
    assert [record.rows for record in found["complaints"].records] == [None, None, None, None]


@pytest.mark.parametrize(
    ("dialect", "version", "server"),
    [
        ("mariadb", "5.5.5-10.11.6-MariaDB-1:log", "mariadb 10.11.6"),
        ("mariadb", "11.8.9-MariaDB", "mariadb 11.8.9"),
        ("postgresql", "15.20 (Debian 15.20-0)", "postgresql 15.20"),
    ],
)
def test_a_server_is_named_by_its_own_version(dialect: str, version: str, server: str) -> None:
    assert probed(DIALECTS[dialect], version).server == server


def test_conditions_in_words() -> None:
    assert described(COMPLAINTS) == "hapus = T"
    assert described(CATEGORIES) == "kd_kategori is one of 16 values"
    assert described(JOB_POSTINGS) == "verifikasi = 1 and deleted_at is null"


def test_a_record_in_words() -> None:
    oldest = datetime(2026, 1, 2, 3, 4, tzinfo=UTC)
    records = [
        RecordSurvey("a", "", timedelta(hours=36), rows=1, ages=True, oldest=oldest, ages_unknown=2, ages_stopped=True),
        RecordSurvey("longer", "", None, failure="refused (42P01)"),
        RecordSurvey("b", "x is null", timedelta(seconds=90), rows=1_234, ages=True),
    ]
    found = SourceSurvey(Source("s", "d", "S", LoadContract(1, 50)), "D", connected=True, records=records)
    assert lines_of(found) == [
        "s - reached",
        "  S, D",
        "  at most 1 connection, 50 ms a statement",
        "  a       1 row, fresh for 36 hours, oldest 2026-01-02 03:04 +0000, 2 of unknown",
        "          age, ages of the first 5,000 rows",
        "  longer  refused (42P01), freshness not stated",
        "  b       1,234 rows where x is null, fresh for 90 seconds, age unknown",
    ]
