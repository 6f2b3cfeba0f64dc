"""Read your writes: what was read before the hub changed a record is not given afterwards, however it was read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from connectors.criteria import Join
from models.batch import ServedFrom
from models.records import Record
from models.records import field as record_field
from tests.connectors.caching import LOANS, Desk, criteria, settled


class Shelf(Record, name="shelves"):
    """Where loans stand."""

    id: str = record_field("The key")


SHELVES = replace(LOANS, record=Shelf, columns={"id": LOANS.columns["id"]})


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    desk = Desk()
    yield desk
    await desk.cache.close()
    await desk.guard.close()


async def test_a_change_of_the_record_lets_the_source_be_asked_again(desk: Desk) -> None:
    first = await desk.rows()
    assert (await desk.rows()).served_from is ServedFrom.CACHE
    desk.changes["complaints"] = 1
    assert (await desk.rows()).served_from is ServedFrom.CACHE
    desk.changes["loans"] = 2
    second = await desk.rows()
    assert (first.served_from, second.served_from, desk.calls) == (ServedFrom.SOURCE, ServedFrom.SOURCE, 2)
    assert (await desk.rows()).served_from is ServedFrom.CACHE


async def test_a_change_of_a_joined_record_counts_too(desk: Desk) -> None:
    joined = replace(criteria(), joins=(Join("shelf", SHELVES, "id", "id", ("id",)),))
    await desk.rows(asked=joined)
    desk.changes["shelves"] = 1
    await desk.rows(asked=criteria())
    assert (await desk.rows(asked=joined)).served_from is ServedFrom.SOURCE
    assert desk.calls == 3


async def test_what_was_asked_before_the_change_and_comes_after_it_is_given_to_nobody_else(desk: Desk) -> None:
    desk.library.open.clear()
    before = asyncio.create_task(desk.rows())
    await settled()
    desk.changes["loans"] = 1
    after = asyncio.create_task(desk.rows())
    await settled()
    assert desk.calls == 2
    desk.library.open.set()
    await asyncio.gather(before, after)
    assert (await desk.rows()).served_from is ServedFrom.CACHE
    assert desk.calls == 2
