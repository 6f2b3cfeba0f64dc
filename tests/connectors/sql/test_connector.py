"""The connector on real engines: what it may not do, how it fails, what it says to the source, and how it heals."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from connectors.catalog import Binding
from connectors.criteria import CountCriteria, Criteria, Keyset, Order, ParentKeys
from connectors.decoders import codes, local_datetime, number_key, prose, text
from connectors.mapping import Mapping, column, column_equals
from connectors.protocol import Call, SourceBroken, SourceFailure, SourceTimeout, SourceUnreachable
from connectors.reading import clean
from connectors.sources import LoadContract, Source
from connectors.sql import statements as statements_module
from connectors.sql.connector import SqlConnector
from connectors.sql.dialects import DIALECTS
from connectors.sql.engines import SourceUrlError, dialect_of
from connectors.sql.statements import Statements
from models.batch import Origin, ServedFrom
from models.city import Department
from models.findings import Finding, FindingKind
from models.predicates import EVERYTHING, Compare, Operator, is_in
from models.records import Record, field
from tests.connectors.conftest import CALL, Laboratory
from tests.connectors.specimens import ZONE


class Letter(Record, name="letters"):
    """Something that people wrote."""

    id: str = field("The key")
    title: str | None = field("The title")
    body: str | None = field("What they wrote")
    kind: str | None = field("What it is about")
    at: datetime | None = field("When it came")
    writer: str | None = field("Who wrote it")


SURAT = sa.table(
    "surat",
    sa.column("id", sa.Integer),
    sa.column("judul", sa.String(100)),
    sa.column("isi", sa.Text),
    sa.column("jns", sa.String(10)),
    sa.column("tgl", sa.String(20)),
    sa.column("hapus", sa.String(1)),
    sa.column("id_penulis", sa.Integer),
)
PENULIS = sa.table("penulis", sa.column("id_penulis", sa.Integer), sa.column("nama", sa.String(40)))

_COLUMNS = {
    "id": column("id", decoder=number_key()),
    "title": column("judul", decoder=text()),
    "body": column("isi", decoder=prose()),
    "kind": column("jns", decoder=codes({"A": "a", "B": "b"})),
    "at": column("tgl", decoder=local_datetime("%d-%m-%Y", ZONE), sorts_as="id"),
}

LETTERS = Mapping(record=Letter, source="surat", selectable=SURAT, columns=_COLUMNS, alive=column_equals("hapus", "T"))

WRITTEN = Mapping(
    record=Letter,
    source="surat",
    selectable=sa.select(SURAT, PENULIS.c.nama)
    .join_from(SURAT, PENULIS, SURAT.c.id_penulis == PENULIS.c.id_penulis)
    .subquery("t"),
    columns={**_COLUMNS, "writer": column("nama", decoder=text())},
    alive=column_equals("hapus", "T"),
)

DDL = (
    "CREATE TABLE surat (id INTEGER PRIMARY KEY, judul VARCHAR(100), isi TEXT, jns VARCHAR(10), tgl VARCHAR(20),"
    " hapus CHAR(1), id_penulis INTEGER)"
)
NEWEST = (Order("at", descending=True), Order("id", descending=True))


@pytest.fixture
def letters(laboratory: Laboratory) -> Iterator[Laboratory]:
    laboratory.write(
        f"{DDL} {laboratory.table_end}",
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
    async def write() -> None:
        async with letters.connector._engine.connect() as connection:
            await connection.exec_driver_sql(statement)

    with pytest.raises(sa.exc.DBAPIError):
        letters.runner.run(write())
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


@pytest.mark.parametrize("url", ["", "complaints", "oracle://x/y", "mssql://x/y", "http://127.0.0.1/", "mysql"])
def test_a_url_that_no_connector_can_use_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(SourceUrlError) as raised:
        dialect_of(url)
    assert not url or url not in str(raised.value)


# --- What it says to the source ---------------------------------------------------------------------------------------


class Heard:
    """The statements that reach the driver."""

    def __init__(self, laboratory: Laboratory) -> None:
        self.texts: list[str] = []
        self._engine = laboratory.connector._engine.sync_engine

    def __enter__(self) -> list[str]:
        sa.event.listen(self._engine, "before_cursor_execute", self._hear)
        return self.texts

    def __exit__(self, *_: object) -> None:
        sa.event.remove(self._engine, "before_cursor_execute", self._hear)

    def _hear(self, _connection: object, _cursor: object, statement: str, *_: object) -> None:
        self.texts.append(statement)


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
    with Heard(letters) as texts:
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
        record=Letter, source="surat", selectable=chosen, columns=_COLUMNS, alive=column_equals("hapus", "T")
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
    with Heard(letters) as texts:
        rows = letters.runner.run(letters.connector.read(LETTERS, criteria, CALL))
        counts = letters.runner.run(
            letters.connector.count(LETTERS, CountCriteria("letters", parents=criteria.parents), CALL)
        )
    assert len(texts) == 2
    assert (list(rows.parents), counts) == ([0, 1, 2, 3, 4], [1] * 5 + [0] * 99)


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


# --- Drift ------------------------------------------------------------------------------------------------------------


def binding(laboratory: Laboratory, mapping: Mapping) -> Binding:
    source = Source("surat", "diskominfo", "Surat")
    return Binding(mapping, source, Department("diskominfo", "Diskominfo", "Diskominfo"), laboratory.connector)


@pytest.mark.parametrize("mapping", [LETTERS, WRITTEN], ids=["table", "join"])
@pytest.mark.parametrize("way", ["renamed", "dropped"])
def test_a_column_that_is_gone_takes_only_its_fields_with_it_and_heals(
    letters: Laboratory, mapping: Mapping, way: str
) -> None:
    bound = binding(letters, mapping)
    assert letters.runner.run(bound.check()) == []
    assert bound.missing == frozenset()
    gone = (
        "ALTER TABLE surat RENAME COLUMN isi TO isi_lama" if way == "renamed" else "ALTER TABLE surat DROP COLUMN isi"
    )
    back = "ALTER TABLE surat RENAME COLUMN isi_lama TO isi" if way == "renamed" else "ALTER TABLE surat ADD isi TEXT"
    letters.write(gone)
    found = letters.runner.run(bound.check())
    assert found == [Finding("surat", "letters", "body", FindingKind.MISSING_COLUMN, 1)]
    assert bound.missing == frozenset({"body"})
    assert not bound.unreadable
    assert letters.read(mapping, ("id", "title", "at"), order=NEWEST).length == 5
    assert letters.count(mapping, Compare("title", Operator.CONTAINS, ("judul",))) == [5]
    assert type(fails_with_body(letters, mapping)) is SourceBroken
    letters.write(back)
    assert letters.runner.run(bound.check()) == []
    assert bound.missing == frozenset()
    assert letters.read(mapping, ("id", "body")).length == 5


def fails_with_body(laboratory: Laboratory, mapping: Mapping) -> SourceFailure:
    with pytest.raises(SourceFailure) as raised:
        laboratory.read(mapping, ("id", "body"))
    return raised.value


@pytest.mark.parametrize("mapping", [LETTERS, WRITTEN], ids=["table", "join"])
@pytest.mark.parametrize("needed", ["id", "hapus"])
def test_without_its_key_or_what_says_that_it_is_alive_a_record_cannot_be_read(
    letters: Laboratory, mapping: Mapping, needed: str
) -> None:
    bound = binding(letters, mapping)
    letters.write(f"ALTER TABLE surat RENAME COLUMN {needed} TO lama")
    found = letters.runner.run(bound.check())
    assert bound.missing == frozenset(mapping.columns)
    assert bound.unreadable
    assert len(found) == len(mapping.columns)
    letters.write(f"ALTER TABLE surat RENAME COLUMN lama TO {needed}")
    assert letters.runner.run(bound.check()) == []
    assert not bound.unreadable


@pytest.mark.parametrize("mapping", [LETTERS, WRITTEN], ids=["table", "join"])
def test_without_its_table_nothing_is_there(letters: Laboratory, mapping: Mapping) -> None:
    bound = binding(letters, mapping)
    letters.write("ALTER TABLE surat RENAME TO surat_lama")
    letters.runner.run(bound.check())
    assert bound.missing == frozenset(mapping.columns)
    letters.write("ALTER TABLE surat_lama RENAME TO surat")
    assert letters.runner.run(bound.check()) == []


# --- Dirt that is no text ---------------------------------------------------------------------------------------------


@pytest.fixture
def dirty(tmp_path: Path) -> Iterator[tuple[asyncio.Runner, SqlConnector]]:
    """A SQLite file whose texts hold bytes of another encoding, NUL, numbers and blobs."""
    file = tmp_path / "kotor.db"
    with sqlite3.connect(file) as connection:
        connection.execute(DDL)
        for at, value in enumerate(
            (b"Jalan Caf\xe9", b"\x81\xfe\xff", b"a\0b", b"bersih", b"caf\xc3\xa9", b"caf\xe9", b"cafz")
        ):
            connection.execute(
                "INSERT INTO surat VALUES (?, CAST(? AS TEXT), CAST(? AS TEXT), 'A', '01-02-2026', 'T', 1)",
                (at, value, value),
            )
        connection.execute("INSERT INTO surat VALUES (7, x'00ff', x'00ff', x'41', 5, 'T', 1)")
        connection.execute("INSERT INTO surat VALUES (8, 5, 6.5, 7, 8, 'T', 1)")
    connection.close()
    with asyncio.Runner() as runner:
        connector = SqlConnector(f"sqlite:///{file.as_posix()}", LoadContract())
        yield runner, connector
        runner.run(connector.close())


def test_one_bad_byte_fails_no_page(dirty: tuple[asyncio.Runner, SqlConnector]) -> None:
    runner, connector = dirty
    fields = ("id", "title", "body", "kind", "at")
    rows = runner.run(connector.read(LETTERS, Criteria("letters", fields, EVERYTHING, (Order("id"),), 10), CALL))
    origin = Origin("surat", "diskominfo", datetime.now(UTC), ServedFrom.SOURCE, None)
    reading = clean(LETTERS, fields, rows, origin)
    assert reading.batch.columns["body"] == ["Jalan Café", None, "ab", "bersih", "café", "café", "cafz", None, "6.5"]
    assert reading.batch.columns["title"] == [None, None, None, "bersih", "café", None, "cafz", None, "5"]
    assert all("\udce9" not in repr(values) for values in reading.batch.columns.values())
    assert {(finding.field, finding.kind, finding.count) for finding in reading.findings} >= {
        ("body", FindingKind.UNDECODABLE, 2),
        ("title", FindingKind.UNDECODABLE, 5),
    }


@pytest.mark.parametrize("descending", [False, True])
def test_pages_go_on_behind_a_row_whose_sort_value_is_no_text(
    dirty: tuple[asyncio.Runner, SqlConnector], descending: bool
) -> None:
    runner, connector = dirty
    order = (Order("title", descending), Order("id"))

    def page(rows_max: int, keyset: Keyset | None = None) -> tuple[list[object], Keyset]:
        criteria = Criteria("letters", ("id",), EVERYTHING, order, rows_max, keyset)
        rows = runner.run(connector.read(LETTERS, criteria, CALL))
        return list(rows.columns["id"]), Keyset(rows.keyset[-1]) if rows.length else Keyset(())

    whole, _ = page(100)
    assert len(whole) == 9
    found, place = page(1)
    while len(found) < len(whole):
        (row,), place = page(1, place)
        found.append(row)
    assert found == whole


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
    assert [shape.rows_max for shape in statements._texts] == [4, 1, 5]


def test_values_do_not_make_new_texts() -> None:
    statements = Statements(DIALECTS["mariadb"])
    texts = {
        statements.select(LETTERS, Criteria("letters", ("id",), is_in("title", *values), NEWEST, 5)).text
        for values in (("a",), ("b",), ("a", "b"), ("c", "d"), ("a", "b", "c"), ("a", "b", "c", "d"))
    }
    assert len(texts) == 3
    assert len(statements._texts) == 3
