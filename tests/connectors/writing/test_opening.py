"""Which sources have a writer, and that it keeps to what was agreed: connections, pace, quiet hours, the breaker."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from city_sources import catalog_of, writers_of
from connectors.catalog import Catalog
from connectors.departments import PACKAGE
from connectors.guard.breaker import FAILURES_IN_A_ROW, Outcome
from connectors.guard.guard import Guard
from connectors.http.access import HttpAccess
from connectors.load import LoadContract, QuietHours
from connectors.opening import SourceAddress
from connectors.protocol import SourceTimeout, SourceUnreachable
from connectors.sources import CityPackage
from connectors.sql.connector import SqlConnector
from connectors.writing.opening import WriterOpener
from connectors.writing.protocol import Writer, Written
from connectors.writing.sql import SqlWriter
from models.sources.findings import Finding
from settings import SettingsError, settings_of
from tests.connectors.writing.desks import Desk, Lease, reported

pytestmark = pytest.mark.anyio

SECRET = {"HUB_PROFILE": "prod", "HUB_SECRET": "s3cret-" * 5}


def _note(_finding: Finding) -> None:
    """Nothing is loaded."""


def _guard(now: datetime | None = None) -> Guard:
    return Guard(lambda *_: None, **({"now": lambda: now} if now is not None else {}))  # type: ignore[arg-type]  # a moment


async def writable(**environ: str) -> dict[str, Writer]:
    """The writers of a hub with these settings, by source."""
    configured = settings_of(environ)
    catalog = catalog_of(configured, PACKAGE, _note)
    try:
        return writers_of(configured, PACKAGE, catalog, _guard())
    finally:
        await catalog.close()


async def refused(**environ: str) -> str:
    with pytest.raises(SettingsError) as refusal:
        await writable(**environ)
    return str(refusal.value)


async def test_the_sample_city_is_written_to_out_of_the_box_and_no_other() -> None:
    assert set(await writable()) == {"complaints", "jobs", "licenses"}
    assert set(await writable(HUB_SOURCE_COMPLAINTS_URL="postgresql://db/laksa")) == {"jobs", "licenses"}
    assert await writable(**SECRET, HUB_SOURCE_COMPLAINTS_URL="postgresql://db/laksa") == {}


async def test_a_credential_makes_a_writer() -> None:
    url = {"HUB_SOURCE_COMPLAINTS_URL": "postgresql://db/laksa"}
    assert set(await writable(**SECRET, **url, HUB_SOURCE_COMPLAINTS_WRITER="writer:pass")) == {"complaints"}


async def test_a_credential_for_what_is_not_written_to() -> None:
    assert await refused(**SECRET, HUB_SOURCE_AREAS_URL="sqlite:///a.db", HUB_SOURCE_AREAS_WRITER="hidden") == (
        "HUB_SOURCE_AREAS_WRITER: the city writes to these sources only: complaints, jobs, licenses."
    )
    assert await refused(**SECRET, HUB_SOURCE_COMPLAINTS_WRITER="hidden") == (
        "HUB_SOURCE_COMPLAINTS_WRITER is set, but HUB_SOURCE_COMPLAINTS_URL is not."
    )
    assert (await refused(**SECRET, HUB_SOURCE_NOTHING_WRITER="hidden")).startswith("HUB_SOURCE_NOTHING_...: the city")


async def test_a_kind_of_database_that_is_not_written_to() -> None:
    url = {"HUB_SOURCE_COMPLAINTS_URL": "mssql://db/laksa", "HUB_SOURCE_COMPLAINTS_CREDENTIAL": "reader:hidden"}
    try:
        sentence = await refused(**SECRET, **url, HUB_SOURCE_COMPLAINTS_WRITER="writer:hidden")
    except BaseException as absent:  # the driver may not be installed
        if "not installed" in str(absent):
            pytest.skip(str(absent))
        raise
    assert "HUB_SOURCE_COMPLAINTS_WRITER: The hub writes to databases of these kinds only" in sentence or (
        "not installed" in sentence
    )


@asynccontextmanager
async def _hub(desk: Desk, load: LoadContract, guard: Guard) -> AsyncIterator[tuple[Writer, SqlConnector]]:
    """The writer of complaints as a hub makes it, beside the connector that reads."""
    source = replace(PACKAGE.source("complaints"), load=load)
    others = tuple(one for one in PACKAGE.sources if one.name != source.name)
    package: CityPackage = replace(PACKAGE, sources=(source, *others))
    connector = SqlConnector(desk.url, load)
    catalog = Catalog(package, {source.name: connector})
    try:
        opener = WriterOpener(package, catalog, guard, HttpAccess())
        yield opener.writers({source.name: SourceAddress(desk.url)})[source.name], connector
    finally:
        await catalog.close()


async def test_a_writer_waits_for_a_connection_of_the_contract(desk: Desk) -> None:
    async with _hub(desk, LoadContract(connections_max=1, statement_ms_max=3_000), _guard()) as (writer, connector):
        async with connector.room():
            delivering = asyncio.ensure_future(writer.deliver(Lease("one", reported()).taken()))
            for _ in range(10):
                await asyncio.sleep(0)
            assert connector.connections.waiting == 1
            assert await desk.count("tbl_pengaduan") == 2
        assert await delivering == Written("3")
        assert connector.connections.taken == 0


async def test_a_wait_that_takes_too_long_is_given_up(desk: Desk) -> None:
    async with _hub(desk, LoadContract(connections_max=1), _guard()) as (writer, connector), connector.room():
        assert isinstance(writer, SqlWriter)
        writer.attempt_s_max = 0.01
        with pytest.raises(SourceTimeout):
            await writer.deliver(Lease("one", reported()).taken())
    assert await desk.count("tbl_pengaduan") == 2


async def test_each_statement_is_one_of_the_pace(desk: Desk) -> None:
    """At two statements a second the first two are free: begin and the look, but not the INSERT and the COMMIT."""
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    load = LoadContract(statement_ms_max=3_000, statements_per_second_max=2)
    async with _hub(desk, load, _guard()) as (writer, connector):
        connector.connections._pace.sleep = sleep  # no test waits
        await writer.deliver(Lease("one", reported()).taken())
    assert len(slept) >= 2


async def test_a_source_that_has_failed_or_rests_is_left_alone(desk: Desk) -> None:
    guard = _guard()
    async with _hub(desk, LoadContract(), guard) as (writer, _):
        bulkhead = guard._bulkhead(PACKAGE.source("complaints"), is_local=False)  # as a failed call makes it
        for _ in range(FAILURES_IN_A_ROW):
            bulkhead.breaker.record(Outcome.FAILED, "")
        with pytest.raises(SourceUnreachable, match="not well yet"):
            await writer.deliver(Lease("one", reported()).taken())
    quiet = LoadContract(quiet_hours=(QuietHours(time(1), time(3)),))
    async with _hub(desk, quiet, _guard(datetime(2026, 11, 20, 2, tzinfo=UTC))) as (writer, _):
        with pytest.raises(SourceUnreachable, match="quiet hours"):
            await writer.deliver(Lease("one", reported()).taken())
    assert await desk.count("tbl_pengaduan") == 2


async def test_trouble_on_purpose_is_trouble_for_writing_too(tmp_path: Path) -> None:
    absent = f"sqlite:///{(tmp_path / 'absent.db').as_posix()}"
    assert make_url(absent).database
    made = await writable(
        HUB_SOURCE_COMPLAINTS_URL=absent, HUB_SOURCE_COMPLAINTS_WRITER="any", HUB_MOCK="complaints: down"
    )
    with pytest.raises(SourceUnreachable, match="mocked: down"):
        await made["complaints"].deliver(Lease("one", reported()).taken())
