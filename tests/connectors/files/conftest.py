"""Fixtures: a folder to drop files into, and the process that parses them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from connectors.files.parser import Parser
from tests.connectors.files.broken import BOUNDS
from tests.connectors.files.drops import Drops


@pytest.fixture
async def drops(tmp_path: Path) -> AsyncIterator[Drops]:
    folder = tmp_path / "drops"
    folder.mkdir()
    made = Drops(folder, tmp_path / "replicas")
    yield made
    for replica in made.opened:
        await replica.close()


@pytest.fixture(scope="module")
async def parser() -> AsyncIterator[Parser]:
    async with Parser(BOUNDS) as started:
        yield started
