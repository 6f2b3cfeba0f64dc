"""The docs are true: every error has its paragraph, every setting its row, and the first question its real answer."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

import app as root
import city_sources
from hub import build_hub
from models import errors
from sample import places
from settings import Settings, settings_of
from store.database.migrate import upgrade
from tests.small_city import small_city

ROOT = Path(__file__).resolve().parent.parent


def _all_errors(kind: type[errors.HubError]) -> Iterator[type[errors.HubError]]:
    for below in kind.__subclasses__():
        yield below
        yield from _all_errors(below)


def test_every_error_code_has_its_paragraph_and_no_other_has() -> None:
    codes = {kind.code for kind in _all_errors(errors.HubError) if hasattr(kind, "code")}
    headings = re.findall(r"^## `([A-Z_]+)`$", (ROOT / "docs" / "errors.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(headings) == sorted(codes)


def test_every_setting_is_in_the_operators_table() -> None:
    table = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    names = [f"HUB_{name.upper()}" for name in Settings.model_fields if not name.startswith("source_")]
    names += ["HUB_SOURCE_<NAME>_URL", "HUB_SOURCE_<NAME>_CREDENTIAL"]
    assert [name for name in names if f"`{name}`" not in table] == []


def test_links_between_the_docs_lead_somewhere() -> None:
    pages = [
        ROOT / "README.md",
        ROOT / "README.id.md",
        ROOT / "CONTRIBUTING.md",
        ROOT / "SECURITY.md",
        *(ROOT / "docs").rglob("*.md"),
    ]
    dead = [
        f"{page.name}: {link}"
        for page in pages
        for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
        if not (page.parent / link).exists()
    ]
    assert dead == []


@pytest.mark.parametrize(("page", "language"), [("README.md", "en"), ("README.id.md", "id")])
async def test_the_first_question_has_the_answer_that_is_printed(
    page: str, language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    query = re.search(r"```graphql\n(.*?)```", text, re.DOTALL)
    printed = re.search(r"```json\n(.*?)```", text, re.DOTALL)
    assert query is not None
    assert printed is not None
    write_city_elsewhere(tmp_path)
    configured = settings_of(
        {
            "HUB_DATABASE_URL": f"sqlite:///{tmp_path / 'hub.db'}",
            "HUB_SECRET": "a secret of this test, long enough",
            "HUB_DEADLINE_MS": "10000",  # beside other tests its first answer takes a while
        }
        | {f"HUB_SOURCE_{name.upper()}_URL": url for name, url in places.urls(tmp_path / "city").items()}
    )
    monkeypatch.setattr(city_sources, "REPLICAS", tmp_path / "replicas")
    app = root.app_of(build_hub(configured))
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://hub") as client,
    ):
        reply = await client.post("/graphql", json={"query": query[1]}, headers={"Accept-Language": language})
    assert reply.json()["data"] == json.loads(printed[1])
    assert "errors" not in reply.json()


def write_city_elsewhere(folder: Path) -> None:
    """In a thread of its own, since both have an event loop of their own."""

    def write() -> None:
        small_city(folder / "city")
        upgrade(f"sqlite:///{folder / 'hub.db'}")

    thread = threading.Thread(target=write)
    thread.start()
    thread.join()


def test_the_picture_of_the_house_names_what_is_there() -> None:
    """In each row of the rooms the first column is the storey, and what follows lies in it."""
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    rooms = page.partition("## Rooms")[2].partition("## The way of a request")[0]
    named = set()
    for storey, cells in re.findall(r"^\| `(\w+/)` \| (.*) \|$", rooms, re.MULTILINE):
        named |= {storey + path for path in re.findall(r"`(\w+(?:/|\.py))`", cells)}
    named |= set(re.findall(r"`((?:api|connectors|engine|models|resolvers|schema|store)/[\w/]+\.py)`", page))
    assert len(named) >= 60
    assert sorted(path for path in named if not (ROOT / path).exists()) == []
