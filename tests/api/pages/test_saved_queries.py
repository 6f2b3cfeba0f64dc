"""The saved queries: each is answered for everybody by the whole sample city, with something in it and no error."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from api.pages.developers.saved_queries import saved_queries
from api.pages.frame import WEB
from connectors.departments import PACKAGE
from tests.api.hub import Running, running, whole_city


@pytest.fixture(scope="module")
async def city(city_folder: Path, database: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Running]:
    """A hub of all departments of the sample city, whose copies are its own."""
    with whole_city(city_folder, database, tmp_path_factory.mktemp("own")) as environ:
        async with running(environ) as started:
            assert await started.hub.search.refresh() == []
            yield started


SAVED = saved_queries(PACKAGE.city, datetime.now(UTC))


def found_in(value: Any) -> int:
    """How many values there are, at any depth."""
    if isinstance(value, dict):
        return sum(map(found_in, value.values()))
    if isinstance(value, list):
        return sum(map(found_in, value))
    return value is not None


@pytest.mark.parametrize("saved", SAVED, ids=lambda saved: saved.name)
@pytest.mark.parametrize("language", ["id", "en"])
async def test_a_saved_query_is_answered(city: Running, saved: Any, language: str) -> None:
    answer = (await city.ask(saved.text, {"accept-language": language})).json()
    assert "errors" not in answer
    assert found_in(answer["data"]) >= 5
    ((_, root),) = answer["data"].items()
    assert root


def test_there_are_twenty_each_with_a_file_and_a_name_of_its_own() -> None:
    names = [saved.name for saved in SAVED]
    assert len(names) == len(set(names)) == 20
    assert {file.stem for file in (WEB / "queries").iterdir()} == set(names)
    operations = [re.findall(r"^query (\w+)", saved.text, re.MULTILINE) for saved in SAVED]
    assert [len(found) for found in operations] == [1] * 20
    assert len({name for (name,) in operations}) == 20
    for said in ("title", "about"):
        assert len({getattr(saved, said) for saved in SAVED}) == 20


async def test_the_plain_form_shows_the_one_that_is_named(hub: Running) -> None:
    """Of those that its two departments can answer; another one is none."""
    page = (await hub.client.get("/explorer/plain?saved=open-by-area")).text
    assert "query OpenByArea {" in page
    assert re.findall(r'href="/explorer/plain\?saved=([a-z-]+)"', page) == [
        "area-today", "open-by-area", "complaints-by-month", "quarter-compared", "overdue-complaints",
        "complaint-history", "search", "who-owns-what",
    ]  # fmt: skip
    for other in ("alerts", "../app"):
        assert "query AreaToday {" in (await hub.client.get(f"/explorer/plain?saved={other}")).text


async def test_a_city_that_has_connected_everything_is_shown_all(city: Running) -> None:
    page = (await city.client.get("/explorer/plain?saved=alerts")).text
    assert "query Alerts {" in page
    assert re.findall(r'href="/explorer/plain\?saved=([a-z-]+)"', page) == [saved.name for saved in SAVED]
