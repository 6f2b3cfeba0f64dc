"""What a frontend team installs: a page by urql and by Apollo Client shows all but what one department holds."""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sample.write import write_city
from store.documents import register
from tests.api.hub import Running, environment, running
from tests.api.serving import node, served
from tests.migrated import migrated

PACKAGE = Path(__file__).resolve().parents[2] / "clients" / "typescript"
BUILD_S_MAX = 240
NOBODY = "postgresql://reader:none@127.0.0.1:1/laksa"
"""A port on which nothing listens."""


@pytest.fixture(scope="module")
def package() -> Path:
    """The package, installed as its lock says and built."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("no Node with npm, which the package is built with")
    for command in (("ci", "--ignore-scripts", "--no-audit", "--no-fund"), ("run", "build")):
        done = subprocess.run((npm, *command), cwd=PACKAGE, check=False, timeout=BUILD_S_MAX, capture_output=True)
        assert done.returncode == 0, (done.stdout + done.stderr).decode()
    return PACKAGE


@pytest.fixture(params=[True, False], ids=["all-up", "complaints-down"])
async def city(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[tuple[Running, str]]:
    """A hub over three departments, with what its panel of complaints has to say."""
    await asyncio.to_thread(write_city, "small", tmp_path / "city")
    database = await asyncio.to_thread(migrated, tmp_path / "hub.db")
    more = {"HUB_CITY": "tests.clients.three_departments"}
    more["HUB_SOURCE_HOSPITALS_URL"] = f"sqlite:///{(tmp_path / 'city' / 'hospitals.db').as_posix()}"
    if not request.param:
        more["HUB_SOURCE_COMPLAINTS_URL"] = NOBODY
    async with running(environment(tmp_path / "city", database, **more)) as hub:
        yield hub, "3 shown" if request.param else "missing: DEPARTMENT_UNAVAILABLE"


@pytest.mark.parametrize("library", ["urql", "apollo"])
async def test_a_page_shows_all_but_the_department_that_is_down(
    package: Path, city: tuple[Running, str], library: str
) -> None:
    hub, complaints = city
    manifest = json.loads((package / "src" / "generated" / "persisted-documents.json").read_text(encoding="utf-8"))
    async with served(hub.app) as place:
        unknown = await node(package, "dist/example.js", library, f"http://{place}/graphql")
        # Named and not sent: what the hub has not registered it does not answer.
        assert ["missing" in panel for panel in panels(unknown)] == [True] * 3
        await register(hub.hub.database, "page", manifest, lambda: datetime(2026, 5, 1, tzinfo=UTC))
        await hub.hub.responses.documents.refresh(hub.hub.database)
        page = await node(package, "dist/example.js", library, f"http://{place}/graphql")
    assert panels(page) == ["Areas, 3 shown", f"Complaints, {complaints}", "Hospitals, 3 shown"]


def panels(page: str) -> list[str]:
    """The text of each panel of a rendered page."""
    return re.findall(r"<section>(.*?)</section>", page)
