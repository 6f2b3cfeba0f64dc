"""A writer without a right says which one is missing, and refuses; with exactly those of the sheet it writes."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from connectors.departments.complaints import COMPLAINT_WRITING, SOURCE, STATUS_CHANGE_WRITING
from connectors.protocol import SourceUnreachable
from connectors.sql.grants import WRITER, writing_grants
from connectors.writing.protocol import NotWritten, Written
from models.actions.receipts import RefusalReason
from tests.connectors.writing.desks import MARKER, SERVERS, Desk, Lease, answered, reported, step, writing_at

pytestmark = pytest.mark.anyio

PASSWORD = "only-for-tests"  # of a user who is gone with the test
WRITINGS = (COMPLAINT_WRITING, STATUS_CHANGE_WRITING)
ALL = {
    (
        "GRANT INSERT (hapus, no_tiket, tgl_pengaduan, kd_kategori, isi_laporan, lat, lng, kd_desa, lokasi, publikasi, "
        "stts, kd_opd, nik, sumber) ON tbl_pengaduan"
    ),
    "GRANT UPDATE (stts, kd_opd, publikasi) ON tbl_pengaduan",
    "GRANT SELECT (id_pengaduan, no_tiket, hapus, stts, kd_opd, publikasi) ON tbl_pengaduan",
    "GRANT INSERT (id_pengaduan, tgl_tanggapan, stts, tanggapan) ON tbl_tanggapan",
    "GRANT SELECT (id_tanggapan, id_pengaduan, tgl_tanggapan, stts, tanggapan) ON tbl_tanggapan",
    f"GRANT INSERT ON {MARKER}",
    f"GRANT SELECT ON {MARKER}",
}


@asynccontextmanager
async def stranger(desk: Desk) -> AsyncIterator[tuple[Desk, str]]:
    """The desk as a new user sees it who has no right yet, and the user's name."""
    name = f"simpul_test_{secrets.token_hex(4)}"
    url = make_url(desk.url).set(username=name, password=PASSWORD)
    database = url.database
    if desk.dialect == "postgresql":
        made = [f"CREATE USER {name} PASSWORD '{PASSWORD}'", f"GRANT CONNECT ON DATABASE {database} TO {name}"]
        gone = [f"DROP OWNED BY {name}", f"DROP USER {name}"]
    else:
        made = [f"CREATE USER '{name}'@'%' IDENTIFIED BY '{PASSWORD}'", f"GRANT USAGE ON {database}.* TO '{name}'@'%'"]
        # To see a database takes a right in it.
        made.append(f"GRANT CREATE TEMPORARY TABLES ON {database}.* TO '{name}'@'%'")
        gone = [f"DROP USER '{name}'@'%'"]
    await desk.run(*made)
    try:
        yield Desk(desk.engine, url.render_as_string(hide_password=False)), name
    finally:
        await desk.run(*gone)


def _granted(desk: Desk, name: str) -> list[str]:
    """The statements of the sheet, for this user and database."""
    marked = replace(SOURCE, marker=MARKER)
    statements = writing_grants(desk.dialect, marked, WRITINGS)
    database = make_url(desk.url).database or ""
    return [
        one.replace("<database>", database).replace("<host of the hub>", "%").replace(WRITER, name).rstrip(";")
        for one in statements
        if not one.startswith(("CREATE USER", "CREATE TABLE"))
    ]


@pytest.mark.parametrize("desk", SERVERS, indirect=True)
async def test_what_is_missing_is_said_as_the_owner_grants_it(desk: Desk) -> None:
    async with stranger(desk) as (there, name), writing_at(there, marker=MARKER) as writer:
        assert set(await writer.missing_rights()) == ALL
        assert await Lease("one", reported()).delivered(writer) == NotWritten(RefusalReason.NO_RIGHT)
        assert await desk.count("tbl_pengaduan") == 2
        for statement in _granted(desk, name):
            await desk.run(statement)
        assert await writer.missing_rights() == ()
        assert await Lease("two", reported()).delivered(writer) == Written("3")
        assert await Lease("three", answered()).delivered(writer) == Written("1")
        assert isinstance(await Lease("four", (step(),)).delivered(writer), Written)
    assert await desk.count("tbl_tanggapan") == 2


@pytest.mark.parametrize("desk", ["sqlite"], indirect=True)
async def test_a_file_that_is_gone_is_not_made_anew(desk: Desk, tmp_path: Path) -> None:
    async with writing_at(desk) as writer:
        assert await writer.missing_rights() == ()
    absent = tmp_path / "absent.db"
    async with writing_at(Desk("sqlite", f"sqlite:///{absent.as_posix()}")) as writer:
        with pytest.raises(SourceUnreachable):
            await writer.missing_rights()
        with pytest.raises(SourceUnreachable):
            await writer.deliver(Lease("one", reported()).taken())
    assert not absent.exists()
