"""Reading: how much is read of a database, on each engine, and what is never read or written."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from onboarding.drafting import reading
from onboarding.drafting.links import links_of
from onboarding.drafting.reading import Limits, Reader
from onboarding.drafting.tables import LegacyTable, SampledTable, SqlType
from tests.onboarding.drafting.estates import Estate, write

ROWS = 400
DDL = (
    "CREATE TABLE m_jenis (kd_jenis varchar(10) PRIMARY KEY, nm_jenis varchar(40))",
    """CREATE TABLE surat (
        id integer PRIMARY KEY, kd_jenis varchar(10), no_surat varchar(20), isi text, jumlah integer, kosong text)""",
    "CREATE TABLE log_surat (tahun integer, nomor integer, catatan varchar(40), PRIMARY KEY (tahun, nomor))",
)


def estate() -> Estate:
    rows: dict[str, list[dict[str, object]]] = {
        "m_jenis": [{"kd_jenis": f"J{at}", "nm_jenis": f"Jenis {at}"} for at in range(5)],
        "surat": [
            {"id": at, "kd_jenis": f"J{at % 5}", "no_surat": f"S-{at:04}", "isi": "panjang " * 600, "jumlah": at % 7,
             "kosong": None}
            for at in range(1, ROWS + 1)
        ],
        "log_surat": [{"tahun": 2000 + at // 100, "nomor": at % 100, "catatan": "dibaca"} for at in range(300)],
    }  # fmt: skip
    return Estate("surat", "complaints", "diskominfo", DDL, rows, {}, ())


async def sampled(url: str, limits: Limits) -> tuple[list[LegacyTable], dict[str, SampledTable], Reader]:
    reader = Reader(url, limits)
    try:
        tables = await reader.tables()
        return tables, await reader.samples(tables, lambda *_: None), reader
    finally:
        await reader.close()


@pytest.fixture
def written(database_url: str) -> str:
    write(estate(), database_url)
    return database_url


def test_a_sample_has_both_ends_of_a_table_and_no_more_rows_than_allowed(written: str) -> None:
    tables, samples, _ = asyncio.run(sampled(written, Limits(rows_max=100)))
    assert [table.name for table in tables] == ["log_surat", "m_jenis", "surat"]
    surat = samples["surat"]
    assert (surat.rows, surat.whole) == (100, False)
    assert list(surat.columns["id"].values) == [*range(1, 51), *range(ROWS - 49, ROWS + 1)]
    assert {len(str(text)) for text in surat.columns["isi"].values} == {reading.TEXT_CHARS_MAX}
    assert surat.columns["isi"].kind is SqlType.TEXT
    assert surat.columns["kosong"].filled == 0
    assert samples["m_jenis"].whole
    assert samples["m_jenis"].rows == 5
    # Without a key of one column nobody knows which end is which.
    assert (samples["log_surat"].rows, samples["log_surat"].table.key) == (100, ("tahun", "nomor"))


def test_a_table_that_is_read_whole_is_said_to_be(written: str) -> None:
    _, samples, _ = asyncio.run(sampled(written, Limits(rows_max=1_000)))
    assert (samples["surat"].rows, samples["surat"].whole) == (ROWS, True)
    assert samples["surat"].unique == {"id": "the primary key", "no_surat": "unique in all rows"}


def test_wide_rows_are_fewer(written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "TABLE_BYTES_MAX", 150_000)
    _, samples, _ = asyncio.run(sampled(written, Limits(rows_max=1_000)))
    assert samples["surat"].rows == pytest.approx(150_000 / 2_020, abs=5)
    assert samples["m_jenis"].rows == 5


def test_tables_and_time_are_bounded(written: str) -> None:
    _, samples, reader = asyncio.run(sampled(written, Limits(tables_max=1)))
    assert (list(samples), reader.skipped) == (["log_surat"], ["m_jenis", "surat"])
    _, samples, reader = asyncio.run(sampled(written, Limits(seconds_max=-1.0)))
    assert (samples, reader.skipped) == ({}, ["log_surat", "m_jenis", "surat"])


def test_every_statement_says_whose_it_is_and_none_can_write(written: str) -> None:
    heard: list[str] = []

    async def run() -> None:
        reader = Reader(written)
        sa.event.listen(
            reader._engine.sync_engine, "after_cursor_execute", lambda _c, _k, statement, *_: heard.append(statement)
        )
        try:
            tables = await reader.tables()
            await reader.samples(tables, lambda *_: None)
            async with reader._engine.connect() as connection:
                with pytest.raises(DBAPIError):
                    await connection.exec_driver_sql("DELETE FROM surat")
        finally:
            await reader.close()

    asyncio.run(run())
    assert len(heard) > 5
    assert {text[:25] for text in heard if not text.startswith((reading.COMMENT, "PRAGMA"))} == set()
    assert not any("DELETE" in text for text in heard)


def test_a_link_is_seen_in_values_by_one_bounded_question(written: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    async def run() -> list[Any]:
        reader = Reader(written, Limits(rows_max=60))
        try:
            samples = await reader.samples(await reader.tables(), lambda *_: None)
            whole = samples["m_jenis"]
            samples["m_jenis"] = SampledTable(whole.table, whole.columns, whole.rows, False, whole.unique)

            async def contained(values: Sequence[object], table: LegacyTable, key: str) -> int | None:
                asked.append(len(values))
                return await reader.contained(values, table, key)

            return await links_of(samples, contained)
        finally:
            await reader.close()

    links = asyncio.run(run())
    assert [(link.table, link.column, link.target, link.key, link.declared) for link in links] == [
        ("surat", "kd_jenis", "m_jenis", "kd_jenis", False)
    ]
    assert links[0].words == "5 of 5 different values are keys of m_jenis"
    assert asked == [5]
