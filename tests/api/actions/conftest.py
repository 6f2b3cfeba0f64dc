"""A hub that writes: the small city in files of its own, since actions change them."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from models.policy.viewer import Role
from sample.citizens.people import resident_number
from tests.api.hub import Running, environment, running
from tests.migrated import migrated

REPORTER, NEIGHBOUR = resident_number(0), resident_number(1)
DELIVERED_S_MAX = 20.0
_RECEIPT = "query ($id: ID!) { receipt(id: $id) { id state reference reason deliveredAt } }"


@dataclass(frozen=True, slots=True)
class City:
    """A running hub, and the department's own database."""

    hub: Running
    laksa: Path

    def resident(self, nik: str = REPORTER) -> dict[str, str]:
        return self.hub.bearer(Role.CITIZEN, nik=nik)

    def officer(self, department: str = "dpupr") -> dict[str, str]:
        return {**self.hub.bearer(Role.OFFICER, department=department), "hub-purpose": "COMPLAINT_HANDLING"}

    async def tell(
        self, action: str, told: Mapping[str, Any], key: str, headers: Mapping[str, str], also: str = ""
    ) -> httpx2.Response:
        """Ask for an action about a complaint."""
        kind = f"{action[0].upper()}{action[1:]}Input"
        query = (
            f"mutation ($input: {kind}!, $key: String) {{ {action}(input: $input, key: $key) {{ "
            f"receipt {{ id state reference }} userErrors {{ code field message }} {also} }} }}"
        )
        return await self.hub.ask(query, headers, input=dict(told), key=key)

    async def settled(self, receipt: str, headers: Mapping[str, str]) -> dict[str, Any]:
        """A receipt once it is no longer on its way."""
        async with asyncio.timeout(DELIVERED_S_MAX):
            while True:
                found = (await self.hub.ask(_RECEIPT, headers, id=receipt)).json()["data"]["receipt"]
                if found["state"] != "ACCEPTED":
                    return dict(found)
                await asyncio.sleep(0.02)

    async def told(self, action: str, given: Mapping[str, Any], key: str, headers: Mapping[str, str]) -> dict[str, Any]:
        """Ask for an action, and wait until it is delivered."""
        answer = (await self.tell(action, given, key, headers)).json()
        assert answer["data"][action]["userErrors"] == [], answer
        return await self.settled(answer["data"][action]["receipt"]["id"], headers)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Meanwhile nobody else can write into the department's database."""
        connection = sqlite3.connect(self.laksa, isolation_level=None)
        try:
            connection.execute("BEGIN IMMEDIATE")
            yield
        finally:
            connection.close()

    def rows(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """What stands in the department's own database."""
        connection = sqlite3.connect(self.laksa)
        try:
            return connection.execute(statement, values).fetchall()
        finally:
            connection.close()


@pytest.fixture(scope="module")
def folder(city_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copies of the sources, and a database of the hub's own."""
    own = tmp_path_factory.mktemp("told")
    for name in ("areas.db", "complaints.db"):
        shutil.copy(city_folder / name, own / name)
    migrated(own / "hub.db")
    return own


@pytest.fixture(scope="module")
async def city(folder: Path) -> AsyncIterator[City]:
    environ = environment(folder, folder / "hub.db", HUB_SOURCE_COMPLAINTS_WRITER="a file needs none")
    async with running(environ) as hub:
        yield City(hub, folder / "complaints.db")
