"""Health: alive, ready, degraded, not ready, and what was last seen of each source."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
import structlog

from api.observability.health import CHECK_AGAIN_AFTER_S, Health
from connectors.guard.breaker import BreakerState
from tests.api.hub import Running, environment, running
from tests.migrated import migrated

READY: dict[str, Any] = {
    "state": "ready",
    "database": "ok",
    "sources": {
        "areas": {"state": "ok", "seenSecondsAgo": 0, "reachedSinceStart": True},
        "complaints": {"state": "ok", "seenSecondsAgo": 0, "reachedSinceStart": True},
    },
    "records": {
        "areas": {"source": "areas", "state": "ok", "missing": []},
        "complaint_categories": {"source": "complaints", "state": "ok", "missing": []},
        "complaints": {"source": "complaints", "state": "ok", "missing": []},
        "complaint_status_changes": {"source": "complaints", "state": "ok", "missing": []},
    },
}


class Clock:
    """The monotonic time that a test sets."""

    now_s = 1_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def copied(city_folder: Path, tmp_path: Path) -> Path:
    """A copy of the city's sources for a test that breaks them."""
    for name in ("areas.db", "complaints.db"):
        shutil.copy(city_folder / name, tmp_path / name)
    return tmp_path


def changed(file: Path, statement: str) -> None:
    connection = sqlite3.connect(file)
    connection.execute(statement)
    connection.commit()
    connection.close()


async def seen_at_once(hub: Running) -> Clock:
    """Stops the clock of the hub's health, so that how long ago something was seen does not depend on the machine."""
    clock = Clock()
    hub.hub.health.clock = clock
    await hub.hub.health.check()
    return clock


async def ready(hub: Running) -> tuple[int, dict[str, Any]]:
    response = await hub.client.get("/health/ready")
    assert response.headers["cache-control"] == "no-store"
    return response.status_code, response.json()


async def test_live(hub: Running) -> None:
    response = await hub.client.get("/health/live")
    assert (response.status_code, response.json()) == (200, {"state": "live"})


async def test_ready(city_folder: Path, database: Path) -> None:
    async with running(environment(city_folder, database)) as hub:
        await seen_at_once(hub)
        assert await ready(hub) == (200, READY)


async def test_a_missing_column_makes_it_degraded(copied: Path, database: Path) -> None:
    changed(copied / "complaints.db", "ALTER TABLE tbl_pengaduan DROP COLUMN isi_laporan")
    with structlog.testing.capture_logs() as logged:
        async with running(environment(copied, database)) as hub:
            status, body = await ready(hub)
            response = await hub.ask("{ complaints(first: 1) { nodes { id } } }")
    assert (status, body["state"]) == (200, "degraded")
    assert {name: source["state"] for name, source in body["sources"].items()} == {"areas": "ok", "complaints": "ok"}
    assert body["records"]["complaints"] == {"source": "complaints", "state": "degraded", "missing": ["description"]}
    assert "errors" not in response.json()
    assert [line for line in logged if line["event"] == "fields missing in source"] == [
        {
            "event": "fields missing in source",
            "log_level": "error",
            "source": "complaints",
            "record": "complaints",
            "fields": ["description"],
        }
    ]


async def test_a_missing_table_makes_its_record_unreadable(copied: Path, database: Path) -> None:
    changed(copied / "complaints.db", "ALTER TABLE m_kategori RENAME TO elsewhere")
    async with running(environment(copied, database)) as hub:
        status, body = await ready(hub)
    assert (status, body["state"]) == (200, "degraded")
    assert body["records"]["complaint_categories"]["state"] == "unreadable"


async def test_a_source_that_comes_back_is_seen_by_whoever_looks_later(copied: Path, database: Path) -> None:
    file, away = copied / "complaints.db", copied / "away.db"
    file.rename(away)
    async with running(environment(copied, database)) as hub:
        clock = await seen_at_once(hub)
        status, body = await ready(hub)
        assert (status, body["state"]) == (200, "degraded")
        down = {"state": "unavailable", "seenSecondsAgo": 0, "reachedSinceStart": False}
        assert body["sources"] == {"areas": READY["sources"]["areas"], "complaints": down}
        away.rename(file)
        clock.now_s += CHECK_AGAIN_AFTER_S - 1
        _, body = await ready(hub)
        assert body["sources"]["complaints"] == down | {"seenSecondsAgo": 9}
        clock.now_s += 1
        async with asyncio.timeout(5):
            # It is left alone for a moment after it has failed.
            while hub.hub.guard.state_of("complaints") is not BreakerState.CLOSED:  # noqa: ASYNC110  # no event tells
                await asyncio.sleep(0.01)
        _, body = await ready(hub)
        assert (body["state"], body["sources"]["complaints"]) == ("ready", READY["sources"]["complaints"])


async def test_operations_show_how_a_source_is(copied: Path, database: Path) -> None:
    file, away = copied / "complaints.db", copied / "away.db"
    query = "{ complaints(first: 1) { nodes { id } } }"
    async with running(environment(copied, database)) as hub:
        # Its failure does not stand for others: the source is back sooner than that.
        hub.hub.cache.sleep = lambda _: asyncio.sleep(0)
        await seen_at_once(hub)
        file.rename(away)
        assert (await hub.ask(query)).json()["data"] == {"complaints": None}
        _, body = await ready(hub)
        assert body["sources"]["complaints"] == {"state": "unavailable", "seenSecondsAgo": 0, "reachedSinceStart": True}
        away.rename(file)
        assert (await hub.ask(query)).json()["data"] != {"complaints": None}
        assert await ready(hub) == (200, READY)


async def test_before_a_source_was_ever_seen_it_is_unknown(hub: Running) -> None:
    known = hub.hub.health
    health = Health(known.catalog, known.guard, known.database, known.note, known.missing)
    status, body = await health.ready()
    unknown = {"state": "unknown", "seenSecondsAgo": None, "reachedSinceStart": False}
    assert (status, body["state"], body["sources"]) == (True, "degraded", {"areas": unknown, "complaints": unknown})


@pytest.fixture
def own_database(tmp_path: Path) -> Path:
    return migrated(tmp_path / "hub.db")


async def test_a_database_of_another_revision_is_not_ready(city_folder: Path, own_database: Path) -> None:
    async with running(environment(city_folder, own_database)) as hub:
        changed(own_database, "UPDATE alembic_version SET version_num = 'older'")
        status, body = await ready(hub)
        assert (status, body["state"]) == (503, "not ready")
        assert body["database"].startswith("The hub's database is at revision older, which this hub does not know")


async def test_a_database_that_cannot_be_reached_is_not_ready(hub: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail() -> None:
        raise RuntimeError("the driver's words with an address")

    monkeypatch.setattr(hub.hub.database, "revision", fail)
    status, body = await ready(hub)
    assert (status, body["database"]) == (503, "The hub's database cannot be reached.")
