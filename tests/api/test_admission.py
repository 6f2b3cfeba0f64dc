"""Admission: so many operations run, so many wait, and the rest is told at once to come again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from graphql import parse

from api.graphql.route import GraphqlRoute
from api.identity.any_credential import AnyCredential
from api.overload.admission import ORDINARY, URGENT, Admission
from api.overload.urgency import is_urgent
from api.serving.cors import Cors
from engine.documents.kept import prepared_of
from models.request import Deadline
from tests.api.hub import RawClient, Running, Sent

SOON_S = 5.0
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


def asking(hub: Running, admission: Admission, deadline_ms: int = 60_000, query: bytes = QUERY) -> Ask:
    operations = replace(hub.hub.operations, deadline_ms=deadline_ms)
    route = GraphqlRoute(operations, AnyCredential(), Cors(()), admission=admission)

    async def ask() -> Sent:
        client = RawClient()
        client.send_part(query, more=False)
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
    await until(lambda: gate.held == 2 and admission.lines[ORDINARY].waiting == 1)
    refused = await asyncio.wait_for(ask(), SOON_S)
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
    late = await asyncio.wait_for(asking(hub, admission, deadline_ms=50)(), SOON_S)
    assert late.status == 503
    assert gate.held == 1
    gate.opened.set()
    assert (await working).status == 200


async def test_five_times_what_fits_is_answered_or_told_to_come_again(hub: Running, gate: Gate) -> None:
    admission = Admission(running_max=4, waiting_max=8)
    ask = asking(hub, admission)
    asked = [asyncio.ensure_future(ask()) for _ in range(5 * 12)]
    await until(lambda: admission.lines[ORDINARY].refused == 4 * 12)
    assert (admission.running, admission.lines[ORDINARY].waiting, gate.held) == (4, 8, 4)
    gate.opened.set()
    answers = await asyncio.wait_for(asyncio.gather(*asked), SOON_S)
    assert [answer.status for answer in answers] == [200] * 12 + [503] * 48
    assert {answer.headers.get("retry-after") for answer in answers[12:]} == {"1"}
    assert (admission.running, admission.lines[ORDINARY].waiting) == (0, 0)


async def test_who_waited_tells_for_how_many_there_is_room() -> None:
    now_s = 0.0
    admission = Admission(running_max=16, waiting_max=64, clock=lambda: now_s)
    turns = [admission.turn(Deadline.in_ms(60_000)) for _ in range(16)]
    for turn in turns:
        await turn.__aenter__()
    done = asyncio.Event()

    async def work() -> None:
        async with admission.turn(Deadline.in_ms(60_000)):
            await done.wait()

    waiting = [asyncio.ensure_future(work()) for _ in range(20)]
    await until(lambda: admission.lines[ORDINARY].waiting == 20)
    assert admission.free == 64 - 20
    # Its turn comes after 50 ms, and it begins 10 ms later: it is the processor that is short.
    now_s = 0.05
    await turns[0].__aexit__(None, None, None)
    now_s = 0.06
    await until(lambda: admission.free == 0)
    assert (admission.running, admission.lines[ORDINARY].waiting) == (16, 19)
    # So one fewer runs, and no more than four wait: of the next two that end, the first gives its turn to nobody.
    await turns[1].__aexit__(None, None, None)
    assert (admission.running, admission.lines[ORDINARY].waiting) == (15, 19)
    await turns[2].__aexit__(None, None, None)
    assert (admission.running, admission.lines[ORDINARY].waiting) == (15, 18)
    done.set()
    for turn in turns[3:]:
        await turn.__aexit__(None, None, None)
    await asyncio.wait_for(asyncio.gather(*waiting), SOON_S)
    assert admission.running == 0


# --- Emergencies first ------------------------------------------------------------------------------------------------


async def test_an_urgent_operation_goes_before_those_that_came_earlier(hub: Running, gate: Gate) -> None:
    admission = Admission(running_max=1, waiting_max=1)
    order: list[str] = []

    async def ask(name: str, query: bytes) -> int:
        sent = await asking(hub, admission, query=query)()
        order.append(name)
        return sent.status

    asked = [asyncio.ensure_future(ask("first", QUERY))]
    await until(lambda: gate.held == 1)
    asked.append(asyncio.ensure_future(ask("ordinary", QUERY)))
    await until(lambda: admission.lines[ORDINARY].waiting == 1)
    assert await asyncio.wait_for(ask("too many", QUERY), SOON_S) == 503
    asked.append(asyncio.ensure_future(ask("urgent", b'{"query": "{ incidents(first: 1) { nodes { id } } }"}')))
    await until(lambda: admission.lines[URGENT].waiting == 1)
    gate.opened.set()
    assert await asyncio.wait_for(asyncio.gather(*asked), SOON_S) == [200, 200, 200]
    assert order == ["too many", "first", "urgent", "ordinary"]


async def test_a_turn_is_not_lost_when_who_waits_leaves(hub: Running, gate: Gate) -> None:
    admission = Admission(running_max=1, waiting_max=4)
    ask = asking(hub, admission)
    working = asyncio.ensure_future(ask())
    await until(lambda: gate.held == 1)
    leaving, staying = asyncio.ensure_future(ask()), asyncio.ensure_future(ask())
    await until(lambda: admission.lines[ORDINARY].waiting == 2)
    leaving.cancel()
    gate.opened.set()
    answers = await asyncio.wait_for(asyncio.gather(working, leaving, staying, return_exceptions=True), SOON_S)
    assert [getattr(answer, "status", 0) for answer in answers] == [200, 0, 200]
    assert admission.running == 0


async def test_a_turn_that_comes_with_the_end_of_its_waiter_is_handed_on() -> None:
    admission = Admission(running_max=1, waiting_max=4)
    turn = admission.turn(Deadline.in_ms(60_000))
    await turn.__aenter__()

    async def wait() -> None:
        async with admission.turn(Deadline.in_ms(60_000)):
            pass

    leaving, staying = asyncio.ensure_future(wait()), asyncio.ensure_future(wait())
    await until(lambda: admission.lines[ORDINARY].waiting == 2)
    await turn.__aexit__(None, None, None)
    leaving.cancel()
    await asyncio.wait_for(staying, SOON_S)
    assert (leaving.cancelled() or leaving.done(), admission.running) == (True, 0)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("{ incidents(first: 1) { nodes { id } } }", True),
        ("{ __typename alert(id: 1) { id } ...more } fragment more on Query { incident(id: 1) { id } }", True),
        ("{ ... { alerts(first: 1) { nodes { id } } } }", True),
        ("{ incidents: complaints(first: 1) { nodes { id } } }", False),
        ("{ incidents(first: 1) { nodes { id } } areas(first: 1) { nodes { id } } }", False),
        ("{ alerts(first: 1) { nodes { id } } ...more } fragment more on Query { departments { code } }", False),
        ("{ ... { alerts(first: 1) { nodes { id } } ... { departments { code } } } }", False),
        ("{ __typename }", False),
    ],
)
def test_urgent_is_what_asks_about_emergencies_and_nothing_else(query: str, expected: bool) -> None:
    prepared = prepared_of(query, parse(query))
    operation = prepared.operation(None)
    assert operation is not None
    assert is_urgent(prepared, operation) is expected
