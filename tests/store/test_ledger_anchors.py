"""Anchors: files that are whole or not there, made once a day, and missed aloud."""

from __future__ import annotations

import asyncio
import os
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from store import ledger_anchors
from store.database import HubDatabase
from store.ledger_anchors import anchor_today, anchors_in, watch
from tests.store.ledgers import ANA, NOW, ledger_of, request_of


@pytest.fixture
async def written(database: HubDatabase, tmp_path: Path) -> HubDatabase:
    """A database in which something was recorded."""
    await ledger_of(database, tmp_path).record(request_of(ANA), "ok")
    return database


async def test_processes_that_make_it_at_once_make_one(written: HubDatabase, tmp_path: Path) -> None:
    folder = tmp_path / "safe" / "anchors"
    made = await asyncio.gather(*(anchor_today(written, folder, lambda: NOW) for _ in range(3)))
    assert made == [made[0]] * 3
    assert [file.name for file in folder.iterdir()] == ["2026-05-03.json"]
    assert anchors_in(folder) == made[:1]


async def test_its_bytes_are_on_the_disk_before_its_name_is(
    written: HubDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, fsync = tmp_path / "anchors", os.fsync
    safe: list[tuple[int, bool]] = []

    def noted(descriptor: int) -> None:
        fsync(descriptor)
        safe.append((os.fstat(descriptor).st_size, (folder / "2026-05-03.json").exists()))

    monkeypatch.setattr(os, "fsync", noted)
    await anchor_today(written, folder, lambda: NOW)
    assert safe == [((folder / "2026-05-03.json").stat().st_size, False)]


async def test_one_that_is_there_asks_no_database(
    written: HubDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(_: HubDatabase) -> None:
        raise ConnectionRefusedError

    first = await anchor_today(written, tmp_path / "anchors", lambda: NOW)
    monkeypatch.setattr(ledger_anchors, "heads", away)
    assert await anchor_today(written, tmp_path / "anchors", lambda: NOW + timedelta(hours=1)) == first
    with pytest.raises(ConnectionRefusedError):
        await anchor_today(written, tmp_path / "anchors", lambda: NOW + timedelta(days=1))


async def test_one_that_cannot_be_read_is_told_and_the_next_day_has_its_own(
    written: HubDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "anchors"
    folder.mkdir()
    (folder / "2026-05-03.json").write_text("{}")
    days = iter([NOW, NOW, NOW + timedelta(days=1)])
    looked = asyncio.Event()

    async def sleep(_: float) -> None:
        if (folder / "2026-05-04.json").exists():
            looked.set()
            await asyncio.Event().wait()

    monkeypatch.setattr("store.ledger_anchors.asyncio.sleep", sleep)
    with capture_logs() as told:
        watching = asyncio.ensure_future(watch(written, folder, lambda: next(days)))
        await asyncio.wait({watching, asyncio.ensure_future(looked.wait())}, return_when=asyncio.FIRST_COMPLETED)
        assert not watching.done()
        watching.cancel()
    assert told == [{"log_level": "warning", "event": "ledger not anchored", "error": "BadAnchor"}] * 2
