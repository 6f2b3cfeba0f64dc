"""The hub is killed while people tell it things: everything that it has acknowledged is there once (`dev.py kill`)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.faults.kill import ENGINES, kill, prepared

SECONDS = 60.0


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_nothing_acknowledged_is_lost_and_nothing_is_there_twice(engine: str, tmp_path: Path) -> None:
    with prepared(engine, tmp_path) as (environ, laksa):
        tally = asyncio.run(kill(environ, laksa, seed=7, seconds=SECONDS))
    assert tally.kills >= 2
    assert len(tally.reports) >= 5
