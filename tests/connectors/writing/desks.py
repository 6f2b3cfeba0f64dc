"""A department's database to write to, on each engine; deliveries as an outbox makes them; cuts between statements."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import asyncmy
import asyncpg
from sqlalchemy.engine import make_url

from connectors.departments.complaints import COMPLAINT_WRITING, STATUS_CHANGE_WRITING
from connectors.load import LoadContract
from connectors.protocol import SourceFailure
from connectors.sql.connector import SqlConnector
from connectors.sql.engines import dialect_of, parsed_url
from connectors.sql.sessions.writing import Done, WritingOpener, WritingSession, writing_opener_of
from connectors.writing.protocol import Delivery, LeaseLost, NotWritten, Written
from connectors.writing.sql import SqlWriter
from connectors.writing.statements import WriteStatements, marker_ddl
from models.actions.effects import Effect
from models.complaints import Complaint, ComplaintChannel, ComplaintStatusDetail, Publication, StatusChange
from models.values.types import AreaCode, Nik, Position
from sample.complaints.source import M_KATEGORI, TBL_PENGADUAN, TBL_TANGGAPAN
from sample.shapes import Table

ENGINES = ("sqlite", "postgresql", "mariadb", "myisam")
TRANSACTIONAL = tuple(engine for engine in ENGINES if engine != "myisam")
SERVERS = tuple(engine for engine in ENGINES if engine != "sqlite")
"""Where users, sessions and locks are those of a server: a file has none, and is locked as a whole."""
MARKER = "simpul_kiriman"
LOAD = LoadContract(connections_max=4, statement_ms_max=3_000)
AT = datetime(2026, 11, 20, 1, 2, 33, 444_555, tzinfo=UTC)
WRITINGS = {one.record: one for one in (COMPLAINT_WRITING, STATUS_CHANGE_WRITING)}
ATTEMPTS_MAX = 5


@dataclass(slots=True)
class Desk:
    """One database of a department, and a way to look into it that is not the hub's."""

    engine: str
    url: str

    @property
    def dialect(self) -> str:
        return dialect_of(self.url).name

    async def run(self, *statements: str) -> list[tuple[Any, ...]]:
        """Run statements with all rights; the rows of the last one."""
        rows: list[Any] = []
        if self.dialect == "sqlite":
            with sqlite3.connect(make_url(self.url).database or "", isolation_level=None, timeout=10) as file:
                for statement in statements:
                    rows = file.execute(statement).fetchall()
            file.close()
        elif self.dialect == "postgresql":
            connection = await asyncpg.connect(self.url)
            for statement in statements:
                rows = await connection.fetch(statement)
            await connection.close()
        else:
            url = make_url(self.url)
            connection = await asyncmy.connect(
                host=url.host, port=url.port or 3306, user=url.username, db=url.database, autocommit=True
            )
            async with connection.cursor() as cursor:
                for statement in statements:
                    await cursor.execute(statement)
                    rows = await cursor.fetchall() if cursor.description else []
            await connection.ensure_closed()
        return [tuple(row) for row in rows]

    async def furnish(self) -> None:
        """LAKSA's tables, empty but for two complaints that wait, the second of which was deleted."""
        tables: tuple[Table, ...] = (TBL_PENGADUAN, TBL_TANGGAPAN, M_KATEGORI)
        if self.engine == "myisam":
            tables = tuple(replace(table, engine="MyISAM") for table in tables)
        dropped = [f"DROP TABLE IF EXISTS {name}" for name in (*(table.name for table in tables), MARKER)]
        created = [table.create_sql(self.dialect, table.name) for table in tables]  # type: ignore[arg-type]  # one of the three
        columns = "no_tiket, tgl_pengaduan, stts, kd_opd, publikasi, hapus"
        rows = [
            f"('LAKSA-2026-{number}', '20-11-2026 08:00', 'Menunggu', 'DPUPR', 'Publik', '{deleted}')"
            for number, deleted in ((1, "T"), (2, "Y"))
        ]
        inserted = f"INSERT INTO tbl_pengaduan ({columns}) VALUES {', '.join(rows)}"  # the test's own
        await self.run(*dropped, *created, marker_ddl(MARKER), inserted)

    async def count(self, table: str, condition: str = "1 = 1") -> int:
        return int((await self.run(f"SELECT count(*) FROM {table} WHERE {condition}"))[0][0])  # the test's own


@dataclass(slots=True)
class Lease:
    """One accepted action as an outbox holds it: its trace, and the token of whoever may deliver it."""

    id: str
    effects: tuple[Effect, ...]
    reference: str | None = None
    trace: str | None = None
    token: int = 0
    kept: list[str] = field(default_factory=list)

    def taken(self) -> Delivery:
        """The next attempt: the one before may not keep anything any more."""
        self.token += 1
        token = self.token

        async def keep(trace: str) -> None:
            if token != self.token:
                raise LeaseLost
            self.trace = trace
            self.kept.append(trace)

        return Delivery(self.id, self.effects, self.reference, self.trace, keep)

    async def delivered(self, writer: SqlWriter) -> Written | NotWritten:
        """Attempts until one ends."""
        for _ in range(ATTEMPTS_MAX - 1):
            with suppress(SourceFailure):
                return await writer.deliver(self.taken())
        return await writer.deliver(self.taken())


@dataclass(slots=True)
class Cut:
    """Cuts the connection at one call: before it is sent, or after it has run, so that its answer is lost."""

    at: int
    after: bool
    desk: Desk
    calls: int = 0
    was_cut: bool = False

    def opener(self, behind: WritingOpener) -> WritingOpener:
        async def opened() -> WritingSession:
            return _Cuttable(await behind(), self)

        return opened

    async def call(self, session: Any, asked: Callable[[], Awaitable[Any]]) -> Any:
        mine, self.calls = self.calls == self.at, self.calls + 1
        if mine and not self.after:
            await self._cut(session)
        result = await asked()
        if mine and self.after:
            await self._cut(session)
            raise ConnectionResetError("the answer was lost")
        return result

    async def _cut(self, session: Any) -> None:
        self.was_cut = True
        if self.desk.dialect == "postgresql":
            pid = session.connection.get_server_pid()
            await self.desk.run(f"SELECT pg_terminate_backend({pid:d}, 5000)")
        elif self.desk.dialect == "mariadb":
            await self.desk.run(f"KILL {session.connection.thread_id():d}")
        else:
            # There is no server: closing the file is what is left of a dead process.
            await session.connection.close()
            if not self.after:
                raise ConnectionResetError("the process is dead")


@dataclass(slots=True)
class _Cuttable:
    behind: WritingSession
    cut: Cut

    async def begin(self, lock: str) -> None:
        await self.cut.call(self.behind, lambda: self.behind.begin(lock))

    async def run(self, text: str, parameters: tuple[Any, ...]) -> Done:
        done: Done = await self.cut.call(self.behind, lambda: self.behind.run(text, parameters))
        return done

    async def commit(self) -> None:
        await self.cut.call(self.behind, self.behind.commit)

    async def close(self) -> None:
        await self.behind.close()


def opener_at(desk: Desk, load: LoadContract = LOAD) -> WritingOpener:
    return writing_opener_of(desk.dialect, parsed_url(desk.url), load)


@asynccontextmanager
async def writing_at(
    desk: Desk, cut: Cut | None = None, marker: str | None = None, load: LoadContract = LOAD
) -> AsyncIterator[SqlWriter]:
    """The hub's writer at a desk."""
    connector = SqlConnector(desk.url, load)
    opener = opener_at(desk, load)
    try:
        yield SqlWriter(
            WRITINGS,
            WriteStatements(dialect_of(desk.url)),
            opener if cut is None else cut.opener(opener),
            connector.room,
            connector.connections.paced,
            lambda: "",
            marker,
        )
    finally:
        await connector.close()


# --- Effects ----------------------------------------------------------------------------------------------------------

TICKET = "LAKSA-H-0123456789AB"
NOTE = "Petugas sudah ke lokasi; besok diperbaiki"


def reported(ticket: str = TICKET) -> tuple[Effect, ...]:
    """A new complaint, as a resident reports it."""
    return (
        Effect(
            Complaint.name,
            {
                "ticket_number": ticket,
                "requested_at": AT,
                "category_code": "K03",
                "description": "Lubang besar di jalan, dekat sekolah",
                "position": Position(-6.19123449, 106.66123449),
                "area_code": AreaCode("36.71.05.1003"),
                "address": "Jl. Merdeka No. 1",
                "publication": Publication.ANONYMOUS,
                "status_detail": ComplaintStatusDetail.WAITING,
                "department_code": "dpupr",
                "reporter_nik": Nik("3671014101459000"),
                "channel": ComplaintChannel.WEB,
            },
        ),
    )


def step(key: str = "1", note: str | None = NOTE) -> Effect:
    detail = ComplaintStatusDetail.IN_PROGRESS
    return Effect(StatusChange.name, {"complaint_id": key, "at": AT, "status_detail": detail, "note": note})


def answered(key: str = "1", expected: ComplaintStatusDetail = ComplaintStatusDetail.WAITING) -> tuple[Effect, ...]:
    """An officer's answer: the status of the complaint, and a step of its history."""
    changed = Effect(
        Complaint.name,
        {"status_detail": ComplaintStatusDetail.IN_PROGRESS},
        key,
        expects={"status_detail": (expected,)},
    )
    return changed, step(key)
