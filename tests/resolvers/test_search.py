"""Search: what is indexed when, while one department answers and another does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.replica.text_index import Entry, TextIndex
from models.batch import Batch, Origin, ServedFrom
from models.errors import DepartmentUnavailable
from models.records import KEY
from models.request import Request
from models.sources.search import SEARCHED
from resolvers import search as searching
from resolvers.reads import Read
from resolvers.search import Search

ORIGIN = Origin("a source", "DISKOMINFO", datetime(2026, 5, 1, tzinfo=UTC), ServedFrom.SOURCE, None)


@dataclass
class OneRowEach:
    """Says for every record that there is one, named after it; nothing of those that are away."""

    away: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    async def read(self, request: Request, read: Read) -> Batch:
        name = read.record.name
        self.asked.append(name)
        if name in self.away:
            raise DepartmentUnavailable("department_unavailable")
        columns: dict[str, Any] = {one: [f"{name} {len(self.asked)}"] for one in read.columns.shown} | {KEY: ["1"]}
        return Batch(name, 1, columns, ORIGIN, keyset=[("1",)])


@pytest.fixture
def city() -> OneRowEach:
    return OneRowEach()


@pytest.fixture
async def search(city: OneRowEach, tmp_path: Path) -> AsyncIterator[Search]:
    made = Search(city, TextIndex(tmp_path / "search", "indonesian"), lambda *_: None)  # type: ignore[arg-type]  # it reads, no more
    yield made
    await made.index.close()


async def test_whatever_is_away_is_found_as_it_was_and_alone_asked_again(city: OneRowEach, search: Search) -> None:
    assert await search.refresh() == []
    city.away = {"hospitals"}
    left = await search.refresh()
    assert [one.record.name for one in left] == ["hospitals"]
    assert (await search.find("hospitals", 5)).places == [("hospitals", "1")]
    city.asked.clear()
    city.away = set()
    assert await search.refresh(left) == []
    assert city.asked == ["hospitals"]
    assert (await search.find("areas", 5)).places == [("areas", "1")]


async def test_while_nobody_answers_nothing_is_written(
    city: OneRowEach, search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[int] = []
    put = search.index.put

    async def counted(entries: Mapping[str, list[Entry]]) -> None:
        written.append(len(entries))
        await put(entries)

    monkeypatch.setattr(TextIndex, "put", lambda _, entries: counted(entries))
    city.away = {one.record.name for one in SEARCHED}
    for _ in range(2):
        assert await search.refresh() == list(SEARCHED)
    # The first time, so that whoever searches is told that nothing is found.
    assert written == [0]
    assert (await search.find("hospitals", 5)).places == []


async def test_what_failed_is_tried_again_sooner_than_the_rest(
    city: OneRowEach, search: Search, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(searching, "RETRY_AFTER_S", 0.001)
    city.away = {"hospitals"}
    running = asyncio.create_task(search.run())
    while city.asked.count("hospitals") < 3:  # noqa: ASYNC110  # no event tells
        await asyncio.sleep(0.001)
    running.cancel()
    assert {name: city.asked.count(name) for name in city.asked if name != "hospitals"} == {
        one.record.name: 1 for one in SEARCHED if one.record.name != "hospitals"
    }
