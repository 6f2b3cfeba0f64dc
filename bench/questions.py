"""W10, questions across departments: `python -m bench.questions POSTGRES MARIADB`, of two databases with the city.

`./simpul sample --size city --into URL` makes one. Printed, and put into RESULTS.md, are medians of wall time over
HTTP, of questions that nobody asked before and of a view; beside them what SQL takes that was written by hand.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import httpx2
import sqlalchemy as sa
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from bench.processes import Server, free_port
from bench.results import Section
from sample.places import urls
from sample.write import SOURCES, write_city

ROOT = Path(__file__).resolve().parents[1]
ROUNDS: Final = 9
VIEW_ROUNDS: Final = 200
"""What an idle hub takes of the processor in a second, at the most."""
ABOUT: Final = f"""\
`python -m bench.questions POSTGRES MARIADB`, over the sample of a whole city (200,000 complaints): medians of {ROUNDS}
questions that differ in what they leave out, so that no cache helps, and of {VIEW_ROUNDS} looks at the view, by one
client. Sources had 20 seconds for a statement and not 0.7, so that what is slow is measured and not refused. The
hub had done the work of its start. SQL by hand knows the tables, sees no policy and cleans no value."""
DRIVERS: Final = {"postgresql": "postgresql+asyncpg", "mysql": "mysql+asyncmy"}
GOALS_MS: Final = {"board": 300.0, "view": 5.0, "three": 1_000.0, "none": 1_000.0}

BOARD: Final = """
query Board($but: String = "LAKSA-2025-000000") {
  complaintGroups(by: [AREA], areaLevel: DISTRICT, first: 1000, bucket: {field: REQUESTED_AT, unit: MONTH},
      filter: {not: {ticketNumber: {eq: $but}}}) {
    groups { key { areaCode period { label } } count } totals { count } } }
"""
THREE: Final = """
query Three($since: DateTime) {
  jobPostings(first: 20, orderBy: [{datePosted: DESC}], filter: {status: {eq: OPEN}, area: {
      hospitals: {some: {hospitalClass: {eq: C}}}
      complaints: {some: {status: {eq: OPEN}, requestedAt: {gte: $since}}}}}) {
    nodes { title area { name } } } }
"""
NONE: Final = """
query None($since: Date) {
  jobPostings(first: 20, orderBy: [{datePosted: DESC}], filter: {status: {eq: OPEN}, area: {
      hospitals: {some: {hospitalClass: {eq: C}}}
      licenses: {none: {status: {eq: SUSPENDED}, validUntil: {gte: $since}}}}}) {
    nodes { title area { name } } } }
"""
DAY_SQL: Final = "concat(substr(tgl_pengaduan, 7, 4), substr(tgl_pengaduan, 4, 2), substr(tgl_pengaduan, 1, 2))"
BOARD_SQL: Final = """
SELECT substr(replace(kd_desa, '.', ''), 1, 6), substr(tgl_pengaduan, 7, 4), substr(tgl_pengaduan, 4, 2), count(*)
FROM tbl_pengaduan WHERE hapus = 'T' AND publikasi IN ('Publik', 'Anonim') AND no_tiket <> :but GROUP BY 1, 2, 3
"""
THREE_SQL: Final = f"""
SELECT j.judul_lowongan, j.kd_kec FROM informasi_lowongans j
WHERE j.status_lowongan IN ('Dibuka', 'buka', '1') AND j.deleted_at IS NULL
AND EXISTS (SELECT 1 FROM m_rumahsakit h WHERE h.kd_kec = j.kd_kec AND h.kelas = 'C')
AND substr(replace(j.kd_kec, '.', ''), 1, 6) IN (
    SELECT substr(replace(kd_desa, '.', ''), 1, 6) FROM tbl_pengaduan WHERE hapus = 'T'
    AND publikasi IN ('Publik', 'Anonim') AND stts IN ('0', 'Menunggu', 'Proses', 'PROSES') AND {DAY_SQL} >= :since)
ORDER BY j.tgl_buka DESC LIMIT 20
"""  # noqa: S608  # texts of this file
NONE_SQL: Final = """
SELECT j.judul_lowongan, j.kd_kec FROM informasi_lowongans j
WHERE j.status_lowongan IN ('Dibuka', 'buka', '1') AND j.deleted_at IS NULL
AND EXISTS (SELECT 1 FROM m_rumahsakit h WHERE h.kd_kec = j.kd_kec AND h.kelas = 'C')
AND replace(j.kd_kec, '.', '') NOT IN (
    SELECT replace(w.kd_wilayah, '.', '') FROM m_wilayah w WHERE w.kd_bps IN (
        SELECT i.izin_kecamatan FROM dp_izin i WHERE i.izin_tglberakhir >= :since AND (
            SELECT s.status FROM dp_statusizin s WHERE s.izin_id = i.izin_id ORDER BY s.id DESC LIMIT 1
        ) IN ('BEKU', 'DIBEKUKAN')))
ORDER BY j.tgl_buka DESC LIMIT 20
"""
BY_HAND: Final = (
    (BOARD_SQL, "but", "LAKSA-2025-{:06}"),
    (THREE_SQL, "since", "202501{:02}"),
    (NONE_SQL, "since", "2026-11-{:02}"),
)


def main() -> None:
    """Measure both databases and write the section."""
    section = Section("W10: questions across departments", ABOUT)
    section.say(
        "| | database | by the hub, ms | slowest | SQL by hand, ms | goal, ms | |", "|---|---|---|---|---|---|---|"
    )
    for url in sys.argv[1:]:
        for row in _measured(url):
            section.say(row)
    section.put()


def _measured(url: str) -> Iterator[str]:
    kind = "PostgreSQL" if url.startswith("postgresql") else "MariaDB"
    board_sql, three_sql, none_sql = asyncio.run(_by_hand(url))
    with _hub(url) as client:
        yield _row("complaints by district and month", kind, _asked(client, BOARD), board_sql, GOALS_MS["board"])
        yield _row("the same as a view", kind, _viewed(client), None, GOALS_MS["view"])
        yield _row("a filter over three departments", kind, _asked(client, THREE), three_sql, GOALS_MS["three"])
        yield _row("the same, by what is not there", kind, _asked(client, NONE), none_sql, GOALS_MS["none"])


def _row(what: str, kind: str, ours_ms: list[float], by_hand_ms: float | None, goal_ms: float) -> str:
    median_ms = statistics.median(ours_ms)
    reached = "yes" if median_ms < goal_ms else "**missed**"
    hand = f"{by_hand_ms:.0f}" if by_hand_ms is not None else ""
    return f"| {what} | {kind} | {median_ms:.1f} | {max(ours_ms):.1f} | {hand} | {goal_ms:.0f} | {reached} |"


def _asked(client: httpx2.Client, query: str) -> list[float]:
    """How long each of some questions took that nobody asked before: they differ by what they leave out."""

    def ask(at: int) -> None:
        moment, day = f"2025-01-01T00:{at:02}:00+07:00", f"2026-11-{at + 1:02}"
        given = {"since": day if query is NONE else moment, "but": f"LAKSA-2025-{at:06}"}
        answer = client.post("/graphql", json={"query": query, "variables": given})
        if answer.status_code != 200 or "errors" in answer.json():
            raise ValueError(answer.text[:400])

    ask(ROUNDS)
    return _timed_ms(ask, ROUNDS)


def _viewed(client: httpx2.Client) -> list[float]:
    def look(_: int) -> None:
        client.get("/views/board.json").raise_for_status()

    look(0)
    return _timed_ms(look, VIEW_ROUNDS)


def _timed_ms(work: Callable[[int], None], rounds: int) -> list[float]:
    walls_ms: list[float] = []
    for at in range(rounds):
        began = time.perf_counter()
        work(at)
        walls_ms.append((time.perf_counter() - began) * 1_000)
    return walls_ms


async def _by_hand(url: str) -> list[float]:
    """Medians in milliseconds of what was written by hand, on one connection that is open."""
    made = make_url(url)
    engine = create_async_engine(made.set(drivername=DRIVERS[made.get_backend_name()]))
    medians: list[float] = []
    async with engine.connect() as connection:
        for statement, name, value in BY_HAND:
            walls_ms: list[float] = []
            for at in range(ROUNDS + 1):
                began = time.perf_counter()
                (await connection.execute(sa.text(statement), {name: value.format(at + 1)})).all()
                walls_ms.append((time.perf_counter() - began) * 1_000)
            medians.append(statistics.median(walls_ms[1:]))
    await engine.dispose()
    return medians


@contextmanager
def _hub(url: str) -> Iterator[httpx2.Client]:
    """A hub over the city's databases, with its view registered; what is read as files is the small city's."""
    with tempfile.TemporaryDirectory(prefix="simpul-questions-") as name:
        folder, port = Path(name), free_port()
        write_city("small", folder / "city")
        places = urls(folder / "city") | {source.name: url for source in SOURCES}
        environment = {
            "HUB_SECRET": secrets.token_hex(32),
            "HUB_PORT": str(port),
            "HUB_DATABASE_URL": f"sqlite:///{folder / 'hub.db'}",
            "HUB_DEADLINE_MS": "20000",
            "HUB_CITY": "bench.patient_city",
            "HUB_BUDGET_SCALE": "1000",
            **{f"HUB_SOURCE_{source.upper()}_URL": place for source, place in places.items()},
        }
        settings = ["env", *(f"{key}={value}" for key, value in environment.items())]
        (folder / "manifest.json").write_text(json.dumps({"board": BOARD}), encoding="utf-8")
        for command in (
            ("migrate",),
            ("documents", "register", str(folder / "manifest.json"), "--client", "bench"),
            ("views", "register", "board", "--document", "board"),
        ):
            subprocess.run(  # noqa: S603  # our own command
                [*settings, sys.executable, "cli.py", *command], cwd=ROOT, check=True, timeout=120
            )
        server = Server.start("hub", [*settings, sys.executable, "cli.py", "serve"], port, core=0, folder=folder)
        try:
            server.settle()
            with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
                yield client
        finally:
            server.stop()


if __name__ == "__main__":
    main()
