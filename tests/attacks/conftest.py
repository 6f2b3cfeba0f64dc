"""Fixtures: a hub of the whole small city, for tests that change nothing in it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.api.hub import Running
from tests.attacks.whole_city import hub_of
from tests.small_city import small_city


@pytest.fixture(scope="session")
async def hub(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    folder = tmp_path_factory.mktemp("whole")
    await asyncio.to_thread(small_city, folder / "city")
    async with hub_of(folder / "city", folder) as started:
        yield started
