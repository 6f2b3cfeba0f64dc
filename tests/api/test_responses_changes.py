"""Read your writes: whole answers that show a record the hub has changed are dropped, kept or under way."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from models.complaints import Complaint
from models.news import NewsArticle
from tests.api.hub import Running
from tests.api.kept import Runs, posted, raw, until

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture(autouse=True)
def nothing_changed(hub: Running) -> Iterator[None]:
    yield
    hub.hub.following.newest.clear()


async def test_a_change_drops_the_answers_that_show_the_record(hub: Running, runs: Runs) -> None:
    await raw(hub, posted())
    await raw(hub, posted())
    assert runs.count == 1
    hub.hub.following._note({NewsArticle.name: 1})
    await raw(hub, posted())
    assert runs.count == 1
    hub.hub.following._note({Complaint.name: 2})
    await raw(hub, posted())
    await raw(hub, posted())
    assert runs.count == 2


async def test_an_answer_that_was_begun_before_a_change_is_not_kept(hub: Running, runs: Runs) -> None:
    runs.gate.clear()
    before = asyncio.create_task(raw(hub, posted()))
    await until(lambda: runs.count == 1)
    hub.hub.following._note({Complaint.name: 1})
    runs.gate.set()
    assert (await before).status == 200
    await raw(hub, posted())
    await raw(hub, posted())
    assert runs.count == 2


async def test_who_asks_after_a_change_does_not_wait_for_what_began_before_it(hub: Running, runs: Runs) -> None:
    runs.gate.clear()
    before = asyncio.create_task(raw(hub, posted()))
    await until(lambda: runs.count == 1)
    hub.hub.following._note({Complaint.name: 1})
    after = asyncio.create_task(raw(hub, posted()))
    await until(lambda: runs.count == 2)
    runs.gate.set()
    assert [one.status for one in await asyncio.gather(before, after)] == [200, 200]
