"""SQL Server and Oracle without a server: URLs, errors, rights, catalogs, and drivers that knock at a closed door."""

from __future__ import annotations

import asyncio
import importlib.util
import re
import socket
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import make_url

from connectors.criteria import CountCriteria, Criteria, Order
from connectors.kinds import SourceUrlError
from connectors.load import LoadContract
from connectors.protocol import (
    Capabilities,
    SourceBroken,
    SourceFailure,
    SourceTimeout,
    SourceUnreachable,
)
from connectors.sql.capabilities import probed
from connectors.sql.catalogs import catalog_columns, catalog_indexes
from connectors.sql.connector import SqlConnector
from connectors.sql.dialects import DIALECTS
from connectors.sql.engines import engine_for
from connectors.sql.failures import failure_of
from connectors.sql.grants import grants
from connectors.sql.sessions.oracle import oracle_arguments
from connectors.sql.sessions.sqlserver import connection_string
from connectors.sql.statements import Statements
from models.predicates import EVERYTHING, Compare, Not, Operator, Predicate, is_in
from tests.connectors.conftest import CALL
from tests.connectors.letters import LETTERS, WRITTEN
from tests.connectors.specimens import SPECIMENS

MODULES = {"mssql": "mssql_python", "oracle": "oracledb"}
URLS = {"mssql": "mssql://user:secret@{}/kota", "oracle": "oracle://user:secret@{}/kota"}


# --- URLs -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (
            "mssql://hub:p%3Bw%7Bd%7D%20%3D%40%2F%3A@10.1.2.3:1444/laksa?encrypt=strict&HostNameInCertificate=db.kota",
            (
                "Server={10.1.2.3,1444};Database={laksa};UID={hub};PWD={p;w{d}} =@/:};Encrypt={strict};"
                "HostnameInCertificate={db.kota};ApplicationIntent={ReadOnly};ConnectRetryCount={0}"
            ),
        ),
        (
            "mssql://db.kota/laksa",
            (
                "Server={db.kota,1433};Database={laksa};Trusted_Connection={yes};"
                "ApplicationIntent={ReadOnly};ConnectRetryCount={0}"
            ),
        ),
    ],
)
def test_a_url_of_sql_server_is_a_connection_string(url: str, told: str) -> None:
    assert connection_string(make_url(url)) == told


def test_a_url_of_oracle_is_what_its_driver_takes() -> None:
    url = make_url("oracle://hub:p%22w'd%40%2F%3A%3B%7D@db.kota:1522/LAKSA?protocol=tcps")
    assert oracle_arguments(url) == {
        "host": "db.kota", "port": 1522, "service_name": "LAKSA", "user": "hub", "password": "p\"w'd@/:;}",
        "tcp_connect_timeout": 3, "program": "simpul", "protocol": "tcps",
    }  # fmt: skip
    assert oracle_arguments(make_url("oracle://hub:x@db.kota/LAKSA"))["port"] == 1521


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("mssql://user:secret@/kota", "Write the URL of SQL Server like mssql://host:1433/database."),
        ("mssql://user:secret@db.kota", "Write the URL of SQL Server like mssql://host:1433/database."),
        (
            "mssql://user:secret@db.kota/x?driver=mine",
            (
                "The options of a URL of SQL Server are encrypt, hostnameincertificate, multisubnetfailover,"
                " servercertificate, trustservercertificate."
            ),
        ),
        ("oracle://user:secret@db.kota", "Write the URL of Oracle like oracle://host:1521/service."),
        (
            "oracle://user:secret@db.kota/x?mode=sysdba",
            "The options of a URL of Oracle are protocol, ssl_server_cert_dn, wallet_location.",
        ),
    ],
)
def test_a_url_that_says_too_little_or_too_much_is_refused(url: str, sentence: str) -> None:
    with pytest.raises(SourceUrlError) as raised:
        SqlConnector(url, LoadContract())
    assert str(raised.value) == sentence


@pytest.mark.parametrize(("dialect", "package"), [("mssql", "mssql-python>=1.16"), ("oracle", "oracledb>=26.1")])
def test_a_driver_that_is_not_there_is_named(dialect: str, package: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, MODULES[dialect], None)
    with pytest.raises(SourceUrlError) as raised:
        SqlConnector(URLS[dialect].format("db.kota"), LoadContract())
    assert str(raised.value) == (
        f'The driver of this database is not installed. Run: pip install "{package}" (see docs/operating.md).'
    )


@pytest.mark.parametrize("dialect", ["mssql", "oracle"])
def test_no_engine_looks_at_them(dialect: str) -> None:
    with pytest.raises(SourceUrlError) as raised:
        engine_for(URLS[dialect].format("db.kota"), LoadContract())
    assert str(raised.value) == "For this, the scheme of the URL must be one of mariadb, postgresql, sqlite."


# --- What errors mean -------------------------------------------------------------------------------------------------


class SaidBySqlServer(Exception):
    """As its driver says it, which keeps the SQLSTATE to itself."""

    def __init__(self, driver_error: str, ddbc_error: str = "[Microsoft] secret") -> None:
        self.driver_error, self.ddbc_error = driver_error, ddbc_error
        super().__init__(f"{driver_error} {ddbc_error}")


@pytest.mark.parametrize(
    ("error", "failure", "told"),
    [
        (SaidBySqlServer("Timeout expired"), SourceTimeout, "Timeout expired"),
        (SaidBySqlServer("Communication link failure"), SourceUnreachable, "Communication link failure"),
        (SaidBySqlServer("Serialization failure"), SourceUnreachable, "Serialization failure"),
        (
            SaidBySqlServer("Invalid authorization specification"),
            SourceUnreachable,
            "Invalid authorization specification",
        ),
        (SaidBySqlServer("Base table or view not found"), SourceBroken, "Base table or view not found"),
        (SaidBySqlServer("Syntax error or access violation"), SourceBroken, "Syntax error or access violation"),
        (
            SaidBySqlServer("Connection operation failed", "Failed to load the driver. Please read ..."),
            SourceBroken,
            "a library that the driver of SQL Server needs is missing: see docs/operating.md",
        ),
        (
            ConnectionRefusedError("no"),
            SourceUnreachable,
            "nothing listens at this host and port (ConnectionRefusedError)",
        ),
        (ValueError("secret"), SourceBroken, "ValueError"),
    ],
)
def test_what_sql_server_says(error: Exception, failure: type[SourceFailure], told: str) -> None:
    found = failure_of(error, "mssql")
    assert (type(found), str(found)) == (failure, told)


class OfOracle:
    """What its driver puts into an error."""

    def __init__(self, full_code: str) -> None:
        self.full_code = full_code


@pytest.mark.parametrize(
    ("code", "failure", "told"),
    [
        ("DPY-4024", SourceTimeout, "DPY-4024"),
        ("ORA-01013", SourceTimeout, "ORA-01013"),
        ("DPY-4011", SourceUnreachable, "DPY-4011"),
        ("DPY-6005", SourceUnreachable, "nothing listens at this host and port (DPY-6005)"),
        ("ORA-01017", SourceUnreachable, "the user or the password is wrong (ORA-01017)"),
        ("ORA-02391", SourceUnreachable, "ORA-02391"),
        ("ORA-00942", SourceBroken, "ORA-00942"),
        ("ORA-00904", SourceBroken, "ORA-00904"),
        ("DPY-3010", SourceBroken, "DPY-3010"),
    ],
)
def test_what_oracle_says(code: str, failure: type[SourceFailure], told: str) -> None:
    found = failure_of(Exception(OfOracle(code)), "oracle")
    assert (type(found), str(found)) == (failure, told)
    assert type(failure_of(TimeoutError(), "oracle")) is SourceUnreachable


# --- What they can do, and what they let the hub do -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dialect", "version", "shown"),
    [
        ("mssql", "14.0.3456.2", "mssql 14.0.3456.2"),
        ("mssql", "17.0.1000.7", "mssql 17.0.1000.7"),
        ("oracle", "12.2.0.1.0", "oracle 12.2.0.1.0"),
        ("oracle", "23.0.0.0.0", "oracle 23.0.0.0.0"),
    ],
)
def test_a_server_that_is_young_enough_serves(dialect: str, version: str, shown: str) -> None:
    found = probed(DIALECTS[dialect], version)
    values_max = {"mssql": 1_000, "oracle": 10_000}[dialect]
    assert found == Capabilities(joins=True, keys_max=500, values_max=values_max)
    assert found.server == shown


@pytest.mark.parametrize(
    ("dialect", "version", "told"),
    [
        ("mssql", "13.0.7000.253", "mssql 13.0.7000.253 is older than 14.0"),
        ("oracle", "12.1.0.2.0", "oracle 12.1.0.2.0 is older than 12.2"),
    ],
)
def test_a_server_that_is_too_old_is_refused(dialect: str, version: str, told: str) -> None:
    with pytest.raises(SourceBroken) as raised:
        probed(DIALECTS[dialect], version)
    assert str(raised.value) == told


def test_the_rights_of_sql_server_are_rights_to_columns() -> None:
    assert grants("mssql", [WRITTEN], LoadContract()) == (
        "CREATE LOGIN simpul WITH PASSWORD = '<password>', DEFAULT_DATABASE = [<database>];",
        "USE [<database>];",
        "CREATE USER simpul FOR LOGIN simpul WITH DEFAULT_SCHEMA = dbo;",
        "GRANT SELECT ON dbo.penulis (id_penulis, nama) TO simpul;",
        "GRANT SELECT ON dbo.surat (hapus, id, id_penulis, isi, jns, judul, tgl) TO simpul;",
    )


def test_the_rights_of_oracle_are_rights_to_views() -> None:
    assert grants("oracle", [LETTERS], LoadContract(connections_max=3)) == (
        "CREATE PROFILE simpul LIMIT SESSIONS_PER_USER 3;",
        'CREATE USER simpul IDENTIFIED BY "<password>" PROFILE simpul;',
        "GRANT CREATE SESSION TO simpul;",
        (
            "CREATE VIEW <owner of the tables>.simpul_surat AS"
            " SELECT hapus, id, isi, jns, judul, tgl FROM <owner of the tables>.surat;"
        ),
        "GRANT READ ON <owner of the tables>.simpul_surat TO simpul;",
        "CREATE SYNONYM simpul.surat FOR <owner of the tables>.simpul_surat;",
    )


@pytest.mark.parametrize("negated", [False, True])
def test_no_list_of_oracle_has_more_than_a_thousand_values(negated: bool) -> None:
    sought = is_in("title", *(f"Judul {number}" for number in range(1_500)))
    criteria = Criteria("letters", ("id",), Not(sought) if negated else sought, (Order("id"),), 10)
    made = Statements(DIALECTS["oracle"]).select(LETTERS, criteria)
    whole = re.sub(r"IN \([^)]*\)", lambda found: f"IN {found[0].count(':p')}", made.text)
    lists = "(t.judul IN 1000 OR t.judul IN 1000 OR t.judul IN 48)"
    where = f"(t.judul IS NULL OR NOT {lists})" if negated else lists
    assert f"WHERE {where} AND t.hapus IN 0 AND t.id IS NOT NULL ORDER BY" in whole
    assert len(made.parameters) == 2_048


def test_oracle_is_asked_for_no_empty_text_which_it_holds_for_null() -> None:
    def asked(where: Predicate) -> tuple[str, tuple[object, ...]]:
        made = Statements(DIALECTS["oracle"]).count(SPECIMENS, CountCriteria("specimens", where))
        asked, _, key = made.text.partition(" WHERE ")[2].rpartition("t.id IS NOT NULL")
        assert key == ""
        return asked.removesuffix(" AND "), made.parameters

    assert asked(is_in("words", "")) == ("0 = 1", ())
    assert asked(Not(is_in("words", ""))) == ("", ())
    assert asked(Not(is_in("words", "", "a"))) == ("(t.t IS NULL OR t.t != :p0)", ("a",))
    assert asked(Compare("words", Operator.CONTAINS, ("",))) == ("CASE WHEN (t.t IS NULL) THEN 0 ELSE 1 END = 1", ())


BOOKS = sa.table("books", sa.column("id"), schema="Library")


async def answered(answers: list[list[tuple[object, ...]]], asked: list[tuple[object, ...]]) -> Any:
    async def fetch(text: str, parameters: tuple[object, ...]) -> list[tuple[object, ...]]:
        assert text.count("?") + text.count(":") == len(parameters)
        asked.append(parameters)
        return answers.pop(0)

    return fetch


async def test_a_catalog_is_asked_by_the_names_of_statements_and_answers_in_those_of_mappings() -> None:
    asked: list[tuple[object, ...]] = []
    fetch = await answered([[("ID", "NUMBER"), ("Mixed", "VARCHAR2")], [], [("Id", "int")]], asked)
    oracle, mssql = DIALECTS["oracle"], DIALECTS["mssql"]
    assert await catalog_columns(oracle, fetch, sa.table("surat")) == {"id": "NUMBER", "Mixed": "VARCHAR2"}
    assert await catalog_columns(oracle, fetch, BOOKS) is None
    assert await catalog_columns(mssql, fetch, BOOKS) == {"Id": "INT"}
    assert asked == [(None, "SURAT", None, "SURAT"), ("Library", "BOOKS", "Library", "BOOKS"), ("[Library].books",)]


async def test_an_index_counts_up_to_its_first_expression_and_a_view_has_none() -> None:
    asked: list[tuple[object, ...]] = []
    indexes: list[tuple[object, ...]] = [("K.A", "ID"), ("K.B", "JNS"), ("K.B", None), ("K.B", "TGL"), ("K.C", None)]
    fetch = await answered([[(1,)], indexes, []], asked)
    assert await catalog_indexes(DIALECTS["oracle"], fetch, LETTERS.selectable) == {
        "surat": frozenset({("id",), ("jns",)})
    }
    assert await catalog_indexes(DIALECTS["oracle"], fetch, LETTERS.selectable) == {}


# --- The drivers ------------------------------------------------------------------------------------------------------


@pytest.fixture(params=["mssql", "oracle"])
def dialect(request: pytest.FixtureRequest) -> str:
    module = MODULES[request.param]
    if importlib.util.find_spec(module) is None:
        pytest.skip(f"the driver {module} is not installed")
    return str(request.param)


@pytest.fixture
def closed_port() -> Iterator[int]:
    with socket.socket() as taken:
        # Bound, so that nobody else listens there, and not listening.
        taken.bind(("127.0.0.1", 0))
        yield int(taken.getsockname()[1])


class Silent:
    """A server that takes every connection and says nothing."""

    def __init__(self) -> None:
        self.open, self.open_max, self.seen = 0, 0, 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.seen += 1
        self.open += 1
        self.open_max = max(self.open, self.open_max)
        while await reader.read(4096):
            pass
        self.open -= 1
        writer.close()


async def test_a_refused_port_is_unreachable(dialect: str, closed_port: int) -> None:
    connector = SqlConnector(URLS[dialect].format(f"127.0.0.1:{closed_port}"), LoadContract(connections_max=1))
    asking: list[Callable[[], Any]] = [
        lambda: connector.count(LETTERS, CountCriteria("letters"), CALL),
        lambda: connector.columns_of(WRITTEN),
        lambda: connector.indexes_of(LETTERS),
    ]
    for ask in asking if dialect == "oracle" else asking[:1]:
        with pytest.raises(SourceUnreachable) as raised:
            await ask()
        assert raised.value.__cause__ is not None
        assert "secret" not in str(raised.value)
    await connector.close()


async def test_a_server_that_says_nothing_holds_nobody_up_and_sees_one_connection(dialect: str) -> None:
    silent = Silent()
    server = await asyncio.start_server(silent, "127.0.0.1")
    port = server.sockets[0].getsockname()[1]
    connector = SqlConnector(URLS[dialect].format(f"127.0.0.1:{port}"), LoadContract(connections_max=1))
    turns = 0

    async def turning() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0.01)

    beside = asyncio.create_task(turning())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await connector.count(LETTERS, CountCriteria("letters"), CALL)
    beside.cancel()
    assert turns > 10
    # Who asks and waits is told, in the time that connecting may take, behind the one that was left.
    async with asyncio.timeout(10):
        with pytest.raises(SourceUnreachable):
            await connector.count(LETTERS, CountCriteria("letters"), CALL)
        await connector.close()
        while silent.open:  # noqa: ASYNC110  # the driver closes it in its own time
            await asyncio.sleep(0.01)
    server.close()
    assert (silent.seen, silent.open_max) == (2, 1)


async def test_plans_are_not_read(dialect: str) -> None:
    connector = SqlConnector(URLS[dialect].format("127.0.0.1"), LoadContract())
    statement = connector.statement(LETTERS, Criteria("letters", ("id",), EVERYTHING, (Order("id"),), 10))
    assert statement is not None
    with pytest.raises(SourceBroken) as raised:
        await connector.explain(statement, CALL)
    assert str(raised.value) == "plans are not read on this database"
    await connector.close()
