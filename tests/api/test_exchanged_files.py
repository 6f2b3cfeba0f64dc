"""A database in one file that is exchanged, copied over or taken away under a served hub: the old one is never read."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from contextlib import closing, suppress
from pathlib import Path

import pytest

from connectors.sql.pool import Pool
from connectors.sql.sessions.protocol import Session
from tests.api.hub import Running, environment, running

NEWEST = "{ complaints(first: %d, orderBy: [{requestedAt: DESC}]) { nodes { ticketNumber } } }"
TICKET = "LAKSA-2026-999999"


@pytest.fixture
def copied(city_folder: Path, tmp_path: Path) -> Path:
    for name in ("areas.db", "complaints.db"):
        shutil.copy(city_folder / name, tmp_path / name)
    return tmp_path


def of_tomorrow(today: Path, *, with_log: bool = False) -> Path:
    """The file of another day, with a ticket number that today's does not have in any row."""
    file = today.with_name("tomorrow.db")
    shutil.copy(today, file)
    with closing(sqlite3.connect(file)) as connection:
        if with_log:
            connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("UPDATE tbl_pengaduan SET no_tiket = ?", (TICKET,))
        connection.commit()
    return file


async def tickets(hub: Running, first: int) -> set[str] | None:
    """What the hub says now. `first` differs from question to question, so that no cache answers."""
    found = (await hub.ask(NEWEST % first)).json()["data"]["complaints"]
    return {node["ticketNumber"] for node in found["nodes"]} if found is not None else None


def held(file: Path) -> list[str]:
    """The files that this process has open under a name, those that are gone included."""
    links = []
    for number in Path("/proc/self/fd").iterdir():
        with suppress(OSError):
            links.append(str(number.readlink()))
    return [link for link in links if link.startswith(str(file)) and link.endswith("(deleted)")]


async def none_held(file: Path) -> None:
    async with asyncio.timeout(5):
        while held(file):  # noqa: ASYNC110  # no event tells
            await asyncio.sleep(0.01)


async def test_a_file_that_takes_the_place_of_another_is_read_at_once(copied: Path, database: Path) -> None:
    file = copied / "complaints.db"
    async with running(environment(copied, database)) as hub:
        assert TICKET not in (await tickets(hub, 3) or ())
        of_tomorrow(file).rename(file)
        assert await tickets(hub, 4) == {TICKET}
        await none_held(file)


async def test_a_file_that_is_copied_over_another_is_read_at_once(copied: Path, database: Path) -> None:
    file = copied / "complaints.db"
    async with running(environment(copied, database)) as hub:
        assert TICKET not in (await tickets(hub, 3) or ())
        other = of_tomorrow(file)
        content = bytearray(other.read_bytes())
        # What SQLite tells versions apart by (bytes 24 to 39) may be the same in files that one program makes anew.
        content[24:40] = file.read_bytes()[24:40]
        content[92:96] = file.read_bytes()[92:96]
        file.write_bytes(content)
        assert await tickets(hub, 4) == {TICKET}


async def test_a_file_that_is_gone_is_unavailable(copied: Path, database: Path) -> None:
    file, away = copied / "complaints.db", copied / "away.db"
    async with running(environment(copied, database)) as hub:
        hub.hub.cache.sleep = lambda _: asyncio.sleep(0)
        assert await tickets(hub, 3)
        shutil.copy(file, away)
        file.unlink()
        assert await tickets(hub, 4) is None
        body = (await hub.client.get("/health/ready")).json()
        assert body["sources"]["complaints"]["state"] == "unavailable"
        await none_held(file)
        away.rename(file)
        assert await tickets(hub, 5)


async def test_the_log_of_the_file_before_is_not_read_into_the_new_one(copied: Path, database: Path) -> None:
    """Its frames would overwrite pages of the new file; the source is unavailable until the log is taken away."""
    file, log = copied / "complaints.db", copied / "complaints.db-wal"
    today = shutil.copy(file, copied / "today.db")
    with closing(sqlite3.connect(file)) as owner:
        owner.execute("PRAGMA journal_mode=WAL")
        owner.execute("UPDATE tbl_pengaduan SET no_tiket = 'LAKSA-2026-000000'")
        owner.commit()
        async with running(environment(copied, database)) as hub:
            hub.hub.cache.sleep = lambda _: asyncio.sleep(0)
            assert await tickets(hub, 3) == {"LAKSA-2026-000000"}
            of_tomorrow(Path(today)).rename(file)
            assert log.stat().st_size > 0
            assert await tickets(hub, 4) is None
            log.unlink()
            (copied / "complaints.db-shm").unlink()
            assert await tickets(hub, 5) == {TICKET}


async def test_a_file_that_is_written_to_is_read_by_the_same_few_connections(copied: Path, database: Path) -> None:
    """With a log beside it, as an application that writes has it, the file itself stays as it is."""
    file = copied / "complaints.db"
    with closing(sqlite3.connect(file)) as owner:
        owner.execute("PRAGMA journal_mode=WAL")
        owner.execute("PRAGMA wal_autocheckpoint=0")
        owner.execute("UPDATE tbl_pengaduan SET no_tiket = 'LAKSA-2026-000000'")
        owner.commit()
        async with running(environment(copied, database)) as hub:
            pool: Pool = hub.hub.catalog.connectors["complaints"]._pool  # type: ignore[attr-defined]  # a database
            opened: list[int] = []
            open_ = pool.open

            async def counted() -> Session:
                opened.append(1)
                return await open_()

            # The first index of the search reads there too.
            await hub.hub.search.made.wait()
            assert await tickets(hub, 3)
            pool.open = counted
            for number in range(4, 8):
                owner.execute("UPDATE tbl_pengaduan SET no_tiket = ?", (f"LAKSA-2026-{number:06}",))
                owner.commit()
                assert await tickets(hub, number) == {f"LAKSA-2026-{number:06}"}
            assert opened == []
