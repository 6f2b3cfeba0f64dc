"""The connector on real engines: what it may not do, how it fails, what it says to the source, and how it heals."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import asyncmy
import asyncpg
import pytest
import sqlalchemy as sa

from connectors.criteria import CountCriteria, Criteria, Order, ParentKeys
from connectors.decoders import number_key, text
from connectors.kinds import SourceUrlError
from connectors.load import LoadContract
from connectors.mapping import Mapping, column, column_equals
from connectors.protocol import Call, SourceBroken, SourceFailure, SourceTimeout, SourceUnreachable
from connectors.sql import statements as statements_module
from connectors.sql.connector import SqlConnector
from connectors.sql.dialects import DIALECTS
from connectors.sql.engines import dialect_of
from connectors.sql.statements import Statements
from models.predicates import EVERYTHING, is_in
from tests.connectors.conftest import CALL, Laboratory
from tests.connectors.letters import COLUMNS, DDL, LETTERS, NEWEST, SURAT, Letter
from tests.connectors.listening import heard


def ask(
    connector: SqlConnector, mapping: Mapping = LETTERS, fields: tuple[str, ...] = ("id",)
) -> asyncio.Future[object]:
    return connector.read(mapping, Criteria("letters", fields, EVERYTHING, (Order("id"),), 10), CALL)  # type: ignore[return-value]  # a coroutine


# --- What it may not do -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO surat (id) VALUES (99)",
        "UPDATE surat SET hapus = 'Y'",
        "DELETE FROM surat",
        "CREATE TABLE baru (a INTEGER)",
    ],
)
def test_a_session_refuses_to_write(letters: Laboratory, statement: str) -> None:
    with pytest.raises((sqlite3.Error, asyncpg.PostgresError, asyncmy.errors.Error)):
        letters.runner.run(letters.connector._pool.fetch(statement, ()))
    assert letters.count(LETTERS) == [5]


# --- How it fails -----------------------------------------------------------------------------------------------------


def fails(connector: SqlConnector, laboratory: Laboratory | None = None, mapping: Mapping = LETTERS) -> SourceFailure:
    """The failure of a read, which everything else that may be asked shares."""

    async def run() -> SourceFailure:
        try:
            with pytest.raises(SourceFailure) as raised:
                await ask(connector, mapping)
            return raised.value
        finally:
            if laboratory is None:
                await connector.close()
                # The driver of SQLite works in a thread, which has something to say to the loop until it ends.
                while any(  # noqa: ASYNC110  # a thread has no event to wait for
                    "_connection_worker_thread" in thread.name for thread in threading.enumerate()
                ):
                    await asyncio.sleep(0)

    return laboratory.runner.run(run()) if laboratory is not None else asyncio.run(run())


def test_a_file_that_is_not_there_is_unreachable(tmp_path: Path) -> None:
    file = tmp_path / "nothing.db"
    assert type(fails(SqlConnector(f"sqlite:///{file.as_posix()}", LoadContract()))) is SourceUnreachable
    assert not file.exists()


def test_a_file_that_is_no_database_is_unreachable(tmp_path: Path) -> None:
    file = tmp_path / "letter.db"
    file.write_text("Dear Sir or Madam, " * 100)
    assert type(fails(SqlConnector(f"sqlite:///{file.as_posix()}", LoadContract()))) is SourceUnreachable


def test_a_file_may_have_any_name(tmp_path: Path) -> None:
    file = tmp_path / "data ? of #1 50%.db"
    with sqlite3.connect(file) as connection:
        connection.execute(DDL)
    connection.close()

    async def run() -> int:
        connector = SqlConnector(f"sqlite:///{file.as_posix().replace('%', '%25').replace('?', '%3F')}", LoadContract())
        try:
            return (await connector.count(LETTERS, CountCriteria("letters"), CALL))[0]
        finally:
            await connector.close()

    assert asyncio.run(run()) == 0


@pytest.mark.parametrize("scheme", ["postgresql", "mysql"])
@pytest.mark.parametrize("host", ["no-such-host.invalid", "127.0.0.1"])
def test_an_unknown_host_and_a_refused_port_are_unreachable(scheme: str, host: str) -> None:
    with socket.socket() as taken:
        # Bound, so that nobody else listens there, and not listening.
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        failure = fails(SqlConnector(f"{scheme}://user@{host}:{port}/kota", LoadContract()))
    assert type(failure) is SourceUnreachable
    assert failure.__cause__ is not None


@pytest.mark.parametrize("server", ["postgres_server", "mariadb_server"])
@pytest.mark.parametrize("changes", [{"database": "no_such_database"}, {"username": "no_such_user", "password": "x"}])
def test_a_server_that_does_not_let_the_hub_in_is_unreachable(
    request: pytest.FixtureRequest, server: str, changes: dict[str, str]
) -> None:
    url = sa.make_url(request.getfixturevalue(server)).set(**changes)  # type: ignore[arg-type]  # two texts
    connector = SqlConnector(url.render_as_string(hide_password=False), LoadContract())
    assert type(fails(connector)) is SourceUnreachable


def test_a_missing_column_and_a_missing_table_are_broken(letters: Laboratory) -> None:
    letters.write("ALTER TABLE surat RENAME COLUMN hapus TO hapus_lama")
    assert type(fails(letters.connector, letters)) is SourceBroken
    letters.write("ALTER TABLE surat RENAME COLUMN hapus_lama TO hapus", "ALTER TABLE surat RENAME TO surat_lama")
    assert type(fails(letters.connector, letters)) is SourceBroken
    letters.write("ALTER TABLE surat_lama RENAME TO surat")
    assert letters.read(LETTERS).length == 5


@pytest.fixture
def numbers(laboratory: Laboratory) -> Iterator[Laboratory]:
    laboratory.write(f"CREATE TABLE surat_besar (id INTEGER, hapus CHAR(1)) {laboratory.table_end}")
    laboratory.insert("surat_besar", [{"id": at, "hapus": "T"} for at in range(400)])
    yield laboratory
    laboratory.write("DROP TABLE surat_besar")


def test_the_source_itself_stops_a_statement_at_its_limit(numbers: Laboratory) -> None:
    table = sa.table("surat_besar", sa.column("id", sa.Integer), sa.column("hapus", sa.String(1)))
    a, b, c = table.alias("a"), table.alias("b"), table.alias("c")
    # Sixty-four million rows, all of which have to be looked at.
    crossed = sa.select(a.c.id, a.c.hapus).select_from(a, b, c).where(a.c.id + b.c.id + c.c.id < 0).subquery("t")
    heavy = Mapping(
        record=Letter, source="surat", selectable=crossed, columns={"id": column("id", decoder=number_key())}
    )

    async def run() -> None:
        connector = SqlConnector(numbers.url, LoadContract(connections_max=1, statement_ms_max=40))
        try:
            with pytest.raises(SourceTimeout):
                await ask(connector, heavy)
            # The session is as good as before.
            with pytest.raises(SourceTimeout):
                await connector.count(heavy, CountCriteria("letters"), CALL)
        finally:
            await connector.close()

    numbers.runner.run(run())


@pytest.mark.parametrize("url", ["", "complaints", "db2://x/y", "sybase://x/y", "http://127.0.0.1/", "mysql"])
def test_a_url_that_no_connector_can_use_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(SourceUrlError) as raised:
        dialect_of(url)
    assert not url or url not in str(raised.value)


# --- What it says to the source ---------------------------------------------------------------------------------------


@contextmanager
def statements_of(laboratory: Laboratory) -> Iterator[list[str]]:
    """The statements that reach the driver."""
    texts: list[str] = []
    with heard(laboratory.connector, texts.append):
        yield texts


@pytest.mark.parametrize(
    ("name", "heard"),
    [
        ("ComplaintsOfAVillage", "ComplaintsOfAVillage"),
        ("anonymous", "anonymous"),
        ("a*/ DROP TABLE surat; -- %s ? :p0 $1", "aDROPTABLEsuratsp01"),
        ("x" * 1000, "x" * 60),
    ],
)
def test_a_statement_begins_with_whose_it_is(letters: Laboratory, name: str, heard: str) -> None:
    criteria = Criteria("letters", ("id",), is_in("kind", "a"), NEWEST, 10)
    with statements_of(letters) as texts:
        rows = letters.runner.run(letters.connector.read(LETTERS, criteria, Call(name, 1_000)))
    assert rows.length == 3
    assert [text.partition(" SELECT ")[0] for text in texts] == [f"/* simpul {heard} */"]


@pytest.mark.parametrize("engine", ["postgresql", "mysql"])
def test_the_server_sees_whose_statement_it_is(request: pytest.FixtureRequest, engine: str) -> None:
    url = str(request.getfixturevalue("postgres_url" if engine == "postgresql" else "mariadb_url"))
    running, own, statement = {
        "postgresql": (sa.table("pg_stat_activity"), sa.column("pid") == sa.func.pg_backend_pid(), "query"),
        "mysql": (
            sa.table("processlist", schema="information_schema"),
            sa.column("id") == sa.func.connection_id(),
            "info",
        ),
    }[engine]
    asked = sa.select(
        sa.literal_column("1", sa.Integer).label("id"), sa.literal_column(statement, sa.Text).label("judul")
    )
    mapping = Mapping(
        record=Letter,
        source="surat",
        selectable=asked.select_from(running).where(own).subquery("t"),
        columns={"id": column("id", decoder=number_key()), "title": column("judul", decoder=text())},
    )

    async def run() -> object:
        connector = SqlConnector(url, LoadContract())
        try:
            criteria = Criteria("letters", ("id", "title"), EVERYTHING, (Order("id"),), 1)
            return (await connector.read(mapping, criteria, CALL)).columns["judul"][0]
        finally:
            await connector.close()

    assert str(asyncio.run(run())).startswith("/* simpul Laboratory */ SELECT ")


def test_a_select_may_hold_constants_of_its_own(letters: Laboratory) -> None:
    chosen = (
        sa.select(SURAT).where(SURAT.c.jns == "A", SURAT.c.id.in_([0, 1, 2, 4]), SURAT.c.judul != "50%").subquery("t")
    )
    mapping = Mapping(
        record=Letter, source="surat", selectable=chosen, columns=COLUMNS, alive=column_equals("hapus", "T")
    )
    assert list(letters.read(mapping).columns["id"]) == [0, 2, 4]
    assert list(letters.read(mapping, where=is_in("title", "Judul 2", "Judul 1")).columns["id"]) == [2]
    parents = ParentKeys("title", (("Judul 4",), ("Judul 1",), ("Judul 0",)))
    rows = letters.read(mapping, where=is_in("kind", "a"), rows_max=5, parents=parents)
    assert list(zip(rows.parents, rows.columns["id"], strict=True)) == [(0, 4), (2, 0)]
    assert letters.count(mapping, parents=parents) == [1, 0, 1]


def test_104_villages_are_one_statement(letters: Laboratory) -> None:
    keys = tuple((f"Judul {number}",) for number in range(104))
    criteria = Criteria("letters", ("id",), EVERYTHING, NEWEST, 5, parents=ParentKeys("title", keys))
    with statements_of(letters) as texts:
        rows = letters.runner.run(letters.connector.read(LETTERS, criteria, CALL))
        counts = letters.runner.run(
            letters.connector.count(LETTERS, CountCriteria("letters", parents=criteria.parents), CALL)
        )
    assert len(texts) == 2
    assert (list(rows.parents), counts) == ([0, 1, 2, 3, 4], [1] * 5 + [0] * 99)


def test_one_parent_with_118_keys_is_one_select(letters: Laboratory) -> None:
    keys = tuple(f"Judul {number}" for number in range(118))
    parents = ParentKeys("title", (keys, ("Judul 3",)))
    criteria = Criteria("letters", ("id",), EVERYTHING, NEWEST, 2, parents=parents)
    with statements_of(letters) as texts:
        rows = letters.runner.run(letters.connector.read(LETTERS, criteria, CALL))
        counts = letters.runner.run(letters.connector.count(LETTERS, CountCriteria("letters", parents=parents), CALL))
    assert (list(rows.parents), list(rows.columns["id"]), counts) == ([0, 0, 1], [4, 3, 3], [5, 1])
    assert len(texts) == 2
    if letters.connector.dialect.parents_form == "union":
        assert sum(text.count("FROM surat") for text in texts) == 4


def test_many_parents_and_a_long_filter_are_as_many_statements_as_parameters_allow(letters: Laboratory) -> None:
    parents = ParentKeys("title", tuple((f"Judul {number}",) for number in range(100)))
    long = is_in("id", *(str(number) for number in range(1_000)))
    criteria = Criteria("letters", ("id",), long, NEWEST, 5, parents=parents)
    with statements_of(letters) as texts:
        rows = letters.runner.run(letters.connector.read(LETTERS, criteria, CALL))
    assert list(zip(rows.parents, rows.columns["id"], strict=True)) == [(number, number) for number in range(5)]
    assert len(texts) == (1 if letters.connector.dialect.parents_form != "union" else 4)


def test_a_session_of_sqlite_keeps_no_parsed_statement(tmp_path: Path) -> None:
    (tmp_path / "surat.db").touch()
    with closing(sqlite3.connect(tmp_path / "surat.db")) as database:
        database.execute(f"CREATE TABLE surat ({', '.join(SURAT.c.keys())})")
    connector = SqlConnector(f"sqlite:///{(tmp_path / 'surat.db').as_posix()}", LoadContract(connections_max=1))
    parents = ParentKeys("title", tuple((f"Judul {number}",) for number in range(400)))

    async def grown_kb(shapes: range) -> int:
        before_kb = resident_kb()
        for rows_max in shapes:
            criteria = Criteria("letters", ("id",), EVERYTHING, NEWEST, rows_max, parents=parents)
            await connector.read(LETTERS, criteria, CALL)
        return resident_kb() - before_kb

    async def run() -> tuple[int, int]:
        try:
            return await grown_kb(range(1, 5)), await grown_kb(range(5, 35))
        finally:
            await connector.close()

    _, kept_kb = asyncio.run(run())
    # Of each of these thirty, one that was kept would hold a megabyte at least.
    assert kept_kb < 15_000


def resident_kb() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4


def test_a_percent_sign_in_a_mapping_reaches_the_source_as_one(letters: Laboratory) -> None:
    letters.write("DELETE FROM surat WHERE id = 1")
    letters.insert("surat", [{"id": 1, "judul": "100%"}])
    mapping = Mapping(
        record=Letter, source="surat", selectable=SURAT,
        columns={"id": column("id", decoder=number_key()), "title": column("judul", decoder=text())},
        alive=column_equals("judul", "100%"),
    )  # fmt: skip
    assert list(letters.read(mapping).columns["id"]) == [1]
    assert list(letters.read(mapping, where=is_in("title", "100%")).columns["id"]) == [1]


# --- Bounds -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", ["sqlite", "postgresql", "mariadb"])
def test_texts_of_statements_are_bounded_and_the_recent_ones_stay(
    dialect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statements_module, "STATEMENT_TEXTS_MAX", 3)
    statements = Statements(DIALECTS[dialect])

    def made(rows_max: int) -> None:
        statements.select(LETTERS, Criteria("letters", ("id",), EVERYTHING, NEWEST, rows_max))

    for rows_max in (1, 2, 3, 1, 4, 1, 5):
        made(rows_max)
    assert {shape.rows_max for shape in statements._texts} == {4, 1, 5}


def test_texts_of_statements_are_bounded_by_their_length_too(monkeypatch: pytest.MonkeyPatch) -> None:
    statements = Statements(DIALECTS["sqlite"])
    one = len(statements.select(LETTERS, Criteria("letters", ("id",), EVERYTHING, NEWEST, 1)).text)
    monkeypatch.setattr(statements_module, "TEXT_CHARS_MAX", 3 * one)
    statements = Statements(DIALECTS["sqlite"])
    for rows_max in (2, 3, 4, 5):
        statements.select(LETTERS, Criteria("letters", ("id",), EVERYTHING, NEWEST, rows_max))
    assert {shape.rows_max for shape in statements._texts} == {3, 4, 5}


def test_values_do_not_make_new_texts() -> None:
    statements = Statements(DIALECTS["mariadb"])
    texts = {
        statements.select(LETTERS, Criteria("letters", ("id",), is_in("title", *values), NEWEST, 5)).text
        for values in (("a",), ("b",), ("a", "b"), ("c", "d"), ("a", "b", "c"), ("a", "b", "c", "d"))
    }
    assert len(texts) == 3
    assert len(statements._texts) == 3
