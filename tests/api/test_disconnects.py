"""Clients that leave or linger: what works for them ends, and nothing is left behind."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from models.request import Request
from resolvers.records import Records
from tests.api.hub import RawClient, Running
from tests.api.serving import served

ASK = json.dumps({"query": "{ complaints(first: 1) { nodes { id } } }"}).encode()
SOON_S = 1.0
STARTED_S = 60.0
"""By then a hub has looked through its sources, on a machine that runs all tests at once."""


@dataclass(slots=True)
class HangingSource:
    """A source that takes a call and never answers it."""

    called: asyncio.Event = field(default_factory=asyncio.Event)
    stopped: asyncio.Event = field(default_factory=asyncio.Event)

    async def read(self, *_: object) -> None:
        self.called.set()
        try:
            await asyncio.Event().wait()
        finally:
            self.stopped.set()


@pytest.fixture
async def hanging(hub: Running, monkeypatch: pytest.MonkeyPatch) -> HangingSource:
    # What the hub asks for itself at its start must not be what hangs.
    async with asyncio.timeout(STARTED_S):
        await hub.hub.explainer.told.wait()
        await hub.hub.search.made.wait()
    source = HangingSource()
    monkeypatch.setattr(hub.hub.catalog.connectors["complaints"], "read", source.read)
    return source


@pytest.fixture
def requests(monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    """The request of every read."""
    seen: list[Request] = []
    read: Callable[..., Awaitable[Any]] = Records.read

    async def noted(records: Records, request: Request, *rest: Any) -> Any:
        seen.append(request)
        return await read(records, request, *rest)

    monkeypatch.setattr(Records, "read", noted)
    return seen


@pytest.mark.parametrize("method", ["POST", "GET"])
async def test_a_client_that_leaves_cancels_the_work(
    hub: Running, hanging: HangingSource, requests: list[Request], method: str
) -> None:
    client = RawClient()
    client.send_part(ASK if method == "POST" else b"", more=False)
    query_string = b"query={complaints(first:1){nodes{id}}}" if method == "GET" else b""
    call = asyncio.ensure_future(client.call(hub.app, method, query_string=query_string))
    await asyncio.wait_for(hanging.called.wait(), SOON_S)
    (request,) = requests
    assert (request.cancellation.requested, call.done()) == (False, False)
    client.leave()
    assert await asyncio.wait_for(call, SOON_S) is None
    await asyncio.wait_for(hanging.stopped.wait(), SOON_S)
    assert request.cancellation.requested
    # What the hub reads for itself in the background comes to its own end.
    async with asyncio.timeout(SOON_S):
        while any("Guard" in repr(task) and not task.done() for task in asyncio.all_tasks()):  # noqa: ASYNC110  # as told
            await asyncio.sleep(0.01)


async def test_a_client_that_leaves_before_its_body_is_whole_starts_nothing(
    hub: Running, requests: list[Request]
) -> None:
    client = RawClient()
    client.send_part(ASK[:10], more=True)
    client.leave()
    assert await asyncio.wait_for(client.call(hub.app), SOON_S) is None
    assert requests == []


async def test_who_ends_its_sending_side_has_left(hub: Running, hanging: HangingSource) -> None:
    async with served(hub.app) as place:
        host, port = place.split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        head = f"POST /graphql HTTP/1.1\r\nHost: hub\r\nContent-Type: application/json\r\nContent-Length: {len(ASK)}"
        writer.write(f"{head}\r\n\r\n".encode() + ASK)
        await asyncio.wait_for(hanging.called.wait(), SOON_S)
        writer.write_eof()
        assert await asyncio.wait_for(reader.read(), SOON_S) == b""
        await asyncio.wait_for(hanging.stopped.wait(), SOON_S)
        writer.close()


async def test_others_are_answered_while_one_hangs(hub: Running, hanging: HangingSource) -> None:
    client = RawClient()
    client.send_part(ASK, more=False)
    call = asyncio.ensure_future(client.call(hub.app))
    await asyncio.wait_for(hanging.called.wait(), SOON_S)
    response = await asyncio.wait_for(hub.ask('{ area(code: "36.71") { name } }'), SOON_S)
    assert response.json()["data"] == {"area": {"name": "Kota Tangerang"}}
    client.leave()
    await asyncio.wait_for(call, SOON_S)


async def test_a_server_that_stops_ends_the_work(hub: Running, hanging: HangingSource) -> None:
    client = RawClient()
    client.send_part(ASK, more=False)
    call = asyncio.ensure_future(client.call(hub.app))
    await asyncio.wait_for(hanging.called.wait(), SOON_S)
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(call, SOON_S)
    await asyncio.wait_for(hanging.stopped.wait(), SOON_S)
