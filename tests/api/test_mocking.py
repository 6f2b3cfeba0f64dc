"""Sources in trouble on purpose: each state gives its real code or freshness, and other sources are as they were."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import city_sources
from api.observability import health
from hub import build_hub
from models.sources.states import SourceCondition
from settings import SettingsError, settings_of
from store.source_changes import outages
from tests.api.hub import environment, running
from tests.migrated import migrated

QUESTION = """{ area(code: "36.71") { name provenance { freshness } }
    complaints(first: 3) { nodes { id ticketNumber category { name } provenance { servedFrom freshness } } } }"""


async def asked(city: Path, database: Path, state: str, **more: str) -> dict[str, Any]:
    """What is answered while the complaints are in a state."""
    environ = environment(city, database, HUB_MOCK=f"complaints: {state}", **more)
    async with running(environ) as hub:
        body: dict[str, Any] = (await hub.ask(QUESTION)).json()
    return body


@pytest.fixture(autouse=True)
def looked_at_briefly(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The start does not wait long for a source that hangs; copies are the test's own."""
    monkeypatch.setattr(health, "CHECK_S_MAX", 0.1)
    monkeypatch.setattr(city_sources, "REPLICAS", tmp_path)


@pytest.mark.parametrize(
    ("state", "code", "seen"),
    [
        ("down", "DEPARTMENT_UNAVAILABLE", "UNAVAILABLE"),
        ("hangs", "DEPARTMENT_TIMEOUT", "TIMEOUT"),
        ("60000ms", "DEPARTMENT_TIMEOUT", "TIMEOUT"),
        ("broken", "DATA_QUALITY", "BROKEN"),
    ],
)
async def test_what_gives_no_answer(city_folder: Path, database: Path, state: str, code: str, seen: str) -> None:
    body = await asked(city_folder, database, state, HUB_DEADLINE_MS="1500")
    area = {"name": "Kota Tangerang", "provenance": {"freshness": "FRESH"}}
    assert body["data"] == {"area": area, "complaints": None}
    assert [(error["path"], error["extensions"]["code"]) for error in body["errors"]] == [(["complaints"], code)]
    states = {line["source"]: line["state"] for line in body["extensions"]["sources"]}
    assert states == {"areas": "OK", "complaints": seen}
    assert "mocked" not in str(body)


async def test_mocked_trouble_leaves_no_outage_behind(city_folder: Path, tmp_path: Path) -> None:
    """The areas are really away, after the complaints: what is written down of them comes last."""
    nowhere = "postgresql://reader:pass@127.0.0.1:9/areas"
    database = await asyncio.to_thread(migrated, tmp_path / "hub.db")
    environ = environment(city_folder, database, HUB_MOCK="complaints: down", HUB_SOURCE_AREAS_URL=nowhere)
    async with running(environ) as hub:
        for many in ("complaints", "areas"):
            for first in range(1, 9):
                await hub.ask(f"{{ {many}(first: {first}) {{ nodes {{ id }} }} }}")
        states = {change.source: change.condition for change in hub.hub.source_board.present}
        assert states == dict.fromkeys(("areas", "complaints"), SourceCondition.UNAVAILABLE)
        async with asyncio.timeout(20):
            while not (noted := await outages(hub.hub.database, datetime.now(UTC))):  # noqa: ASYNC110  # nobody tells
                await asyncio.sleep(0)
    assert [outage.source for outage in noted] == ["areas"]


async def test_a_slow_source_answers_later(city_folder: Path, database: Path) -> None:
    body = await asked(city_folder, database, "120ms")
    assert "errors" not in body
    took_ms = {line["source"]: line["ms"] for line in body["extensions"]["sources"]}
    assert took_ms["complaints"] >= 120


async def test_a_stale_source_says_so(city_folder: Path, database: Path) -> None:
    body = await asked(city_folder, database, "stale")
    plain = await _plain(city_folder, database)
    assert "errors" not in body
    assert body["data"]["area"] == plain["area"]
    nodes = body["data"]["complaints"]["nodes"]
    assert [node["provenance"] for node in nodes] == [{"servedFrom": "REPLICA", "freshness": "STALE"}] * 3
    assert _ids(nodes) == _ids(plain["complaints"]["nodes"])


async def test_garbage_becomes_null_and_findings(city_folder: Path, database: Path) -> None:
    plain = (await _plain(city_folder, database))["complaints"]["nodes"]
    assert any(node["ticketNumber"] and node["category"] for node in plain)
    async with running(environment(city_folder, database, HUB_MOCK="complaints: garbage")) as hub:
        nodes = (await hub.ask(QUESTION)).json()["data"]["complaints"]["nodes"]
        tickets = (await hub.ask("{ complaints(first: 3) { nodes { ticketNumber } } }")).json()
    assert _ids(nodes) == _ids(plain)
    assert [(node["ticketNumber"], node["category"]) for node in nodes] == [(None, None)] * 3
    assert "errors" not in tickets
    sources = tickets["extensions"]["sources"]
    # One row more was read, to know whether there is another page.
    assert [(line["source"], line["state"], line["findings"]) for line in sources] == [("complaints", "OK", 4)]


async def test_the_breaker_leaves_a_source_alone_that_is_down(city_folder: Path, database: Path) -> None:
    environ = environment(city_folder, database, HUB_MOCK="complaints: down")
    async with running(environ) as hub:
        for number in range(1, 12):
            await hub.ask(f"{{ complaints(first: {number}) {{ nodes {{ id }} }} }}")
        assert hub.hub.guard.state_of("complaints").value != "closed"
        assert hub.hub.guard.state_of("areas").value == "closed"


async def test_what_has_a_copy_answers_from_it(city_folder: Path, database: Path) -> None:
    environ = environment(city_folder, database, HUB_MOCK="areas: down")
    async with running(environ) as hub:
        body = (await hub.ask('{ area(code: "36.71") { name provenance { servedFrom } } }')).json()
    assert body["data"]["area"] == {"name": "Kota Tangerang", "provenance": {"servedFrom": "REPLICA"}}
    assert [line["state"] for line in body["extensions"]["sources"]] == ["STALE"]


def test_a_source_that_is_not_there_is_named(city_folder: Path, database: Path) -> None:
    environ = environment(city_folder, database, HUB_MOCK="hospitals: down")
    with pytest.raises(SettingsError) as refused:
        build_hub(settings_of(environ))
    assert str(refused.value) == "HUB_MOCK: hospitals is no source that is connected. Connected are: areas, complaints."


async def _plain(city: Path, database: Path) -> Any:
    """What is answered while nothing is in trouble."""
    async with running(environment(city, database)) as hub:
        return (await hub.ask(QUESTION)).json()["data"]


def _ids(nodes: list[dict[str, Any]]) -> list[str]:
    return [node["id"] for node in nodes]
