"""The rights in a sheet are enough for all that the hub asks, on real servers, and for nothing else."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace

import asyncmy
import asyncpg
import pytest
import sqlalchemy as sa

from connectors.catalog import Catalog
from connectors.criteria import CountCriteria
from connectors.decoders import number_key
from connectors.departments import PACKAGE
from connectors.departments.licenses import LICENSES
from connectors.guard.guard import Guard
from connectors.load import LoadContract
from connectors.mapping import Mapping, column
from connectors.protocol import Call, SourceBroken
from connectors.sql.connector import SqlConnector
from connectors.sql.grants import DATABASE, HOST, PASSWORD, USER, columns_read, grants
from onboarding.explain import explained
from onboarding.questions import Sample, questions_of, sample_criteria, sampled_fields
from tests import servers
from tests.connectors.books import Rack
from tests.connectors.sheets import write_complaints

MAPPINGS = PACKAGE.mappings_of("complaints")
RELATIONS = [relation for mapping in PACKAGE.mappings for relation in mapping.record.relations.values()]
CALL = Call("Owner", 5_000)
LOAD = LoadContract()


def test_a_select_reads_what_it_joins_by_and_nothing_that_no_field_needs() -> None:
    own = {"izin_no_sk", "izin_kecamatan", "izin_kode_jenis", "izin_ktp", "izin_nama", "izin_namausaha"}
    read = columns_read(LICENSES)
    assert {column for table, column in read if table == "dp_izin"} == own | {
        "izin_id", "izin_tglberakhir", "izin_tglterbit",
    }  # fmt: skip
    assert {column for table, column in read if table == "dp_statusizin"} == {"id", "izin_id", "status"}
    less = replace(LICENSES, columns={name: LICENSES.columns[name] for name in ("id", "number")})
    assert {column for table, column in columns_read(less) if table == "dp_izin"} == {"izin_id", "izin_no_sk"}
    by_shelf = sa.select(_BOOKS.c.id).join_from(_BOOKS, _SHELVES, _SHELVES.c.key == _BOOKS.c.shelf).subquery("t")
    keyed = {"id": column("id", decoder=number_key())}
    joined = Mapping(record=Rack, source="buku", selectable=by_shelf, columns=keyed)
    assert columns_read(joined) == {("books", "id"), ("books", "shelf"), ("library.shelves", "key")}


_BOOKS = sa.table("books", sa.column("id", sa.Integer), sa.column("shelf", sa.Integer), sa.column("title", sa.String))
_SHELVES = sa.table("shelves", sa.column("key", sa.Integer), sa.column("name", sa.String), schema="library")


@pytest.fixture(scope="module", params=["postgresql", "mariadb"])
def granted(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL by which the user of the sheet reaches the complaints of the small city."""
    dialect = str(request.param)
    on_postgres = dialect == "postgresql"
    server: str = request.getfixturevalue("postgres_server" if on_postgres else "mariadb_server")
    user, password = f"simpul_test_{secrets.token_hex(4)}", secrets.token_hex(8)
    lending = servers.postgres_database if on_postgres else servers.mariadb_database
    with lending(server) as url:
        write_complaints(url)
        database = str(sa.make_url(url).database)
        filled = {USER: user, PASSWORD: password, DATABASE: database, HOST: "%"}
        statements = [_filled(statement, filled) for statement in grants(dialect, MAPPINGS, LOAD)]
        asyncio.run(_run(url, statements))
        try:
            yield sa.make_url(url).set(username=user, password=password).render_as_string(hide_password=False)
        finally:
            dropping = [f"DROP OWNED BY {user}", f"DROP USER {user}"] if on_postgres else [f"DROP USER '{user}'@'%'"]
            asyncio.run(_run(url, dropping))


def _filled(statement: str, filled: dict[str, str]) -> str:
    for gap, value in filled.items():
        statement = statement.replace(gap, value)
    return statement.rstrip(";")


async def _run(url: str, statements: list[str]) -> None:
    """As somebody who may grant rights."""
    target = sa.make_url(url)
    if target.get_backend_name() == "postgresql":
        postgres = await asyncpg.connect(url)
        try:
            for statement in statements:
                await postgres.execute(statement)
        finally:
            await postgres.close()
        return
    mariadb = await asyncmy.connect(
        host=target.host or "127.0.0.1", port=target.port or 3306, user=target.username, password=target.password or ""
    )
    try:
        async with mariadb.cursor() as cursor:
            for statement in statements:
                await cursor.execute(statement)
    finally:
        await mariadb.ensure_closed()


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[SqlConnector]:
    connector = SqlConnector(url, LOAD)
    try:
        yield connector
    finally:
        await connector.close()


async def test_all_that_can_be_asked_is_answered(granted: str) -> None:
    async with connected(granted) as connector:
        await connector.probe()
        for mapping in MAPPINGS:
            sample = Sample({name: [] for name in sampled_fields(mapping, RELATIONS, frozenset())})
            sample.add(
                mapping, await connector.read(mapping, sample_criteria(mapping, sample.values, last=False), CALL)
            )
            asked = [question.criteria for question in questions_of(mapping, RELATIONS, sample, frozenset())]
            assert None not in asked
            for criteria in filter(None, asked):
                rows = await connector.read(mapping, criteria, CALL)
                assert set(rows.columns) == set(mapping.legacy_columns(tuple(mapping.columns)))
            (count,) = await connector.count(mapping, CountCriteria(mapping.record.name), CALL)
            assert count > 15


async def test_the_mapping_holds_and_plans_and_indexes_are_told(granted: str) -> None:
    async with connected(granted) as connector:
        catalog = Catalog(PACKAGE, {"complaints": connector})
        assert [finding for binding in catalog for finding in await binding.check()] == []
        found = await explained(catalog, Guard(lambda *_: None), ["complaints"])
        assert [(each.failure, bool(each.explained)) for each in found] == [("", True)] * 4
        told = [await connector.indexes_of(mapping) for mapping in MAPPINGS]
        assert [sorted(tables) for tables in told] == [
            ["m_kategori"], ["tbl_pengaduan"], ["tbl_pengaduan", "tbl_tanggapan"], ["tbl_pengaduan", "tbl_tanggapan"],
        ]  # fmt: skip
        assert ("id_pengaduan",) in told[1]["tbl_pengaduan"]


@pytest.mark.parametrize("column", ["nm_pelapor", "telp", "foto"])
async def test_no_other_column_may_be_read(granted: str, column: str) -> None:
    async with connected(granted) as connector:
        with pytest.raises(SourceBroken):
            await connector.rows_up_to(1, sa.select(sa.table("tbl_pengaduan", sa.column(column))).subquery("x"), CALL)


async def test_nothing_may_be_written(granted: str) -> None:
    target = sa.make_url(granted)
    refused = asyncpg.PostgresError if target.get_backend_name() == "postgresql" else asyncmy.errors.MySQLError
    table = "tbl_pengaduan" if target.get_backend_name() == "postgresql" else f"{target.database}.tbl_pengaduan"
    with pytest.raises(refused):
        await _run(granted, [f"UPDATE {table} SET hapus = 'Y'"])
