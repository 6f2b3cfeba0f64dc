"""Renderings: what each engine makes of columns that are no text is what the decoders were tried on."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, time
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from onboarding.drafting.reading import Reader
from onboarding.drafting.renderings import SAMPLED_AS, Rendering, code_for
from onboarding.drafting.tables import SqlType
from tests.onboarding.drafting.estates import Estate, write

ROW: dict[str, object] = {
    "id": 1,
    "hari": date(2019, 12, 31),
    "waktu": datetime(2019, 12, 31, 7, 5, 9),  # noqa: DTZ001  # naive is the point
    "jam": time(7, 5, 9),
    "angka": 1021997,
    "harga": 11000,
    "teks": "2019-12-31 07:05:09.123",
}
DDL = """CREATE TABLE macam (
    id integer PRIMARY KEY, hari date, waktu {moment}, jam time, angka integer, harga {amount}, teks varchar(30))"""
# SQLite has no types of its own for these: it keeps what it is given.
TYPES = {"postgresql": ("timestamp(6)", "numeric(12,2)"), "mysql": ("datetime(6)", "numeric(12,2)"), "sqlite": ("", "")}
EXPECTED = {
    ("hari", Rendering.DAY): "2019-12-31",
    ("waktu", Rendering.DAY): "2019-12-31",
    ("waktu", Rendering.MOMENT): "2019-12-31 07:05:09",
    ("jam", Rendering.CLOCK): "07:05",
    ("angka", Rendering.EIGHT_DIGITS): "01021997",
    ("angka", Rendering.TEXT): "1021997",
    ("harga", Rendering.TEXT): "11000.00",
    ("teks", Rendering.HEAD_5): "2019-",
    ("teks", Rendering.HEAD_10): "2019-12-31",
    ("teks", Rendering.HEAD_19): "2019-12-31 07:05:09",
}
TYPED = {"hari": SqlType.DAY, "waktu": SqlType.MOMENT, "jam": SqlType.CLOCK, "harga": SqlType.EXACT}


async def rendered(reader: Reader, names: dict[str, Any]) -> dict[tuple[str, Rendering], object]:
    columns = {
        (column, rendering): code_for(rendering, reader.dialect, f"macam.c.{column}") for column, rendering in EXPECTED
    }
    made = {place: eval(f"{code[0]}({', '.join(code[1:])})", names) for place, code in columns.items()}
    async with reader._engine.connect() as connection:
        row = (await connection.execute(sa.select(*made.values()))).one()
    return dict(zip(made, row, strict=True))


@pytest.fixture
def url(database_url: str) -> str:
    kind = sa.make_url(database_url).get_backend_name()
    row = {name: value if isinstance(value, int) else str(value) for name, value in ROW.items()}
    moment, amount = TYPES[kind]
    rows: list[dict[str, object]] = [dict(row) if kind == "sqlite" else ROW]
    ddl = DDL.format(moment=moment, amount=amount)
    write(Estate("macam", "complaints", "diskominfo", (ddl,), {"macam": rows}, {}, ()), database_url)
    return database_url


def test_what_is_written_in_a_mapping_is_what_the_source_gives(url: str) -> None:
    async def run() -> dict[tuple[str, Rendering], object]:
        reader = Reader(url)
        try:
            macam = sa.table("macam", *map(sa.column, ROW))
            return await rendered(reader, {"sa": sa, "macam": macam})
        finally:
            await reader.close()

    found = asyncio.run(run())
    typed = {place: value for place, value in EXPECTED.items() if not url.startswith("sqlite") or place[0] not in TYPED}
    assert {place: found[place] for place in typed} == typed


def test_a_sample_is_what_a_mapping_reads(url: str) -> None:
    async def run() -> dict[str, object]:
        reader = Reader(url)
        try:
            (table,) = await reader.tables()
            samples = await reader.samples([table], lambda *_: None)
            return {name: column.values[0] for name, column in samples["macam"].columns.items()}
        finally:
            await reader.close()

    found = asyncio.run(run())
    if url.startswith("sqlite"):
        assert found["hari"] == "2019-12-31"
        return
    assert {name: found[name] for name in TYPED} == {
        name: EXPECTED[name, SAMPLED_AS[kind]] for name, kind in TYPED.items()
    }


@pytest.mark.parametrize("zone", ["Asia/Jakarta", "America/Los_Angeles"])
def test_moments_with_a_zone_are_read_in_utc_whatever_the_session(postgres_url: str, zone: str) -> None:
    code = code_for(Rendering.ZONED, "postgresql", "moment")

    async def run() -> object:
        engine = create_async_engine(sa.make_url(postgres_url).set(drivername="postgresql+asyncpg"))
        try:
            async with engine.connect() as connection:
                await connection.exec_driver_sql(f"SET TIME ZONE '{zone}'")
                moment = sa.cast(sa.literal_column("'2019-12-31 07:00:00+07'"), sa.DateTime(timezone=True))
                made = eval(f"{code[0]}({', '.join(code[1:])})", {"sa": sa, "moment": moment})
                return (await connection.execute(sa.select(made))).scalar_one()
        finally:
            await engine.dispose()

    assert asyncio.run(run()) == "2019-12-31 00:00:00"
