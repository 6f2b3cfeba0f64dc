"""Admission: so many operations run, so many wait, and the rest is told at once to come again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from api.admission import Admission
from api.cors import Cors
from api.graphql import GraphqlRoute
from app import NoTokens
from tests.api.hub import RawClient, Running, Sent

QUERY = b'{"query": "{ __typename departments { code } }"}'
Ask = Callable[[], Awaitable[Sent]]


class Gate:
    """Holds every operation until it is opened, and counts those that it holds."""

    def __init__(self, run: Callable[..., Awaitable[Any]]) -> None:
        self._run = run
        self.held = 0
        self.opened = asyncio.Event()

    async def run(self, *given: Any) -> Any:
        self.held += 1
        await self.opened.wait()
        return await self._run(*given)


@pytest.fixture
def gate(hub: Running, monkeypatch: pytest.MonkeyPatch) -> Gate:
    gate = Gate(hub.hub.operations.lanes.run)
    monkeypatch.setattr(hub.hub.operations.lanes, "run", gate.run)
    return gate


def asking(hub: Running, admission: Admission, deadline_ms: int = 60_000) -> Ask:
    operations = replace(hub.hub.operations, deadline_ms=deadline_ms)
    route = GraphqlRoute(operations, NoTokens(), Cors(()), admission=admission)

    async def ask() -> Sent:
        client = RawClient()
        client.send_part(QUERY, more=False)
        sent = await client.call(route)
        assert sent is not None
        return sent

    return ask


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(10_000):
        if condition():
            return
        await asyncio.sleep(0)
    raise AssertionError("it never came to that")


async def test_what_comes_on_top_is_refused_at_once(hub: Running, gate: Gate) -> None:
    admission = Admission(running_max=2, waiting_max=1)
    ask = asking(hub, admission)
    working = [asyncio.ensure_future(ask()) for _ in range(3)]
    await until(lambda: gate.held == 2 and admission._waiting == 1)
    refused = await ask()
    assert refused.status == 503
    assert refused.headers["retry-after"] == "1"
    assert json.loads(refused.body) == {
        "errors": [{"message": "The hub is very busy. Try again in a moment.", "extensions": {"code": "RATE_LIMITED"}}]
    }
    assert gate.held == 2
    gate.opened.set()
    answers = await asyncio.gather(*working)
    assert [answer.status for answer in answers] == [200, 200, 200]
    assert gate.held == 3
    assert (await ask()).status == 200


async def test_nobody_waits_beyond_the_deadline(hub: Running, gate: Gate) -> None:
    admission = Admission(running_max=1, waiting_max=1)
    working = asyncio.ensure_future(asking(hub, admission)())
    await until(lambda: gate.held == 1)
    late = await asking(hub, admission, deadline_ms=50)()
    assert late.status == 503
    assert gate.held == 1
    gate.opened.set()
    assert (await working).status == 200
