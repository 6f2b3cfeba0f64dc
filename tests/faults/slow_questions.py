"""Slow questions: strangers ask what is slow by itself, many at once, while an officer reads by id."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from connectors.guard.breaker import BreakerState
from models.policy.viewer import CallerClass, Role
from tests.faults.city import SixDepartments
from tests.faults.question import ROWS_MAX
from tests.graph.harness import Urls, scribe_of

READS = 200
SLOW_SOURCES = ("hospitals", "news")
STRANGERS = 2
"""How many ask at once for each shape."""
SHAPES = [
    f"{field}(first: $first, orderBy: [{order}]) {{ nodes {{ id }} }}"
    for field, orders in (
        ("hospitals", ("{name: ASC}", "{name: DESC}", "{name: ASC}, {code: DESC}")),
        ("newsArticles", ("{views: ASC}", "{views: DESC}", "{views: ASC}, {datePublished: ASC}")),
    )
    for order in orders
]
BY_ID = "query($hospital: ID!, $article: ID!) { hospital(id: $hospital) { code } newsArticle(id: $article) { id } }"
PAUSE_S = 0.05
"""What is refused costs a stranger nothing: they would ask without an end."""
SLOW_S = 0.1
"""So long it takes to look at a column of one row: for a page in its order all of them are looked at."""
SOON_S = 60.0


@asynccontextmanager
async def slow_to_sort(urls: Urls) -> AsyncIterator[None]:
    """The names of hospitals (PostgreSQL) and the views of news (MariaDB) are slow to read, and nothing else is."""
    function = (
        f"CREATE FUNCTION lambat(x text) RETURNS text LANGUAGE plpgsql STABLE"
        f" AS 'BEGIN PERFORM pg_sleep({SLOW_S}); RETURN x; END'"
    )
    hospitals = "SELECT kd_rs, lambat(nm_rs) AS nm_rs, jns_rs, kelas, pemilik, telp, alamat, kd_kec, lat, lng"
    news = (
        f"SELECT id_berita, judul, kategori, isi_berita, hari, tanggal, jam, gambar, headline, status,"
        f" IF(SLEEP({SLOW_S}) = 0, dibaca, dibaca) AS dibaca"
    )
    async with scribe_of(urls["hospitals"]) as postgres, scribe_of(urls["news"]) as mariadb:
        await postgres(function)
        await postgres("ALTER TABLE m_rumahsakit RENAME TO rumahsakit_asli")
        await postgres(f"CREATE VIEW m_rumahsakit AS {hospitals} FROM rumahsakit_asli")
        await mariadb("RENAME TABLE berita TO berita_asli")
        await mariadb(f"CREATE VIEW berita AS {news} FROM berita_asli")
        try:
            yield
        finally:
            await postgres("DROP VIEW m_rumahsakit")
            await postgres("ALTER TABLE rumahsakit_asli RENAME TO m_rumahsakit")
            await postgres("DROP FUNCTION lambat")
            await mariadb("DROP VIEW berita")
            await mariadb("RENAME TABLE berita_asli TO berita")


@dataclass
class Strangers:
    """They ask again as soon as they are answered, each for other numbers of rows, and count what they are told."""

    six: SixDepartments
    told: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    held_most: int = 0

    async def ask(self, shape: str, first: int) -> None:
        for rows in itertools.cycle(range(first, ROWS_MAX + 1)):
            answer = await self.six.running.ask(f"query($first: Int!) {{ {shape} }}", {}, first=rows)
            self.told.update(error["extensions"]["code"] for error in answer.json().get("errors", ()))
            bulkheads = [self.six.running.hub.guard.bulkheads[name] for name in SLOW_SOURCES]
            # What is refused by its shape is answered by the last good copy, where there is one by then.
            self.refused = sum(one.slow.refusals for one in bulkheads)
            self.held_most = max(self.held_most, *(one.connections.held[CallerClass.STRANGERS] for one in bulkheads))
            await asyncio.sleep(PAUSE_S)


@dataclass
class Found:
    """What came of it: the officer's reads that failed, and how the hub saw the two departments at the end."""

    strangers: Strangers
    failures: list[object] = field(default_factory=list)
    reads: int = 0
    states: set[BreakerState] = field(default_factory=set)
    ready: set[str] = field(default_factory=set)


async def asked_slowly(six: SixDepartments, urls: Urls) -> Found:
    """An officer reads READS times, and for as long as no question of a stranger has been refused."""
    officer = six.running.bearer(Role.OFFICER, department="dinkes")
    known = (await six.running.ask("{ hospitals { nodes { id code } } newsArticles { nodes { id } } }")).json()["data"]
    hospitals, articles = known["hospitals"]["nodes"], known["newsArticles"]["nodes"]
    found = Found(Strangers(six))
    async with slow_to_sort(urls):
        asking = [
            asyncio.create_task(found.strangers.ask(shape, 1 + who)) for shape in SHAPES for who in range(STRANGERS)
        ]
        ends_s = time.monotonic() + SOON_S
        while (found.reads < READS or not found.strangers.refused) and time.monotonic() < ends_s:
            hospital, article = (of[found.reads % len(of)] for of in (hospitals, articles))
            answer = await six.running.ask(BY_ID, officer, hospital=hospital["id"], article=article["id"])
            found.reads += 1
            expected = {"hospital": {"code": hospital["code"]}, "newsArticle": article}
            if answer.json()["data"] != expected:
                found.failures.append(answer.json().get("errors"))
        found.states = {six.state_of(name) for name in SLOW_SOURCES}
        ready = (await six.running.client.get("/health/ready")).json()["sources"]
        found.ready = {ready[name]["state"] for name in SLOW_SOURCES}
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
    return found
