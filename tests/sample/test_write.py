"""The writer puts the same city, whole or not at all, into files, PostgreSQL and MariaDB, in bounded memory."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
import tracemalloc
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import asyncmy
import asyncpg
import pytest
from sqlalchemy import make_url

from sample import areas, city, write
from sample.complaints import source as complaints
from sample.complaints.source import ComplaintCase
from sample.shapes import Row, Table

ROOT = Path(__file__).parents[2]
ANSWERS = "SELECT * FROM tbl_tanggapan ORDER BY id_tanggapan"
COMPLAINTS = "SELECT * FROM tbl_pengaduan ORDER BY id_pengaduan"
AREAS = "SELECT * FROM m_wilayah ORDER BY id_wilayah"
CATEGORIES = "SELECT count(*) FROM m_kategori"


def _as_bytes(connection: sqlite3.Connection, statement: str) -> list[tuple[object, ...]]:
    """All rows; texts are cp1252 where they are not UTF-8."""

    def text(raw: bytes) -> str:
        try:
            return raw.decode()
        except UnicodeDecodeError:
            return raw.decode("cp1252")

    connection.text_factory = text
    return connection.execute(statement).fetchall()


async def _of_postgres(url: str, statement: str) -> list[tuple[object, ...]]:
    connection = await asyncpg.connect(url)
    try:
        return [tuple(row) for row in await connection.fetch(statement)]
    finally:
        await connection.close()


async def _of_mariadb(url: str, statement: str) -> list[tuple[object, ...]]:
    at = make_url(url)
    connection = await asyncmy.connect(
        host=at.host or "localhost",
        port=at.port or 3306,
        user=at.username,
        password=at.password or "",
        database=at.database,
        charset="utf8mb4",
    )
    try:
        async with connection.cursor() as cursor:
            await cursor.execute(statement)
            return list(await cursor.fetchall())
    finally:
        connection.close()


FILES = sorted(["complete", *(f"{source.name}.db" for source in write.SOURCES), *(drop.name for drop in write.DROPS)])
TABLES = sorted(["bystander", *(table.name for source in write.SOURCES for table in source.tables)])


def _expected(cases: Sequence[ComplaintCase], *, nul: bool) -> tuple[list[Row], list[Row]]:
    def plain(row: Row, table: Table) -> Row:
        return write.as_characters(row, table, nul=nul)

    rows = [plain(case.legacy.pengaduan, complaints.TBL_PENGADUAN) for case in cases]
    answers = [plain(row, complaints.TBL_TANGGAPAN) for case in cases for row in case.legacy.tanggapan]
    return rows, sorted(answers, key=lambda row: int(str(row[0])))


def test_files_hold_the_city_and_the_marker_comes_last(tmp_path: Path, small_cases: list[ComplaintCase]) -> None:
    seen: list[tuple[str, int, int]] = []

    def watch(source: str, done: int, total: int) -> None:
        seen.append((source, done, total))
        assert not (tmp_path / "complete").exists()

    (tmp_path / "complete").touch()
    write.write_city("small", tmp_path, progress=watch)
    assert sorted(file.name for file in tmp_path.iterdir()) == FILES
    assert (tmp_path / "complete").read_text() == str(city.VERSION)
    for source, rows_total in (("areas", 122), ("complaints", 4_000), ("news", 400)):
        progress = [(done, total) for name, done, total in seen if name == source]
        assert (progress[0], progress[-1]) == ((0, rows_total), (rows_total, rows_total))
    rows, answers = _expected(small_cases, nul=True)
    connection = sqlite3.connect(tmp_path / "complaints.db")
    assert _as_bytes(connection, COMPLAINTS) == rows
    assert _as_bytes(connection, ANSWERS) == answers
    assert _as_bytes(connection, CATEGORIES) == [(18,)]
    assert _as_bytes(connection, "SELECT DISTINCT typeof(isi_laporan) FROM tbl_pengaduan ORDER BY 1") == [
        ("null",),
        ("text",),
    ]
    connection.text_factory = bytes
    stored = dict(connection.execute("SELECT id_pengaduan, isi_laporan FROM tbl_pengaduan").fetchall())
    raw = {
        case.legacy.pengaduan[0]: case.legacy.pengaduan[7]
        for case in small_cases
        if isinstance(case.legacy.pengaduan[7], bytes)
    }
    assert len(raw) > 30
    assert {number: stored[number] for number in raw} == raw
    plan = connection.execute("EXPLAIN QUERY PLAN SELECT 1 FROM tbl_tanggapan WHERE id_pengaduan = 1").fetchall()
    assert b"USING COVERING INDEX" in plan[0][3]
    connection.close()
    connection = sqlite3.connect(tmp_path / "areas.db")
    assert _as_bytes(connection, AREAS) == [case.legacy for case in areas.cases()]
    connection.close()


def test_postgres_holds_the_city_without_nul_and_a_second_run_replaces_only_it(
    postgres_url: str, small_cases: list[ComplaintCase]
) -> None:
    def read(statement: str) -> list[tuple[object, ...]]:
        return asyncio.run(_of_postgres(postgres_url, statement))

    read("CREATE TABLE bystander AS SELECT 1 AS one")
    for _ in range(2):
        write.write_city("small", postgres_url)
    rows, answers = _expected(small_cases, nul=False)
    assert read(COMPLAINTS) == rows
    assert read(ANSWERS) == answers
    assert read(CATEGORIES) == [(18,)]
    assert read(AREAS) == [case.legacy for case in areas.cases()]
    assert read(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1"
    ) == [(name,) for name in TABLES]
    assert read("SELECT count(*) FROM pg_indexes WHERE tablename = 'tbl_pengaduan'") == [(5,)]


def test_mariadb_holds_the_city_in_latin1_and_a_second_run_replaces_only_it(
    mariadb_url: str, small_cases: list[ComplaintCase]
) -> None:
    def read(statement: str) -> list[tuple[object, ...]]:
        return asyncio.run(_of_mariadb(mariadb_url, statement))

    read("CREATE TABLE bystander (one integer)")
    for _ in range(2):
        write.write_city("small", mariadb_url)
    rows, answers = _expected(small_cases, nul=True)
    assert read(COMPLAINTS) == rows
    assert read(ANSWERS) == answers
    assert read(CATEGORIES) == [(18,)]
    assert read(AREAS) == [case.legacy for case in areas.cases()]
    collations = read(
        "SELECT table_name, table_collation FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY 1"
    )
    assert [name for name, _ in collations] == TABLES
    charsets = {name: str(collation).split("_")[0] for name, collation in collations}
    assert {name: charsets[name] for name in ("m_wilayah", "tbl_pengaduan", "tbl_tanggapan", "berita")} == {
        "m_wilayah": "utf8mb4",
        "tbl_pengaduan": "latin1",
        "tbl_tanggapan": "latin1",
        "berita": "latin1",
    }
    assert ("tbl_pengaduan", "latin1_swedish_ci") in collations


def test_a_killed_run_leaves_nothing_that_looks_complete(tmp_path: Path) -> None:
    script = (
        "import os, signal, sys\n"
        "from sample.write import write_city\n"
        "def die(source, done, total):\n"
        "    if source == 'complaints' and done:\n"
        "        os._exit(9)\n"
        "write_city('small', sys.argv[1], progress=die)\n"
    )
    write.write_city("small", tmp_path)
    run = subprocess.run([sys.executable, "-c", script, str(tmp_path)], cwd=ROOT, check=False, timeout=60)
    assert run.returncode == 9
    assert not (tmp_path / "complete").exists()
    assert (tmp_path / "complaints.db.new").exists()
    write.write_city("small", tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == FILES


def test_a_failed_run_leaves_the_tables_of_postgres_as_they_were(postgres_url: str) -> None:
    write.write_city("small", postgres_url)

    def fail(source: str, done: int, _total: int) -> None:
        if source == "complaints" and done:
            raise RuntimeError(source)

    with pytest.raises(RuntimeError, match="complaints"):
        write.write_city("small", postgres_url, seed=1, progress=fail)
    count = asyncio.run(_of_postgres(postgres_url, "SELECT count(*) FROM tbl_pengaduan"))
    staged = asyncio.run(_of_postgres(postgres_url, "SELECT count(*) FROM pg_class WHERE relname LIKE '%\\_\\_new'"))
    assert (count, staged) == ([(4_000,)], [(0,)])


def test_memory_is_bounded_by_the_chunk_and_not_by_the_city(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write, "CHUNK_ROWS", 1_000)
    size = city.SIZES["city"]
    seen = {"rows": 0}

    def peak_bytes(chunks: int) -> int:
        tracemalloc.start()
        for _, rows in islice(write.chunks(complaints.SOURCE, size, city.SEED, write.say_nothing), chunks):
            assert len(rows) <= write.CHUNK_ROWS
            seen["rows"] += len(rows)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    few, many = peak_bytes(3), peak_bytes(15)
    assert seen["rows"] == 18 * write.CHUNK_ROWS
    assert many < 1.5 * few


def test_chunks_do_not_change_the_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    def rows_by_table(chunk_rows: int) -> dict[str, list[Any]]:
        monkeypatch.setattr(write, "CHUNK_ROWS", chunk_rows)
        found: dict[str, list[Any]] = {}
        for table, rows in write.chunks(
            complaints.SOURCE, replace(city.SIZES["small"], complaints=500, reporters=100), city.SEED, write.say_nothing
        ):
            found.setdefault(table.name, []).extend(rows)
        return found

    assert rows_by_table(7) == rows_by_table(5_000)
    assert len(rows_by_table(7)["tbl_pengaduan"]) == 500


def test_other_databases_and_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="not oracle://"):
        write.write_city("small", "oracle://localhost/x")
    with pytest.raises(KeyError):
        write.write_city("huge", "somewhere")
