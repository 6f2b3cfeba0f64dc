"""SQL Server and Oracle, where TEST_MSSQL_URL and TEST_ORACLE_URL name a database for tests, answer as SQLite does.

Their user makes tables, and users with fewer rights. PostgreSQL, which is always there, shows that the questions are
right.
"""
# ruff: noqa: RUF001  # look-alikes are the point

from __future__ import annotations

import asyncio
import importlib
import secrets
import socket
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import asyncpg
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import URL, make_url

from connectors.criteria import CountCriteria, Criteria, Join, Keyset, Order, ParentKeys
from connectors.decoders import number_key, text
from connectors.load import LoadContract
from connectors.mapping import Mapping, column
from connectors.protocol import Rows, SourceBroken, SourceTimeout, SourceUnreachable
from connectors.sql.connector import SqlConnector
from connectors.sql.engines import dialect_of
from connectors.sql.grants import DATABASE, OWNER, PASSWORD, USER, grants
from connectors.sql.sessions.oracle import oracle_arguments
from connectors.sql.sessions.sqlserver import connection_string
from models.predicates import EVERYTHING, And, Compare, Not, Operator, Or, Predicate, is_in
from models.records import Record
from models.records import field as fact
from tests import servers
from tests.connectors.conftest import CALL
from tests.connectors.letters import LETTERS, NEWEST, SURAT, WRITTEN, Letter
from tests.connectors.specimens import DECODERS, NASTY, NUMBERS, SPECIMENS, TEXTS, Row, decoded

NAMES = {"mssql": "SQL Server", "oracle": "Oracle"}
VARIABLES = {"mssql": "TEST_MSSQL_URL", "oracle": "TEST_ORACLE_URL"}
STATEMENT_MS_MAX = 5_000
ROWS_MAX = 10_000

SHORT_TEXT = {"mssql": "NVARCHAR({})", "oracle": "VARCHAR2({} CHAR)"}
LONG_TEXT = {"mssql": "NVARCHAR(MAX)", "oracle": "CLOB"}

TABLES = {
    "uji": "CREATE TABLE uji (id INTEGER PRIMARY KEY, t {short200}, n INTEGER)",
    "surat": "CREATE TABLE surat (id INTEGER PRIMARY KEY, judul {short100}, isi {long}, jns {short10}, tgl {short20},"
    " hapus CHAR(1), id_penulis INTEGER)",
    "penulis": "CREATE TABLE penulis (id_penulis INTEGER PRIMARY KEY, nama {short40})",
}


class Writer(Record, name="writers"):
    """Who writes letters."""

    id: str = fact("The key")
    name: str | None = fact("The name")


class SignedLetter(Record, name="signed_letters"):
    """A letter that leads to its writer."""

    id: str = fact("The key")
    title: str | None = fact("The title")
    writer_id: str | None = fact("Who wrote it")


WRITERS = Mapping(
    record=Writer,
    source="surat",
    selectable=sa.table("penulis", sa.column("id_penulis", sa.Integer), sa.column("nama", sa.String(40))),
    columns={"id": column("id_penulis", decoder=number_key()), "name": column("nama", decoder=text())},
    unique_key=True,
)
SIGNED = Mapping(
    record=SignedLetter,
    source="surat",
    selectable=SURAT,
    columns={"id": column("id", decoder=number_key()), "title": column("judul", decoder=text()),
             "writer_id": column("id_penulis", decoder=number_key())},
)  # fmt: skip


# --- A server, and a file with the same rows --------------------------------------------------------------------------


def ddl(dialect: str, statement: str) -> str:
    short, long = SHORT_TEXT.get(dialect, "VARCHAR({})"), LONG_TEXT.get(dialect, "TEXT")
    return statement.format(long=long, **{f"short{length}": short.format(length) for length in (10, 20, 40, 100, 200)})


def _written_to_sql_server(url: URL, statements: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    with importlib.import_module("mssql_python").connect(connection_string(url), autocommit=True) as connection:
        cursor = connection.cursor()
        for statement in statements:
            cursor.execute(statement)
        for row in rows:
            cursor.execute(f"INSERT INTO {row[0]} VALUES ({', '.join('?' * (len(row) - 1))})", tuple(row[1:]))


async def _written_to_oracle(url: URL, statements: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    async with importlib.import_module("oracledb").connect_async(**oracle_arguments(url)) as connection:
        for statement in statements:
            await connection.execute(statement)
        for row in rows:
            places = ", ".join(f":v{at}" for at in range(len(row) - 1))
            await connection.execute(f"INSERT INTO {row[0]} VALUES ({places})", list(row[1:]))
        await connection.commit()


async def written(url: str, *statements: str, rows: Sequence[Sequence[object]] = ()) -> None:
    """As somebody who may. A row begins with its table."""
    target = make_url(url)
    if target.get_backend_name() == "mssql":
        await asyncio.to_thread(_written_to_sql_server, target, statements, rows)
    elif target.get_backend_name() == "oracle":
        await _written_to_oracle(target, statements, rows)
    elif target.get_backend_name() == "sqlite":
        with importlib.import_module("sqlite3").connect(target.database) as connection:
            for statement in statements:
                connection.execute(statement)
            for row in rows:
                connection.execute(f"INSERT INTO {row[0]} VALUES ({', '.join('?' * (len(row) - 1))})", row[1:])
        connection.close()
    else:
        postgres = await asyncpg.connect(url)
        for statement in statements:
            await postgres.execute(statement)
        for row in rows:
            places = ", ".join(f"${at}" for at in range(1, len(row)))
            await postgres.execute(f"INSERT INTO {row[0]} VALUES ({places})", *row[1:])
        await postgres.close()


async def dropped(url: str) -> None:
    """The tables of the tests, those of a run that was killed among them."""
    for table in TABLES:
        if_exists = "" if make_url(url).get_backend_name() == "oracle" else "IF EXISTS "
        try:
            await written(url, f"DROP TABLE {if_exists}{table}")
        except Exception as error:
            if "ORA-00942" not in str(error):
                raise


def stored_rows(dialect: str) -> list[tuple[object, ...]]:
    """Every row of every table, each behind its name; the empty text is null in Oracle, and so in no row there."""
    texts = [text for text in dict.fromkeys((None, *NASTY)) if text != "" or dialect != "oracle"]
    rows: list[tuple[object, ...]] = [("uji", at, text, NUMBERS[at % len(NUMBERS)]) for at, text in enumerate(texts)]
    rows += [("penulis", 1, "Budi"), ("penulis", 2, "Siti")]
    rows += [
        ("surat", at, f"Judul {at % 7}", f"Isi {at} " * 900, "AB"[at % 2], "01-02-2026", "TY"[at % 5 == 4],
         (1, 2, 3, None)[at % 4])
        for at in range(30)
    ]  # fmt: skip
    return rows


@dataclass
class Twins:
    """A server and a file with the same rows, asked the same."""

    url: str
    file_url: str
    runner: asyncio.Runner
    server: SqlConnector = field(init=False)
    file: SqlConnector = field(init=False)

    def __post_init__(self) -> None:
        load = LoadContract(connections_max=2, statement_ms_max=STATEMENT_MS_MAX)
        self.server, self.file = SqlConnector(self.url, load), SqlConnector(self.file_url, load)

    @property
    def dialect(self) -> str:
        return self.server.dialect.name

    def both(self, mapping: Mapping, criteria: Criteria) -> Rows:
        """What the server answers, which is what the file answers."""

        async def read() -> tuple[Rows, Rows]:
            return await self.server.read(mapping, criteria, CALL), await self.file.read(mapping, criteria, CALL)

        answered, expected = self.runner.run(read())
        assert _plain(answered) == _plain(expected), criteria
        return answered

    def counted(self, mapping: Mapping, criteria: CountCriteria) -> list[int]:
        async def count() -> tuple[list[int], list[int]]:
            return await self.server.count(mapping, criteria, CALL), await self.file.count(mapping, criteria, CALL)

        answered, expected = self.runner.run(count())
        assert answered == expected, criteria
        return answered

    def found(self, where: Predicate) -> list[object]:
        """The keys of the specimens that satisfy it."""
        rows = self.both(SPECIMENS, Criteria("specimens", ("id",), where, (Order("id"),), ROWS_MAX))
        return list(rows.columns["id"])

    def close(self) -> None:
        async def closed() -> None:
            await self.server.close()
            await self.file.close()

        self.runner.run(closed())


def _plain(rows: Rows) -> object:
    columns = {name: list(values) for name, values in rows.columns.items()}
    joined = [{name: list(values) for name, values in join.items()} for join in rows.joined]
    return rows.length, columns, list(rows.parents), joined


@pytest.fixture(scope="module", params=["postgresql", "mssql", "oracle"])
def url(request: pytest.FixtureRequest) -> str:
    """A database for tests, whose user may make tables and users."""
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgres_url"))
    try:
        return servers.named_server(VARIABLES[request.param], NAMES[request.param])
    except servers.Absent as absent:
        pytest.skip(str(absent))


@pytest.fixture(scope="module")
def twins(url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Twins]:
    file_url = f"sqlite:///{(tmp_path_factory.mktemp('live') / 'twin.db').as_posix()}"
    dialect = dialect_of(url).name
    with asyncio.Runner() as runner:
        runner.run(dropped(url))
        rows = stored_rows(dialect)
        runner.run(written(url, *(ddl(dialect, table) for table in TABLES.values()), rows=rows))
        runner.run(written(file_url, *(ddl("sqlite", table) for table in TABLES.values()), rows=rows))
        both = Twins(url, file_url, runner)
        try:
            yield both
        finally:
            both.close()
            runner.run(dropped(url))


@pytest.fixture(scope="module")
def specimens(twins: Twins) -> list[Row]:
    criteria = Criteria("specimens", ("id", "text", "number"), EVERYTHING, (Order("id"),), ROWS_MAX)
    rows = decoded(twins.both(SPECIMENS, criteria))
    assert len(rows) > 150
    return rows


# --- The same answers as from a file ----------------------------------------------------------------------------------

RANGES = (Operator.GT, Operator.GTE, Operator.LT, Operator.LTE)
RANGED: dict[str, tuple[object, ...]] = {
    "id": ("0", "7", "99999", "9" * 18),
    "number": ("-1", "0", "10", "2147483647", "9" * 18),
    "birthday": (date.min, date(1999, 12, 30), date(2000, 1, 1), date.max),
    "minute": (datetime(2020, 1, 1, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)),
    "second": (datetime(2020, 2, 29, 5, 34, 56, tzinfo=UTC),),
    "day": (datetime(1999, 12, 31, tzinfo=UTC), datetime(2020, 2, 28, 17, tzinfo=UTC)),
}
NEEDLES = ("", " ", "a", "A", "é", "%", "_", "a_b", ".", "*", "?", "[", "[a-z]", "^a", "$", "\\", "\\E", "'", '"',
           "A\\B", "karang t", "🏙", "ß", "x" * 190, "x" * 191, "Y" * 3000, "\n", "ſ", "\u212a")  # fmt: skip


@pytest.mark.parametrize("name", DECODERS)
def test_equality_and_its_complement(twins: Twins, specimens: list[Row], name: str) -> None:
    values = sorted({row.clean[name] for row in specimens} - {None}, key=repr)
    assert values
    for value in values[:20]:
        assert twins.found(is_in(name, value))
    found = twins.found(is_in(name, *values[:50]))
    rest = twins.found(Not(is_in(name, *values[:50])))
    assert sorted(map(int, map(str, found + rest))) == [row.id for row in specimens]


@pytest.mark.parametrize("name", [name for name, decoder in DECODERS.items() if Operator.IS_NULL in decoder.operators])
def test_what_is_null(twins: Twins, specimens: list[Row], name: str) -> None:
    missing = Compare(name, Operator.IS_NULL, ())
    assert twins.found(missing) == [row.id for row in specimens if row.clean[name] is None]
    twins.found(Not(missing))


@pytest.mark.parametrize("name", RANGED)
@pytest.mark.parametrize("operator", RANGES)
def test_ranges(twins: Twins, specimens: list[Row], name: str, operator: Operator) -> None:
    for value in RANGED[name]:
        twins.found(Compare(name, operator, (value,)))
        twins.found(Not(Compare(name, operator, (value,))))


@pytest.mark.parametrize("name", TEXTS)
def test_contains(twins: Twins, specimens: list[Row], name: str) -> None:
    for needle in NEEDLES:
        twins.found(Compare(name, Operator.CONTAINS, (needle,)))
        twins.found(Not(Compare(name, Operator.CONTAINS, (needle,))))


def test_a_tree_of_filters(twins: Twins, specimens: list[Row]) -> None:
    tree = Or((
        And((Compare("text", Operator.CONTAINS, ("a",)), Not(is_in("kind", "K1")))),
        And((Compare("birthday", Operator.GTE, (date(2000, 1, 1),)), Not(Compare("number", Operator.IS_NULL, ())))),
        is_in("number", "99", "100", "-10"),
    ))  # fmt: skip
    assert twins.found(tree)
    assert twins.found(Not(tree))


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("name", ["number", "minute", "second", "day", "birthday", "area"])
def test_orders_and_their_pages_both_ways(twins: Twins, specimens: list[Row], name: str, descending: bool) -> None:
    order = (Order(name, descending), Order("id"))
    whole = twins.both(SPECIMENS, Criteria("specimens", ("id",), EVERYTHING, order, ROWS_MAX))
    assert _walked(twins, order, reverse=False) == list(whole.columns["id"])
    assert _walked(twins, order, reverse=True) == list(whole.columns["id"])


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("name", TEXTS)
def test_pages_by_a_text_hold_every_row_once(twins: Twins, specimens: list[Row], name: str, descending: bool) -> None:
    """Each by its own collation, so that a file may have another order."""
    order = (Order(name, descending), Order("id"))
    forwards = _walked(twins, order, reverse=False)
    assert sorted(map(int, map(str, forwards))) == [row.id for row in specimens]
    assert _walked(twins, order, reverse=True) == forwards


def _walked(twins: Twins, order: tuple[Order, ...], *, reverse: bool) -> list[object]:
    async def walk() -> list[object]:
        found: list[object] = []
        keyset: Keyset | None = None
        while True:
            criteria = Criteria("specimens", ("id",), EVERYTHING, order, 50, keyset, reverse)
            rows = await twins.server.read(SPECIMENS, criteria, CALL)
            page = list(rows.columns["id"])
            found = page + found if reverse else found + page
            if rows.length < 50:
                return found
            keyset = Keyset(rows.keyset[0 if reverse else -1], before=reverse)

    return twins.runner.run(walk())


BY_TITLE = ParentKeys("title", (("Judul 4",), ("nobody",), ("Judul 0", "Judul 3"), (), ("Judul 4",)))
BY_NUMBER = ParentKeys("writer_id", (("1",), ("9" * 18,), ("2", "3")))


@pytest.mark.parametrize("keys_max", [500, 2, 1])
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("mapping", [LETTERS, WRITTEN], ids=["a table", "a join"])
def test_the_first_children_of_many_parents(twins: Twins, mapping: Mapping, reverse: bool, keys_max: int) -> None:
    usual = twins.server.capabilities, twins.file.capabilities
    for connector in (twins.server, twins.file):
        connector.capabilities = type(connector.capabilities)(joins=True, keys_max=keys_max)
    for rows_max in (1, 2, 100):
        criteria = Criteria(
            mapping.record.name, ("id", "body"), is_in("kind", "a"), NEWEST, rows_max, None, reverse, BY_TITLE
        )
        assert twins.both(mapping, criteria).length >= 1
    counts = twins.counted(mapping, CountCriteria(mapping.record.name, EVERYTHING, BY_TITLE))
    twins.server.capabilities, twins.file.capabilities = usual
    assert counts[1:4:2] == [0, 0]
    assert counts[0] == counts[4] > 0


def test_children_by_a_number_and_what_they_lead_to(twins: Twins) -> None:
    leading = Join("writer", WRITERS, "writer_id", "id", ("id", "name"), Not(is_in("name", "Siti")))
    order = (Order("title", descending=True), Order("id"))
    for parents in (None, BY_NUMBER):
        criteria = Criteria(
            "signed_letters", ("id", "writer_id"), EVERYTHING, order, 20, parents=parents, joins=(leading,)
        )
        rows = twins.both(SIGNED, criteria)
        assert set(rows.joined[0]["nama"]) == {"Budi", None}


def test_counts(twins: Twins) -> None:
    assert twins.counted(LETTERS, CountCriteria("letters")) == [24]
    assert twins.counted(LETTERS, CountCriteria("letters", is_in("kind", "a"))) == [12]
    assert twins.counted(SPECIMENS, CountCriteria("specimens", Compare("text", Operator.CONTAINS, ("a",)))) > [0]


def test_what_the_catalog_says(twins: Twins) -> None:
    twins.runner.run(written(twins.url, "CREATE INDEX idx_surat_judul ON surat (judul, id)"))

    async def told() -> tuple[Any, ...]:
        server, missing = twins.server, sa.table("tidak_ada", sa.column("id", sa.Integer))
        absent = Mapping(record=Letter, source="surat", selectable=missing, columns={"id": LETTERS.columns["id"]})
        return (
            list(await server.columns_of(LETTERS) or ()), list(await server.columns_of(WRITTEN) or ()),
            await server.columns_of(absent), await server.indexes_of(WRITTEN), await server.indexes_of(absent),
        )  # fmt: skip

    columns, of_select, none, indexes, no_indexes = twins.runner.run(told())
    assert columns == ["id", "judul", "isi", "jns", "tgl", "hapus", "id_penulis"]
    assert of_select == [*columns, "nama"]
    assert none is None
    assert indexes == {"surat": {("id",), ("judul", "id")}, "penulis": {("id_penulis",)}}
    assert no_indexes == {}
    capabilities = twins.runner.run(twins.server.probe())
    assert capabilities.server.startswith(f"{twins.dialect} ")


def test_a_select_that_lost_a_column_keeps_the_others(twins: Twins) -> None:
    chosen = sa.select(SURAT.c.id, SURAT.c.judul, sa.column("hilang", sa.String(1), _selectable=SURAT)).subquery("t")
    mapping = Mapping(record=Letter, source="surat", selectable=chosen, columns={"id": LETTERS.columns["id"]})
    assert list(twins.runner.run(twins.server.columns_of(mapping)) or ()) == ["id", "judul"]


# --- Bounds -----------------------------------------------------------------------------------------------------------


def _heavy() -> Mapping:
    table = sa.table("uji", sa.column("id", sa.Integer))
    names = [table.alias(name) for name in "abcde"]
    total = sum((name.c.id for name in names[1:]), start=names[0].c.id)
    # Two hundred rows five times over, all of which have to be looked at.
    crossed = sa.select(names[0].c.id).select_from(*names).where(total < 0).subquery("t")
    return Mapping(record=Letter, source="surat", selectable=crossed, columns={"id": LETTERS.columns["id"]})


async def _asked(connector: SqlConnector, mapping: Mapping) -> Rows:
    return await connector.read(mapping, Criteria("letters", ("id",), EVERYTHING, (Order("id"),), 10), CALL)


def test_a_statement_ends_at_its_limit_and_its_session_goes_on(twins: Twins) -> None:
    async def run() -> float:
        connector = SqlConnector(twins.url, LoadContract(connections_max=1, statement_ms_max=300))
        await connector.probe()
        started = time.monotonic()
        with pytest.raises(SourceTimeout):
            await _asked(connector, _heavy())
        took_s = time.monotonic() - started
        assert (await _asked(connector, LETTERS)).length == 10
        await connector.close()
        return took_s

    assert 0.2 < twins.runner.run(run()) < 4


def test_an_abandoned_statement_ends_and_makes_room(twins: Twins) -> None:
    async def run() -> None:
        connector = SqlConnector(twins.url, LoadContract(connections_max=1, statement_ms_max=2_000))
        for _ in range(3):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.2):
                    await _asked(connector, _heavy())
        async with asyncio.timeout(15):
            assert (await _asked(connector, LETTERS)).length == 10
            await connector.close()

    twins.runner.run(run())


def test_a_login_and_a_port_that_are_refused_are_unreachable(twins: Twins) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        changes: list[dict[str, Any]] = [
            {"username": "no_such_user", "password": "x"},
            {"database": "no_such_database"},
            {"host": "127.0.0.1", "port": taken.getsockname()[1]},
        ]
        for change in changes:
            wrong = make_url(twins.url).set(**change).render_as_string(hide_password=False)

            async def run(place: str = wrong) -> None:
                connector = SqlConnector(place, LoadContract())
                with pytest.raises(SourceUnreachable):
                    await _asked(connector, LETTERS)
                await connector.close()

            twins.runner.run(run())


# --- Rights -----------------------------------------------------------------------------------------------------------


@asynccontextmanager
async def granted(twins: Twins) -> AsyncIterator[SqlConnector]:
    """A connector of the user whom the sheet makes."""
    user, password = f"simpul_test_{secrets.token_hex(4)}", f"Aa1-{secrets.token_hex(8)}"
    target = make_url(twins.url)
    filled = {USER: user, DATABASE: str(target.database), OWNER: str(target.username), PASSWORD: password}
    statements = list(grants(twins.dialect, [LETTERS], LoadContract(connections_max=2)))
    for gap, value in filled.items():
        statements = [statement.replace(gap, value).rstrip(";") for statement in statements]
    dropping = {
        "postgresql": [f"DROP OWNED BY {user}", f"DROP USER {user}"],
        "mssql": [f"DROP USER {user}", f"DROP LOGIN {user}"],
        "oracle": [f"DROP USER {user} CASCADE", f"DROP PROFILE {user}", f"DROP VIEW {user}_surat"],
    }[twins.dialect]
    await written(twins.url, *statements)
    place = target.set(username=user, password=password).render_as_string(hide_password=False)
    connector = SqlConnector(place, LoadContract(connections_max=2, statement_ms_max=STATEMENT_MS_MAX))
    try:
        yield connector
    finally:
        await connector.close()
        await written(twins.url, *dropping)


def test_the_rights_of_the_sheet_are_enough_and_no_more(twins: Twins) -> None:
    criteria = Criteria("letters", tuple(LETTERS.columns), is_in("kind", "a"), NEWEST, 5)
    of_another_column = Criteria("signed_letters", ("writer_id",), EVERYTHING, (Order("id"),), 5)

    async def run() -> None:
        async with granted(twins) as connector:
            assert _plain(await connector.read(LETTERS, criteria, CALL)) == _plain(
                await twins.file.read(LETTERS, criteria, CALL)
            )
            assert {"id", "judul", "hapus"} <= set(await connector.columns_of(LETTERS) or ())
            with pytest.raises(SourceBroken):
                await connector.read(SIGNED, of_another_column, CALL)
            for writing in ("UPDATE surat SET hapus = 'Y'", "DELETE FROM surat", "CREATE TABLE baru (a INTEGER)"):
                with pytest.raises(Exception):  # noqa: B017, PT011  # whatever the driver calls it
                    await connector._pool.fetch(writing, ())
        assert await twins.server.count(LETTERS, CountCriteria("letters"), CALL) == [24]

    twins.runner.run(run())
