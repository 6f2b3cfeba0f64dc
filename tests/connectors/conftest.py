"""A laboratory for each engine: a table of specimens that a test fills, and a connector that reads it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from connectors.criteria import CountCriteria, Criteria, Keyset, Order, ParentKeys
from connectors.load import LoadContract
from connectors.mapping import Mapping
from connectors.protocol import Call, Rows
from connectors.sql.connector import SqlConnector
from models.predicates import EVERYTHING, Predicate
from tests.connectors import letters as shapes

ENGINES = ("sqlite", "postgresql", "mariadb_latin1", "mariadb_utf8mb4")
CALL = Call("Laboratory", 5_000)
BY_ID = (Order("id"),)
ROWS_MAX = 10_000

_TABLE_ENDS = {
    "mariadb_latin1": "DEFAULT CHARSET=latin1 COLLATE=latin1_swedish_ci",
    "mariadb_utf8mb4": "DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_uca1400_ai_ci",
}
_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg", "mysql": "mysql+asyncmy"}


@dataclass
class Laboratory:
    """A database with write access beside the connector under test; everything runs on one loop of its own."""

    engine: str
    url: str
    connector: SqlConnector
    writer: AsyncConnection
    runner: asyncio.Runner

    @property
    def table_end(self) -> str:
        return _TABLE_ENDS.get(self.engine, "")

    def write(self, *statements: str) -> None:
        async def run() -> None:
            for statement in statements:
                await self.writer.exec_driver_sql(statement)

        self.runner.run(run())

    def insert(self, table: str, rows: Sequence[dict[str, object]]) -> None:
        columns = tuple(rows[0])
        statement = sa.insert(sa.table(table, *map(sa.column, columns)))
        self.runner.run(self._insert(statement, rows))

    async def _insert(self, statement: sa.Insert, rows: Sequence[dict[str, object]]) -> None:
        await self.writer.execute(statement, rows)

    def limit_keys(self, keys_max: int | None) -> None:
        """How many keys a statement takes from now on; None for what the dialect takes."""
        usual = SqlConnector(self.url, LoadContract()).capabilities
        self.connector.capabilities = usual if keys_max is None else replace(usual, keys_max=keys_max)

    def stores(self, text: str) -> bool:
        """Whether the engine can hold a text at all."""
        if self.engine == "mariadb_latin1":
            return all(ord(sign) < 0x80 or sign.encode("cp1252", "ignore") for sign in text)
        return not (self.engine == "postgresql" and "\0" in text)

    def read(
        self,
        mapping: Mapping,
        columns: tuple[str, ...] = ("id",),
        where: Predicate = EVERYTHING,
        order: tuple[Order, ...] = BY_ID,
        rows_max: int = ROWS_MAX,
        *,
        keyset: Keyset | None = None,
        reverse: bool = False,
        parents: ParentKeys | None = None,
    ) -> Rows:
        criteria = Criteria(mapping.record.name, columns, where, order, rows_max, keyset, reverse, parents)
        return self.runner.run(self.connector.read(mapping, criteria, CALL))

    def count(self, mapping: Mapping, where: Predicate = EVERYTHING, parents: ParentKeys | None = None) -> list[int]:
        criteria = CountCriteria(mapping.record.name, where, parents)
        return self.runner.run(self.connector.count(mapping, criteria, CALL))

    def ids(self, mapping: Mapping, where: Predicate) -> set[object]:
        found = self.read(mapping, where=where).columns[mapping.legacy_key]
        assert len(set(found)) == len(found)
        return set(found)


def _writer_url(url: str) -> Any:
    parsed = sa.make_url(url)
    return parsed.set(drivername=_DRIVERS[parsed.get_backend_name()])


@pytest.fixture(scope="module", params=ENGINES)
def laboratory(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    """On each engine in turn."""
    engine = str(request.param)
    if engine == "sqlite":
        url = f"sqlite:///{(tmp_path_factory.mktemp('laboratory') / 'uji.db').as_posix()}"
    else:
        url = request.getfixturevalue("postgres_url" if engine == "postgresql" else "mariadb_url")
    with asyncio.Runner() as runner:
        yield from _opened(engine, url, runner)


def _opened(engine: str, url: str, runner: asyncio.Runner) -> Iterator[Laboratory]:
    async def connect() -> AsyncConnection:
        return await create_async_engine(_writer_url(url), isolation_level="AUTOCOMMIT").connect()

    writer = runner.run(connect())
    connector = SqlConnector(url, LoadContract(connections_max=2, statement_ms_max=5_000))
    laboratory = Laboratory(engine, url, connector, writer, runner)
    try:
        yield laboratory
    finally:
        runner.run(connector.close())
        runner.run(writer.close())
        runner.run(writer.engine.dispose())


@pytest.fixture
def letters(laboratory: Laboratory) -> Iterator[Laboratory]:
    laboratory.write(
        f"{shapes.DDL} {laboratory.table_end}",
        f"CREATE TABLE penulis (id_penulis INTEGER, nama VARCHAR(40)) {laboratory.table_end}",
    )
    laboratory.insert("penulis", [{"id_penulis": 1, "nama": "Budi"}])
    laboratory.insert(
        "surat",
        [
            {"id": at, "judul": f"Judul {at}", "isi": " x ", "jns": "AB"[at % 2], "tgl": "01-02-2026",
             "hapus": "T" if at < 5 else "Y", "id_penulis": 1}
            for at in range(6)
        ],
    )  # fmt: skip
    yield laboratory
    laboratory.write("DROP TABLE surat", "DROP TABLE penulis")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden texts of SQL anew")


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--update-golden", default=False))


@pytest.fixture(scope="session")
def golden_folder() -> Path:
    return Path(__file__).parent / "sql" / "golden"
