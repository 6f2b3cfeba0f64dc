"""Fixtures: a hub of the whole small city, for tests that change nothing in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from sample.write import write_city
from tests.api.hub import Running
from tests.attacks.whole_city import hub_of


@pytest.fixture(scope="session")
async def hub(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    folder = tmp_path_factory.mktemp("whole")
    await asyncio.to_thread(write_city, "small", folder / "city")
    async with hub_of(folder / "city", folder) as started:
        yield started
