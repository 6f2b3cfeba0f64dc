"""A desk on each engine, with its tables as new for each test."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.connectors.writing.desks import ENGINES, Desk


@pytest.fixture(params=ENGINES)
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Desk:
    engine = str(request.param)
    if engine == "sqlite":
        url = f"sqlite:///{(tmp_path / 'laksa.db').as_posix()}"
    else:
        url = request.getfixturevalue("postgres_url" if engine == "postgresql" else "mariadb_url")
    desk = Desk(engine, url)
    asyncio.run(desk.furnish())
    return desk
