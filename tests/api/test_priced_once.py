"""What is worked out of an operation before it runs is worked out once: its variables coerced, and what it may cost."""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from graphql import get_variable_values

from engine.cost import cost_of
from models.policy.viewer import Role
from tests.api.hub import RawClient, Running
from tests.api.kept import posted, raw, until

ONCE = {"get_variable_values": 1, "cost_of": 1}
KEPT = "query ($first: Int!) { complaints(first: $first) { nodes { ticketNumber } } }"
WITHDRAW = "mutation ($purpose: Purpose!) { withdrawConsent(purpose: $purpose) { __typename } }"
STATES = "subscription ($named: Boolean!) { sourceStateChanged { name @include(if: $named) state } }"


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each is called, by whoever has imported it."""
    counted: Counter[str] = Counter()

    def counting(called: Callable[..., Any]) -> Callable[..., Any]:
        def count(*given: Any, **named: Any) -> Any:
            counted[called.__name__] += 1
            return called(*given, **named)

        return count

    for called in (get_variable_values, cost_of):
        count = counting(called)
        for module in [module for module in sys.modules.values() if vars(module).get(called.__name__) is called]:
            monkeypatch.setattr(module, called.__name__, count)
    return counted


async def test_a_kept_answer(hub: Running, counts: Counter[str]) -> None:
    for _ in range(2):
        assert (await raw(hub, posted(KEPT, first=2))).headers["cache-control"].startswith("public")
        assert counts == ONCE
    # Known by what it asks, not by its bytes.
    await raw(hub, b" " + posted(KEPT, first=2))
    assert counts == ONCE


async def test_a_kept_answer_by_its_address(hub: Running, counts: Counter[str]) -> None:
    """Whether its values may stand there is asked first."""
    parameters = {"query": KEPT, "variables": json.dumps({"first": 3})}
    assert "errors" not in (await hub.client.get("/graphql", params=parameters)).json()
    assert counts == ONCE


async def test_a_query_with_a_token(hub: Running, counts: Counter[str]) -> None:
    answer = (await hub.ask(KEPT, hub.bearer(Role.OFFICER, "dpupr"), first=2)).json()
    assert answer["extensions"]["cost"]["charged"] == answer["extensions"]["cost"]["units"]
    assert counts == ONCE


async def test_a_query_that_is_explained(hub: Running, counts: Counter[str]) -> None:
    headers = {**hub.bearer(Role.DEVELOPER), "hub-explain": "1"}
    assert "plan" in (await hub.ask(KEPT, headers, first=2)).json()["extensions"]
    assert counts == ONCE


async def test_a_query_that_is_refused_for_its_price(hub: Running, counts: Counter[str]) -> None:
    deep = "areas(first: 100) { nodes { complaints(first: 100) { nodes { history(first: 100) { nodes { id } } } } } }"
    refused = (await hub.ask(f"{{ {deep} }}")).json()
    assert refused["errors"][0]["extensions"]["code"] == "TOO_EXPENSIVE"
    assert counts == ONCE


async def test_a_mutation(hub: Running, counts: Counter[str]) -> None:
    citizen = hub.bearer(Role.CITIZEN, nik="3671016412010001")
    assert "errors" not in (await hub.ask(WITHDRAW, citizen, purpose="OUTREACH")).json()
    assert counts == ONCE


async def test_a_subscription_with_all_its_events(hub: Running, counts: Counter[str]) -> None:
    client = RawClient()
    asked = f"query={quote(STATES)}&variables={quote(json.dumps({'named': True}))}".encode()
    headers = ((b"accept", b"text/event-stream"),)
    asking = asyncio.ensure_future(client.call(hub.app, "GET", query_string=asked, headers=headers))
    await until(lambda: len(client.messages) > 2)
    client.leave()
    await asking
    assert [b'"sourceStateChanged"' in message["body"] for message in client.messages[1:3]] == [True, True]
    assert counts == ONCE


@pytest.mark.parametrize("by_address", [True, False])
async def test_an_export(hub: Running, counts: Counter[str], by_address: bool) -> None:
    wanted = {"fields": "ticketNumber", "filter": '{"status": {"eq": "OPEN"}}'}
    ask = hub.client.get("/export/complaints.csv", params=wanted) if by_address else None
    response = await (ask or hub.client.post("/export/complaints.csv", json=wanted))
    assert response.text.startswith("ticketNumber\r\n")
    assert counts == ONCE
